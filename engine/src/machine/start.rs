use serde_json::Value;

use super::{Machine, advance};
use crate::expression::Scope;
use crate::{END, EntryKind, ListState, Run, Workflow};

/// Longest business key, in characters.
const KEY_CHARS_MAX: usize = 200;

impl Machine<'_, '_> {
    /// Begins the run at its first step.
    ///
    /// A key that cannot be computed does not stop the run: an event that was accepted must lead
    /// somewhere, and there is no step to try again. The audit trail says why it is missing.
    pub(super) fn start(&mut self) {
        self.run.started = Some(self.now);
        let calendars = self.workflow.calendars.values();
        self.run.calendars = calendars
            .map(|calendar| (calendar.id.clone(), calendar.version.clone()))
            .collect();
        self.record(EntryKind::RunStarted, None, None);
        if self.workflow.key.is_some() {
            match key_of(self.workflow, &self.run.payload) {
                Ok(text) => self.run.key = Some(text),
                Err(message) => self.record(EntryKind::KeyMissing { message }, None, None),
            }
        }
        let number = self.number();
        self.run.lists.push(ListState {
            number,
            at: END.to_owned(),
            waits_since: None,
            inside: None,
            under: None,
        });
        self.go_first(number, &self.workflow.steps, advance::Cause::Order);
    }
}

/// The business key a workflow computes from a payload.
pub(crate) fn key_of(workflow: &Workflow, payload: &Value) -> Result<String, String> {
    let key = workflow.key.as_ref().ok_or("the workflow has no key")?;
    // A key is over the payload alone, so any run will do.
    let run = Run::blank();
    key_text(&key.evaluate(Scope::from(&run).with_payload(payload))?)
}

/// The key as text: a text, number or truth value that is not empty and not too long.
fn key_text(value: &Value) -> Result<String, String> {
    let text = super::switch::case_text(value)
        .filter(|_| !value.is_null())
        .ok_or_else(|| "the key is neither a text nor a number".to_owned())?;
    if text.is_empty() {
        return Err("the key is empty".into());
    }
    if text.chars().count() > KEY_CHARS_MAX {
        return Err(format!("the key is longer than {KEY_CHARS_MAX} characters"));
    }
    Ok(text.into_owned())
}
