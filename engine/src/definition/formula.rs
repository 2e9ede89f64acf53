use super::fields;
use super::report::Report;
use super::tree::Node;
use crate::Place;
use crate::expression::{Expression, Roots, Span};

/// An expression as written: compiled, and where it stands.
#[derive(Clone)]
pub(super) struct Formula {
    pub(super) expression: Expression,
    place: Place,
    verbatim_at: Option<u32>,
}

impl Formula {
    /// Where a part of the expression stands; the whole when that cannot be told.
    pub(super) fn place(&self, part: Option<Span>) -> Place {
        part_place(self.place, self.verbatim_at, part)
    }
}

fn part_place(whole: Place, verbatim_at: Option<u32>, part: Option<Span>) -> Place {
    match (verbatim_at, part) {
        (Some(start), Some((at, length))) => Place {
            line: whole.line,
            column: whole.column + start + at,
            length: length.max(1),
        },
        _ => whole,
    }
}

/// The expression written here; one that does not compile is told where inside it.
pub(super) fn read(
    node: &Node,
    key: &str,
    roots: Roots<'_>,
    report: &mut Report,
) -> Option<Formula> {
    const HELP: &str = "write an expression, like result.severity";
    let scalar = fields::scalar(node, key, HELP, report)?;
    let (place, verbatim_at) = (node.place, scalar.verbatim_at);
    match Expression::compile(&scalar.text, roots) {
        Ok(expression) => Some(Formula {
            expression,
            place,
            verbatim_at,
        }),
        Err(fault) => {
            let place = part_place(place, verbatim_at, fault.at);
            report.error(fault.code, place, fault.message, Some(fault.help));
            None
        }
    }
}
