//! Expressions: CEL, compiled when a definition is loaded, evaluated over a run. The one place
//! that knows the `cel` crate.

mod compile;
mod evaluate;
mod references;

use std::fmt;
use std::sync::Arc;

use references::References;

/// A compiled expression. Cheap to clone.
#[derive(Clone)]
pub struct Expression(Arc<Compiled>);

struct Compiled {
    source: String,
    program: cel::Program,
    references: References,
    /// Set when the expression is nothing but a field of a field of a variable, which most are:
    /// such a one is looked up in the JSON without an evaluator.
    path: Option<Vec<String>>,
}

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
    /// Where in the expression: the column from 0 and the length, both in characters.
    pub(crate) at: Option<(u32, u32)>,
    pub(crate) message: String,
    pub(crate) help: String,
}

impl Expression {
    /// As written in the definition.
    pub fn source(&self) -> &str {
        &self.0.source
    }

    /// The steps whose results it asks for by `steps.ID`.
    pub(crate) fn steps(&self) -> impl Iterator<Item = &str> {
        self.0.references.steps.iter().map(String::as_str)
    }

    /// Whether it uses a variable.
    pub(crate) fn uses(&self, root: &str) -> bool {
        self.0.references.roots.iter().any(|used| used.name == root)
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
