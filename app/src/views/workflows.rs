//! Definitions, for the administrator.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::Time;

/// A definition in a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WorkflowRow {
    /// Its id.
    pub id: String,
    /// In plain words.
    pub title: String,
    /// The event it starts on.
    pub start: String,
    /// The content hash of the version in force.
    pub version: String,
    /// Open runs, over all versions.
    pub open: u64,
}

/// A definition.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WorkflowView {
    /// As in the list.
    pub row: WorkflowRow,
    /// The working calendars its deadlines are counted by.
    pub calendars: Vec<WorkflowCalendar>,
    /// Its steps in order: id, title, actor or type, SLA as written, where it goes on.
    pub steps: Vec<WorkflowStepRow>,
    /// A picture of it with the open tasks at each step: an SVG, made by the server. None for one that
    /// has more steps than a picture can show.
    pub picture: Option<String>,
    /// The YAML text.
    pub source: String,
    /// The other versions that open runs have.
    pub others: Vec<OtherVersion>,
}

/// A working calendar that a definition counts by.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WorkflowCalendar {
    /// Its id.
    pub id: String,
    /// In plain words.
    pub title: String,
    /// The content hash of the version in force.
    pub version: String,
}

/// A step of a definition.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WorkflowStepRow {
    /// Its id.
    pub id: String,
    /// In plain words.
    pub title: String,
    /// `HUMAN:investigator`, or `switch`.
    pub does: String,
    /// `4h`.
    pub sla: Option<String>,
    /// Where it can go on, as `label → step`.
    pub next: Vec<String>,
    /// Tasks open at it now.
    pub open: u64,
}

/// A version that is not in force and that open runs have.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OtherVersion {
    /// Its content hash.
    pub version: String,
    /// The steps at which open runs stand, each with how many places of runs.
    pub stand: Vec<(String, u64)>,
    /// Its steps that the version in force does not have, in the order written.
    pub gone: Vec<String>,
}

/// What an administrator asks: to move all open runs of a version to the one in force.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct MigrationAsk {
    /// The version they have.
    pub from: String,
    /// Old steps, each with the one that takes its place.
    pub steps: Vec<(String, String)>,
    /// Why.
    pub note: String,
}

/// What moving runs did, or would do.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct MigrationView {
    /// Whether it is done; else it is only looked at.
    pub done: bool,
    /// Runs that moved, or would.
    pub moved: u64,
    /// Runs that cannot.
    pub refused: u64,
    /// Whether there are more open runs of the version than were looked at or moved.
    pub more: bool,
    /// Some of the runs, those that cannot move first.
    pub rows: Vec<MigrationRow>,
}

/// An open task of a run that moved or would.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MigrationTask {
    /// Its step then.
    pub step: String,
    /// Whom it is for then, when that is somebody else.
    pub actor: Option<String>,
    /// Its deadline before.
    pub before: Option<Time>,
    /// Its deadline then.
    pub after: Option<Time>,
}

/// One run that moved, would, or cannot.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MigrationRow {
    /// The run.
    pub run: Uuid,
    /// How people call the case.
    pub case: String,
    /// Where it stands, and the steps that take the places of those.
    pub steps: Vec<(String, String)>,
    /// Its open tasks.
    pub tasks: Vec<MigrationTask>,
    /// All that is in the way; empty when nothing is.
    pub obstacles: Vec<String>,
}
