use super::draft::target;
use super::fields::{self, Fields, Word};
use super::flow::Flows;
use super::formula::{self, Formula};
use super::list::{self, DraftList};
use super::report::Report;
use super::tree::Node;
use crate::ForeachStep;
use crate::expression::Roots;

/// The keys of a foreach, besides those every step has.
pub(super) const KEYS: &[&str] = &["items", "as", "steps", "at_once", "on_complete"];

const AT_ONCE_MAX: usize = 1_000;

/// A foreach as written.
pub(super) struct DraftForeach {
    pub(super) items: Option<Formula>,
    name: String,
    pub(super) steps: Option<DraftList>,
    at_once: usize,
    pub(super) on_complete: Option<Word>,
    /// Its list and all ways out could be read.
    pub(super) whole: bool,
}

impl DraftForeach {
    pub(super) fn finish(self, flows: &[Flows]) -> Option<ForeachStep> {
        Some(ForeachStep {
            items: self.items?.expression,
            name: self.name,
            steps: self.steps?.finish(flows.first()?)?,
            at_once: self.at_once,
        })
    }
}

pub(super) fn read(
    step: &Fields<'_>,
    name: &str,
    roots: Roots<'_>,
    report: &mut Report,
) -> DraftForeach {
    let items = step
        .require(
            "items",
            name,
            "add \"items:\" and the list to go through, like items: payload.documents",
            report,
        )
        .and_then(|node| formula::read(node, "items", roots, report));
    let item = step
        .require(
            "as",
            name,
            "add \"as:\" and what an item is called in expressions, like as: document",
            report,
        )
        .and_then(|node| item_name(node, roots, report));
    let mut names = roots.items().to_vec();
    names.extend(item.clone());
    let steps = step
        .require(
            "steps",
            name,
            "add \"steps:\" and what to do for each item, each step beginning with \"- id:\"",
            report,
        )
        .and_then(|node| list::read(node, "steps", Roots::with_items(&names), report));
    let at_once = step.get("at_once").map(|node| at_once(node, report));
    let on_complete = step
        .get("on_complete")
        .and_then(|node| target(node, "on_complete", report));
    DraftForeach {
        whole: steps.is_some() && step.get("on_complete").is_some() == on_complete.is_some(),
        items,
        name: item.unwrap_or_default(),
        steps,
        at_once: at_once.flatten().unwrap_or(AT_ONCE_MAX),
        on_complete,
    }
}

/// What an item is called: a word that expressions can use and that is not taken.
fn item_name(node: &Node, roots: Roots<'_>, report: &mut Report) -> Option<String> {
    const HELP: &str = "write a letter, then letters, digits or \"_\", at most 64 in all, like document; not payload, result, steps, run or the item of a foreach around";
    /// Words of CEL, and variables of its macros.
    const TAKEN: &[&str] = &["true", "false", "null", "in", "event"];
    const CHARS_MAX: usize = 64;
    let word = fields::word(node, "as", HELP, report)?;
    let text = word.text.as_str();
    let good = text.starts_with(|c: char| c.is_ascii_alphabetic())
        && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
        && text.len() <= CHARS_MAX
        && !TAKEN.contains(&text)
        && !roots.has(text);
    if !good {
        let message = format!("an item cannot be called \"{}\"", fields::clip(text));
        report.error("HMS036", word.place, message, Some(HELP.into()));
        return None;
    }
    Some(word.text)
}

/// How many items are under way at a time.
fn at_once(node: &Node, report: &mut Report) -> Option<usize> {
    let help = format!("write a whole number from 1 to {AT_ONCE_MAX}");
    let word = fields::word(node, "at_once", &help, report)?;
    let number = word.text.parse().ok();
    let number = number.filter(|n| (1..=AT_ONCE_MAX).contains(n));
    if number.is_none() {
        let message = format!("\"{}\" is no number of items", fields::clip(&word.text));
        report.error("HMS035", word.place, message, Some(help));
    }
    number
}
