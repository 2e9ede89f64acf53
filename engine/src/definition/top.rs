use std::fmt::Write as _;

use sha2::{Digest, Sha256};

use super::fields::{self, Fields, Word};
use super::report::Report;
use super::tree::{Node, NodeKind};
use super::{draft, flow, formula, warnings};
use crate::expression::Roots;
use crate::{List, Workflow};

const KEYS: &[&str] = &["id", "title", "description", "start", "key", "steps"];
/// Most steps in one definition.
const STEPS_MAX: usize = 500;
const TITLE_CHARS_MAX: usize = 200;
const DESCRIPTION_CHARS_MAX: usize = 5_000;
const EVENT_CHARS_MAX: usize = 128;

/// The whole file. A workflow comes back only if everything it needs could be read; whether it is
/// without errors is for the report to say.
pub(super) fn read(root: &Node, source: &str, report: &mut Report) -> Option<Workflow> {
    let file = Fields::of(root, "a workflow", report)?;
    file.only(KEYS, "a workflow", report);
    let id = file
        .require(
            "id",
            "the workflow",
            "add \"id:\" and a name for it, like id: FTC-Complaint",
            report,
        )
        .and_then(|node| fields::id(node, report));
    let start = file
        .require(
            "start",
            "the workflow",
            "add \"start:\" and the event that starts a run, like start: ComplaintLogged",
            report,
        )
        .and_then(|node| event(node, report));
    let title = fields::people_text(file.get("title"), "title", TITLE_CHARS_MAX, report);
    let description = fields::people_text(
        file.get("description"),
        "description",
        DESCRIPTION_CHARS_MAX,
        report,
    );
    let key = file.get("key").and_then(|node| {
        formula::read(node, "key", Roots::PAYLOAD, report).map(|key| key.expression)
    });
    let steps = file
        .require(
            "steps",
            "the workflow",
            "add \"steps:\" and under it a list, each step beginning with \"- id:\"",
            report,
        )
        .and_then(|node| steps(node, report));
    let steps = steps?;
    let places = steps.steps.iter().enumerate();
    let places = places.map(|(at, step)| (step.id.clone(), at)).collect();
    Some(Workflow {
        id: id?.text,
        version: version(source),
        start: start?.text,
        title,
        description,
        key,
        steps,
        source: source.to_owned(),
        places,
    })
}

/// The version a text has: its SHA-256 in hex.
fn version(source: &str) -> String {
    Sha256::digest(source.as_bytes())
        .iter()
        .fold(String::with_capacity(64), |mut hex, byte| {
            // Writing to a String does not fail.
            let _ = write!(hex, "{byte:02x}");
            hex
        })
}

fn event(node: &Node, report: &mut Report) -> Option<Word> {
    const FORM: &str =
        "an event's name is 1 to 128 characters without spaces, like ComplaintLogged";
    let word = fields::word(node, "start", FORM, report)?;
    let good = word.text.chars().count() <= EVENT_CHARS_MAX
        && !word
            .text
            .chars()
            .any(|c| c.is_whitespace() || c.is_control());
    if !good {
        report.error(
            "HMS013",
            word.place,
            format!("\"{}\" is no event's name", fields::clip(&word.text)),
            Some(FORM.into()),
        );
        return None;
    }
    Some(word)
}

fn steps(node: &Node, report: &mut Report) -> Option<List> {
    let NodeKind::List(items) = &node.kind else {
        report.error(
            "HMS007",
            node.place,
            format!("\"steps\" is a list, and here is {}", node.what()),
            Some("begin each step with \"- id:\"".into()),
        );
        return None;
    };
    if items.is_empty() {
        report.error(
            "HMS007",
            node.place,
            "the list of steps is empty".into(),
            Some("begin each step with \"- id:\"".into()),
        );
        return None;
    }
    if items.len() > STEPS_MAX {
        report.error(
            "HMS009",
            node.place,
            format!("there are {} steps, the limit is {STEPS_MAX}", items.len()),
            Some("split the definition into several workflows".into()),
        );
        return None;
    }
    let drafts: Vec<draft::Draft> = items
        .iter()
        .filter_map(|item| draft::read(item, report))
        .collect();
    draft::check_ids(&drafts, report);
    draft::check_results(&drafts, report);
    let flow = flow::resolve(&drafts, drafts.len() == items.len(), report);
    if let Some(flow) = &flow {
        flow::check(&drafts, flow, report);
        if report.errors() == 0 {
            warnings::check(&drafts, flow, report);
        }
    }
    let flow = flow?;
    drafts
        .into_iter()
        .enumerate()
        .map(|(at, draft)| draft.finish(at, &flow))
        .collect::<Option<Vec<_>>>()
        .map(|steps| List { steps })
}
