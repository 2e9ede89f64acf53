use serde::Serialize;
use serde_json::Value;
use uuid::Uuid;

use crate::{Entry, RunStatus, Time};

/// What came of a simulation.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Timeline {
    /// When it began.
    pub begin: Time,
    /// The last moment that was played.
    pub end: Time,
    /// Everything that happened, the first first.
    pub happened: Vec<Happened>,
    /// The runs, in the order in which they began.
    pub runs: Vec<PlayedRun>,
    /// It was ended because too much happened.
    pub cut: bool,
}

/// One thing that happened.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Happened {
    /// When.
    pub at: Time,
    /// In which run, counted from 1; none for what is not of a run.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub run: Option<usize>,
    /// What.
    #[serde(flatten)]
    pub what: What,
}

/// What happened.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "what", rename_all = "snake_case")]
pub enum What {
    /// An event came.
    Event {
        /// Its name.
        name: String,
    },
    /// An entry of the run's history.
    Entry {
        /// Who made it happen.
        by: String,
        /// The entry.
        #[serde(flatten)]
        entry: Entry,
    },
    /// Somebody asked for what the run could not do.
    Refused {
        /// Who.
        by: String,
        /// At which step.
        #[serde(skip_serializing_if = "Option::is_none")]
        step: Option<String>,
        /// What was asked: `claim`, `complete`, …
        order: String,
        /// Why not, for people.
        why: String,
    },
    /// Something in the script came to nothing.
    Idle {
        /// Why, for people.
        why: String,
    },
}

/// A run as it stood at the end.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PlayedRun {
    /// Its number, from 1.
    pub run: usize,
    /// Its id in the simulation; the same each time.
    pub id: Uuid,
    /// Its workflow.
    pub workflow: String,
    /// Its business key.
    pub key: Option<String>,
    /// Where it stands.
    pub status: RunStatus,
    /// When it began.
    pub started: Time,
    /// When it ended.
    pub ended: Option<Time>,
    /// How it ended, in the definition's words.
    pub outcome: Option<String>,
    /// What it came to.
    pub result: Option<Value>,
    /// What it waits for, for people.
    pub waits: Vec<String>,
}
