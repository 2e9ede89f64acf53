use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

use crate::{Results, Task, Time, Workflow};

/// Where a run stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum RunStatus {
    /// Going on, also when it waits for an incident to be solved.
    Running,
    /// Came to its end.
    Completed,
    /// Given up.
    Failed,
    /// Ended by somebody.
    Cancelled,
}

impl RunStatus {
    /// All states, as stored and shown.
    pub const ALL: [RunStatus; 4] = [
        RunStatus::Running,
        RunStatus::Completed,
        RunStatus::Failed,
        RunStatus::Cancelled,
    ];

    /// The word stored and sent.
    pub fn as_str(self) -> &'static str {
        match self {
            RunStatus::Running => "RUNNING",
            RunStatus::Completed => "COMPLETED",
            RunStatus::Failed => "FAILED",
            RunStatus::Cancelled => "CANCELLED",
        }
    }

    /// The state a stored word names.
    pub fn from_word(word: &str) -> Option<RunStatus> {
        RunStatus::ALL
            .into_iter()
            .find(|status| status.as_str() == word)
    }
}

/// One execution of a workflow: everything the engine needs to go on, and nothing else.
///
/// The payload does not change and is large, so the store keeps it beside the state.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Run {
    /// UUIDv7, given from outside; every id inside the run derives from it.
    pub id: Uuid,
    /// Which workflow.
    pub workflow: String,
    /// Which version of it: the definition's content hash.
    pub version: String,
    /// Where it stands.
    pub status: RunStatus,
    /// The business key its definition computes from the payload (`key: payload.complaintId`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    /// The version of each calendar its SLAs are counted by, by the calendar's id.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub calendars: BTreeMap<String, String>,
    /// The event's payload.
    #[serde(skip)]
    pub payload: Value,
    /// When it began; none before [`crate::Order::Start`].
    pub started: Option<Time>,
    /// When it ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended: Option<Time>,
    /// How many commands it has taken. History entry `n` made this `n`.
    pub seq: u64,
    /// The next number for a task, timer or incident of this run.
    pub next_number: u32,
    /// The open lists, the outermost first. A list owns its steps; the run ends with the outermost.
    pub lists: Vec<ListState>,
    /// The open tasks.
    pub tasks: Vec<Task>,
    /// The timers that have not fired.
    pub timers: Vec<Timer>,
    /// The run that called this one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parent: Option<Uuid>,
    /// How many runs called each other until this one; 0 for one that an event started.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub depth: u32,
    /// The called runs that have not ended.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub calls: Vec<Call>,
    /// What stopped and waits for somebody.
    pub incidents: Vec<Incident>,
    /// Events that came before the wait for them was reached, the first first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub kept: Vec<KeptEvent>,
    /// How often the reporter added to it.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub added: u32,
    /// The latest result of each step that finished.
    pub results: Results,
    /// What the run came to, when its definition says so at its end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub result: Option<Value>,
    /// How it ended, in the definition's words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outcome: Option<String>,
    /// The step that finished last; `result` in an expression is its result.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last: Option<String>,
}

fn is_zero(number: &u32) -> bool {
    *number == 0
}

/// Another run that a list waits for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Call {
    /// Which run.
    pub run: Uuid,
    /// The step that called it.
    pub step: String,
    /// The list that waits, by its number.
    pub list: u32,
    /// Since when.
    pub since: Time,
}

/// An event that came before the wait for it was reached.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct KeptEvent {
    /// Its id.
    pub id: Uuid,
    /// Its name.
    pub name: String,
    /// What it brought.
    pub payload: Value,
    /// When it came.
    pub came: Time,
}

/// An open list of steps and the step it stands at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListState {
    /// Its number in this run.
    pub number: u32,
    /// The step it stands at.
    pub at: String,
    /// Since when it waits, when a calendar counts how long.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub waits_since: Option<Time>,
    /// Where it belongs; none for the outermost.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub inside: Option<Box<Inside>>,
    /// What the lists under it came to so far, while it stands at a step that has some.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub under: Option<Box<Under>>,
}

/// Where a list belongs that is not the outermost.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Inside {
    /// The list whose step owns it, by its number.
    pub parent: u32,
    /// What part of that step it is.
    pub part: Part,
    /// The step of this list that finished last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last: Option<String>,
}

/// What part of a step a list is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Part {
    /// A branch of a parallel, by its name.
    Branch(String),
    /// One item's list of a foreach.
    Item {
        /// Which item, from 0.
        at: u32,
        /// What it is called in expressions.
        name: String,
        /// The item.
        value: Value,
        /// The latest result of each step that finished for it.
        #[serde(default, skip_serializing_if = "Results::is_empty")]
        results: Results,
    },
}

/// What the lists under a step came to so far.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Under {
    /// The results of the branches that finished.
    Branches(BTreeMap<String, Value>),
    /// Of a foreach.
    Items {
        /// The items that wait for their turn, the last first.
        waiting: Vec<Value>,
        /// How many are under way.
        open: u32,
        /// The results in the order of the items; null for what has not finished.
        results: Vec<Value>,
    },
}

