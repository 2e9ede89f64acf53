//! Tasks for a worker inside the server, straight from the orchestrator.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use hms_engine::{Actor, ActorPattern, TaskStatus};
use serde_json::Value;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::runner::{LEASE, NotNow, Source};
use crate::api::TaskJson;
use crate::orchestrator::{Interest, Orchestrator, Refusal, TaskOrder, Workforce};
use crate::store::{self, Holder, StoreError, TaskQuery};

/// An idle worker looks again after this long even when nothing woke it, because another node may
/// have opened a task.
const LOOK_AGAIN: Duration = Duration::from_secs(10);

/// The orchestrator as a worker's source.
pub(super) struct Inside {
    orchestrator: Orchestrator,
    workforce: Workforce,
    actor: Actor,
    pattern: ActorPattern,
    by: String,
    /// Whether it has looked for what it had begun in an earlier life of the process.
    took_back: AtomicBool,
}

impl Inside {
    /// For one actor's tasks, under a worker's name.
    pub(super) fn new(
        orchestrator: Orchestrator,
        workforce: Workforce,
        actor: Actor,
        by: String,
    ) -> Inside {
        let pattern = ActorPattern::from(&actor);
        let version = Some(env!("CARGO_PKG_VERSION").to_owned());
        workforce.seen(&actor.to_string(), &by, version);
        Inside {
            orchestrator,
            workforce,
            actor,
            pattern,
            by,
            took_back: AtomicBool::new(false),
        }
    }

    /// The tasks it had when the process ended, which nobody else would get until their leases end.
    /// The lock on the store keeps a second process with this worker's name away from it.
    async fn take_back(&self, limit: u32) -> Result<Vec<TaskJson>, NotNow> {
        let query = TaskQuery {
            actors: vec![self.pattern.clone().into()],
            statuses: vec![TaskStatus::Claimed],
            holder: Holder::Is(self.by.clone()),
            escalated: false,
            ready_at: None,
            order: store::TaskOrder::Deadline,
            after: None,
            limit,
        };
        let mut taken = Vec::new();
        for row in self.orchestrator.shelf().tasks(&query).await? {
            if self.renew(row.task.id).await? {
                taken.push(row);
            }
        }
        self.orchestrator.open_for_work(&mut taken).await?;
        Ok(taken.into_iter().map(TaskJson::from).collect())
    }

    fn lease_ms(&self) -> u64 {
        (LEASE.as_millis() as f64 * self.orchestrator.clock().rate()).round() as u64
    }
}

#[async_trait]
impl Source for Inside {
    async fn take(&self, limit: u32, stop: &CancellationToken) -> Result<Vec<TaskJson>, NotNow> {
        if !self.took_back.swap(true, Ordering::Relaxed) {
            let taken = self.take_back(limit).await?;
            if !taken.is_empty() {
                return Ok(taken);
            }
        }
        let interest = Interest::Free(vec![self.pattern.clone()]);
        // The place is taken before the first look, so nothing that opens in between is missed.
        let listener = self.orchestrator.hub().listen(interest);
        loop {
            self.workforce.seen(&self.actor.to_string(), &self.by, None);
            let leased = self
                .orchestrator
                .lease(&self.pattern, &self.by, limit, self.lease_ms())
                .await?;
            if !leased.is_empty() {
                return Ok(leased.into_iter().map(TaskJson::from).collect());
            }
            tokio::select! {
                () = stop.cancelled() => return Ok(Vec::new()),
                () = listener.changed() => {}
                () = tokio::time::sleep(LOOK_AGAIN) => {}
            }
        }
    }

    async fn done(&self, results: &[(Uuid, Value)]) -> Result<(), NotNow> {
        let asked = self.orchestrator.now();
        let answers = self
            .orchestrator
            .complete_many(&self.by, results.to_vec())
            .await;
        let mut later = None;
        for (answer, (task, _)) in answers.into_iter().zip(results) {
            match answer {
                Ok(row) => self.workforce.finished(&row.task, &self.by, asked),
                Err(refusal) if refusal.is_passing() => later = Some(refusal.into()),
                Err(refusal) => tracing::info!(task.id = %task, %refusal, "a result came too late"),
            }
        }
        later.map_or(Ok(()), Err)
    }

    async fn failed(&self, task: Uuid, error: &str) -> Result<(), NotNow> {
        let order = TaskOrder::Fail {
            error: error.to_owned(),
        };
        match self.orchestrator.task_order(task, &self.by, order).await {
            Ok(_) => self.workforce.failed(&self.actor.to_string(), &self.by),
            Err(refusal) if refusal.is_passing() => return Err(refusal.into()),
            Err(refusal) => tracing::info!(task.id = %task, %refusal, "a failure came too late"),
        }
        Ok(())
    }

    async fn renew(&self, task: Uuid) -> Result<bool, NotNow> {
        let order = TaskOrder::Heartbeat {
            lease_ms: Some(self.lease_ms()),
        };
        match self.orchestrator.task_order(task, &self.by, order).await {
            Ok(_) => Ok(true),
            Err(refusal) if refusal.is_passing() => Err(refusal.into()),
            Err(_) => Ok(false),
        }
    }
}

impl From<Refusal> for NotNow {
    fn from(refusal: Refusal) -> NotNow {
        NotNow(refusal.to_string())
    }
}

impl From<StoreError> for NotNow {
    fn from(error: StoreError) -> NotNow {
        NotNow(error.to_string())
    }
}
