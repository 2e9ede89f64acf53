use super::draft::target;
use super::fields::{self, Fields, Word};
use super::flow::Flows;
use super::list::{self, DraftList};
use super::report::Report;
use super::tree::{Node, NodeKind};
use crate::ParallelStep;
use crate::expression::Roots;

/// The keys of a parallel, besides those every step has.
pub(super) const KEYS: &[&str] = &["branches", "join", "on_complete"];

const HELP: &str = "write each branch's name and its list of steps, like branches: { police: [{ id: ask, actor: AI:clerk }] }";
const BRANCHES_MAX: usize = 50;

/// A parallel as written.
pub(super) struct DraftParallel {
    pub(super) branches: Vec<(String, DraftList)>,
    /// How many must finish.
    pub(super) join: usize,
    pub(super) on_complete: Option<Word>,
    /// All its lists and ways out could be read.
    pub(super) whole: bool,
}

impl DraftParallel {
    pub(super) fn finish(self, flows: &[Flows]) -> Option<ParallelStep> {
        let branches = self.branches.into_iter().zip(flows);
        Some(ParallelStep {
            branches: branches
                .map(|((name, list), flows)| Some((name, list.finish(flows)?)))
                .collect::<Option<_>>()?,
            join: self.join,
        })
    }
}

pub(super) fn read(
    step: &Fields<'_>,
    name: &str,
    roots: Roots<'_>,
    report: &mut Report,
) -> DraftParallel {
    let node = step.require(
        "branches",
        name,
        &format!("add \"branches:\": {HELP}"),
        report,
    );
    let branches = node.map_or_else(Vec::new, |node| branches(node, name, roots, report));
    let count = node.map_or(0, Node::len);
    let join = match step.get("join") {
        None => Some(count),
        Some(node) => join(node, count, report),
    };
    let on_complete = step
        .get("on_complete")
        .and_then(|node| target(node, "on_complete", report));
    DraftParallel {
        whole: !branches.is_empty()
            && branches.len() == count
            && join.is_some()
            && step.get("on_complete").is_some() == on_complete.is_some(),
        branches,
        join: join.unwrap_or(1),
        on_complete,
    }
}

fn branches(
    node: &Node,
    name: &str,
    roots: Roots<'_>,
    report: &mut Report,
) -> Vec<(String, DraftList)> {
    let NodeKind::Mapping(entries) = &node.kind else {
        let message = format!("\"branches\" is a mapping, and here is {}", node.what());
        report.error("HMS007", node.place, message, Some(HELP.into()));
        return Vec::new();
    };
    if !(1..=BRANCHES_MAX).contains(&entries.len()) {
        let message = format!("{name} has {} branches", entries.len());
        let help = format!("{HELP}; at least one and at most {BRANCHES_MAX}");
        report.error("HMS026", node.place, message, Some(help));
    }
    let mut branches = Vec::with_capacity(entries.len());
    for (key, node) in entries {
        fields::id_form(&key.text, key.place, report);
        if let Some(list) = list::read(node, &key.text, roots, report) {
            branches.push((key.text.clone(), list));
        }
    }
    branches
}

/// How many branches must finish.
fn join(node: &Node, branches: usize, report: &mut Report) -> Option<usize> {
    let help = format!("write all, any, or a whole number from 1 to {branches}");
    let word = fields::word(node, "join", &help, report)?;
    let join = match word.text.as_str() {
        "all" => Some(branches),
        "any" => Some(1),
        number => number.parse().ok().filter(|n| (1..=branches).contains(n)),
    };
    if join.is_none() {
        let message = format!("\"{}\" is no join", fields::clip(&word.text));
        report.error("HMS035", word.place, message, Some(help));
    }
    join
}
