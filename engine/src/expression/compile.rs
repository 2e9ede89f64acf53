use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use cel::parser::PrattParser;

use super::locate;
use super::lower::{Lowering, Used};
use super::{Compiled, Expression, Fault, Roots, Span};

/// Longest expression, in bytes.
const BYTES_MAX: usize = 2_000;
/// Deepest nesting of brackets and operators while it is read.
const NESTING_MAX: u16 = 48;
/// Most parts, macros written out.
const NODES_MAX: usize = 5_000;

impl Expression {
    /// Compiles an expression that may use these variables.
    pub(crate) fn compile(source: &str, roots: Roots<'_>) -> Result<Expression, Fault> {
        if source.len() > BYTES_MAX {
            return Err(too_much(format!(
                "the expression is {} bytes long, the limit is {BYTES_MAX}",
                source.len()
            )));
        }
        // The parser is young; should it ever panic, the definition is refused and the process
        // lives on.
        let parser = PrattParser::new()
            .max_recursion_depth(NESTING_MAX)
            .max_expression_node_count(NODES_MAX);
        let tree = catch_unwind(AssertUnwindSafe(|| parser.parse(source)))
            .map_err(|_| syntax("the expression cannot be read".into(), None))?
            .map_err(|errors| first_error(source, &errors))?;
        let mut lowering = Lowering::new(source, roots);
        let term = lowering.lower(&tree, 1)?;
        let Used {
            steps,
            answers,
            result,
        } = lowering.used();
        Ok(Expression(Arc::new(Compiled {
            source: source.to_owned(),
            term,
            steps,
            answers,
            uses_result: result,
        })))
    }
}

/// An expression that is no CEL, or uses a part of CEL that has no meaning here.
pub(super) fn syntax(message: String, at: Option<Span>) -> Fault {
    let help = "expressions are CEL, like result.severity or payload.lost > 1000 && !result.sure";
    Fault {
        code: "HMS040",
        at,
        message,
        help: help.into(),
    }
}

/// What an expression written for another language most likely means here.
fn in_our_words(source: &str, message: &str) -> Option<&'static str> {
    if source.trim_start().starts_with("{{") || source.contains("${") {
        return Some("write the expression itself, without brackets around it: result.severity");
    }
    match message.strip_prefix("mismatched input ")? {
        "'='" => Some("write == to compare"),
        "'and'" => Some("write &&"),
        "'or'" => Some("write ||"),
        "'not'" => Some("write !"),
        _ => None,
    }
}

/// An expression that is more than one should be.
pub(super) fn too_much(message: String) -> Fault {
    Fault {
        code: "HMS042",
        at: None,
        message,
        help: "let a task decide what is this complicated".into(),
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
    if message.contains("limit exceeded") {
        return too_much("the expression is nested too deep or has too many mistakes".into());
    }
    let message = match message {
        "mismatched input '<EOF>'" => "it ends too early",
        other => other,
    };
    // Lines and columns count from 1, columns in bytes.
    let at = locate::byte(source, error.pos.0, error.pos.1 - 1);
    let mut fault = syntax(format!("the expression does not compile: {message}"), at);
    if let Some(help) = in_our_words(source, message) {
        fault.help = help.to_owned();
    }
    fault
}
