use std::sync::Arc;

use super::draft::{Draft, DraftKind, target};
use super::duration::{self, Length};
use super::fields::{self, Fields, Word};
use super::flow::{Flow, Way};
use super::formula::{self, Formula};
use super::list::DraftList;
use super::report::Report;
use super::sla::{self, DraftSla};
use crate::expression::Roots;
use crate::{Calendar, Place, WaitFor, WaitStep};

/// The keys of a wait, besides those every step has.
pub(super) const KEYS: &[&str] = &[
    "for",
    "until",
    "event",
    "match",
    "sla",
    "on_timeout",
    "on_complete",
];

const HELP: &str = "write for: 2d, or until: payload.hearing, or event: DocumentsReceived";

/// A wait as written.
pub(super) struct DraftWait {
    what: Option<DraftWhat>,
    pub(super) sla: Option<DraftSla>,
    pub(super) on_timeout: Option<Word>,
    pub(super) on_complete: Option<Word>,
    /// Every way out could be read.
    pub(super) whole: bool,
}

enum DraftWhat {
    Time(Length, Option<Arc<Calendar>>),
    Moment(Formula),
    Event {
        name: Word,
        matching: Option<Formula>,
    },
}

impl DraftWait {
    pub(super) fn formulas(&self) -> Option<&Formula> {
        match self.what.as_ref()? {
            DraftWhat::Time(..) => None,
            DraftWhat::Moment(formula) => Some(formula),
            DraftWhat::Event { matching, .. } => matching.as_ref(),
        }
    }

    /// Whether it answers with what an event brought.
    pub(super) fn has_result(&self) -> bool {
        matches!(self.what, Some(DraftWhat::Event { .. }) | None)
    }

    /// How long it is to wait, and the calendar that counts it.
    pub(super) fn length_mut(&mut self) -> Option<(&Length, &mut Option<Arc<Calendar>>)> {
        match &mut self.what {
            Some(DraftWhat::Time(length, calendar)) => Some((&*length, calendar)),
            _ => None,
        }
    }

    pub(super) fn finish(self, flow: &Flow, at: usize) -> Option<WaitStep> {
        let what = match self.what? {
            DraftWhat::Time(length, calendar) => WaitFor::Time {
                length: length.budget,
                calendar,
            },
            DraftWhat::Moment(formula) => WaitFor::Moment(formula.expression),
            DraftWhat::Event { name, matching } => WaitFor::Event {
                name: name.text,
                matching: matching.map(|formula| formula.expression),
            },
        };
        let on_timeout = self.on_timeout.map(|_| flow.to(at, Way::Timeout));
        let sla = match self.sla {
            Some(sla) => Some(sla.finish(on_timeout)?),
            None => None,
        };
        Some(WaitStep { what, sla })
    }
}

pub(super) fn read(
    step: &Fields<'_>,
    name: &str,
    roots: Roots<'_>,
    report: &mut Report,
) -> DraftWait {
    let what = what(step, name, roots, report);
    let patience = [("sla", "on_timeout"), ("on_timeout", "sla")];
    for (key, other) in patience {
        let Some((written, _)) = step.entry(key) else {
            continue;
        };
        if step.get("event").is_none() {
            let message =
                format!("{name} has \"{key}\", and only a wait for an event can be missed");
            let help = "take it out, or wait for an event".to_owned();
            report.error("HMS021", written.place, message, Some(help));
        } else if step.get(other).is_none() {
            let message = format!("{name} has \"{key}\" and no \"{other}\"");
            let help =
                "write both: how long to wait, and where to go on when no event came".to_owned();
            report.error("HMS025", written.place, message, Some(help));
        }
    }
    let sla = step
        .get("sla")
        .map(|node| sla::read(node, name, sla::Of::Wait, report));
    let mut to = |key: &str| step.get(key).and_then(|node| target(node, key, report));
    let (on_timeout, on_complete) = (to("on_timeout"), to("on_complete"));
    DraftWait {
        what,
        sla,
        whole: step.get("on_timeout").is_some() == on_timeout.is_some()
            && step.get("on_complete").is_some() == on_complete.is_some(),
        on_timeout,
        on_complete,
    }
}

fn what(step: &Fields<'_>, name: &str, roots: Roots<'_>, report: &mut Report) -> Option<DraftWhat> {
    let written = ["for", "until", "event"].map(|key| step.entry(key));
    let mut written = written.into_iter().flatten();
    let Some((key, node)) = written.next() else {
        let message = format!("{name} waits for nothing");
        report.error("HMS006", step.place, message, Some(HELP.into()));
        return None;
    };
    for (other, _) in written {
        let message = format!("{name} has \"{}\" beside \"{}\"", other.text, key.text);
        report.error(
            "HMS027",
            other.place,
            message,
            Some("a wait is for one thing: keep one of the two".into()),
        );
    }
    if let (Some((matching, _)), None) = (step.entry("match"), step.get("event")) {
        let message = format!("{name} has \"match\" and no \"event\"");
        report.error(
            "HMS027",
            matching.place,
            message,
            Some("add the event's name, or take it out".into()),
        );
    }
    match key.text.as_str() {
        "for" => duration::read_any(node, "for", "2d", report)
            .map(|length| DraftWhat::Time(length, None)),
        "until" => formula::read(node, "until", roots, report).map(DraftWhat::Moment),
        _ => {
            let event = fields::event_name(node, "event", report);
            let matching = match step.get("match") {
                None => None,
                Some(node) => Some(formula::read(node, "match", roots.with_event(), report)?),
            };
            Some(DraftWhat::Event {
                name: event?,
                matching,
            })
        }
    }
}

/// Without a key, every wait for an event says which events are for its run.
pub(super) fn check_matches(list: &DraftList, report: &mut Report) {
    for draft in &list.drafts {
        if let Some(place) = unmatched(draft) {
            report.error(
                "HMS037",
                place,
                format!("{} cannot tell which events are for its run", draft.name()),
                Some("add \"key:\" to the workflow, or a \"match:\" here, like match: event.payload.id == payload.id".into()),
            );
        }
        draft
            .lists()
            .into_iter()
            .for_each(|list| check_matches(list, report));
    }
}

fn unmatched(draft: &Draft) -> Option<Place> {
    let Some(DraftKind::Wait(wait)) = &draft.kind else {
        return None;
    };
    match &wait.what {
        Some(DraftWhat::Event {
            name,
            matching: None,
        }) => Some(name.place),
        _ => None,
    }
}
