use std::borrow::Cow;

use serde_json::Value;

use super::Machine;
use super::advance::Here;
use crate::{EntryKind, Expression, IncidentKind, Next, SwitchBy, SwitchStep};

impl<'w> Machine<'w, '_> {
    /// Chooses a branch. Without one the run stops here as an incident, and nothing is chosen.
    pub(super) fn choose(&mut self, here: Here<'w>, switch: &'w SwitchStep) -> Option<&'w Next> {
        let id = &here.step.id;
        let chosen = match &switch.by {
            SwitchBy::Value { expr, cases } => self.by_value(here.list, expr, cases),
            SwitchBy::Conditions(conditions) => self.by_condition(here.list, conditions),
        };
        let (value, chosen) = match chosen {
            Ok(chosen) => chosen,
            Err(message) => {
                let message = format!("{id}: {message}");
                self.raise_here(here, IncidentKind::Expression, message);
                return None;
            }
        };
        let Some(next) = chosen.or(switch.default.as_ref()) else {
            let message = match &switch.by {
                SwitchBy::Value { cases, .. } => no_case(id, cases, &value),
                SwitchBy::Conditions(_) => format!("{id}: none of the conditions holds"),
            };
            self.raise_here(here, IncidentKind::NoCase, message);
            return None;
        };
        let to = next.as_str().to_owned();
        self.record(EntryKind::BranchTaken { value, to }, Some(id), None);
        Some(next)
    }

    fn by_value(&self, list: u32, expr: &Expression, cases: &'w [(String, Next)]) -> Chosen<'w> {
        let value = expr.evaluate(self.scope(list))?;
        let text = case_text(&value);
        let chosen = text.and_then(|text| cases.iter().find(|(case, _)| *case == text));
        Ok((value, chosen.map(|(_, next)| next)))
    }

    /// The first condition that holds; what it looked at is the condition as written.
    fn by_condition(&self, list: u32, conditions: &'w [(Expression, Next)]) -> Chosen<'w> {
        for (when, next) in conditions {
            match when.evaluate(self.scope(list))? {
                Value::Bool(true) => return Ok((when.source().into(), Some(next))),
                Value::Bool(false) => {}
                _ => return Err(format!("\"{when}\" is neither true nor false")),
            }
        }
        Ok((Value::Null, None))
    }
}

/// What a switch looked at, and where that leads.
type Chosen<'w> = Result<(Value, Option<&'w Next>), String>;

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

fn no_case(id: &str, cases: &[(String, Next)], value: &Value) -> String {
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
    let many = cases.len() > CASES;
    let mut cases: Vec<&str> = cases
        .iter()
        .take(CASES)
        .map(|(case, _)| case.as_str())
        .collect();
    if many {
        cases.push("…");
    }
    format!("{id}: no case for {shown} – cases are {}", cases.join(", "))
}
