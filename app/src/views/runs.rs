//! Runs, for the administrator.

use std::str::FromStr;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

use super::{ClockView, PersonalView, SlaClock, Time};

/// Which runs to list.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunsQuery {
    /// Which kind.
    pub filter: RunsFilter,
    /// Only of this workflow.
    pub workflow: Option<String>,
    /// Runs older than this one: the next page.
    pub before: Option<Uuid>,
    /// Only runs whose case number, business key or id begins with this.
    pub search: Option<String>,
}

/// The kinds of runs an administrator looks for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RunsFilter {
    /// Every run.
    #[default]
    All,
    /// Going on.
    Running,
    /// Going on, and a person is to do something.
    Human,
    /// Going on, and waiting for a moment: the end of a wait, or the next attempt of a task.
    Timer,
    /// Going on, and something in it will not move before somebody steps in.
    Stuck,
    /// Stopped at an incident.
    Stopped,
    /// With a missed deadline.
    Breached,
    /// Finished.
    Completed,
    /// Cancelled or failed.
    Cancelled,
}

impl RunsFilter {
    /// In the order shown.
    pub const ALL: [RunsFilter; 9] = [
        RunsFilter::All,
        RunsFilter::Running,
        RunsFilter::Human,
        RunsFilter::Timer,
        RunsFilter::Stuck,
        RunsFilter::Stopped,
        RunsFilter::Breached,
        RunsFilter::Completed,
        RunsFilter::Cancelled,
    ];

    /// As in the URL.
    pub fn as_str(self) -> &'static str {
        match self {
            RunsFilter::All => "all",
            RunsFilter::Running => "running",
            RunsFilter::Human => "human",
            RunsFilter::Timer => "timer",
            RunsFilter::Stuck => "stuck",
            RunsFilter::Stopped => "stopped",
            RunsFilter::Breached => "breached",
            RunsFilter::Completed => "completed",
            RunsFilter::Cancelled => "cancelled",
        }
    }
}

impl FromStr for RunsFilter {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        RunsFilter::ALL
            .into_iter()
            .find(|filter| filter.as_str() == text)
            .ok_or(())
    }
}

/// A page of runs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RunsPage {
    /// Newest first; at most 50.
    pub rows: Vec<RunRow>,
    /// The run in the archive that was looked for by its number or id.
    pub archived: Option<Uuid>,
    /// Ask with this as `before` for the next page.
    pub next: Option<Uuid>,
    /// Whether there are more that fit than were looked at.
    pub cut: bool,
    /// The workflows to choose from.
    pub workflows: Vec<String>,
    /// Workflow time.
    pub clock: ClockView,
}

/// What a run waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Waits {
    /// A person.
    Human,
    /// An AI agent or a service.
    Worker,
    /// A moment.
    Timer,
    /// An event.
    Event,
    /// Another run.
    Call,
}

/// A run in a list.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RunRow {
    /// Its id.
    pub id: Uuid,
    /// The report's number or business key; a short id when there is neither.
    pub case: String,
    /// The workflow's id.
    pub workflow: String,
    /// `RUNNING`, `COMPLETED`, `FAILED`, `CANCELLED`.
    pub status: String,
    /// Stopped at an incident.
    pub stopped: bool,
    /// Has missed a deadline.
    pub breached: bool,
    /// The steps it stands at, in plain words.
    pub at: Vec<String>,
    /// What it waits for there.
    pub waits_for: Vec<Waits>,
    /// Actors with an open task of it for whom nobody works.
    pub unserved: Vec<String>,
    /// When it began.
    pub started: Time,
    /// When it ended.
    pub ended: Option<Time>,
}

/// One run with its timeline.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RunView {
    /// As in the list.
    pub row: RunRow,
    /// The definition's content hash.
    pub version: String,
    /// The event's payload.
    pub payload: Value,
    /// Its tasks, oldest first.
    pub tasks: Vec<RunTaskRow>,
    /// What stopped it, while it stands.
    pub incidents: Vec<IncidentRow>,
    /// What happened, oldest first.
    pub timeline: Vec<TimelineRow>,
    /// The run that called it.
    pub parent: Option<RunRow>,
    /// The newest of the runs that it called.
    pub called: Vec<RunRow>,
    /// Whether it called more than those.
    pub called_more: bool,
    /// Whether the person who asks may send it on and cancel it.
    pub may_change: bool,
    /// What of people is kept apart from it.
    pub personal: PersonalView,
    /// A picture of its workflow that shows where it stands: an SVG, made by the server. None for one that has
    /// more steps than a picture can show.
    pub picture: Option<String>,
    /// Workflow time.
    pub clock: ClockView,
}

/// A task of a run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RunTaskRow {
    /// Its id.
    pub id: Uuid,
    /// The step's id.
    pub step: String,
    /// The step in plain words.
    pub title: String,
    /// `AI:fraud-labeler` …
    pub actor: String,
    /// `NEW` …
    pub status: String,
    /// Its clock.
    pub sla: SlaClock,
    /// Which attempt.
    pub attempt: u32,
    /// Who has or had it.
    pub who: Option<String>,
    /// Whether people do it.
    pub human: bool,
    /// What the definition handed to the actor besides the payload; null when nothing.
    pub input: Value,
    /// Its answer.
    pub result: Option<Value>,
    /// What went wrong in its last attempt.
    pub error: Option<String>,
}

/// What stopped a run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct IncidentRow {
    /// Its number in the run.
    pub number: u32,
    /// The step that stopped.
    pub step: String,
    /// The same in plain words.
    pub title: String,
    /// What kind of trouble, as the engine names it: `no_case` …
    pub cause: String,
    /// What is wrong and what would be right.
    pub message: String,
    /// Since when.
    pub since: Time,
    /// Where it can go on: first the step that stopped, then the others of its list, then the list's end.
    pub ways: Vec<GoOn>,
}

/// A place where a stopped list can go on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GoOn {
    /// The step's id; `end` for the end of the list.
    pub step: String,
    /// The step in plain words; empty for the end of the list.
    pub title: String,
    /// What happens there.
    pub does: Does,
}

/// What a step does when a run comes to it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "does", rename_all = "snake_case")]
pub enum Does {
    /// Opens a task.
    Task {
        /// For whom: `HUMAN:investigator`.
        actor: String,
        /// The time there is for it, as written.
        within: Option<String>,
    },
    /// Chooses where to go on.
    Choose,
    /// Begins these branches side by side.
    Branches {
        /// Their names.
        names: Vec<String>,
    },
    /// Begins its steps once for each of a list of things.
    Each,
    /// Waits for a moment.
    WaitTime,
    /// Waits for an event.
    WaitEvent {
        /// Its name.
        name: String,
    },
    /// Begins another run and waits for its end.
    Call {
        /// Its workflow.
        workflow: String,
    },
    /// Ends the run.
    End,
    /// Ends a branch or an item; the others go on.
    EndPart,
}

/// How a stopped run is sent on.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SendOn {
    /// Which incident; wherever it stopped when none is named.
    pub incident: Option<u32>,
    /// The step to go on at; that which stopped when none is named.
    pub to: Option<String>,
    /// Why; must not be empty.
    pub note: String,
}

/// A line of a run's timeline, from the audit trail.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TimelineRow {
    /// When.
    pub at: Time,
    /// Who: a person's name, a worker, `event`, `clock`.
    pub who: String,
    /// The entry's kind, as in the engine: `task_opened`.
    pub kind: String,
    /// The step in plain words.
    pub step: Option<String>,
    /// The entry's other fields.
    pub detail: Value,
}
