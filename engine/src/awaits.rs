//! Which runs an event may be for, so that a store finds them without asking each.
//!
//! A wait without `match` is found by the workflow's id and the business key. One with `match` is
//! found by an address: the field of the event it compares, and the value that field must have. What
//! is found is asked by [`crate::Order::Signal`]; what is not found does not wait for the event.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use uuid::Uuid;

use crate::expression::Scope;
use crate::{Expression, Run, RunStatus, StepKind, WaitFor, WaitStep, Workflow};

/// The address of a wait whose `match` compares no field of the event with something known: every
/// event of its name has to be asked.
pub const ANY_ADDRESS: &str = "";

impl Workflow {
    /// Whether a wait of this workflow has a `match`.
    pub fn has_matches(&self) -> bool {
        !self.matches.is_empty()
    }

    /// The addresses that an event of this name and payload has for the waits with `match`.
    pub fn addresses(&self, event: &str, payload: &Value) -> BTreeSet<String> {
        // No address depends on the event's id or on a run.
        let (seen, run) = (seen(Uuid::nil(), event, payload), Run::blank());
        let mut found = BTreeSet::new();
        for (_, matching) in self.matches_on(event) {
            found.insert(ANY_ADDRESS.to_owned());
            found.extend(matching.carried_address(Scope::from(&run).with_event(&seen)));
        }
        found
    }

    /// The waits with `match` for an event of this name.
    pub(crate) fn matches_on(&self, event: &str) -> impl Iterator<Item = (&str, &Expression)> {
        let waits = self.matches.iter().map(|id| (id, self.matching(id)));
        waits.filter_map(move |(id, wait)| {
            let (name, matching) = wait?;
            (name == event).then_some((id.as_str(), matching))
        })
    }

    /// The event and the `match` of a wait that has one.
    fn matching(&self, step: &str) -> Option<(&str, &Expression)> {
        match &self.step(step)?.kind {
            StepKind::Wait(WaitStep {
                what:
                    WaitFor::Event {
                        name,
                        matching: Some(matching),
                    },
                ..
            }) => Some((name, matching)),
            _ => None,
        }
    }
}

impl Run {
    /// The events this run waits for by `match`, each with its address: those of the lists that
    /// stand at such a wait, and those of waits ahead that compare with what is known already.
    pub fn awaits(&self, workflow: &Workflow) -> BTreeSet<(String, String)> {
        let mut found = BTreeSet::new();
        if self.status != RunStatus::Running {
            return found;
        }
        for list in &self.lists {
            if let Some((event, matching)) = workflow.matching(&list.at) {
                let address = matching.awaited_address(Scope::of(self, list.number));
                let address = address.unwrap_or_else(|| ANY_ADDRESS.to_owned());
                found.insert((event.to_owned(), address));
            }
        }
        for (event, matching) in workflow
            .matches
            .iter()
            .filter_map(|step| workflow.matching(step))
        {
            if let Some(address) = matching.awaited_address(Scope::from(self)) {
                found.insert((event.to_owned(), address));
            }
        }
        found
    }
}

/// An event as a `match` sees it.
pub(crate) fn seen(id: Uuid, name: &str, payload: &Value) -> Value {
    json!({"id": id, "name": name, "payload": payload})
}
