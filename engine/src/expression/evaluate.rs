use std::borrow::Cow;
use std::rc::Rc;

use serde_json::Value;

use super::functions;
use super::term::{Each, EachKind, Operator, RunField, Term};
use super::value::{TEXT_BYTES_A_STEP, Val};
use super::{Expression, Scope};

/// Most steps of one evaluation: far more than a decision needs, some milliseconds at worst.
const STEPS_MAX: usize = 100_000;

impl Expression {
    /// The value over a run; the error says for people what is missing or does not fit.
    pub(crate) fn evaluate<'r>(&self, scope: impl Into<Scope<'r>>) -> Result<Value, String> {
        Evaluation::of(scope.into())
            .json(&self.0.term)?
            .ok_or_else(|| format!("\"{}\" gives a number without an end", self.source()))
    }
}

/// One evaluation of one expression.
pub(super) struct Evaluation<'r> {
    scope: Scope<'r>,
    /// What the variables of the macros around stand for.
    bound: Vec<Val<'r>>,
    steps_left: usize,
}

type Outcome<'r> = Result<Val<'r>, String>;

impl<'r> Evaluation<'r> {
    pub(super) fn of(scope: Scope<'r>) -> Evaluation<'r> {
        Evaluation {
            scope,
            bound: Vec::new(),
            steps_left: STEPS_MAX,
        }
    }

    /// A term's value as JSON; none for a number without an end.
    pub(super) fn json(&mut self, term: &Term) -> Result<Option<Value>, String> {
        self.value(term).map(Val::into_json)
    }

    /// Counts work done; too much of it ends the evaluation.
    pub(super) fn spend(&mut self, steps: usize) -> Result<(), String> {
        match self.steps_left.checked_sub(steps) {
            Some(left) => {
                self.steps_left = left;
                Ok(())
            }
            None => {
                // Nothing may absorb this error and go on.
                self.steps_left = 0;
                Err(format!("the expression takes more than {STEPS_MAX} steps"))
            }
        }
    }

    fn value(&mut self, term: &Term) -> Outcome<'r> {
        self.spend(1)?;
        Ok(match term {
            Term::Null => Val::Null,
            Term::Bool(truth) => Val::Bool(*truth),
            Term::Int(int) => Val::Int(*int),
            Term::Double(double) => Val::Double(*double),
            Term::Text(text) => self.text(text.clone())?,
            Term::Payload => Val::from(self.scope.payload),
            Term::LastResult => self.scope.last_result().map_or(Val::Null, Val::from),
            Term::StepResult(step) => match self.scope.result(step) {
                Some(result) => Val::from(result),
                None => return Err(format!("there is no {term}: the step has not finished")),
            },
            Term::HasStepResult(step) => Val::Bool(self.scope.result(step).is_some()),
            Term::Answer(id) => match self.scope.answer(id) {
                Some(answer) => Val::from(answer),
                None => return Err(format!("there is no {term}: it is not answered")),
            },
            Term::HasAnswer(id) => Val::Bool(self.scope.answer(id).is_some()),
            Term::Run(field) => self.run_field(*field),
            Term::HasRun(field) => Val::Bool(!matches!(self.run_field(*field), Val::Null)),
            Term::Event => self.scope.event.map_or(Val::Null, Val::from),
            Term::Item(name) => self.scope.item(name).map_or(Val::Null, Val::from),
            // Lowering gave it the place that the macros around fill.
            Term::Bound(_, at) => self.bound.get(*at).cloned().unwrap_or(Val::Null),
            Term::Field(base, field) => {
                let value = self.value(base)?;
                match value.field(field) {
                    Some(value) => value,
                    None => return Err(self.no_field(base, &value, field)),
                }
            }
            Term::Has(base, field) => {
                let value = self.value(base)?;
                if !value.is_mapping() {
                    return Err(self.no_field(base, &value, field));
                }
                Val::Bool(value.field(field).is_some())
            }
            Term::Index(base, index) => {
                let value = self.value(base)?;
                let index = self.value(index)?;
                return self.index(base, &value, &index);
            }
            Term::Not(term) => Val::Bool(!self.truth(term)?),
            Term::Negate(term) => match self.value(term)? {
                Val::Int(int) => match int.checked_neg() {
                    Some(negated) => Val::Int(negated),
                    None => return Err("the number is too large".into()),
                },
                Val::Double(double) => Val::Double(-double),
                other => return Err(format!("cannot take minus of {}", other.what())),
            },
            Term::And(left, right) => return self.both(left, right, false),
            Term::Or(left, right) => return self.both(left, right, true),
            Term::If(parts) => {
                let [condition, yes, no] = parts.as_ref();
                let chosen = if self.truth(condition)? { yes } else { no };
                return self.value(chosen);
            }
            Term::Binary(operator, left, right) => {
                let left = self.value(left)?;
                let right = self.value(right)?;
                return self.binary(*operator, left, right);
            }
            Term::Call(function, arguments) => {
                let arguments = arguments
                    .iter()
                    .map(|argument| self.value(argument))
                    .collect::<Result<Vec<_>, _>>()?;
                return functions::call(self, *function, &arguments);
            }
            Term::List(terms) => {
                let items = terms.iter().map(|term| self.value(term));
                Val::List(Rc::new(items.collect::<Result<_, _>>()?))
            }
            Term::Mapping(terms) => return self.mapping(terms),
            Term::Each(each) => return self.each(each),
        })
    }