/// A moment the run waits for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Timer {
    /// Its number in this run; never used twice, so a stale firing is told from a fresh one.
    pub number: u32,
    /// When it fires.
    pub due: Time,
    /// What for.
    #[serde(flatten)]
    pub kind: TimerKind,
}

/// What a timer is for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum TimerKind {
    /// The SLA deadline of a task.
    Deadline {
        /// Which task.
        task: Uuid,
    },
    /// A rung of a task's ladder.
    Rung {
        /// Which task.
        task: Uuid,
        /// Which rung, by its place in the ladder.
        rung: u32,
    },
    /// The deadline of a task's first claim.
    Accept {
        /// Which task.
        task: Uuid,
    },
    /// The end of a lease.
    Lease {
        /// Which task.
        task: Uuid,
    },
    /// The next attempt of a task that failed.
    NextAttempt {
        /// Which task.
        task: Uuid,
    },
    /// The end of a wait for a time.
    Wake {
        /// Which list waits, by its number.
        list: u32,
    },
    /// The end of the patience of a wait for an event.
    WaitDeadline {
        /// Which list waits, by its number.
        list: u32,
    },
}

impl TimerKind {
    /// The waiting list it belongs to; none for a task's.
    pub fn list(&self) -> Option<u32> {
        match self {
            TimerKind::Wake { list } | TimerKind::WaitDeadline { list } => Some(*list),
            _ => None,
        }
    }

    /// Whether an SLA clock set it.
    pub fn is_of_clock(&self) -> bool {
        matches!(
            self,
            TimerKind::Deadline { .. } | TimerKind::Rung { .. } | TimerKind::Accept { .. }
        )
    }

    /// The task it belongs to; none for a wait's.
    pub fn task(&self) -> Option<Uuid> {
        match self {
            TimerKind::Deadline { task }
            | TimerKind::Rung { task, .. }
            | TimerKind::Accept { task }
            | TimerKind::Lease { task }
            | TimerKind::NextAttempt { task } => Some(*task),
            TimerKind::Wake { .. } | TimerKind::WaitDeadline { .. } => None,
        }
    }
}

/// A place where the run stopped because it cannot know how to go on. Nothing is lost: it can be
/// retried, sent to another step, or cancelled.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Incident {
    /// Its number in this run.
    pub number: u32,
    /// The step that stopped.
    pub step: String,
    /// The list that stopped, by its number; 0 in states that were kept before lists were told
    /// apart, for the outermost.
    #[serde(default)]
    pub list: u32,
    /// What kind of trouble.
    pub cause: IncidentKind,
    /// What is wrong and what would be right, for people.
    pub message: String,
    /// Since when.
    pub since: Time,
    /// Whether a missed deadline led here, so that what opens when it is sent on is escalated.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub escalated: bool,
}

/// The kinds of incidents.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum IncidentKind {
    /// A switch matched nothing and has no default.
    NoCase,
    /// An expression failed when it was evaluated.
    Expression,
    /// A task failed its last attempt.
    Exhausted,
    /// A called run could not begin, or ended without a result.
    Call,
    /// A machine's result broke the step's `output`.
    Output,
    /// The definition led where it cannot go on. Checks keep this from happening; if they have a
    /// gap, the run stops here instead of turning round for ever.
    Definition,
}

impl Run {
    /// A run that has not begun.
    pub fn new(id: Uuid, workflow: &Workflow, payload: Value) -> Run {
        Run {
            id,
            workflow: workflow.id.clone(),
            version: workflow.version.clone(),
            payload,
            ..Run::blank()
        }
    }

    /// A run that another called, which has not begun.
    pub fn called(id: Uuid, workflow: &Workflow, payload: Value, parent: &Run) -> Run {
        Run {
            parent: Some(parent.id),
            depth: parent.depth.saturating_add(1),
            ..Run::new(id, workflow, payload)
        }
    }

    /// No run at all, for expressions that look at none.
    pub(crate) fn blank() -> Run {
        Run {
            id: Uuid::nil(),
            workflow: String::new(),
            version: String::new(),
            status: RunStatus::Running,
            key: None,
            calendars: BTreeMap::new(),
            payload: Value::Null,
            started: None,
            ended: None,
            seq: 0,
            next_number: 1,
            lists: Vec::new(),
            tasks: Vec::new(),
            timers: Vec::new(),
            parent: None,
            depth: 0,
            calls: Vec::new(),
            incidents: Vec::new(),
            kept: Vec::new(),
            added: 0,
            results: Results::new(),
            result: None,
            outcome: None,
            last: None,
        }
    }

    /// The timers that are due, the earliest first.
    pub fn due(&self, now: Time) -> Vec<u32> {
        let mut due: Vec<&Timer> = self
            .timers
            .iter()
            .filter(|timer| timer.due <= now)
            .collect();
        due.sort_by_key(|timer| (timer.due, timer.number));
        due.into_iter().map(|timer| timer.number).collect()
    }

    /// An open list of this run.
    pub fn list(&self, number: u32) -> Option<&ListState> {
        // The common run has one list, and states kept before lists were told apart say 0.
        match number {
            0 => self.lists.first(),
            _ => self.lists.iter().find(|list| list.number == number),
        }
    }

    /// An open task of this run.
    pub fn task(&self, id: Uuid) -> Option<&Task> {
        self.tasks.iter().find(|task| task.id == id)
    }
}
