//! Expressions: CEL, compiled when a definition is loaded, evaluated over a run.
//!
//! The `cel` crate reads the text; what it read is lowered into a small tree of our own. Its own
//! evaluator has no limit on cost and walks mappings in the order of a random seed, and a run must
//! neither hang nor go another way when it is replayed. Ours borrows from the run, counts its steps
//! and is checked against the crate's in the tests.

mod address;
mod compile;
mod evaluate;
mod functions;
mod locate;
mod lower;
mod personal;
mod scope;
mod term;
#[cfg(test)]
mod tests;
mod value;

use std::fmt;
use std::sync::Arc;

pub(crate) use personal::KeptApart;
pub(crate) use scope::Scope;
use term::Term;

/// A compiled expression. Cheap to clone.
#[derive(Clone)]
pub struct Expression(Arc<Compiled>);

struct Compiled {
    source: String,
    term: Term,
    /// The steps it asks for results of, and where it names them.
    steps: Vec<(String, Option<Span>)>,
    /// The answers of a form it asks for, and where it names them.
    answers: Vec<(String, Option<Span>)>,
    uses_result: bool,
}

/// A part of an expression: the column from 0 and the length, both in characters.
pub(crate) type Span = (u32, u32);

/// The variables an expression may use.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Roots<'a> {
    known: &'static [&'static str],
    /// The items of the foreaches around, by their names.
    items: &'a [String],
}

impl<'a> Roots<'a> {
    /// Only the event's payload.
    pub(crate) const PAYLOAD: Roots<'static> = Roots {
        known: &["payload"],
        items: &[],
    };
    /// All there is in a run.
    pub(crate) const ALL: Roots<'static> = Roots {
        known: &["payload", "result", "steps", "run"],
        items: &[],
    };

    /// All there is in a run, and these items.
    pub(crate) fn with_items(items: &'a [String]) -> Roots<'a> {
        Roots {
            items,
            ..Roots::ALL
        }
    }

    /// Only the answers of a form.
    pub(crate) const ANSWERS: Roots<'static> = Roots {
        known: &["answers"],
        items: &[],
    };

    /// And the answers of a form.
    pub(crate) fn with_answers(self) -> Roots<'a> {
        Roots {
            known: &["answers", "payload", "result", "steps", "run"],
            ..self
        }
    }

    /// And an event to look at.
    pub(crate) fn with_event(self) -> Roots<'a> {
        Roots {
            known: &["payload", "result", "steps", "run", "event"],
            ..self
        }
    }

    /// The names of the items.
    pub(crate) fn items(self) -> &'a [String] {
        self.items
    }

    /// Whether a name is taken by a variable.
    pub(crate) fn has(self, name: &str) -> bool {
        self.known.contains(&name) || self.items.iter().any(|item| item == name)
    }
}

/// Why an expression does not load.
#[derive(Debug)]
pub(crate) struct Fault {
    /// The diagnostic's code.
    pub(crate) code: &'static str,
    /// Where in the expression.
    pub(crate) at: Option<Span>,
    pub(crate) message: String,
    pub(crate) help: String,
}

impl Expression {
    /// As written in the definition.
    pub fn source(&self) -> &str {
        &self.0.source
    }

    /// The steps whose results it asks for by `steps.ID.result`, and where.
    pub(crate) fn steps(&self) -> impl Iterator<Item = (&str, Option<Span>)> {
        self.0.steps.iter().map(|(id, at)| (id.as_str(), *at))
    }

    /// The answers it asks for by `answers.ID`, and where.
    pub(crate) fn answers(&self) -> impl Iterator<Item = (&str, Option<Span>)> {
        self.0.answers.iter().map(|(id, at)| (id.as_str(), *at))
    }

    /// Whether it asks for the result of the last finished task.
    pub(crate) fn uses_result(&self) -> bool {
        self.0.uses_result
    }
}

impl fmt::Debug for Expression {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Expression({:?})", self.0.source)
    }
}

impl fmt::Display for Expression {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.source)
    }
}
