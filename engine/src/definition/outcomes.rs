use super::draft::target;
use super::fields::{self, Word};
use super::report::Report;
use super::tree::{Node, NodeKind};

const HELP: &str =
    "write each answer and where it leads, like outcomes: { approve: pay, reject: refuse }";
/// More buttons than anybody reads.
const OUTCOMES_MAX: usize = 20;

/// A person's answers, and where each leads.
pub(super) fn read(node: &Node, name: &str, report: &mut Report) -> Vec<(String, Word)> {
    let entries = match &node.kind {
        NodeKind::Mapping(entries) => entries,
        _ => {
            let message = format!("\"outcomes\" is a mapping, and here is {}", node.what());
            report.error("HMS007", node.place, message, Some(HELP.into()));
            return Vec::new();
        }
    };
    if !(1..=OUTCOMES_MAX).contains(&entries.len()) {
        let message = format!("{name} has {} outcomes", entries.len());
        let help = format!("{HELP}; at least one and at most {OUTCOMES_MAX}");
        report.error("HMS026", node.place, message, Some(help));
    }
    let mut outcomes = Vec::with_capacity(entries.len());
    for (outcome, node) in entries {
        fields::id_form(&outcome.text, outcome.place, report);
        if let Some(word) = target(node, &outcome.text, report) {
            outcomes.push((outcome.text.clone(), word));
        }
    }
    outcomes
}
