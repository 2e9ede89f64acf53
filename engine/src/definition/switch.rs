use super::draft::target;
use super::fields::{self, Fields, Word};
use super::flow::{Flow, Way};
use super::formula::{self, Formula};
use super::report::Report;
use super::tree::{Node, NodeKind};
use crate::expression::Roots;
use crate::{SwitchBy, SwitchStep};

/// The keys of a switch, besides those every step has.
pub(super) const KEYS: &[&str] = &["expr", "cases", "when", "default"];
/// The keys of a condition.
pub(super) const CONDITION: &[&str] = &["if", "then"];

const CASES_HELP: &str =
    "write each value and where it leads, like cases: { High: human_review, Low: notify_citizen }";
const WHEN_HELP: &str = "write conditions and where each leads, like when: [{ if: result.score > 0.8, then: human_review }]";

/// A switch as written.
pub(super) struct DraftSwitch {
    by: DraftBy,
    pub(super) default: Option<Word>,
    /// Every way out could be read.
    pub(super) whole: bool,
}

enum DraftBy {
    Value {
        expr: Option<Formula>,
        /// A value as text, and where it leads.
        cases: Vec<(String, Word)>,
    },
    Conditions(Vec<(Option<Formula>, Word)>),
}

impl DraftSwitch {
    /// Where its cases or conditions lead, in the order written.
    pub(super) fn branches(&self) -> Vec<&Word> {
        match &self.by {
            DraftBy::Value { cases, .. } => cases.iter().map(|(_, to)| to).collect(),
            DraftBy::Conditions(conditions) => conditions.iter().map(|(_, to)| to).collect(),
        }
    }

    pub(super) fn formulas(&self) -> Vec<&Formula> {
        match &self.by {
            DraftBy::Value { expr, .. } => expr.iter().collect(),
            DraftBy::Conditions(conditions) => conditions
                .iter()
                .filter_map(|(when, _)| when.as_ref())
                .collect(),
        }
    }

    pub(super) fn finish(self, flow: &Flow, at: usize) -> Option<SwitchStep> {
        let to = |branch: usize| flow.to(at, Way::Case(branch));
        let by = match self.by {
            DraftBy::Value { expr, cases } => SwitchBy::Value {
                expr: expr?.expression,
                cases: cases
                    .into_iter()
                    .enumerate()
                    .map(|(case, (value, _))| (value, to(case)))
                    .collect(),
            },
            DraftBy::Conditions(conditions) => SwitchBy::Conditions(
                conditions
                    .into_iter()
                    .enumerate()
                    .map(|(at, (when, _))| Some((when?.expression, to(at))))
                    .collect::<Option<_>>()?,
            ),
        };
        Some(SwitchStep {
            by,
            default: self.default.map(|_| flow.to(at, Way::Default)),
        })
    }
}

pub(super) fn read(
    step: &Fields<'_>,
    name: &str,
    roots: Roots<'_>,
    report: &mut Report,
) -> DraftSwitch {
    let default = step
        .get("default")
        .and_then(|node| target(node, "default", report));
    let (by, whole) = match step.get("when") {
        None => by_value(step, name, roots, report),
        Some(node) => {
            for key in ["expr", "cases"] {
                if let Some((key, _)) = step.entry(key) {
                    report.error(
                        "HMS027",
                        key.place,
                        format!("{name} has \"{}\" beside \"when\"", key.text),
                        Some(
                            "choose by one value with expr and cases, or by conditions with when"
                                .into(),
                        ),
                    );
                }
            }
            by_condition(node, name, roots, report)
        }
    };
    DraftSwitch {
        by,
        whole: whole && step.get("default").is_some() == default.is_some(),
        default,
    }
}

fn by_value(
    step: &Fields<'_>,
    name: &str,
    roots: Roots<'_>,
    report: &mut Report,
) -> (DraftBy, bool) {
    let expr = step
        .require(
            "expr",
            name,
            "add \"expr:\" and what to look at, like expr: \"result.severity\"",
            report,
        )
        .and_then(|node| formula::read(node, "expr", roots, report));
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
    let whole = !cases.is_empty() && step.get("cases").map_or(0, Node::len) == cases.len();
    (DraftBy::Value { expr, cases }, whole)
}

fn by_condition(node: &Node, name: &str, roots: Roots<'_>, report: &mut Report) -> (DraftBy, bool) {
    let mut conditions = Vec::new();
    match &node.kind {
        NodeKind::List(items) if !items.is_empty() => {
            for item in items {
                conditions.extend(condition(item, roots, report));
            }
        }
        NodeKind::List(_) => report.error(
            "HMS026",
            node.place,
            format!("{name} has no conditions"),
            Some(WHEN_HELP.into()),
        ),
        _ => report.error(
            "HMS007",
            node.place,
            format!("\"when\" is a list, and here is {}", node.what()),
            Some(WHEN_HELP.into()),
        ),
    }
    let whole = !conditions.is_empty() && node.len() == conditions.len();
    (DraftBy::Conditions(conditions), whole)
}

fn condition(
    item: &Node,
    roots: Roots<'_>,
    report: &mut Report,
) -> Option<(Option<Formula>, Word)> {
    const OWNER: &str = "a condition";
    let fields = Fields::of(item, OWNER, report)?;
    fields.only(CONDITION, OWNER, report);
    let when = fields
        .require("if", OWNER, WHEN_HELP, report)
        .and_then(|node| formula::read(node, "if", roots, report));
    let then = fields.require("then", OWNER, WHEN_HELP, report)?;
    let to: Word = fields::word(then, "then", "write the id of a step, or end", report)?;
    Some((when, to))
}
