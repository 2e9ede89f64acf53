use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

use crate::{Actor, IncidentKind, Priority, RunStatus, SchemaFault, StepMap, Task, Time, Timer};

/// What a step wants written or done. The store writes them all in one transaction or none. Tasks are boxed: they
/// are large, and effects are moved about a lot.
#[derive(Debug, Clone, PartialEq)]
pub enum Effect {
    /// A task opened.
    OpenTask(Box<Task>),
    /// An open task changed (claimed, released, breached, failed an attempt) and is still open.
    ChangeTask(Box<Task>),
    /// A task closed; its status says how.
    CloseTask(Box<Task>),
    /// A timer to keep until it fires or is cleared.
    SetTimer(Timer),
    /// A timer that is over.
    ClearTimer(u32),
    /// Another workflow is to run for this one, which waits for its end.
    StartRun {
        /// The id the other run is to have.
        run: Uuid,
        /// The workflow's id; the version in force is meant.
        workflow: String,
        /// Its payload, a mapping.
        payload: Value,
    },
    /// A run that this one called is wanted no more.
    CancelRun(Uuid),
    /// Somebody is to be told something.
    Notify {
        /// Who.
        who: Recipient,
        /// What about.
        about: About,
    },
    /// The run ended.
    FinishRun(RunStatus),
    /// An entry of the audit trail.
    Record(Entry),
}

/// Who is to be told something.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Recipient {
    /// Who has the task: a person's id.
    Holder(String),
    /// Every person with this role.
    Role(Actor),
}

/// What somebody is told about: a task whose time runs out or has run out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct About {
    /// The task.
    pub task: Uuid,
    /// Its step.
    pub step: String,
    /// The share of its time that is consumed, in percent.
    pub at: u32,
    /// Its deadline.
    pub deadline: Option<Time>,
}

/// One thing that happened in a run, as the audit trail keeps it and timelines show it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Entry {
    /// What happened.
    #[serde(flatten)]
    pub kind: EntryKind,
    /// The step it happened at.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub step: Option<String>,
    /// The task it happened to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub task: Option<Uuid>,
}

