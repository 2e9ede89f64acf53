use serde_json::{Map, Value};

use crate::{Inside, ListState, Part, Run};

/// What an expression sees: a run, from one of its open lists.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Scope<'r> {
    pub(super) run: &'r Run,
    list: u32,
    /// The payload the run began with.
    pub(super) payload: &'r Value,
    /// The event a wait looks at.
    pub(super) event: Option<&'r Value>,
    /// The answers of a form, as far as they are given.
    answers: Option<&'r Map<String, Value>>,
}

impl<'r> From<&'r Run> for Scope<'r> {
    /// From the outermost list.
    fn from(run: &'r Run) -> Scope<'r> {
        Scope::of(run, 0)
    }
}

impl<'r> Scope<'r> {
    /// From an open list, by its number.
    pub(crate) fn of(run: &'r Run, list: u32) -> Scope<'r> {
        Scope {
            run,
            list,
            payload: &run.payload,
            event: None,
            answers: None,
        }
    }

    /// With another payload.
    pub(crate) fn with_payload(self, payload: &'r Value) -> Scope<'r> {
        Scope { payload, ..self }
    }

    /// With an event to look at.
    pub(crate) fn with_event(self, event: &'r Value) -> Scope<'r> {
        Scope {
            event: Some(event),
            ..self
        }
    }

    /// With the answers of a form.
    pub(crate) fn with_answers(self, answers: &'r Map<String, Value>) -> Scope<'r> {
        Scope {
            answers: Some(answers),
            ..self
        }
    }

    /// The answer to a field of the form.
    pub(super) fn answer(self, field: &str) -> Option<&'r Value> {
        self.answers?.get(field)
    }

    /// The lists inside others, from here outwards.
    fn around(self) -> impl Iterator<Item = &'r Inside> {
        let inside = |list: &'r ListState| list.inside.as_deref();
        let first = self.run.list(self.list).and_then(inside);
        std::iter::successors(first, move |inner: &&Inside| {
            self.run.list(inner.parent).and_then(inside)
        })
    }

    /// What a step answered last: for the item here, else for the run.
    pub(crate) fn result(self, step: &str) -> Option<&'r Value> {
        self.around()
            .find_map(|inside| match &inside.part {
                Part::Item { results, .. } => results.get(step),
                Part::Branch(_) => None,
            })
            .or_else(|| self.run.results.get(step))
    }

    /// What the step of this list that finished last answered; before the first, what the list
    /// around had.
    pub(super) fn last_result(self) -> Option<&'r Value> {
        let mut around = self.around();
        let last = around.find_map(|inside| inside.last.as_deref());
        self.result(last.or(self.run.last.as_deref())?)
    }

    /// The item of the foreach around that is called so.
    pub(super) fn item(self, wanted: &str) -> Option<&'r Value> {
        self.around().find_map(|inside| match &inside.part {
            Part::Item { name, value, .. } if name == wanted => Some(value),
            _ => None,
        })
    }
}
