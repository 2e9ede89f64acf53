//! Expressions: CEL, compiled when a definition is loaded, evaluated over a run.
//!
//! The `cel` crate reads the text; what it read is lowered into a small tree of our own. Its own
//! evaluator has no limit on cost and walks mappings in the order of a random seed, and a run must
//! neither hang nor go another way when it is replayed. Ours borrows from the run, counts its steps
//! and is checked against the crate's in the tests.

mod compile;
mod evaluate;
mod functions;
mod locate;
mod lower;
mod term;
#[cfg(test)]
mod tests;
mod value;

use std::fmt;
use std::sync::Arc;

use term::Term;

/// A compiled expression. Cheap to clone.
#[derive(Clone)]
pub struct Expression(Arc<Compiled>);

struct Compiled {
    source: String,
    term: Term,
    /// The steps it asks for results of, and where it names them.
    steps: Vec<(String, Option<Span>)>,
    uses_result: bool,
}

/// A part of an expression: the column from 0 and the length, both in characters.
pub(crate) type Span = (u32, u32);

/// The variables an expression may use.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Roots(&'static [&'static str]);

impl Roots {
    /// Only the event's payload.
    pub(crate) const PAYLOAD: Roots = Roots(&["payload"]);
    /// All there is in a run.
    pub(crate) const ALL: Roots = Roots(&["payload", "result", "steps", "run"]);
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
