//! The words in which things are refused, and what orders and answers are to the engine.

use hms_engine::{Order, Rejected};
use hms_server::orchestrator::{Refusal, TaskOrder};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::ensure;

/// It was refused, and in this word.
pub(crate) fn refused(got: Result<(), &Refusal>, word: &str) -> Result<(), String> {
    let Err(refusal) = got else {
        return Err(format!("done, and it must be refused: {word}"));
    };
    let said = match refusal {
        Refusal::UnknownEvent { .. } => "UnknownEvent",
        Refusal::UnknownTask(_) => "UnknownTask",
        Refusal::UnknownRun(_) => "UnknownRun",
        Refusal::Closed(row) if !row.task.status.is_open() => "Closed",
        Refusal::NumberTaken => "NumberTaken",
        Refusal::NotAnObject => "NotAnObject",
        Refusal::Rejected(Rejected::HeldBy { .. }) => "HeldBy",
        Refusal::Rejected(Rejected::NotHeld) => "NotHeld",
        Refusal::Rejected(Rejected::NotBefore(_)) => "NotBefore",
        Refusal::Rejected(Rejected::BadResult(_)) => "BadResult",
        Refusal::Rejected(Rejected::RunEnded(_)) => "RunEnded",
        Refusal::Rejected(Rejected::NoClock) => "NoClock",
        Refusal::Rejected(Rejected::Paused) => "Paused",
        Refusal::Rejected(Rejected::NotPaused) => "NotPaused",
        Refusal::Rejected(Rejected::BadPause(_)) => "BadPause",
        Refusal::Rejected(Rejected::BadInformation(_)) => "BadInformation",
        Refusal::Rejected(Rejected::MuchAdded(_)) => "MuchAdded",
        Refusal::Rejected(Rejected::NoIncident) => "NoIncident",
        Refusal::Rejected(Rejected::NoStep(_)) => "NoStep",
        Refusal::Rejected(Rejected::SameVersion) => "SameVersion",
        Refusal::Rejected(Rejected::WrongVersion) => "WrongVersion",
        Refusal::Rejected(Rejected::CannotMigrate(_)) => "CannotMigrate",
        _ => "something else",
    };
    ensure!(
        said == word,
        "refused with {refusal}, and it must be {word}"
    );
    Ok(())
}

/// What a task order is to the engine.
pub(crate) fn engine_order(task: Uuid, order: &TaskOrder) -> Order {
    match order.clone() {
        TaskOrder::Claim { lease_ms } => Order::Claim { task, lease_ms },
        TaskOrder::Release => Order::Release { task },
        TaskOrder::Heartbeat { lease_ms } => Order::Heartbeat { task, lease_ms },
        TaskOrder::Complete { result } => Order::Complete { task, result },
        TaskOrder::Fail { error } => Order::Fail { task, error },
        TaskOrder::Pause {
            reason,
            waiting_for_reporter,
        } => Order::Pause {
            task,
            reason,
            waiting_for_reporter,
        },
        TaskOrder::Resume => Order::Resume { task },
        TaskOrder::Extend { by_ms, reason } => Order::Extend {
            task,
            by_ms,
            reason,
        },
    }
}

/// What a person decided, when it is one of the answers there are: always an outcome, whether it
/// was approved, and a note.
pub(crate) fn decision(result: &Value, outcomes: &[&str]) -> Option<Value> {
    let mut fields = result.as_object()?.clone();
    let said = fields.get("outcome").and_then(Value::as_str);
    let approved = fields.get("approved").and_then(Value::as_bool);
    let outcome = match (said, approved) {
        (Some(said), _) => said.to_owned(),
        (None, approved) => match approved? {
            true => "approve".to_owned(),
            false => "reject".to_owned(),
        },
    };
    let agrees = approved.is_none_or(|approved| approved == (outcome == "approve"));
    if !outcomes.contains(&outcome.as_str()) || !agrees {
        return None;
    }
    fields.insert("approved".into(), json!(outcome == "approve"));
    fields.insert("outcome".into(), json!(outcome));
    fields.entry("note").or_insert_with(|| json!(""));
    Some(fields.into())
}
