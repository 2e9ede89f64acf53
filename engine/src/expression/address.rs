//! What a `match` compares, so that a store finds the runs an event is for without asking each.

use serde_json::Value;
use sha2::{Digest, Sha256};

use super::evaluate::Evaluation;
use super::term::{Operator, Term};
use super::{Expression, Scope};

/// A longer address is kept as its hash.
const ADDRESS_BYTES_MAX: usize = 200;

impl Expression {
    /// Where a run waits: what a field of the event must be for the expression to hold. None when
    /// the expression compares no field of the event, or with what the run does not have yet.
    pub(crate) fn awaited_address(&self, scope: Scope<'_>) -> Option<String> {
        let (field, with) = self.comparison()?;
        let value = Evaluation::of(scope).json(with).ok().flatten()?;
        address(field, &value)
    }

    /// Where an event is looked for: by the value of the field that the expression compares. None
    /// when it compares none; without that field the expression holds for no run.
    pub(crate) fn carried_address(&self, scope: Scope<'_>) -> Option<String> {
        let (field, _) = self.comparison()?;
        let value = Evaluation::of(scope).json(field).ok().flatten()?;
        address(field, &value)
    }

    /// A field of the event's payload and what it is compared with: `event.payload.letter ==
    /// steps.send.result.letter`, alone or as a part of an `&&`. Without it the whole cannot hold.
    fn comparison(&self) -> Option<(&Term, &Term)> {
        let mut parts = vec![&self.0.term];
        while let Some(part) = parts.pop() {
            match part {
                Term::And(left, right) => parts.extend([right.as_ref(), left.as_ref()]),
                Term::Binary(Operator::Equal, left, right) => {
                    let sides = [(left.as_ref(), right.as_ref()), (right, left)];
                    let found = sides
                        .into_iter()
                        .find(|(field, with)| is_field(field) && !with.looks_at_event());
                    if found.is_some() {
                        return found;
                    }
                }
                _ => {}
            }
        }
        None
    }
}

/// Whether a term is a field of the event's payload, or a field of one.
fn is_field(term: &Term) -> bool {
    match term {
        Term::Field(base, name) => {
            is_field(base) || (matches!(**base, Term::Event) && name == "payload")
        }
        _ => false,
    }
}

/// The text a comparison is found by. Equal values have equal texts; lists and mappings have none.
fn address(field: &Term, value: &Value) -> Option<String> {
    let value = match value {
        // As CEL compares numbers: by their value.
        Value::Number(number) => number.as_f64()?.to_string(),
        Value::Array(_) | Value::Object(_) => return None,
        plain => plain.to_string(),
    };
    let text = format!("{field} = {value}");
    if text.len() <= ADDRESS_BYTES_MAX {
        return Some(text);
    }
    let hash = Sha256::digest(text.as_bytes());
    Some(hash.iter().map(|byte| format!("{byte:02x}")).collect())
}
