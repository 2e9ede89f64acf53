use hms_forms::{Field, Rule};
use serde_json::{Map, Value};

use crate::expression::{Expression, Scope};
use crate::{Run, Text};

/// The fields a person fills in: of a human task, or of a page of a portal.
#[derive(Debug, Clone, Default)]
pub struct Form {
    /// In the order asked.
    pub fields: Vec<FormField>,
}

/// A field with its words.
#[derive(Debug, Clone)]
pub struct FormField {
    /// What it takes.
    pub field: Field,
    /// What is asked.
    pub label: Text,
    /// What helps to answer; may be empty.
    pub hint: Text,
    /// The words of its options, in their order.
    pub options: Vec<Text>,
    /// Asked only when this holds, over the answers to the fields before it.
    pub show_if: Option<Expression>,
}

/// An answer that breaks a rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldFault {
    /// The field's id.
    pub field: String,
    /// What is wrong.
    pub rule: Rule,
}

/// The answers to the fields of a form, by their ids.
pub type Answers = Map<String, Value>;

impl Form {
    /// The fields that are asked for, given these answers: those without a condition and those whose
    /// condition holds. One that cannot be computed, as over a field that is not answered, does not
    /// hold.
    pub fn asked<'f>(&'f self, answers: &Answers) -> Vec<&'f FormField> {
        let nothing = Run::blank();
        self.walk(Scope::from(&nothing), answers, &mut Vec::new())
    }

    /// The same for the form of a task, whose conditions may look at its run too.
    pub fn asked_in<'f>(
        &'f self,
        run: &Run,
        task_list: u32,
        answers: &Answers,
    ) -> Vec<&'f FormField> {
        self.walk(Scope::of(run, task_list), answers, &mut Vec::new())
    }

    /// What is wrong with the answers, in the order of the fields. Empty when they can be kept.
    pub fn faults(&self, answers: &Answers) -> Vec<FieldFault> {
        let nothing = Run::blank();
        self.faults_in(&nothing, 0, answers)
    }

    /// The same for the form of a task.
    pub fn faults_in(&self, run: &Run, task_list: u32, answers: &Answers) -> Vec<FieldFault> {
        let mut faults = Vec::new();
        self.walk(Scope::of(run, task_list), answers, &mut faults);
        faults
    }

    /// Goes through the fields in order: a condition sees what was asked for before it and answered.
    fn walk<'f>(
        &'f self,
        scope: Scope<'_>,
        answers: &Answers,
        faults: &mut Vec<FieldFault>,
    ) -> Vec<&'f FormField> {
        let mut seen: Answers = answers.clone();
        let mut asked = Vec::new();
        for one in &self.fields {
            let id = &one.field.id;
            let holds = one.show_if.as_ref().is_none_or(|condition| {
                condition.evaluate(scope.with_answers(&seen)) == Ok(Value::Bool(true))
            });
            let broken = if holds {
                asked.push(one);
                one.field.check(answers.get(id)).err()
            } else {
                let answer = seen.remove(id).filter(|answer| !answer.is_null());
                answer.map(|_| Rule::NotAsked)
            };
            faults.extend(broken.map(|rule| FieldFault {
                field: id.clone(),
                rule,
            }));
        }
        asked
    }
}

/// Faults in one sentence, each with its field.
pub(crate) fn told(faults: &[FieldFault]) -> String {
    let each = faults
        .iter()
        .map(|fault| format!("{}: {}", fault.field, fault.rule));
    each.collect::<Vec<_>>().join("; ")
}