    fn run_field(&self, field: RunField) -> Val<'r> {
        let run = self.scope.run;
        match field {
            RunField::Id => Val::Text(run.id.to_string().into()),
            RunField::Key => match &run.key {
                Some(key) => Val::Text(Cow::Borrowed(key)),
                None => Val::Null,
            },
            RunField::Started => match run.started {
                Some(moment) => Val::Text(
                    moment
                        .to_rfc3339_opts(chrono::SecondsFormat::AutoSi, true)
                        .into(),
                ),
                None => Val::Null,
            },
        }
    }

    /// A text made by the expression.
    pub(super) fn text(&mut self, text: String) -> Outcome<'r> {
        self.spend(text.len() / TEXT_BYTES_A_STEP)?;
        Ok(Val::Text(Cow::Owned(text)))
    }

    fn truth(&mut self, term: &Term) -> Result<bool, String> {
        match self.value(term)? {
            Val::Bool(truth) => Ok(truth),
            other => Err(format!(
                "{term} is {}, and true or false is needed",
                other.what()
            )),
        }
    }

    /// `&&` and `||`: a side that decides alone makes the other's error unimportant.
    fn both(&mut self, left: &Term, right: &Term, decides: bool) -> Outcome<'r> {
        let left = self.truth(left);
        if left == Ok(decides) {
            return Ok(Val::Bool(decides));
        }
        let right = self.truth(right);
        if right == Ok(decides) && self.steps_left > 0 {
            return Ok(Val::Bool(decides));
        }
        left.and(right).map(Val::Bool)
    }

    fn no_field(&self, base: &Term, value: &Val<'_>, field: &str) -> String {
        if matches!(base, Term::LastResult) && self.scope.last_result().is_none() {
            return format!("there is no field \"{field}\" in result: no task has finished yet");
        }
        if value.is_mapping() {
            format!("there is no field \"{field}\" in {base}")
        } else {
            format!(
                "there is no field \"{field}\" in {base}, which is {}",
                value.what()
            )
        }
    }

    fn index(&mut self, base: &Term, value: &Val<'r>, index: &Val<'r>) -> Outcome<'r> {
        if let Val::Text(key) = index {
            let found = value.field(key);
            return found.ok_or_else(|| self.no_field(base, value, key));
        }
        let length = match value {
            Val::Array(_) | Val::List(_) => value.len().unwrap_or(0),
            _ => {
                return Err(format!(
                    "{base} is {}, and has no item {}",
                    value.what(),
                    index.what()
                ));
            }
        };
        let at = match index {
            Val::Int(at) => usize::try_from(*at).ok(),
            Val::Double(at) if at.fract() == 0.0 && *at >= 0.0 => Some(*at as usize),
            Val::Double(_) => None,
            other => return Err(format!("an item's number cannot be {}", other.what())),
        };
        at.and_then(|at| value.item(at))
            .ok_or_else(|| format!("{base} has {length} items, counted from 0, and not that one"))
    }

    fn mapping(&mut self, terms: &[(Term, Term)]) -> Outcome<'r> {
        let mut entries: Vec<(Cow<'r, str>, Val<'r>)> = Vec::with_capacity(terms.len());
        for (key, value) in terms {
            let key = match self.value(key)? {
                Val::Text(key) => key,
                other => return Err(format!("a key is a text, and not {}", other.what())),
            };
            if entries.iter().any(|(known, _)| *known == key) {
                return Err(format!("the key \"{key}\" is written twice"));
            }
            entries.push((key, self.value(value)?));
        }
        entries.sort_by(|(a, _), (b, _)| a.cmp(b));
        Ok(Val::Mapping(Rc::new(entries)))
    }

    fn binary(&mut self, operator: Operator, left: Val<'r>, right: Val<'r>) -> Outcome<'r> {
        use Operator::{
            Add, Divide, Equal, Greater, GreaterEqual, In, Less, LessEqual, Modulo, Multiply,
            NotEqual, Subtract,
        };
        match operator {
            Add | Subtract | Multiply | Divide | Modulo => {
                functions::arithmetic(self, operator, left, right)
            }
            Equal | NotEqual => {
                let weight = left
                    .weight(self.steps_left + 1)
                    .min(right.weight(self.steps_left + 1));
                self.spend(weight)?;
                Ok(Val::Bool(left.equals(&right) == (operator == Equal)))
            }
            In => match &right {
                Val::Object(_) | Val::Mapping(_) => match &left {
                    Val::Text(key) => Ok(Val::Bool(right.field(key).is_some())),
                    // CEL has such keys; JSON has not.
                    Val::Bool(_) | Val::Int(_) | Val::Double(_) => Ok(Val::Bool(false)),
                    other => Err(format!("a key is a text, and not {}", other.what())),
                },
                Val::Array(_) | Val::List(_) => {
                    let weight = right.weight(self.steps_left + 1);
                    self.spend(weight)?;
                    let items = right.items().unwrap_or_default();
                    Ok(Val::Bool(items.iter().any(|item| item.equals(&left))))
                }
                other => Err(format!("nothing is \"in\" {}", other.what())),
            },
            Less | LessEqual | Greater | GreaterEqual => {
                if left.number().is_some_and(f64::is_nan) || right.number().is_some_and(f64::is_nan)
                {
                    return Err("what is not a number cannot be compared".into());
                }
                let order = left.compare(&right).ok_or_else(|| {
                    format!(
                        "cannot compare {} {} {}",
                        left.what(),
                        operator.sign(),
                        right.what()
                    )
                })?;
                Ok(Val::Bool(match operator {
                    Less => order.is_lt(),
                    LessEqual => order.is_le(),
                    Greater => order.is_gt(),
                    _ => order.is_ge(),
                }))
            }
        }
    }

    fn each(&mut self, each: &Each) -> Outcome<'r> {
        let range = self.value(&each.range)?;
        self.spend(range.len().unwrap_or(0))?;
        let Some(items) = range.items() else {
            return Err(format!(
                "{} is {}, and a list or a mapping is needed",
                each.range,
                range.what()
            ));
        };
        let mut collected = Vec::new();
        let mut count = 0u32;
        let mut first_error = None;
        for item in items {
            self.bound.push(item);
            let outcome = self.one(each, &mut collected);
            self.bound.pop();
            match (each.kind, outcome) {
                (EachKind::All, Ok(false)) => return Ok(Val::Bool(false)),
                (EachKind::Exists, Ok(true)) => return Ok(Val::Bool(true)),
                // As with && and ||, another item may still decide.
                (EachKind::All | EachKind::Exists, Err(error)) if self.steps_left > 0 => {
                    first_error.get_or_insert(error);
                }
                (_, Err(error)) => return Err(error),
                (_, Ok(true)) => count += 1,
                (_, Ok(false)) => {}
            }
        }
        if let Some(error) = first_error {
            return Err(error);
        }
        Ok(match each.kind {
            EachKind::All => Val::Bool(true),
            EachKind::Exists => Val::Bool(false),
            EachKind::ExistsOne => Val::Bool(count == 1),
            EachKind::Collect => Val::List(Rc::new(collected)),
        })
    }

    /// The condition of one item, and what is collected of it.
    fn one(&mut self, each: &Each, collected: &mut Vec<Val<'r>>) -> Result<bool, String> {
        let holds = match &each.condition {
            Some(condition) => self.truth(condition)?,
            None => true,
        };
        if holds && let Some(value) = &each.value {
            collected.push(self.value(value)?);
        }
        Ok(holds)
    }
}
