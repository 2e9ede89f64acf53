use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use super::references::{Named, References, path_of};
use super::{Compiled, Expression, Fault, Roots};
use crate::definition::did_you_mean;

/// Longest expression, in bytes.
const BYTES_MAX: usize = 2_000;
/// Deepest tree; evaluation recurses that deep.
const DEPTH_MAX: usize = 64;

/// What can be called, macros included for "did you mean".
const FUNCTIONS: &[&str] = &[
    "bool",
    "contains",
    "double",
    "endsWith",
    "int",
    "size",
    "startsWith",
    "string",
];
const MACROS: &[&str] = &["all", "exists", "exists_one", "filter", "has", "map"];

impl Expression {
    /// Compiles an expression that may use these variables.
    pub(crate) fn compile(source: &str, roots: Roots) -> Result<Expression, Fault> {
        if source.len() > BYTES_MAX {
            return Err(Fault {
                code: "HMS042",
                at: None,
                message: format!(
                    "the expression is {} characters long, the limit is {BYTES_MAX}",
                    source.len()
                ),
                help: "let a task decide what is this complicated".into(),
            });
        }
        // The parser is a generated one with many indexings; should one of them be wrong, the
        // definition is refused and the process lives on.
        let program = catch_unwind(AssertUnwindSafe(|| cel::Program::compile(source)))
            .map_err(|_| syntax("the expression cannot be read".into(), None))?
            .map_err(|errors| first_error(source, &errors))?;
        let references = References::of(program.expression());
        let place = |node: u64| place_of(&program, source, node);
        if references.depth > DEPTH_MAX {
            return Err(Fault {
                code: "HMS042",
                at: None,
                message: format!("the expression is nested deeper than {DEPTH_MAX}"),
                help: "let a task decide what is this complicated".into(),
            });
        }
        if let Some((what, node)) = references.unsupported {
            return Err(syntax(
                format!("{what} has no meaning in a workflow's expression"),
                place(node),
            ));
        }
        if let Some(Named { name, node }) = references
            .roots
            .iter()
            .find(|used| !roots.0.contains(&used.name.as_str()))
        {
            return Err(Fault {
                code: "HMS041",
                at: place(*node),
                message: format!("there is no variable \"{name}\""),
                help: did_you_mean(name, roots.0.iter().copied()).unwrap_or_else(|| {
                    format!("an expression here is over {}", roots.0.join(", "))
                }),
            });
        }
        if let Some(Named { name, node }) = references
            .functions
            .iter()
            .find(|used| !FUNCTIONS.contains(&used.name.as_str()))
        {
            let known = FUNCTIONS.iter().chain(MACROS).copied();
            return Err(Fault {
                code: "HMS044",
                at: place(*node),
                message: format!("there is no function \"{name}\""),
                help: did_you_mean(name, known.clone()).unwrap_or_else(|| {
                    format!("the functions are {}", known.collect::<Vec<_>>().join(", "))
                }),
            });
        }
        let path = path_of(program.expression());
        Ok(Expression(Arc::new(Compiled {
            source: source.to_owned(),
            program,
            references,
            path,
        })))
    }
}

fn syntax(message: String, at: Option<(u32, u32)>) -> Fault {
    Fault {
        code: "HMS040",
        at,
        message,
        help: "expressions are CEL, like result.severity or payload.amount > 1000.0 && result.score < 0.5".into(),
    }
}

/// The parser's first complaint, without the lists of tokens it would have liked better.
fn first_error(source: &str, errors: &cel::ParseErrors) -> Fault {
    let Some(error) = errors.errors.first() else {
        return syntax("the expression cannot be read".into(), None);
    };
    let message = error.msg.lines().next().unwrap_or_default();
    let message = message.split(" expecting ").next().unwrap_or(message);
    let message = message.trim_start_matches("Syntax error: ");
    // Positions count lines from 1 and columns from 1.
    let at = (error.pos.0 == 1)
        .then(|| u32::try_from(error.pos.1 - 1).ok())
        .flatten()
        .map(|column| {
            let last = u32::try_from(source.chars().count().saturating_sub(1)).unwrap_or(0);
            (column.min(last), 1)
        });
    syntax(format!("the expression does not compile: {message}"), at)
}

/// Where in the source a node stands, when the source is one line.
fn place_of(program: &cel::Program, source: &str, node: u64) -> Option<(u32, u32)> {
    if source.contains('\n') {
        return None;
    }
    let (start, end) = program.source_info().offset_for(node)?;
    Some((start, (end + 1).saturating_sub(start).max(1)))
}
