use chrono::NaiveDate;
use hms_app::views::COUNTED_MAX;
use hms_engine::{Entry, Run, Task, Time};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use serde_json::value::RawValue;
use uuid::Uuid;

use super::StoreError;

/// A task with what its run adds to it.
#[derive(Debug, Clone)]
pub struct TaskRow {
    /// The task.
    pub task: Task,
    /// Its run.
    pub run_id: Uuid,
    /// Its workflow's id.
    pub workflow: String,
    /// The event's payload, as kept.
    pub payload: Box<RawValue>,
}

/// A run with what the store adds to it.
#[derive(Debug, Clone)]
pub struct RunRow {
    /// The engine's state; its payload is filled in.
    pub run: Run,
    /// The event that started it.
    pub event_id: Uuid,
    /// Whether an incident stands.
    pub stopped: bool,
    /// Whether a deadline was missed.
    pub breached: bool,
    /// The number of the report it belongs to, when a person filed one.
    pub report: Option<String>,
}

impl RunRow {
    /// How people call the case: the report's number, the business key, or the id's last group.
    pub fn case(&self) -> String {
        let short = || self.run.id.simple().to_string()[24..].to_owned();
        self.report
            .clone()
            .or_else(|| self.run.key.clone())
            .unwrap_or_else(short)
    }
}

/// One command a run took and what it did.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AuditRow {
    /// Its place among all.
    pub n: i64,
    /// The run; none for what concerns no run.
    pub run_id: Option<Uuid>,
    /// The run's seq after it.
    pub seq: Option<u64>,
    /// When, in workflow time.
    pub at: Time,
    /// Who: `event`, `clock`, a worker's name, or a person's id.
    pub who: String,
    /// The definition's version.
    pub version: Option<String>,
    /// What was asked.
    pub command: Value,
    /// What happened.
    pub entries: Vec<Entry>,
}

/// An event as kept.
#[derive(Debug, Clone, PartialEq)]
pub struct EventRow {
    /// Its id.
    pub id: Uuid,
    /// The sender's name, when it gave one.
    pub source: Option<String>,
    /// The sender's id for it, when it gave one.
    pub external_id: Option<String>,
    /// What happened: `ComplaintLogged`.
    pub name: String,
    /// Its payload.
    pub payload: Value,
    /// When it was received.
    pub received: Time,
    /// What it started.
    pub runs: Vec<StartedRun>,
    /// The running cases it was given to.
    pub reached: Vec<ReachedRun>,
}

/// A run that an event started.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StartedRun {
    /// The run.
    pub run_id: Uuid,
    /// Its workflow's id.
    pub workflow: String,
}

/// A running case that an event was given to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReachedRun {
    /// The run.
    pub run_id: Uuid,
    /// Its workflow's id.
    pub workflow: String,
    /// What the run did with it.
    pub how: Reach,
}

/// What a running case did with an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reach {
    /// A wait took it and the run goes on.
    Taken,
    /// It is kept for a wait that the run has not come to.
    Kept,
    /// The run keeps as many events as it may, and did not keep this one.
    Full,
}

/// A report a person filed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReportRow {
    /// Its number, as shown.
    pub number: String,
    /// The hash of its receipt's secret.
    pub receipt_hash: String,
    /// The event it became.
    pub event_id: Uuid,
    /// The run it became.
    pub run_id: Uuid,
    /// When.
    pub filed: Time,
}

/// A deployed definition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WorkflowVersion {
    /// The content hash.
    pub version: String,
    /// The workflow's id.
    pub id: String,
    /// The text.
    pub source: String,
    /// When it was deployed.
    pub deployed: Time,
    /// By whom.
    pub deployed_by: String,
    /// Whether new runs begin with it.
    pub in_force: bool,
    /// The number of its deployment: what is deployed later, at whichever node, has a higher one. 0 where one node is
    /// all there is.
    pub deployment: i64,
}

/// What happened to the SLAs of one step on one day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SlaDay {
    /// The workflow's id.
    pub workflow: String,
    /// The step's id.
    pub step_id: String,
    /// The UTC day the outcomes were decided.
    pub day: NaiveDate,
    /// Of the time to finish.
    pub finish: Outcomes,
    /// Of the time to the first claim, where the step sets one.
    pub accept: Outcomes,
}

/// How clocks came out.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Outcomes {
    /// In time.
    pub met: u64,
    /// Too late.
    pub breached: u64,
    /// Cancelled before either.
    pub cancelled: u64,
    /// How long those took that came to it, in time or not: (bucket, how many), see
    /// [`super::histogram`].
    pub durations: Vec<(i64, u64)>,
}

/// The tasks with an SLA that are open at one step now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SlaOpen {
    /// The workflow's id.
    pub workflow: String,
    /// The step's id.
    pub step_id: String,
    /// Open and not past the deadline.
    pub on_time: u64,
    /// Open and past it.
    pub breached: u64,
}

/// The open tasks of one actor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ActorLoad {
    /// The actor, as written.
    pub actor: String,
    /// Open tasks.
    pub waiting: u64,
    /// When the oldest of those opened that are handed out first.
    pub oldest: Time,
}

/// The open tasks of one step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StepLoad {
    /// The step's id.
    pub step_id: String,
    /// Open tasks.
    pub open: u64,
}

/// How many open runs of a workflow stand at one step of one version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// The version's content hash.
    pub version: String,
    /// The step's id.
    pub step_id: String,
    /// Lists of open runs that stand there.
    pub runs: u64,
}

/// How many open tasks the people of some roles have, for the tabs of the inbox.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct InboxLoad {
    /// Taken by nobody.
    pub unassigned: u64,
    /// Taken by anybody.
    pub taken: u64,
    /// Escalated or breached.
    pub escalated: u64,
}

impl InboxLoad {
    /// From what was counted for each part of an inbox and added up: no further than any count goes.
    pub(super) fn counted(
        sum: impl Fn(usize) -> Result<u64, StoreError>,
    ) -> Result<InboxLoad, StoreError> {
        let figure = |column| Ok::<u64, StoreError>(sum(column)?.min(COUNTED_MAX + 1));
        Ok(InboxLoad {
            unassigned: figure(0)?,
            taken: figure(1)?,
            escalated: figure(2)?,
        })
    }
}
