use std::sync::Arc;

use super::duration::{self, Length};
use super::fields::{self, Fields, Word};
use super::report::Report;
use super::rungs::{self, Ladder};
use super::tree::{Node, NodeKind};
use crate::{Calendar, Next, Rung, Sla};

/// The keys of a task's, written out.
pub(super) const KEYS: &[&str] = &["within", "accept", "calendar", "ladder"];
/// What a wait has of them: nobody claims it, and there is nobody to remind.
pub(super) const WAIT_KEYS: &[&str] = &["within", "calendar"];

/// An SLA as written.
pub(super) struct DraftSla {
    pub(super) within: Option<Length>,
    pub(super) accept: Option<Length>,
    /// A calendar of its own, or `none`; `Some(None)` when it could not be read.
    pub(super) calendar: Option<Option<Word>>,
    pub(super) ladder: Ladder,
    /// The calendar that counts, once it has been looked up.
    pub(super) bound: Option<Arc<Calendar>>,
}

/// What has an SLA.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Of {
    Task,
    Wait,
}

impl DraftSla {
    pub(super) fn finish(self, on_timeout: Option<Next>) -> Option<Sla> {
        let within = self.within?.budget;
        let mut ladder = self.ladder.rungs;
        if on_timeout.is_some() && !ladder.iter().any(|rung| rung.go) {
            ladder.push(Rung::timeout());
        }
        // The rung that ends the task is the last at its share.
        ladder.sort_by_key(|rung| (rung.at, rung.go));
        Some(Sla {
            written: within.written.clone(),
            within,
            accept: self.accept.map(|accept| accept.budget),
            calendar: self.bound,
            ladder,
            on_timeout,
        })
    }
}

/// How long (`4h`), or a mapping.
pub(super) fn read(node: &Node, name: &str, of: Of, report: &mut Report) -> DraftSla {
    let mut draft = DraftSla {
        within: None,
        accept: None,
        calendar: None,
        ladder: Ladder::default(),
        bound: None,
    };
    let like = match of {
        Of::Task => "4h",
        Of::Wait => "2d",
    };
    if !matches!(node.kind, NodeKind::Mapping(_)) {
        draft.within = duration::read_any(node, "sla", like, report);
        return draft;
    }
    let owner = format!("the sla of {name}");
    let Some(sla) = Fields::of(node, &owner, report) else {
        return draft;
    };
    only(&sla, &owner, of, report);
    let help = format!("add \"within:\" and how long, like within: {like}");
    draft.within = sla
        .require("within", &owner, &help, report)
        .and_then(|node| duration::read_any(node, "within", like, report));
    if of == Of::Task {
        let accept = sla.get("accept");
        draft.accept = accept.and_then(|node| duration::read_any(node, "accept", "1h", report));
        if let Some(node) = sla.get("ladder") {
            draft.ladder = rungs::read(node, report);
        }
    }
    const HELP: &str = "write the id of a calendar, like us-federal, or none for the clock";
    let calendar = sla.get("calendar");
    draft.calendar = calendar.map(|node| fields::word(node, "calendar", HELP, report));
    draft
}

fn only(sla: &Fields<'_>, owner: &str, of: Of, report: &mut Report) {
    if of == Of::Task {
        return sla.only(KEYS, owner, report);
    }
    for (key, _) in sla.entries() {
        let word = key.text.as_str();
        if WAIT_KEYS.contains(&word) {
            continue;
        }
        if KEYS.contains(&word) {
            let message = format!("\"{word}\" is for tasks, and {owner} is a wait's");
            let help = "take it out: nobody takes a wait or can be reminded of it".to_owned();
            report.error("HMS021", key.place, message, Some(help));
        } else {
            fields::unknown_key(key, WAIT_KEYS, owner, report);
        }
    }
}
