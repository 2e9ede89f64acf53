//! What people type into the fields of a form, as the answers that are kept.

use hms_app::views::{Answered, Fault, FieldView, Language, Typed};
use hms_engine::{Answers, Form, FormField};
use serde_json::Value;

/// The answers read from what was typed, the fields that are asked for given these, and what is wrong.
pub(super) struct Read<'f> {
    pub(super) answers: Answers,
    pub(super) asked: Vec<&'f FormField>,
    pub(super) faults: Vec<Fault>,
}

/// Reads what was typed. What is typed into a field that the other answers do not ask for was asked
/// for before they were changed: it is left out.
pub(super) fn read<'f>(
    form: &'f Form,
    typed: &Typed,
    asked: impl Fn(&Answers) -> Vec<&'f FormField>,
) -> Read<'f> {
    let mut answers = Answers::new();
    let mut faults = Vec::new();
    for one in &form.fields {
        let id = &one.field.id;
        match one.field.read(typed.get(id).map_or(&[], Vec::as_slice)) {
            Ok(Some(answer)) => {
                answers.insert(id.clone(), answer);
            }
            Ok(None) => {}
            Err(rule) => faults.push(Fault {
                field: id.clone(),
                rule,
            }),
        }
    }
    let asked = asked(&answers);
    let is_asked = |id: &str| asked.iter().any(|one| one.field.id == id);
    faults.retain(|fault| is_asked(&fault.field));
    answers.retain(|id, _| is_asked(id));
    Read {
        answers,
        asked,
        faults,
    }
}

/// A field in a language.
pub(super) fn field(one: &FormField, language: Language) -> FieldView {
    let code = language.code();
    let words = |text: &hms_engine::Text| text.get(code).unwrap_or_default().to_owned();
    FieldView {
        field: one.field.clone(),
        label: words(&one.label),
        hint: words(&one.hint),
        options: one.options.iter().map(words).collect(),
    }
}

/// The fields of a form that were answered, with their answers.
pub(super) fn given(form: &Form, answers: &Value, language: Language) -> Vec<Answered> {
    let answered = |one: &FormField| {
        let answer = answers.get(&one.field.id)?.clone();
        let field = field(one, language);
        (!answer.is_null()).then_some(Answered { field, answer })
    };
    form.fields.iter().filter_map(answered).collect()
}
