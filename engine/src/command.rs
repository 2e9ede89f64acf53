use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

use crate::{FieldFault, MapFault, Obstacle, RunStatus, SchemaFault, StepMap, Time};

/// What is asked of a run, and by whom.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Command {
    /// Who asks: `event`, `clock`, `call`, a worker's name or a person's id. Never personal data.
    pub by: String,
    /// What is asked.
    #[serde(flatten)]
    pub order: Order,
}

impl Command {
    /// An order by somebody.
    pub fn new(by: impl Into<String>, order: Order) -> Command {
        Command {
            by: by.into(),
            order,
        }
    }

    /// A timer of the run's own that has come due.
    pub fn timer(timer: u32) -> Command {
        Command::new("clock", Order::TimerFired { timer })
    }
}

/// What can be asked of a run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "order", rename_all = "snake_case")]
pub enum Order {
    /// Begin: the first order a run gets, and the only time it gets it.
    Start,
    /// Take a task. The same holder may take it again, which renews the lease.
    Claim {
        /// Which task.
        task: Uuid,
        /// How long the claim holds without a heartbeat, in milliseconds; without it, until released.
        lease_ms: Option<u64>,
    },
    /// Give a claimed task back.
    Release {
        /// Which task.
        task: Uuid,
    },
    /// Say that work on a claimed task goes on; renews its lease.
    Heartbeat {
        /// Which task.
        task: Uuid,
        /// From now, in milliseconds.
        lease_ms: Option<u64>,
    },
    /// Finish a task with a result.
    Complete {
        /// Which task.
        task: Uuid,
        /// What the actor answers.
        result: Value,
    },
    /// Say that an attempt went wrong.
    Fail {
        /// Which task.
        task: Uuid,
        /// What went wrong, for people.
        error: String,
    },
    /// An event came that may be for this run. It wakes the waits it matches, or is kept for one
    /// that may be reached later.
    Signal {
        /// The event's id.
        event: Uuid,
        /// Its name.
        name: String,
        /// What it brought.
        payload: Value,
    },
    /// A run that this one called has ended.
    CallEnded {
        /// Which run.
        run: Uuid,
        /// How.
        status: RunStatus,
        /// What it came to.
        #[serde(default)]
        result: Value,
    },
    /// A run that this one called could not begin.
    CallRefused {
        /// Which run.
        run: Uuid,
        /// Why not, for people.
        why: String,
    },
    /// A timer of this run has come due. A timer that is gone is refused as [`Rejected::StaleTimer`].
    TimerFired {
        /// Which timer.
        timer: u32,
    },
    /// Stop a task's SLA clock. No rung fires and no deadline passes while it stands still.
    Pause {
        /// Which task.
        task: Uuid,
        /// Why, for everybody to read.
        reason: String,
        /// Whether the reporter is asked for something meanwhile.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        waiting_for_reporter: bool,
    },
    /// Let a stopped clock run again.
    Resume {
        /// Which task.
        task: Uuid,
    },
    /// Give a task more time.
    Extend {
        /// Which task.
        task: Uuid,
        /// So many milliseconds of what its budget is counted in; of a budget in business days
        /// 86,400,000 are a day.
        by_ms: i64,
        /// Why, for everybody to read.
        reason: String,
    },
    /// Count by another version of a calendar: the one the workflow is bound to now.
    Recalendar {
        /// The calendar's id.
        calendar: String,
        /// The version.
        version: String,
    },
    /// Move the run to another version of its workflow. It is given by [`crate::migrate`], which needs
    /// both versions at hand.
    Migrate {
        /// The version to move to.
        to: String,
        /// Which of its steps take the places of which of the old one.
        #[serde(default, skip_serializing_if = "StepMap::is_empty")]
        steps: StepMap,
        /// Why, for the audit trail.
        note: String,
    },
    /// Keep what the reporter adds to the case. Clocks that stand still because they were asked run again.
    Inform {
        /// What they wrote.
        text: String,
    },
    /// End the run now and close what is open in it.
    Cancel {
        /// Why, for the audit trail.
        note: String,
    },
    /// Try again where an incident stopped the run.
    Retry {
        /// Which incident; without it, all of them.
        incident: Option<u32>,
        /// Go on at this step instead of the one that stopped.
        to: Option<String>,
        /// Why, for the audit trail.
        note: String,
    },
}

