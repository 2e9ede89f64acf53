use hms_engine::{Accept, Actor, LedgerLine, Priority, Stop, Task, TaskStatus, Time};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use serde_json::value::RawValue;
use uuid::Uuid;

use crate::store::TaskRow;

/// A task as the API sends it and as workers read it. The fields up to `attempt` are always there.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct TaskJson {
    /// Its id.
    pub id: Uuid,
    /// Its run.
    pub run_id: Uuid,
    /// Its workflow's id.
    pub workflow: String,
    /// The step that opened it.
    pub step_id: String,
    /// Who is to do it.
    pub actor: Actor,
    /// Where it stands.
    pub status: TaskStatus,
    /// When it opened.
    pub created: Time,
    /// Its SLA deadline.
    pub expires: Option<Time>,
    /// Its SLA clock, when it has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub clock: Option<ClockJson>,
    /// The event's payload, as it was sent.
    pub payload: Box<RawValue>,
    /// What the definition hands the actor besides the payload.
    pub input: Value,
    /// What the actor answered.
    pub result: Option<Value>,
    /// Which attempt this is, from 1.
    pub attempt: u32,
    /// What comes first among tasks with as much time left: 0 to 100, 50 unless said otherwise.
    #[serde(default, skip_serializing_if = "is_normal")]
    pub priority: Priority,
    /// Whether it opened because another task's deadline was missed.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub escalated: bool,
    /// Not handed out before this moment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub not_before: Option<Time>,
    /// Who has it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub claimed_by: Option<String>,
    /// Since when.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub claimed_at: Option<Time>,
    /// Until when, for a claim with a lease.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lease_until: Option<Time>,
    /// When its deadline passed while it was open.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub breached_at: Option<Time>,
    /// When it closed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub closed_at: Option<Time>,
    /// Who finished it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub closed_by: Option<String>,
    /// What went wrong in its last attempt.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}

fn is_normal(priority: &Priority) -> bool {
    *priority == Priority::NORMAL
}

/// A task's SLA clock: how it stands, and all that happened to it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ClockJson {
    /// Whether it runs. Where a calendar counts, it also runs outside of working hours, and consumes
    /// nothing.
    pub running: bool,
    /// Why it stands still.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stopped: Option<Stop>,
    /// Added to the budget, in milliseconds; in a budget of business days 86,400,000 each.
    #[serde(default)]
    pub added_ms: i64,
    /// The clock of the first claim, when the step has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub accept: Option<Accept>,
    /// Every start, stop and addition, the first first.
    pub ledger: Vec<LedgerLine>,
}

impl ClockJson {
    fn of(task: &Task) -> Option<ClockJson> {
        if !task.has_sla() {
            return None;
        }
        let clock = task.clock();
        Some(ClockJson {
            running: task.status.is_open() && clock.stopped().is_none(),
            stopped: clock.stopped().cloned(),
            added_ms: clock.added,
            accept: clock.accept,
            ledger: clock.ledger,
        })
    }
}

impl TaskJson {
    /// The payload, read.
    pub fn payload(&self) -> Value {
        // A raw value was checked to be JSON when it was made.
        serde_json::from_str(self.payload.get()).unwrap_or_default()
    }
}

impl From<TaskRow> for TaskJson {
    fn from(row: TaskRow) -> TaskJson {
        let clock = ClockJson::of(&row.task);
        let task = row.task;
        TaskJson {
            id: task.id,
            run_id: row.run_id,
            workflow: row.workflow,
            step_id: task.step_id,
            actor: task.actor,
            status: task.status,
            created: task.created,
            expires: task.expires,
            clock,
            payload: row.payload,
            input: task.input,
            result: task.result,
            attempt: task.attempt,
            priority: task.priority,
            escalated: task.escalated,
            not_before: task.not_before,
            claimed_by: task.claimed_by,
            claimed_at: task.claimed_at,
            lease_until: task.lease_until,
            breached_at: task.breached_at,
            closed_at: task.closed_at,
            closed_by: task.closed_by,
            error: task.error,
        }
    }
}
