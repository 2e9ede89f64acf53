//! How a refusal of the orchestrator is told over HTTP. This is the one place that maps them.

use hms_engine::{FieldFault, MapFault, Rejected, SchemaFault, TaskStatus, Time};
use serde_json::{Value, json};

use super::body::escaped;
use super::problem::{Kind, Problem};
use super::task_json::TaskJson;
use crate::orchestrator::Refusal;
use crate::store::{StoreError, TaskRow};

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        if let StoreError::Unreadable(why) = &error {
            tracing::error!(why, "the store holds something unreadable");
        }
        Problem::from(Refusal::from(error))
    }
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        let text = sentence(&refusal.to_string());
        match refusal {
            Refusal::UnknownEvent { name, nearest } => {
                let known = if nearest.is_empty() {
                    " No workflow is deployed.".to_owned()
                } else {
                    format!(" Did you mean {}?", nearest.join(", "))
                };
                Problem::new(
                    Kind::UnknownEvent,
                    format!("No workflow starts on \"{name}\" or waits for it.{known}"),
                )
                .with("nearest", nearest)
                .with(
                    "errors",
                    json!([{"pointer": "/name", "detail": "no workflow starts on it or waits for it"}]),
                )
            }
            Refusal::TooManyCases { limit } => {
                Problem::new(Kind::TooManyCases, text).with("limit", limit)
            }
            Refusal::UnknownTask(_) => Problem::new(Kind::UnknownTask, text),
            Refusal::UnknownRun(_) => Problem::new(Kind::UnknownRun, text),
            Refusal::Closed(row) => closed(*row),
            Refusal::Rejected(rejected) => rejection(rejected, text),
            Refusal::NumberTaken => Problem::new(Kind::Conflict, text),
            Refusal::TooLarge { .. } => Problem::new(Kind::TooLarge, text),
            Refusal::NotAnObject => Problem::shape("/payload", text),
            Refusal::SlugTaken { slug, workflow } => Problem::new(Kind::Conflict, text)
                .with("slug", slug)
                .with("workflow", workflow),
            Refusal::BadPayload { workflow, faults } => {
                let detail = format!("{text} Nothing was started.");
                Problem::new(Kind::Payload, detail)
                    .with("workflow", workflow)
                    .with("errors", errors_of(&faults, "/payload"))
            }
            Refusal::BadDefinition(diagnostics) => {
                Problem::new(Kind::Definition, first_of(&diagnostics)).with("errors", diagnostics)
            }
            Refusal::BadCalendar(diagnostics) => {
                Problem::new(Kind::Calendar, first_of(&diagnostics)).with("errors", diagnostics)
            }
            Refusal::Overloaded => Problem::new(
                Kind::Overloaded,
                "More arrives than can be kept right now. Nothing was changed; send it again.",
            )
            .retry_after(1),
            Refusal::NotKnown => Problem::new(
                Kind::OutcomeUnknown,
                "The database went away while this was kept, and it is not known whether it was. Send it again: \
                 an event with a source and id of the sender's, and the same result of a task, count once however \
                 often they come. Anything else may have been done: look first.",
            )
            .retry_after(2),
            Refusal::Unavailable(why) => {
                // Said once in the log by whoever found it out; here it is one line a request.
                tracing::debug!(why, "not available");
                Problem::new(
                    Kind::Unavailable,
                    "The server is stopping or its store is out of reach. Nothing was changed; send it again.",
                )
                .retry_after(2)
            }
        }
    }
}

