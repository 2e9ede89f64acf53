//! A timeline as a person reads it: a line for each thing that happened, then how each run stands.

use std::fmt::{self, Write as _};

use serde_json::Value;

use super::timeline::{Happened, PlayedRun, Timeline, What};
use crate::{Entry, EntryKind, RunStatus, Time};

/// Longest value shown in a line, in characters.
const VALUE_CHARS_MAX: usize = 100;

impl fmt::Display for Timeline {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let steps = self.happened.iter().filter_map(step);
        let width = steps.map(|step| step.chars().count()).max().unwrap_or(0);
        let numbered = self.runs.len().to_string().len();
        for one in &self.happened {
            let run = one.run.map_or_else(String::new, |run| run.to_string());
            let line = format!(
                "{}  {:>9}  {run:>numbered$}  {:width$}  {}",
                moment(one.at),
                after(self.begin, one.at),
                step(one).unwrap_or_default(),
                text(&one.what),
            );
            writeln!(f, "{}", line.trim_end())?;
        }
        writeln!(f)?;
        for run in &self.runs {
            writeln!(f, "{}", standing(run, self.end))?;
        }
        if self.cut {
            writeln!(f, "… and more: the simulation was ended here")?;
        }
        Ok(())
    }
}

fn step(one: &Happened) -> Option<&str> {
    match &one.what {
        What::Entry { entry, .. } => entry.step.as_deref(),
        What::Refused { step, .. } => step.as_deref(),
        What::Event { .. } | What::Idle { .. } => None,
    }
}

/// `2026-03-02 09:00:00`, as all moments here in UTC.
pub(super) fn moment(at: Time) -> String {
    at.format("%Y-%m-%d %H:%M:%S").to_string()
}

/// How long after another moment: `+2d4h`, the two largest units.
fn after(begin: Time, at: Time) -> String {
    format!("+{}", lasted((at - begin).num_milliseconds()))
}

fn lasted(ms: i64) -> String {
    let mut seconds = ms / 1_000;
    if seconds == 0 {
        return if ms == 0 {
            "0s".into()
        } else {
            format!("{ms}ms")
        };
    }
    let mut text = String::new();
    let mut parts = 0;
    for (unit, size) in [("d", 86_400), ("h", 3_600), ("m", 60), ("s", 1)] {
        if seconds >= size && parts < 2 {
            // Writing to a String does not fail.
            let _ = write!(text, "{}{unit}", seconds / size);
            parts += 1;
        } else if parts > 0 {
            parts += 1;
        }
        seconds %= size;
    }
    text
}

fn text(what: &What) -> String {
    match what {
        What::Event { name } => format!("event {name}"),
        What::Idle { why } => format!("nothing happens: {why}"),
        What::Refused { by, order, why, .. } => format!("{by} cannot {order}: {why}"),
        What::Entry { by, entry } => of_entry(by, entry),
    }
}

