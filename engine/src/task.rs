use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

use crate::{Actor, Clock, Time};

/// Where a task stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum TaskStatus {
    /// Open, nobody has it.
    New,
    /// Open, somebody has it.
    Claimed,
    /// Finished with a result.
    Done,
    /// Closed by its deadline.
    Timeout,
    /// Given up after its last attempt.
    Failed,
    /// Closed because its run was cancelled or went elsewhere.
    Cancelled,
}

impl TaskStatus {
    /// All states, as stored and shown.
    pub const ALL: [TaskStatus; 6] = [
        TaskStatus::New,
        TaskStatus::Claimed,
        TaskStatus::Done,
        TaskStatus::Timeout,
        TaskStatus::Failed,
        TaskStatus::Cancelled,
    ];

    /// Whether the task can still be done.
    pub fn is_open(self) -> bool {
        matches!(self, TaskStatus::New | TaskStatus::Claimed)
    }

    /// The word stored and sent.
    pub fn as_str(self) -> &'static str {
        match self {
            TaskStatus::New => "NEW",
            TaskStatus::Claimed => "CLAIMED",
            TaskStatus::Done => "DONE",
            TaskStatus::Timeout => "TIMEOUT",
            TaskStatus::Failed => "FAILED",
            TaskStatus::Cancelled => "CANCELLED",
        }
    }

    /// The state a stored word names.
    pub fn from_word(word: &str) -> Option<TaskStatus> {
        TaskStatus::ALL
            .into_iter()
            .find(|status| status.as_str() == word)
    }
}

/// How soon a task is to be done among others with as much time left: from 0 to 100, the highest
/// first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Priority(pub u8);

impl Priority {
    /// When there is time.
    pub const LOW: Priority = Priority(25);
    /// What holds when a step says nothing.
    pub const NORMAL: Priority = Priority(50);
    /// Before others.
    pub const HIGH: Priority = Priority(75);
    /// The highest there is.
    pub const MAX: Priority = Priority(100);

    fn is_normal(&self) -> bool {
        *self == Priority::NORMAL
    }
}

impl Default for Priority {
    fn default() -> Priority {
        Priority::NORMAL
    }
}

/// Work given to an actor. A run carries its open tasks; closed ones live on in the store.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Task {
    /// UUIDv7, derived from the run's id.
    pub id: Uuid,
    /// The step that opened it.
    pub step_id: String,
    /// The list it belongs to, by its number in the run; 0 in states that were kept before lists
    /// were told apart, for the outermost.
    #[serde(default)]
    pub list: u32,
    /// Who is to do it.
    pub actor: Actor,
    /// Where it stands.
    pub status: TaskStatus,
    /// When it opened.
    pub created: Time,
    /// Its SLA deadline, when the step has one: what its clock says, and none while that stands
    /// still before the deadline.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires: Option<Time>,
    /// Its SLA clock, once it has done anything but run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub clock: Option<Box<Clock>>,
    /// Whether it opened because another task's deadline was missed.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub escalated: bool,
    /// What the definition hands the actor besides the payload.
    #[serde(default, skip_serializing_if = "Value::is_null")]
    pub input: Value,
    /// What the actor answered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub result: Option<Value>,
    /// How soon among others.
    #[serde(default, skip_serializing_if = "Priority::is_normal")]
    pub priority: Priority,
    /// Which attempt this is, from 1.
    pub attempt: u32,
    /// Not handed out before this moment (it failed and waits for its next attempt).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub not_before: Option<Time>,
    /// Who has it: a person's or a worker's name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub claimed_by: Option<String>,
    /// Since when.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub claimed_at: Option<Time>,
    /// Until when, for a claim with a lease.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lease_until: Option<Time>,
    /// When the deadline passed while it was open.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub breached_at: Option<Time>,
    /// When it was finished, timed out, failed or cancelled.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub closed_at: Option<Time>,
    /// Who finished it; empty when a clock or a cancellation did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub closed_by: Option<String>,
    /// What went wrong in the last attempt.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}
