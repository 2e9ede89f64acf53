//! The orchestrator drives the engine: command → queue → one transaction for many commands →
//! answer the callers → wake those who wait.
//!
//! A caller gets its answer only after the commit.

mod hub;
mod refusal;
mod registry;

pub use hub::{Changes, Hub, Interest, Listener};
pub use refusal::Refusal;
pub use registry::{Deployed, Registry};

use std::sync::Arc;

use hms_engine::{ActorPattern, Time};
use serde_json::Value;
use uuid::Uuid;

use crate::clock::WorkflowClock;
use crate::store::{RunRow, Shelf, StartedRun, TaskRow};

/// Largest payload of an event and largest result, in bytes of JSON.
pub const PAYLOAD_BYTES_MAX: usize = 256 * 1024;

/// An event to accept.
#[derive(Debug, Clone)]
pub struct NewEvent {
    /// What happened: `ComplaintLogged`.
    pub name: String,
    /// A JSON object.
    pub payload: Value,
    /// The sender's name and its id for the event: the same pair again starts nothing.
    pub origin: Option<Origin>,
    /// Makes it a person's report, with a number and a receipt.
    pub report: Option<NewReport>,
}

/// By what a repeat of an event is known.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Origin {
    /// The sender.
    pub source: String,
    /// The sender's id for the event.
    pub id: String,
}

/// The number and the receipt of a person's report, kept in the event's own transaction.
#[derive(Debug, Clone)]
pub struct NewReport {
    /// Its number; [`Refusal::NumberTaken`] when another report has it.
    pub number: String,
    /// The hash of its receipt's secret.
    pub receipt_hash: String,
}

/// An accepted event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Emitted {
    /// Its id.
    pub event_id: Uuid,
    /// What it started.
    pub runs: Vec<StartedRun>,
    /// Whether it had been accepted before and nothing new was started.
    pub repeated: bool,
}

/// What to do with one task.
#[derive(Debug, Clone)]
pub enum TaskOrder {
    /// Take it; with a lease it comes free again when no heartbeat renews it.
    Claim {
        /// In milliseconds.
        lease_ms: Option<u64>,
    },
    /// Give it back.
    Release,
    /// Renew the lease.
    Heartbeat {
        /// From now, in milliseconds.
        lease_ms: Option<u64>,
    },
    /// Finish it. The same result again is answered like the first time.
    Complete {
        /// The answer.
        result: Value,
    },
    /// Say that an attempt went wrong.
    Fail {
        /// What went wrong.
        error: String,
    },
}

/// A handle on the orchestrator; cheap to clone.
#[derive(Clone)]
pub struct Orchestrator {
    inner: Arc<Inner>,
}

struct Inner {
    clock: Arc<WorkflowClock>,
    shelf: Arc<dyn Shelf>,
    hub: Hub,
    registry: Arc<Registry>,
}

impl Orchestrator {
    /// Workflow time.
    pub fn clock(&self) -> &WorkflowClock {
        &self.inner.clock
    }

    /// Workflow time now.
    pub fn now(&self) -> Time {
        self.inner.clock.now()
    }

    /// What is kept, for reading.
    pub fn shelf(&self) -> &dyn Shelf {
        self.inner.shelf.as_ref()
    }

    /// Wake-ups after commits.
    pub fn hub(&self) -> &Hub {
        &self.inner.hub
    }

    /// The definitions.
    pub fn registry(&self) -> &Registry {
        &self.inner.registry
    }

    /// Accepts one event.
    pub async fn emit(&self, _event: NewEvent) -> Result<Emitted, Refusal> {
        unimplemented!()
    }

    /// Accepts many events in one commit; one answer each, in order.
    pub async fn emit_many(&self, _events: Vec<NewEvent>) -> Vec<Result<Emitted, Refusal>> {
        unimplemented!()
    }

    /// Does one thing with one task, in somebody's name; the task as it is then.
    pub async fn task_order(
        &self,
        _task: Uuid,
        _by: &str,
        _order: TaskOrder,
    ) -> Result<TaskRow, Refusal> {
        unimplemented!()
    }

    /// Finishes many tasks in one commit; one answer each, in order.
    pub async fn complete_many(
        &self,
        _by: &str,
        _results: Vec<(Uuid, Value)>,
    ) -> Vec<Result<TaskRow, Refusal>> {
        unimplemented!()
    }

    /// Hands out up to `limit` free tasks, soonest deadline first, claimed for `by` with a lease.
    pub async fn lease(
        &self,
        _actor: &ActorPattern,
        _by: &str,
        _limit: u32,
        _lease_ms: u64,
    ) -> Result<Vec<TaskRow>, Refusal> {
        unimplemented!()
    }

    /// Ends a run.
    pub async fn cancel(&self, _run: Uuid, _by: &str, _note: String) -> Result<RunRow, Refusal> {
        unimplemented!()
    }

    /// Sends a stopped run on, again at the step that stopped or at `to`.
    pub async fn retry(
        &self,
        _run: Uuid,
        _by: &str,
        _to: Option<String>,
        _note: String,
    ) -> Result<RunRow, Refusal> {
        unimplemented!()
    }

    /// Deploys a definition: it is in force for the runs that begin from now on.
    pub async fn deploy(&self, _source: &str, _by: &str) -> Result<Deployed, Refusal> {
        unimplemented!()
    }
}
