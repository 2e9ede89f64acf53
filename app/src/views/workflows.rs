//! Definitions, for the administrator.

use serde::{Deserialize, Serialize};

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
