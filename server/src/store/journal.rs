use std::collections::BTreeSet;

use async_trait::async_trait;
use hms_engine::{About, Actor, ActorPattern, Recipient, Run, Task, Time, Timer};
use uuid::Uuid;

use super::*;
use crate::clock::Anchor;

/// Where every change of a run is written: load what a batch needs, write what it did, commit.
#[async_trait]
pub trait Journal: Send {
    /// Whether other nodes write beside this one. Then a turn may meet one of theirs and end in
    /// [`StoreError::Conflict`], and what they did has to be looked for.
    fn shared(&self) -> bool;

    /// A journal of the same node for one who writes beside this one, as another node would; what it lately wrote is at
    /// hand for both. None where one writer is all the store takes.
    fn beside(&self) -> Option<Box<dyn Journal>> {
        None
    }

    /// Reads, in a transaction that will write, all that a batch of commands needs.
    async fn begin(&mut self, needed: &Needed) -> Result<Loaded, StoreError>;

    /// More runs, in the transaction begun; unknown ids are left out.
    async fn more(&mut self, ids: &[Uuid]) -> Result<Loaded, StoreError>;

    /// Writes everything a batch did and commits. After an error nothing of it is kept, but for [`StoreError::Unknown`]:
    /// then all of it may be.
    async fn commit(&mut self, batch: Batch) -> Result<(), StoreError>;

    /// Ends the transaction without writing.
    async fn abandon(&mut self);

    /// What other nodes may have changed: when the earliest timer comes due, which definitions were
    /// deployed, how workflow time runs.
    async fn look(&mut self) -> Result<Look, StoreError>;

    /// Writes something that changes nothing, to learn whether the store takes writes again after it
    /// refused one.
    async fn probe(&mut self) -> Result<(), StoreError>;

    /// Puts a definition in force, with its audit entry, and gives the number of the deployment.
    async fn deploy(&mut self, version: &WorkflowVersion) -> Result<i64, StoreError>;

    /// Puts a version of a calendar in force, with its audit entry, and gives the number of the deployment. The cases it
    /// counts are not touched.
    async fn deploy_calendar(&mut self, version: &CalendarVersion) -> Result<i64, StoreError>;

    /// The anchor of workflow time and the latest moment committed.
    async fn clock(&mut self) -> Result<Option<(Anchor, i64)>, StoreError>;

    /// Anchors workflow time.
    async fn set_clock(&mut self, anchor: Anchor, latest_ms: i64) -> Result<(), StoreError>;
}

/// What there is to know besides one's own work.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Look {
    /// When the earliest timer comes due, or came due.
    pub next: Option<Time>,
    /// Definitions deployed at other nodes since the last time they were told.
    pub deployed: Vec<WorkflowVersion>,
    /// Calendars deployed there since then.
    pub calendars: Vec<CalendarVersion>,
    /// The anchor of workflow time, where it may have been turned by another node.
    pub anchor: Option<Anchor>,
    /// How far the store's wall clock is ahead of this machine's, in milliseconds: all nodes go by
    /// the store's.
    pub ahead_ms: i64,
}

/// Timers that are due.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DueTimers {
    /// The runs that have one, each once. A run another node is at is left to it.
    pub runs: Vec<Uuid>,
    /// Whether there are more than asked for.
    pub more: bool,
    /// When the earliest of the other timers comes due; a moment that has passed when another node
    /// is at its run.
    pub next: Option<Time>,
}

/// What a batch of commands needs to know.
#[derive(Debug, Clone, Default)]
pub struct Needed {
    /// Workflow time.
    pub now: Time,
    /// These runs.
    pub runs: Vec<Uuid>,
    /// These tasks and the runs they belong to.
    pub tasks: Vec<Uuid>,
    /// Whether events with these (source, id) were accepted before.
    pub origins: Vec<(String, String)>,
    /// Whether these report numbers are taken.
    pub numbers: Vec<String>,
    /// These files, kept from being named elsewhere or removed meanwhile.
    pub files: Vec<Uuid>,
    /// The running cases that events may be for, at most [`CASES_MAX`] for each.
    pub cases: BTreeSet<Sought>,
    /// Up to this many free tasks of these actors, soonest deadline first, and their runs.
    pub free: Vec<(ActorPattern, u32)>,
    /// Up to this many timers that are due, earliest first, and their runs; 0 for none.
    pub due: u32,
    /// Free tasks and due timers of cases of these versions are left alone: their definitions no longer
    /// load, and they must not stand in the way of others.
    pub left_alone: Vec<String>,
    /// Running cases that are to be counted by another version of a calendar.
    pub behind: Option<Behind>,
    /// Whether runs may begin, so that the definitions in force must be the newest.
    pub starts: bool,
}

/// The most running cases one event may reach.
pub const CASES_MAX: usize = 500;

/// By what running cases are found that an event may be for.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Sought {
    /// Those of a workflow with this business key.
    Key {
        /// The workflow's id.
        workflow: String,
        /// The key.
        key: String,
    },
    /// Those that wait by `match` at this address.
    Address {
        /// The event's name.
        event: String,
        /// See [`hms_engine::Workflow::addresses`].
        address: String,
    },
}

