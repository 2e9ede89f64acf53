//! The script of a simulation: events, answers, and what administrators do. Read like a definition, so
//! that its mistakes are told like a definition's.

mod answer;
mod known;
mod order;

use serde_json::Value;

use super::fields::{self, Fields};
use super::report::Report;
use super::tree::{Node, NodeKind};
use super::{duration, value, yaml};
use crate::simulation::{Incoming, Script};
use crate::{Diagnostic, Time, Workflow};
use known::Known;

const KEYS: &[&str] = &["begin", "advance", "events", "answers", "orders"];
const EVENT: &[&str] = &["at", "event", "payload"];
/// A Monday morning: what a script without a beginning begins at.
const BEGIN_MS: i64 = 1_767_603_600_000;
/// Most events, answers or orders in one script.
const ITEMS_MAX: usize = 10_000;

/// Reads a script that plays with these workflows.
pub(crate) fn script(source: &str, workflows: &[&Workflow]) -> Result<Script, Vec<Diagnostic>> {
    let mut report = Report::default();
    let root = yaml::read(source, &mut report);
    if root.is_none() && report.errors() == 0 {
        let help = "write \"events:\" and under it a list, each beginning with \"- event:\"";
        let message = "there is no script in this file".to_owned();
        report.error("HMS003", yaml::START, message, Some(help.into()));
    }
    let known = Known::of(workflows);
    let script = root.and_then(|root| read(&root, &known, &mut report));
    match script {
        Some(script) if report.errors() == 0 => Ok(script),
        _ => Err(report.into_sorted()),
    }
}

fn read(root: &Node, known: &Known<'_>, report: &mut Report) -> Option<Script> {
    let file = Fields::of(root, "a script", report)?;
    file.only(KEYS, "a script", report);
    let written = match file.get("begin") {
        None => Time::from_timestamp_millis(BEGIN_MS),
        Some(node) => moment(node, "begin", None, report),
    };
    // One that cannot be read is told; the rest is read all the same.
    let begin = written.unwrap_or_default();
    let advance = file
        .get("advance")
        .and_then(|node| duration::read(node, "advance", "30d", report));
    let help = "add \"events:\" and a list, like events: [{ event: ComplaintLogged }]";
    file.require("events", "the script", help, report);
    let events = items(&file, "events", report, |item, report| {
        event(item, begin, known, report)
    });
    let answers = items(&file, "answers", report, |item, report| {
        answer::read(item, known, report)
    });
    let orders = items(&file, "orders", report, |item, report| {
        order::read(item, begin, known, report)
    });
    Some(Script {
        begin,
        advance_ms: advance.map(|(ms, _)| ms),
        events,
        answers,
        orders,
    })
}

/// The list under a key, each item read.
fn items<T>(
    file: &Fields<'_>,
    key: &str,
    report: &mut Report,
    read: impl Fn(&Node, &mut Report) -> Option<T>,
) -> Vec<T> {
    let Some(node) = file.get(key) else {
        return Vec::new();
    };
    let NodeKind::List(items) = &node.kind else {
        let message = format!("\"{key}\" is a list, and here is {}", node.what());
        let help = "begin each with a dash";
        report.error("HMS007", node.place, message, Some(help.into()));
        return Vec::new();
    };
    if items.len() > ITEMS_MAX {
        let message = format!("there are {} {key}, the limit is {ITEMS_MAX}", items.len());
        report.error("HMS009", node.place, message, None);
        return Vec::new();
    }
    items.iter().filter_map(|item| read(item, report)).collect()
}

fn event(item: &Node, begin: Time, known: &Known<'_>, report: &mut Report) -> Option<Incoming> {
    let event = Fields::of(item, "an event", report)?;
    event.only(EVENT, "an event", report);
    let at = at(&event, begin, report);
    let help = "add \"event:\" and its name, like event: ComplaintLogged";
    let name = event.require("event", "this event", help, report);
    let name = name.and_then(|node| fields::event_name(node, "event", report));
    if let Some(name) = &name {
        known.event(name, report);
    }
    let payload = match event.get("payload") {
        None => Value::Object(Default::default()),
        Some(node) => {
            Fields::of(node, "a payload", report)?;
            value::json(node)
        }
    };
    Some(Incoming {
        at: at?,
        name: name?.text,
        payload,
    })
}

/// When something happens; left out, at the beginning.
fn at(fields: &Fields<'_>, begin: Time, report: &mut Report) -> Option<Time> {
    match fields.get("at") {
        None => Some(begin),
        Some(node) => moment(node, "at", Some(begin), report),
    }
}

/// A moment: written out, or so long after the beginning.
fn moment(node: &Node, key: &str, begin: Option<Time>, report: &mut Report) -> Option<Time> {
    let help = match begin {
        Some(_) => {
            "write a moment, like 2026-01-05T09:00:00Z, or how long after the beginning, like 2d"
        }
        None => "write a moment, like 2026-01-05T09:00:00Z",
    };
    let word = fields::word(node, key, help, report)?;
    let text = word.text.as_str();
    if let Ok(moment) = text.parse::<Time>() {
        return Some(moment);
    }
    let after = begin.and_then(|begin| {
        let ms = duration::parse(text).ok()?;
        begin.checked_add_signed(chrono::TimeDelta::milliseconds(ms))
    });
    if after.is_none() {
        let message = format!("\"{}\" is no moment", fields::clip(text));
        report.error("HMS080", word.place, message, Some(help.into()));
    }
    after
}
