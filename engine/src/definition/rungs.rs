use super::draft::target;
use super::fields::{self, Fields, Word};
use super::priority;
use super::report::Report;
use super::tree::{Node, NodeKind};
use crate::{Actor, ActorKind, Place, Rung};

/// The keys of a rung.
pub(super) const KEYS: &[&str] = &["at", "remind", "notify", "priority", "go"];
/// Most rungs of one ladder.
const RUNGS_MAX: usize = 16;
/// The furthest rung: a hundred times the budget.
const PERCENT_MAX: u32 = 10_000;
const LADDER_HELP: &str =
    "write what happens when, like ladder: [{ at: 50%, remind: assignee }, { at: 100%, go: end }]";
const AT_HELP: &str = "write a share of the time, from 1% to 10000%, like at: 50%";
const NOTIFY_HELP: &str = "write HUMAN: and the name of a role, like notify: HUMAN:supervisor";

/// A ladder as written.
#[derive(Default)]
pub(super) struct Ladder {
    pub(super) rungs: Vec<Rung>,
    /// Where the rung leads that ends the task.
    pub(super) go: Option<Word>,
    /// A rung leads somewhere that could not be read.
    pub(super) astray: bool,
}

/// The list of rungs written here.
pub(super) fn read(node: &Node, report: &mut Report) -> Ladder {
    let mut ladder = Ladder::default();
    let NodeKind::List(items) = &node.kind else {
        let message = format!("\"ladder\" is a list, and here is {}", node.what());
        report.error("HMS007", node.place, message, Some(LADDER_HELP.into()));
        return ladder;
    };
    if items.is_empty() || items.len() > RUNGS_MAX {
        let message = format!(
            "a ladder has 1 to {RUNGS_MAX} rungs, and here are {}",
            items.len()
        );
        report.error("HMS058", node.place, message, Some(LADDER_HELP.into()));
    }
    let mut places = Vec::new();
    for item in items {
        rung(item, &mut ladder, &mut places, report);
    }
    never(&ladder.rungs, &places, report);
    ladder
}

fn rung(node: &Node, ladder: &mut Ladder, places: &mut Vec<Place>, report: &mut Report) {
    let Some(fields) = Fields::of(node, "a rung", report) else {
        return;
    };
    fields.only(KEYS, "a rung", report);
    let at = fields
        .require("at", "this rung", AT_HELP, report)
        .and_then(|node| fields::word(node, "at", AT_HELP, report))
        .and_then(|word| percent(&word, report));
    if fields.entries().iter().all(|(key, _)| key.text == "at") {
        let message = "nothing happens at this rung".to_owned();
        let help = "add remind, notify, priority or go".to_owned();
        report.error("HMS058", fields.place, message, Some(help));
    }
    let remind = fields.get("remind");
    if let Some(node) = remind {
        remind_whom(node, report);
    }
    let notify = fields.get("notify").and_then(|node| whom(node, report));
    let priority = fields.get("priority");
    let priority = priority.and_then(|node| priority::read(node, report));
    let go = fields.entry("go");
    if let Some((key, node)) = go {
        let to = target(node, "go", report);
        ladder.astray |= to.is_none();
        if at.is_some_and(|at| at < 100) {
            report.error(
                "HMS058",
                key.place,
                "\"go\" before the time has passed".into(),
                Some("a task can be closed at 100% at the earliest".into()),
            );
        }
        if ladder.rungs.iter().any(|rung| rung.go) {
            report.error(
                "HMS052",
                key.place,
                "a second rung says \"go\", and the first has closed the task".into(),
                Some("keep one of the two".into()),
            );
        }
        ladder.go = ladder.go.take().or(to);
    }
    if let Some(at) = at {
        places.push(fields.place);
        ladder.rungs.push(Rung {
            at,
            remind: remind.is_some(),
            notify,
            priority,
            go: go.is_some(),
        });
    }
}

/// Nothing can happen past the rung that closes the task.
fn never(rungs: &[Rung], places: &[Place], report: &mut Report) {
    let Some(end) = rungs.iter().find(|rung| rung.go).map(|rung| rung.at) else {
        return;
    };
    for (rung, place) in rungs.iter().zip(places) {
        if rung.at > end && !rung.go {
            report.error(
                "HMS052",
                *place,
                format!(
                    "{}% is never reached, for the task is closed at {end}%",
                    rung.at
                ),
                Some("let the task be closed later, or take this rung out".into()),
            );
        }
    }
}

fn percent(word: &Word, report: &mut Report) -> Option<u32> {
    let number = word.text.strip_suffix('%').map(str::trim_end);
    let number = number.filter(|text| text.bytes().all(|b| b.is_ascii_digit()));
    let found = number
        .and_then(|text| text.parse().ok())
        .filter(|percent| (1..=PERCENT_MAX).contains(percent));
    if found.is_none() {
        let message = format!("\"{}\" is no share of the time", fields::clip(&word.text));
        report.error("HMS058", word.place, message, Some(AT_HELP.into()));
    }
    found
}

fn remind_whom(node: &Node, report: &mut Report) {
    const HELP: &str = "write remind: assignee, which is who has the task, or all who may take it; others are told by notify";
    let Some(word) = fields::word(node, "remind", HELP, report) else {
        return;
    };
    if word.text != "assignee" {
        let message = format!("\"{}\" cannot be reminded", fields::clip(&word.text));
        report.error("HMS058", word.place, message, Some(HELP.into()));
    }
}

fn whom(node: &Node, report: &mut Report) -> Option<Actor> {
    let word = fields::word(node, "notify", NOTIFY_HELP, report)?;
    match word.text.parse::<Actor>() {
        Ok(actor) if actor.kind == ActorKind::Human => return Some(actor),
        Ok(actor) => {
            let message = format!("{actor} reads no messages");
            report.error("HMS058", word.place, message, Some(NOTIFY_HELP.into()));
        }
        Err(bad) => {
            let help = super::task::right_actor(&word.text);
            let help = help.map(|right| format!("did you mean \"{right}\"?"));
            report.error("HMS030", word.place, bad.to_string(), help);
        }
    }
    None
}