/// Why a command changed nothing. The run is exactly as before.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Rejected {
    /// The run has ended.
    #[error("the run is {}", .0.as_str())]
    RunEnded(RunStatus),
    /// Start was asked of a run that began already.
    #[error("the run has begun already")]
    Begun,
    /// Another order came before Start.
    #[error("the run has not begun")]
    NotBegun,
    /// No open task of this run has this id.
    #[error("the task is not open")]
    NotOpen,
    /// Somebody else has it.
    #[error("{by} has had the task since {since}")]
    HeldBy {
        /// Who.
        by: String,
        /// Since when.
        since: Time,
    },
    /// Release or heartbeat for a task nobody has.
    #[error("nobody has the task")]
    NotHeld,
    /// The task waits for its next attempt.
    #[error("the next attempt begins at {0}")]
    NotBefore(Time),
    /// The deadline has passed, and the step goes to its `on_timeout` as soon as its timer fires.
    #[error("the deadline passed at {deadline}")]
    Expired {
        /// When.
        deadline: Time,
    },
    /// The result is not one this step can take; the text says what would be right.
    #[error("{0}")]
    BadResult(String),
    /// The task has no SLA, so no clock to stop or budget to add to.
    #[error("the task has no SLA")]
    NoClock,
    /// Its clock stands still already.
    #[error("the clock of the task stands still already")]
    Paused,
    /// Its clock runs already.
    #[error("the clock of the task runs already")]
    NotPaused,
    /// The ledger of its clock is full.
    #[error("the clock of the task was stopped or set {0} times, which is the most")]
    LedgerFull(usize),
    /// The reason is empty or too long, or there is too little or too much time to add.
    #[error("{0}")]
    BadPause(String),
    /// The text that is to be added is empty or too long.
    #[error("what is added has 1 to {0} characters")]
    BadInformation(usize),
    /// As much was added as can be.
    #[error("{0} additions were made to the run, which is the most")]
    MuchAdded(u32),
    /// The run counts by another version of a calendar than the one its workflow is bound to.
    #[error("the run counts by another version of the calendar {0}")]
    WrongCalendar(String),
    /// The run counts by this version of the calendar already, or by none of this name.
    #[error("the run has no other version of this calendar")]
    SameCalendar,
    /// A person's answers break the rules of the form's fields.
    #[error("the answers break the rules of the form: {}", crate::form::told(.0))]
    BadAnswers(Vec<FieldFault>),
    /// A person's result breaks the step's `output`.
    #[error("the result breaks the step's output: {}", crate::json_schema::told(.0))]
    BadOutput(Vec<SchemaFault>),
    /// The timer was cleared or fired before.
    #[error("the timer is gone")]
    StaleTimer,
    /// The timer is there and not due.
    #[error("the timer is due at {0}")]
    TooEarly(Time),
    /// The event is for no wait of this run.
    #[error("no step of this run waits for this event")]
    NotAwaited,
    /// The event came before and is kept.
    #[error("the event is known already")]
    EventKnown,
    /// More events came before their waits were reached than a run keeps.
    #[error("the run keeps {0} events already, which is the most it keeps")]
    TooManyKept(usize),
    /// No call of this run waits for this one.
    #[error("the run did not call this one, or waits for it no more")]
    NoCall,
    /// Retry without an open incident, or with an unknown one.
    #[error("no such open incident")]
    NoIncident,
    /// Retry to a step that is not in the list that stopped.
    #[error("no step \"{0}\" beside the one that stopped")]
    NoStep(String),
    /// The run has the version already that it is to move to.
    #[error("the run has this version already")]
    SameVersion,
    /// A step map names steps that are not there.
    #[error("the step map names steps that are not there: {}", crate::migration::told(.0))]
    BadMap(Vec<MapFault>),
    /// Where the run stands cannot be kept in the version it is to move to: everything that is in
    /// the way.
    #[error("{}", crate::migration::all(.0))]
    CannotMigrate(Vec<Obstacle>),
    /// A timer of the run is due, and what it does comes before the run can move.
    #[error("something has been due since {0} and comes first")]
    DueFirst(Time),
    /// The run was handed over with a definition other than its own.
    #[error("the run belongs to another version of its workflow")]
    WrongVersion,
}
