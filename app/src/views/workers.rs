//! Workers, for the administrator.

use serde::{Deserialize, Serialize};

use super::Time;

/// A worker, or an actor nobody polls for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct WorkerRow {
    /// The actor.
    pub actor: String,
    /// The worker's own name; none for an actor nobody polls for.
    pub worker: Option<String>,
    /// Its version, when it says.
    pub version: Option<String>,
    /// When it last polled, by the wall clock.
    pub last_seen: Option<Time>,
    /// Seconds since then.
    pub idle_seconds: Option<u64>,
    /// Tasks done.
    pub done: u64,
    /// Attempts failed.
    pub failed: u64,
    /// Open tasks of this actor.
    pub waiting: u64,
    /// How long the oldest of them has waited, in seconds of workflow time.
    pub oldest_seconds: Option<u64>,
}