fn of_entry(by: &str, entry: &Entry) -> String {
    match &entry.kind {
        EntryKind::RunStarted => "the run begins".to_owned(),
        EntryKind::KeyMissing { message } => format!("without a key: {message}"),
        EntryKind::TaskOpened { actor, expires } => format!("for {actor}{}", until(*expires)),
        EntryKind::TaskClaimed { lease_until } => format!("{by} takes it{}", until(*lease_until)),
        EntryKind::LeaseExpired { held_by } => {
            format!("{held_by} has not answered, it is free again")
        }
        EntryKind::TaskCompleted { result } => format!("{by} answers {}", shown(result)),
        EntryKind::TaskFailed {
            attempt,
            error,
            next,
        } => match next {
            Some(next) => format!(
                "attempt {attempt} failed: {error}; again at {}",
                moment(*next)
            ),
            None => format!("attempt {attempt} failed: {error}; it was the last"),
        },
        EntryKind::OutputBroken { result, faults } => {
            let faults = crate::json_schema::told(faults);
            format!("{by} answers {}, which it cannot: {faults}", shown(result))
        }
        EntryKind::TaskTimedOut { .. } => "the deadline has passed, it is closed".to_owned(),
        EntryKind::SlaBreached { .. } => "the deadline has passed, it stays open".to_owned(),
        EntryKind::ListsBegan { lists } => format!("{lists} side by side"),
        EntryKind::ListsJoined { finished } => format!("{finished} finished, it goes on"),
        EntryKind::WaitBegan { until, event } => {
            let event = event.as_ref().map(|event| format!(" for {event}"));
            let until = until.map(|until| format!(" until {}", moment(until)));
            format!(
                "waits{}{}",
                event.unwrap_or_default(),
                until.unwrap_or_default()
            )
        }
        EntryKind::EventTaken { name, .. } => format!("{name} is what it waits for"),
        EntryKind::EventKept { name, .. } => format!("{name} is kept for a wait to come"),
        EntryKind::WaitTimedOut { .. } => "nothing has come in time".to_owned(),
        EntryKind::Escalated { to } => format!("goes on at {to}"),
        EntryKind::BranchTaken { value, to } => format!("{} leads to {to}", shown(value)),
        EntryKind::IncidentRaised { message, .. } => format!("stops: {message}"),
        EntryKind::IncidentResolved { to, note, .. } => format!("{by} sends it on to {to}: {note}"),
        EntryKind::ErrorHandled { to } => format!("goes on at {to} after the failure"),
        EntryKind::RunCompleted { outcome } => match outcome {
            Some(outcome) => format!("the run is complete: {outcome}"),
            None => "the run is complete".to_owned(),
        },
        EntryKind::RunCancelled { note } => format!("{by} cancels the run: {note}"),
        EntryKind::RungReached {
            at,
            remind,
            notify,
            priority,
            ..
        } => {
            let remind = remind.then(|| ", who has it is reminded".to_owned());
            let notify = notify.as_ref().map(|who| format!(", {who} is told"));
            let priority = priority.map(|priority| format!(", its priority is {} now", priority.0));
            let does = [remind, notify, priority].into_iter().flatten();
            format!("{at}% of its time is over{}", does.collect::<String>())
        }
        EntryKind::Accepted { after_ms, late } => {
            let late = if *late { ", too late" } else { "" };
            format!("accepted after {}{late}", lasted(*after_ms))
        }
        EntryKind::AcceptBreached { .. } => "nobody has taken it in time".to_owned(),
        EntryKind::ClockStopped {
            reason,
            waiting_for_reporter,
        } => {
            let whom = if *waiting_for_reporter {
                ", for the reporter"
            } else {
                ""
            };
            format!("{by} stops its clock{whom}: {reason}")
        }
        EntryKind::ClockStarted { expires } => {
            format!("{by} lets its clock run again{}", until(*expires))
        }
        EntryKind::SlaExtended {
            by_ms,
            reason,
            expires,
        } => {
            let more = lasted(*by_ms);
            format!("{by} gives it {more} more{}: {reason}", until(*expires))
        }
        other => in_general(other),
    }
}

fn until(end: Option<Time>) -> String {
    end.map_or_else(String::new, |end| format!(", until {}", moment(end)))
}

/// An entry that speaks for itself: its kind, and what it says besides.
fn in_general(kind: &EntryKind) -> String {
    let Ok(Value::Object(mut fields)) = serde_json::to_value(kind) else {
        return String::new();
    };
    let name = fields.remove("kind").unwrap_or_default();
    let mut text = name.as_str().unwrap_or_default().replace('_', " ");
    for (field, value) in fields {
        // Writing to a String does not fail.
        let _ = write!(text, ", {} {}", field.replace('_', " "), shown(&value));
    }
    text
}

fn shown(value: &Value) -> String {
    let text = value.to_string();
    if text.chars().count() <= VALUE_CHARS_MAX {
        return text;
    }
    text.chars()
        .take(VALUE_CHARS_MAX - 1)
        .chain(['…'])
        .collect()
}

fn standing(run: &PlayedRun, end: Time) -> String {
    let mut text = format!("run {} of {}", run.run, run.workflow);
    if let Some(key) = &run.key {
        text += &format!(", {key}");
    }
    let to = run.ended.unwrap_or(end);
    let so_long = lasted((to - run.started).num_milliseconds());
    let status = match run.status {
        RunStatus::Running => "is open after",
        RunStatus::Completed => "was complete after",
        RunStatus::Failed => "failed after",
        RunStatus::Cancelled => "was cancelled after",
    };
    text += &format!(": {status} {so_long}");
    if let Some(outcome) = &run.outcome {
        text += &format!(", {outcome}");
    }
    if let Some(result) = &run.result {
        text += &format!(", {}", shown(result));
    }
    for wait in &run.waits {
        text += &format!("\n    {wait}");
    }
    text
}
