use super::fields;
use super::report::Report;
use super::tree::Node;
use crate::Priority;

/// `low`, `normal`, `high`, or a whole number.
pub(super) fn read(node: &Node, report: &mut Report) -> Option<Priority> {
    const HELP: &str = "write low, normal or high, or a whole number from 0 to 100";
    let word = fields::word(node, "priority", HELP, report)?;
    let priority = match word.text.as_str() {
        "low" => Some(Priority::LOW),
        "normal" => Some(Priority::NORMAL),
        "high" => Some(Priority::HIGH),
        number => number.parse().ok().map(Priority),
    };
    let priority = priority.filter(|priority| *priority <= Priority::MAX);
    if priority.is_none() {
        report.error(
            "HMS034",
            word.place,
            format!("\"{}\" is no priority", fields::clip(&word.text)),
            Some(HELP.into()),
        );
    }
    priority
}
