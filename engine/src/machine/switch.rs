use std::borrow::Cow;

use serde_json::Value;

use super::Machine;
use crate::{EntryKind, IncidentKind, Next, SwitchStep};

impl<'w> Machine<'w, '_> {
    /// Chooses a branch. Without one the run stops here as an incident, and nothing is chosen.
    pub(super) fn choose(&mut self, id: &str, switch: &'w SwitchStep) -> Option<&'w Next> {
        let value = match switch.expr.evaluate(self.run) {
            Ok(value) => value,
            Err(message) => {
                self.raise(id, IncidentKind::Expression, format!("{id}: {message}"));
                return None;
            }
        };
        let text = case_text(&value);
        let chosen = text
            .as_ref()
            .and_then(|text| switch.cases.iter().find(|(case, _)| case == text))
            .map(|(_, next)| next)
            .or(switch.default.as_ref());
        let Some(next) = chosen else {
            let message = no_case(id, switch, &value);
            self.raise(id, IncidentKind::NoCase, message);
            return None;
        };
        let to = next.as_str().to_owned();
        self.record(EntryKind::BranchTaken { value, to }, Some(id), None);
        Some(next)
    }
}

/// The text a value is compared with the cases by: a text as it is, `true`, `3`, `2.5`, `null`. A
/// whole number is written without a fraction, however it was computed. Lists and mappings have
/// none.
pub(super) fn case_text(value: &Value) -> Option<Cow<'_, str>> {
    match value {
        Value::String(text) => Some(Cow::Borrowed(text)),
        Value::Bool(true) => Some(Cow::Borrowed("true")),
        Value::Bool(false) => Some(Cow::Borrowed("false")),
        Value::Null => Some(Cow::Borrowed("null")),
        Value::Number(number) => Some(Cow::Owned(match number.as_f64() {
            // Display of a float never has an exponent and no ".0".
            Some(float) if number.is_f64() => float.to_string(),
            _ => number.to_string(),
        })),
        Value::Array(_) | Value::Object(_) => None,
    }
}

fn no_case(id: &str, switch: &SwitchStep, value: &Value) -> String {
    const VALUE_CHARS: usize = 100;
    const CASES: usize = 20;
    let shown = match value {
        Value::Array(_) => "a list".to_owned(),
        Value::Object(_) => "a mapping".to_owned(),
        other => other.to_string(),
    };
    let mut shown: String = if shown.chars().count() > VALUE_CHARS {
        shown.chars().take(VALUE_CHARS - 1).chain(['…']).collect()
    } else {
        shown
    };
    shown.retain(|c| !c.is_control());
    let mut cases: Vec<&str> = switch
        .cases
        .iter()
        .take(CASES)
        .map(|(case, _)| case.as_str())
        .collect();
    if switch.cases.len() > CASES {
        cases.push("…");
    }
    format!("{id}: no case for {shown} – cases are {}", cases.join(", "))
}
