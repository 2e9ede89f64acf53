//! Several conductors at one node, where the store takes several writers: they take from one queue, and each writes by a
//! connection of its own, as those of several nodes would. While one waits for its commit another decides and writes, so
//! the machine's processors and the database's are both at work.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use hms_engine::Time;
use tokio::sync::{Notify, mpsc};
use tokio::task::{JoinHandle, JoinSet};
use tokio_util::sync::CancellationToken;

use super::conductor::{BATCH_MAX, Conductor};
use super::work::Work;
use crate::clock::WorkflowClock;

/// What the conductors of a node have in common.
#[derive(Debug, Default)]
pub(super) struct Common {
    /// Whether the store did not answer, or took no commit, when it was last asked.
    away: AtomicBool,
    /// The earliest timer that others than the first have set, which the first has not heard of.
    due: Mutex<Option<Time>>,
    told: Notify,
}

impl Common {
    /// Whether the store is away.
    pub(super) fn is_away(&self) -> bool {
        self.away.load(Ordering::Relaxed)
    }

    /// Notes whether it is; says whether that is new.
    pub(super) fn went(&self, away: bool) -> bool {
        self.away.swap(away, Ordering::Relaxed) != away
    }

    /// Tells the first that a timer was set.
    pub(super) fn set(&self, due: Time) {
        let mut kept = self.due.lock().unwrap_or_else(PoisonError::into_inner);
        *kept = Some(kept.map_or(due, |kept| kept.min(due)));
        self.told.notify_one();
    }

    /// Waits until others have set a timer; the earliest of them.
    pub(super) async fn set_elsewhere(&self) -> Option<Time> {
        self.told.notified().await;
        let mut kept = self.due.lock().unwrap_or_else(PoisonError::into_inner);
        kept.take()
    }
}

/// How many conductors a node has, where the store takes several writers. A third took from two processors, which the
/// database shared, more than it gave.
const CONDUCTORS: usize = 2;

impl Conductor {
    /// Takes work, with others beside it where the store takes several writers, until told to stop; then they finish what
    /// has arrived. `ended` is told when all have, or when one broke.
    pub(super) fn conduct_with_others(
        self,
        clock: &Arc<WorkflowClock>,
        queue: mpsc::Receiver<Work>,
        stop: &CancellationToken,
        ended: &CancellationToken,
    ) -> JoinHandle<()> {
        let others: Vec<Conductor> = (1..CONDUCTORS).map_while(|_| self.beside()).collect();
        let arrivals = Arrivals::of(queue);
        let mut conducting = JoinSet::new();
        for conductor in std::iter::once(self).chain(others) {
            conducting.spawn(conductor.conduct(clock.clone(), arrivals.clone(), stop.clone()));
        }
        let mut guard = Some(ended.clone().drop_guard());
        tokio::spawn(async move {
            while let Some(done) = conducting.join_next().await {
                if let Err(error) = done {
                    tracing::error!(%error, "a conductor ended badly");
                    // The others finish what they are at.
                    guard.take();
                }
            }
        })
    }
}

/// The end of the queue that the conductors of a node take from.
#[derive(Clone)]
pub(crate) struct Arrivals(Arc<tokio::sync::Mutex<mpsc::Receiver<Work>>>);

/// What a conductor has taken.
#[derive(Default)]
pub(super) struct Taken {
    /// For one transaction.
    pub(super) batch: Vec<Work>,
    /// A deployment, which has a transaction of its own after that.
    pub(super) deployment: Option<Work>,
}

impl Arrivals {
    /// Of this queue.
    pub(crate) fn of(queue: mpsc::Receiver<Work>) -> Arrivals {
        Arrivals(Arc::new(tokio::sync::Mutex::new(queue)))
    }

    /// Waits for work and takes all that has arrived, up to what one transaction takes; none when nothing more will
    /// come. Given up while it waits, it has taken nothing.
    pub(super) async fn take(&self) -> Option<Taken> {
        let mut queue = self.0.lock().await;
        let mut next = Some(queue.recv().await?);
        let mut taken = Taken::default();
        let mut weight = 0;
        while let Some(work) = next {
            if matches!(work, Work::Deploy { .. } | Work::DeployCalendar { .. }) {
                taken.deployment = Some(work);
                break;
            }
            weight += work.weight();
            taken.batch.push(work);
            if weight >= BATCH_MAX {
                break;
            }
            next = queue.try_recv().ok();
        }
        Some(taken)
    }

    /// Lets nothing more arrive.
    pub(super) async fn close(&self) {
        self.0.lock().await.close();
    }
}

#[cfg(test)]
mod tests {
    use tokio::sync::oneshot;

    use super::*;

    fn lease(limit: u32) -> Work {
        let (answer, _) = oneshot::channel();
        Work::Lease {
            by: "x".to_owned(),
            actor: "SVC:x".parse().unwrap(),
            limit,
            lease_ms: 1,
            answer: answer.into(),
        }
    }

    fn deployment() -> Work {
        let (answer, _) = oneshot::channel();
        Work::Deploy {
            by: "x".to_owned(),
            source: String::new(),
            dry_run: false,
            answer: answer.into(),
        }
    }

    #[tokio::test]
    async fn what_has_arrived_is_taken_up_to_a_batch_and_a_deployment_comes_after_it() {
        let (queue, arrivals) = mpsc::channel(10);
        let arrivals = Arrivals::of(arrivals);
        let half = u32::try_from(BATCH_MAX / 2).unwrap();
        for work in [
            lease(half),
            lease(half),
            lease(1),
            deployment(),
            lease(1),
            deployment(),
            deployment(),
        ] {
            queue.send(work).await.unwrap();
        }
        drop(queue);
        let mut seen = Vec::new();
        while let Some(taken) = arrivals.take().await {
            seen.push((taken.batch.len(), taken.deployment.is_some()));
        }
        assert_eq!(seen, [(2, false), (1, true), (1, true), (0, true)]);
    }

    #[tokio::test]
    async fn given_up_while_it_waits_it_has_taken_nothing() {
        let (queue, arrivals) = mpsc::channel(10);
        let arrivals = Arrivals::of(arrivals);
        let other = arrivals.clone();
        let mut waits = Box::pin(arrivals.take());
        let mut waits_too = Box::pin(other.take());
        assert!(futures_util::poll!(waits.as_mut()).is_pending());
        assert!(futures_util::poll!(waits_too.as_mut()).is_pending());
        queue.send(lease(1)).await.unwrap();
        drop(waits);
        assert_eq!(waits_too.await.unwrap().batch.len(), 1);
    }

    #[tokio::test]
    async fn the_first_hears_of_the_earliest_timer_that_others_set() {
        let common = Common::default();
        let at = |second| chrono::DateTime::from_timestamp(second, 0).unwrap();
        for second in [7, 5, 6] {
            common.set(at(second));
        }
        assert_eq!(common.set_elsewhere().await, Some(at(5)));
        common.set(at(9));
        assert_eq!(common.set_elsewhere().await, Some(at(9)));
        let mut waits = Box::pin(common.set_elsewhere());
        assert!(futures_util::poll!(waits.as_mut()).is_pending());
    }

    #[test]
    fn that_the_store_went_away_is_new_once() {
        let common = Common::default();
        let news = [true, true, false, false, true].map(|away| common.went(away));
        assert_eq!(news, [true, false, true, false, true]);
    }
}