/// What was found.
#[derive(Debug, Default)]
pub struct Loaded {
    /// The runs, with their payloads.
    pub runs: Vec<Run>,
    /// What finds more than [`CASES_MAX`] running cases; they are not loaded.
    pub crowded: Vec<Sought>,
    /// The tasks asked for: the run each belongs to, and how it stands.
    pub tasks: Vec<(Uuid, Task)>,
    /// The events accepted before.
    pub events: Vec<EventRow>,
    /// The numbers taken.
    pub numbers: Vec<String>,
    /// The files; those that are unknown or not whole are left out.
    pub files: Vec<FileRow>,
    /// The free tasks with their runs, in the order of [`Needed::free`].
    pub free: Vec<Vec<(Uuid, Uuid)>>,
    /// Whether free tasks were left out because another node is at their runs: look again soon.
    pub passed_over: bool,
    /// The timers that are due.
    pub due: DueTimers,
    /// Those to be counted anew.
    pub behind: FoundBehind,
    /// Definitions deployed at other nodes since the last time they were told.
    pub deployed: Vec<WorkflowVersion>,
    /// Calendars deployed there since then.
    pub calendars: Vec<CalendarVersion>,
}

/// Everything a batch of commands did. Each run, task and timer stands here at most once, as it is
/// at the end of the batch.
#[derive(Debug, Default)]
pub struct Batch {
    /// The latest moment of workflow time in it.
    pub latest_ms: i64,
    /// Events accepted.
    pub events: Vec<EventRow>,
    /// Reports filed.
    pub reports: Vec<ReportRow>,
    /// Files that belong to a case from now on.
    pub files: Vec<Claim>,
    /// Personal data that came with events, sealed.
    pub personal: Vec<PersonalWrite>,
    /// Cases that ended, and events that reached none: the time of their personal data counts from now on.
    pub personal_ended: Vec<PersonalEnded>,
    /// Runs that began or changed.
    pub runs: Vec<RunWrite>,
    /// Tasks that opened, changed or closed, with run and workflow.
    pub tasks: Vec<TaskWrite>,
    /// What running cases wait for by `match`, in place of what they waited for.
    pub waits: Vec<WaitsWrite>,
    /// By which calendars running cases are counted, in place of what was kept of them.
    pub counted: Vec<CountedWrite>,
    /// Timers to keep.
    pub timers: Vec<(Uuid, Timer)>,
    /// Timers that are over.
    pub timers_over: Vec<(Uuid, u32)>,
    /// The commands taken and what they did.
    pub audit: Vec<AuditWrite>,
    /// Changes of the SLA figures.
    pub sla: Vec<SlaChange>,
    /// What people are to be told.
    pub outbox: Vec<NoticeWrite>,
    /// Actors whose tasks went over to others; no row is written for them.
    pub left: Vec<Actor>,
}

/// Something people are to be told, to be kept until they were.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoticeWrite {
    /// Its own id.
    pub id: Uuid,
    /// The run it is about.
    pub run_id: Uuid,
    /// Its workflow's id.
    pub workflow: String,
    /// Who is to be told.
    pub who: Recipient,
    /// What about.
    pub about: About,
    /// When.
    pub created: Time,
}

impl Batch {
    /// Whether nothing was done: no command was taken and no event accepted.
    pub fn is_empty(&self) -> bool {
        self.audit.is_empty() && self.events.is_empty()
    }
}

/// A file that belongs to a case from now on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Claim {
    /// The file.
    pub file: Uuid,
    /// The run.
    pub run_id: Uuid,
}

/// A run to write.
#[derive(Debug)]
pub struct RunWrite {
    /// Its state.
    pub run: Run,
    /// The event that started it, when it is new.
    pub began_by: Option<Uuid>,
    /// Whether a deadline was missed in this batch; once set it stays.
    pub breached: bool,
    /// Whether it moved to another version, so that version and business key are written too.
    pub moved: bool,
}

/// What a run waits for by `match`.
#[derive(Debug)]
pub struct WaitsWrite {
    /// The run.
    pub run_id: Uuid,
    /// Each event with its address.
    pub waits: Vec<(String, String)>,
}

/// A task to write.
#[derive(Debug)]
pub struct TaskWrite {
    /// The task.
    pub task: Task,
    /// Its run.
    pub run_id: Uuid,
    /// Its workflow's id.
    pub workflow: String,
    /// Whether it opened in this batch.
    pub new: bool,
    /// Whether its run moved to another version, so that step, actor and input are written too.
    pub moved: bool,
}

/// A row of the audit trail to write.
#[derive(Debug)]
pub struct AuditWrite {
    /// The run; none for what concerns no run.
    pub run_id: Option<Uuid>,
    /// The run's seq after it.
    pub seq: Option<u64>,
    /// When.
    pub at: Time,
    /// Who.
    pub who: String,
    /// The definition's version.
    pub version: Option<String>,
    /// The command, as JSON.
    pub command: String,
    /// What happened, as JSON.
    pub entries: String,
}

/// One outcome of one SLA.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SlaChange {
    /// The workflow's id.
    pub workflow: String,
    /// The step's id.
    pub step_id: String,
    /// When it was decided.
    pub at: Time,
    /// What it is.
    pub outcome: SlaOutcome,
}

/// How an SLA came out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SlaOutcome {
    /// Finished in time, after this many milliseconds.
    Met(i64),
    /// The deadline passed.
    Breached,
    /// Finished after its deadline, after this many milliseconds; the breach was counted before.
    Late(i64),
    /// Cancelled before either.
    Cancelled,
    /// Claimed for the first time in time, after this many milliseconds.
    AcceptMet(i64),
    /// The time for the first claim passed.
    AcceptBreached,
    /// Claimed for the first time after that, after this many milliseconds; the breach was counted
    /// before.
    AcceptLate(i64),
    /// Closed before anybody claimed it and before that time passed.
    AcceptCancelled,
}
