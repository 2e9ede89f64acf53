use async_trait::async_trait;
use hms_engine::Time;

use super::StoreError;

/// What is kept of a worker: one row for each actor it polls for under one name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WorkerRecord {
    /// What it polls for: an actor, or a pattern with a trailing `*`.
    pub actor: String,
    /// Its name.
    pub worker: String,
    /// Its version, when it said.
    pub version: Option<String>,
    /// When it was last seen, by the wall clock.
    pub last_seen: Time,
    /// Tasks done.
    pub done: u64,
    /// Attempts failed.
    pub failed: u64,
}

/// Where the workforce of all nodes is kept.
#[async_trait]
pub trait WorkforceStore: Send + Sync {
    /// Everybody, last seen first, at most `limit`.
    async fn load(&self, limit: u32) -> Result<Vec<WorkerRecord>, StoreError>;

    /// Adds what these did since the last time to what they did before, here or at other nodes, and
    /// notes when they were seen. Of all, the `keep` last seen stay.
    async fn add(&self, rows: &[WorkerRecord], keep: u32) -> Result<(), StoreError>;
}
