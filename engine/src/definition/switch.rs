use super::draft::target;
use super::fields::{Fields, Word};
use super::flow::Flow;
use super::formula::{self, Formula};
use super::report::Report;
use super::tree::{Node, NodeKind};
use crate::SwitchStep;
use crate::expression::Roots;

/// The keys of a switch, besides those every step has.
pub(super) const KEYS: &[&str] = &["expr", "cases", "default"];

const CASES_HELP: &str =
    "write each value and where it leads, like cases: { High: human_review, Low: notify_citizen }";

/// A switch as written.
pub(super) struct DraftSwitch {
    pub(super) expr: Option<Formula>,
    /// A value as text, and where it leads.
    pub(super) cases: Vec<(String, Word)>,
    pub(super) default: Option<Word>,
    /// Every way out could be read.
    pub(super) whole: bool,
}

impl DraftSwitch {
    pub(super) fn finish(self, flow: &Flow, at: usize) -> Option<SwitchStep> {
        let expr = self.expr?.expression;
        Some(SwitchStep {
            expr,
            cases: self
                .cases
                .into_iter()
                .enumerate()
                .map(|(case, (value, _))| (value, flow.case(at, case)))
                .collect(),
            default: self.default.map(|_| flow.default(at)),
        })
    }
}

pub(super) fn read(step: &Fields<'_>, name: &str, report: &mut Report) -> DraftSwitch {
    let expr = step
        .require(
            "expr",
            name,
            "add \"expr:\" and what to look at, like expr: \"result.severity\"",
            report,
        )
        .and_then(|node| formula::read(node, "expr", Roots::ALL, report));
    let mut cases = Vec::new();
    if let Some(node) = step.require(
        "cases",
        name,
        &format!("add \"cases:\": {CASES_HELP}"),
        report,
    ) {
        match &node.kind {
            NodeKind::Mapping(entries) if !entries.is_empty() => {
                for (value, node) in entries {
                    if let Some(word) = target(node, &value.text, report) {
                        cases.push((value.text.clone(), word));
                    }
                }
            }
            NodeKind::Mapping(_) => report.error(
                "HMS026",
                node.place,
                format!("{name} has no cases"),
                Some(CASES_HELP.into()),
            ),
            _ => report.error(
                "HMS007",
                node.place,
                format!("\"cases\" is a mapping, and here is {}", node.what()),
                Some(CASES_HELP.into()),
            ),
        }
    }
    let default = step
        .get("default")
        .and_then(|node| target(node, "default", report));
    let whole = !cases.is_empty()
        && step.get("cases").map_or(0, Node::len) == cases.len()
        && step.get("default").is_some() == default.is_some();
    DraftSwitch {
        expr,
        cases,
        default,
        whole,
    }
}