/// The kinds of things that happen in a run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum EntryKind {
    /// The run began.
    RunStarted,
    /// The business key could not be computed from the payload; the run goes on without one.
    KeyMissing {
        /// Why, for people.
        message: String,
    },
    /// A task opened for an actor.
    TaskOpened {
        /// For whom.
        actor: Actor,
        /// Its SLA deadline.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        expires: Option<Time>,
    },
    /// Somebody took a task.
    TaskClaimed {
        /// Until when, for a claim with a lease.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        lease_until: Option<Time>,
    },
    /// A task was given back.
    TaskReleased,
    /// A lease ran out and the task is free again.
    LeaseExpired {
        /// Who had it.
        held_by: String,
    },
    /// A task was finished.
    TaskCompleted {
        /// The answer.
        result: Value,
    },
    /// An attempt failed.
    TaskFailed {
        /// Which attempt.
        attempt: u32,
        /// What went wrong.
        error: String,
        /// When the next attempt may begin; none when it was the last.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        next: Option<Time>,
    },
    /// A machine's result broke the step's `output`: it is kept here, and the run stops.
    OutputBroken {
        /// The answer.
        result: Value,
        /// What is wrong with it.
        faults: Vec<SchemaFault>,
    },
    /// The deadline closed a task and the run goes to its `on_timeout`.
    TaskTimedOut {
        /// The deadline.
        deadline: Time,
        /// How late the clock was, in milliseconds.
        late_ms: i64,
        /// Whether the breach was recorded before, because the task was left open past it.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        after_breach: bool,
    },
    /// A rung of the ladder was reached.
    RungReached {
        /// The share of the time that is consumed, in percent.
        at: u32,
        /// When it was.
        due: Time,
        /// How late the clock was, in milliseconds.
        late_ms: i64,
        /// Whether who has the task is reminded.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        remind: bool,
        /// Who is told.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        notify: Option<Actor>,
        /// The task's priority from now on.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        priority: Option<Priority>,
    },
    /// A task was claimed for the first time, or finished without, and its step says by when.
    Accepted {
        /// How long it waited for that, in milliseconds.
        after_ms: i64,
        /// Whether the time for it had passed.
        late: bool,
    },
    /// Nobody had claimed a task by the time that was given for it.
    AcceptBreached {
        /// The deadline of the claim.
        deadline: Time,
        /// How late the clock was, in milliseconds.
        late_ms: i64,
    },
    /// A task's clock was stopped.
    ClockStopped {
        /// Why.
        reason: String,
        /// Whether the reporter is asked for something.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        waiting_for_reporter: bool,
    },
    /// A task's clock runs again.
    ClockStarted {
        /// The deadline now.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        expires: Option<Time>,
    },
    /// A task was given more time.
    SlaExtended {
        /// So many milliseconds, in a budget of business days 86,400,000 each.
        by_ms: i64,
        /// Why.
        reason: String,
        /// The deadline now.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        expires: Option<Time>,
    },
    /// The reporter added to the case.
    InformationAdded {
        /// What they wrote.
        text: String,
    },
    /// Another version of a calendar counts from now on.
    CalendarChanged {
        /// Its id.
        calendar: String,
        /// The version.
        version: String,
    },
    /// A changed calendar, or another version of the workflow, moved a deadline.
    DeadlineMoved {
        /// What it was.
        from: Time,
        /// What it is.
        to: Time,
    },
    /// The run moved to another version of its workflow.
    Migrated {
        /// The version it had.
        from: String,
        /// The version it has.
        to: String,
        /// Which of its steps took the places of which of the old one.
        #[serde(default, skip_serializing_if = "StepMap::is_empty")]
        steps: StepMap,
        /// Why.
        note: String,
    },
    /// An open task went over to a step of the version that its run moved to.
    TaskMigrated {
        /// The step it was of.
        from: String,
        /// Whom it is for now, when that is somebody else.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        actor: Option<Actor>,
        /// Who had it and has it no more, because it is for somebody else now.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        released: Option<String>,
        /// The deadline it had.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        before: Option<Time>,
        /// The deadline it has.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        after: Option<Time>,
    },
    /// The deadline passed, and the task stays open.
    SlaBreached {
        /// The deadline.
        deadline: Time,
        /// How late the clock was, in milliseconds.
        late_ms: i64,
    },
    /// A task was closed because its run ended or went elsewhere.
    TaskCancelled,
    /// Lists run side by side, for branches or items.
    ListsBegan {
        /// How many.
        lists: usize,
    },
    /// Enough lists of a step have finished, and the list around them goes on.
    ListsJoined {
        /// How many finished.
        finished: usize,
    },
    /// An incident is over because the list it stopped was cancelled.
    IncidentDropped {
        /// Its number in this run.
        incident: u32,
    },
    /// A list waits.
    WaitBegan {
        /// Until this moment, for an event at most.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        until: Option<Time>,
        /// For this event.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        event: Option<String>,
    },
    /// A wait for a time is over.
    WaitEnded,
    /// An event came that a list waits for, or had come before.
    EventTaken {
        /// Its id.
        event: Uuid,
        /// Its name.
        name: String,
    },
    /// An event came that no list waits for yet.
    EventKept {
        /// Its id.
        event: Uuid,
        /// Its name.
        name: String,
    },
    /// Another workflow runs for a list, which waits for it.
    RunCalled {
        /// The other run.
        run: Uuid,
        /// Its workflow.
        workflow: String,
    },
    /// A called run ended.
    CallEnded {
        /// Which run.
        run: Uuid,
        /// How.
        status: RunStatus,
    },
    /// A called run was cancelled because its list was.
    CallCancelled {
        /// Which run.
        run: Uuid,
    },
    /// No event came in the time a wait had for it.
    WaitTimedOut {
        /// The deadline.
        deadline: Time,
        /// How late the clock was, in milliseconds.
        late_ms: i64,
    },
    /// The run goes on at another step because of a missed deadline.
    Escalated {
        /// Where to.
        to: String,
    },
    /// A switch chose.
    BranchTaken {
        /// The value it looked at.
        value: Value,
        /// The step it chose; `end` ends the list.
        to: String,
    },
    /// The run stopped at a step and waits for an administrator.
    IncidentRaised {
        /// Its number in this run.
        incident: u32,
        /// What kind of trouble.
        cause: IncidentKind,
        /// What is wrong and what would be right, for people.
        message: String,
    },
    /// An administrator sent a stopped run on.
    IncidentResolved {
        /// Its number in this run.
        incident: u32,
        /// Where the run goes on.
        to: String,
        /// Why.
        note: String,
    },
    /// The last attempt failed, and the run goes on at the step's `on_error`.
    ErrorHandled {
        /// Where to.
        to: String,
    },
    /// The run finished.
    RunCompleted {
        /// How, in the definition's words.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        outcome: Option<String>,
    },
    /// The run was cancelled.
    RunCancelled {
        /// Why.
        note: String,
    },
}