fn rejection(rejected: Rejected, text: String) -> Problem {
    match rejected {
        Rejected::RunEnded(status) => Problem::new(Kind::RunEnded, text).with("run_status", status),
        Rejected::HeldBy { by, since } => {
            let detail = format!("Somebody has the task: {by}, since {}.", told(since));
            Problem::new(Kind::TaskHeld, detail)
                .with("held_by", by)
                .with("since", since)
        }
        Rejected::NotHeld => Problem::new(Kind::TaskNotHeld, text),
        Rejected::NotBefore(moment) => {
            Problem::new(Kind::TaskNotYet, text).with("not_before", moment)
        }
        Rejected::Expired { deadline } => {
            Problem::new(Kind::TaskClosed, text).with("deadline", deadline)
        }
        Rejected::BadResult(_) => Problem::new(Kind::Result, text),
        Rejected::BadOutput(faults) => {
            Problem::new(Kind::Result, text).with("errors", errors_of(&faults, ""))
        }
        Rejected::BadAnswers(faults) => {
            let errors: Vec<_> = faults.iter().map(field_error).collect();
            Problem::new(Kind::Result, text).with("errors", errors)
        }
        Rejected::NoIncident => Problem::new(Kind::NoIncident, text),
        Rejected::NoStep(_) => Problem::new(Kind::NoStep, text),
        Rejected::NotOpen => Problem::new(Kind::TaskClosed, text),
        Rejected::BadPause(_) => Problem::new(Kind::Shape, text),
        Rejected::BadMap(faults) => {
            let error = |fault: &MapFault| {
                let pointer = format!("/steps/{}", escaped(&fault.step));
                json!({"pointer": pointer, "detail": sentence(&fault.detail)})
            };
            let errors: Vec<_> = faults.iter().map(error).collect();
            Problem::new(Kind::Shape, text).with("errors", errors)
        }
        Rejected::CannotMigrate(obstacles) => {
            Problem::new(Kind::Conflict, text).with("obstacles", obstacles)
        }
        Rejected::SameVersion | Rejected::DueFirst(_) => Problem::new(Kind::Conflict, text),
        Rejected::Begun
        | Rejected::NotBegun
        | Rejected::StaleTimer
        | Rejected::TooEarly(_)
        | Rejected::NotAwaited
        | Rejected::EventKnown
        | Rejected::TooManyKept(_)
        | Rejected::NoCall
        | Rejected::NoClock
        | Rejected::Paused
        | Rejected::NotPaused
        | Rejected::LedgerFull(_)
        | Rejected::WrongCalendar(_)
        | Rejected::SameCalendar
        | Rejected::BadInformation(_)
        | Rejected::MuchAdded(_)
        | Rejected::WrongVersion => Problem::new(Kind::Conflict, text),
    }
}

/// Faults of a value that stands at a place of the body.
fn errors_of(faults: &[SchemaFault], at: &str) -> Vec<Value> {
    let error = |fault: &SchemaFault| json!({"pointer": format!("{at}{}", fault.pointer), "detail": fault.detail});
    faults.iter().map(error).collect()
}

/// A field's id has no character that a JSON pointer writes otherwise.
fn field_error(fault: &FieldFault) -> Value {
    json!({"pointer": format!("/{}", fault.field), "detail": fault.rule.to_string()})
}

fn closed(row: TaskRow) -> Problem {
    let task = &row.task;
    let when = task
        .closed_at
        .map(|at| format!(" at {}", told(at)))
        .unwrap_or_default();
    let by = task
        .closed_by
        .as_ref()
        .map(|by| format!(" by {by}"))
        .unwrap_or_default();
    let detail = match task.status {
        TaskStatus::Done => format!("The task was completed{by}{when}, with another result."),
        TaskStatus::Timeout => format!("The deadline closed the task{when}."),
        TaskStatus::Failed => format!("The task failed its last attempt{when}."),
        TaskStatus::Cancelled => format!("The task was cancelled{when}."),
        TaskStatus::New | TaskStatus::Claimed => "The task is no longer open.".to_owned(),
    };
    let problem = Problem::new(Kind::TaskClosed, detail)
        .with("closed_by", &task.closed_by)
        .with("closed_at", task.closed_at);
    problem.with("task", TaskJson::from(row))
}

/// A moment in a sentence.
fn told(moment: Time) -> String {
    moment.to_rfc3339_opts(chrono::SecondsFormat::Secs, true)
}

fn first_of(diagnostics: &[hms_engine::Diagnostic]) -> String {
    match diagnostics {
        [] => "It has errors.".to_owned(),
        [only] => only.to_string(),
        [first, rest @ ..] => format!("{first} (and {} more)", rest.len()),
    }
}

/// A refusal's words as a sentence.
fn sentence(words: &str) -> String {
    let mut chars = words.chars();
    let Some(first) = chars.next() else {
        return String::new();
    };
    let end = if words.ends_with(['.', '?', '!']) {
        ""
    } else {
        "."
    };
    format!("{}{}{end}", first.to_uppercase(), chars.as_str())
}
