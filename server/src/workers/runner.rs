//! The loop every worker runs in, wherever it gets its tasks from: take as many as it can do at
//! once, do them side by side, and bring the results together in one call.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use serde_json::Value;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::{WorkFailed, Worker};
use crate::api::TaskJson;

/// How long a task stays the worker's own without a heartbeat, by the wall clock.
pub(super) const LEASE: Duration = Duration::from_secs(60);
/// Most results in one call.
const TOGETHER_MAX: usize = 256;
/// The first and the longest pause when the source is out of reach.
const PAUSES: (Duration, Duration) = (Duration::from_millis(500), Duration::from_secs(15));

/// Where a worker gets its tasks and brings its results.
#[async_trait]
pub(super) trait Source: Send + Sync + 'static {
    /// How often work that takes long says that it goes on.
    fn renews_every(&self) -> Duration {
        LEASE / 3
    }

    /// Waits for tasks and takes up to `limit`; none after a while is in order. Told to stop it
    /// waits no longer, and what it has taken by then it answers.
    async fn take(&self, limit: u32, stop: &CancellationToken) -> Result<Vec<TaskJson>, NotNow>;

    /// Brings results. What is refused for good, because another was faster, is told in the log.
    async fn done(&self, results: &[(Uuid, Value)]) -> Result<(), NotNow>;

    /// Says that an attempt went wrong.
    async fn failed(&self, task: Uuid, error: &str) -> Result<(), NotNow>;

    /// Says that work on a task goes on; false when it is no longer the worker's.
    async fn renew(&self, task: Uuid) -> Result<bool, NotNow>;
}

/// The source is out of reach for now.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(super) struct NotNow(pub(super) String);

/// What came of a task. Its permit is free again when the source has it.
struct Outcome {
    task: Uuid,
    result: Result<Value, WorkFailed>,
    _permit: OwnedSemaphorePermit,
}

/// Works until told to stop; then finishes what has begun, at most as long as `drain`.
pub(super) async fn run(
    worker: Arc<dyn Worker>,
    source: Arc<dyn Source>,
    stop: CancellationToken,
    drain: Duration,
) {
    let permits = Arc::new(Semaphore::new(worker.at_once() as usize));
    let (outcomes, arrivals) = mpsc::unbounded_channel();
    let delivery = tokio::spawn(deliver(source.clone(), arrivals));
    let mut working = JoinSet::new();
    let mut pause = Pause::default();
    while let Some(taken) = take(&permits, source.as_ref(), &stop).await {
        // Those that are done are let go of, so that the set does not grow.
        while working.try_join_next().is_some() {}
        match taken {
            Ok(tasks) => {
                pause.over(worker.name());
                for (task, permit) in tasks {
                    let (worker, source) = (worker.clone(), source.clone());
                    let outcomes = outcomes.clone();
                    working.spawn(async move {
                        let id = task.id;
                        if let Some(result) = attempt(worker, task, source.as_ref()).await {
                            // The receiver lives until every sender is gone.
                            let _ = outcomes.send(Outcome {
                                task: id,
                                result,
                                _permit: permit,
                            });
                        }
                    });
                }
            }
            Err(why) => {
                let pause = pause.next(worker.name(), &why);
                tokio::select! {
                    () = tokio::time::sleep(pause) => {}
                    () = stop.cancelled() => {}
                }
            }
        }
    }
    drop(outcomes);
    let finished = async {
        while working.join_next().await.is_some() {}
        let _ = delivery.await;
    };
    if tokio::time::timeout(drain, finished).await.is_err() {
        tracing::warn!(
            worker = worker.name(),
            "stopped in the middle of work; its leases run out"
        );
    }
}

/// Takes tasks for the permits that are free; none when told to stop.
async fn take(
    permits: &Arc<Semaphore>,
    source: &dyn Source,
    stop: &CancellationToken,
) -> Option<Result<Vec<(TaskJson, OwnedSemaphorePermit)>, NotNow>> {
    let first = tokio::select! {
        biased;
        () = stop.cancelled() => return None,
        // The semaphore is never closed.
        first = permits.clone().acquire_owned() => first.ok()?,
    };
    let mut free = vec![first];
    free.extend(std::iter::from_fn(|| {
        permits.clone().try_acquire_owned().ok()
    }));
    let taken = source.take(free.len() as u32, stop).await;
    Some(taken.map(|tasks| tasks.into_iter().zip(free).collect()))
}

/// Does a task, with heartbeats while it takes long; none when it was lost to somebody else.
async fn attempt(
    worker: Arc<dyn Worker>,
    task: TaskJson,
    source: &dyn Source,
) -> Option<Result<Value, WorkFailed>> {
    let id = task.id;
    // In a task of its own, so that a panic is a failed attempt and not a lost task.
    let mut work = tokio::spawn(async move { worker.work(&task).await });
    loop {
        tokio::select! {
            done = &mut work => {
                let broke = |_| Err(WorkFailed("the worker broke off".to_owned()));
                return Some(done.unwrap_or_else(broke));
            }
            () = tokio::time::sleep(source.renews_every()) => {
                // Out of reach is no reason to stop: the lease may outlast it.
                if let Ok(false) = source.renew(id).await {
                    work.abort();
                    return None;
                }
            }
        }
    }
}

/// Brings results to the source: one call for all that came while the last one was under way.
async fn deliver(source: Arc<dyn Source>, mut arrivals: mpsc::UnboundedReceiver<Outcome>) {
    let mut arrived = Vec::new();
    while arrivals.recv_many(&mut arrived, TOGETHER_MAX).await > 0 {
        let (mut results, mut failures) = (Vec::new(), Vec::new());
        let mut permits = Vec::new();
        for outcome in arrived.drain(..) {
            permits.push(outcome._permit);
            match outcome.result {
                Ok(result) => results.push((outcome.task, result)),
                Err(failed) => failures.push((outcome.task, failed)),
            }
        }
        if !results.is_empty() {
            until_taken(|| source.done(&results)).await;
        }
        for (task, failed) in &failures {
            until_taken(|| source.failed(*task, &failed.0)).await;
        }
    }
}

/// Tries until the source takes it. The same result twice does no harm.
async fn until_taken<F: Future<Output = Result<(), NotNow>>>(bring: impl Fn() -> F) {
    let mut pause = Pause::default();
    while let Err(why) = bring().await {
        tokio::time::sleep(pause.next("delivery", &why)).await;
    }
}

/// Pauses that grow while the source is out of reach, told once each time it is lost and found.
#[derive(Default)]
struct Pause {
    last: Option<Duration>,
}

impl Pause {
    fn next(&mut self, who: &str, why: &NotNow) -> Duration {
        if self.last.is_none() {
            tracing::warn!(worker = who, %why, "out of reach; trying again");
        }
        let next = self.last.map_or(PAUSES.0, |last| (last * 2).min(PAUSES.1));
        self.last = Some(next);
        // Many workers that lost one server do not come back at one moment.
        next.mul_f64(0.5 + rand::random::<f64>() / 2.0)
    }

    fn over(&mut self, who: &str) {
        if self.last.take().is_some() {
            tracing::info!(worker = who, "in reach again");
        }
    }
}

#[cfg(test)]
#[path = "runner_tests.rs"]
mod tests;
