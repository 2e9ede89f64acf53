//! Several conductors at one node, where the store takes several writers: they take from one queue, and each writes by a
//! connection of its own, as those of several nodes would. While one waits for its commit another decides and writes, so
//! the machine's processors and the database's are both at work.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use hms_engine::Time;
use tokio::sync::Notify;
use tokio::task::{JoinHandle, JoinSet};
use tokio_util::sync::CancellationToken;

use super::conductor::Conductor;
use super::queue::Queue;
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
        queue: &Arc<Queue>,
        stop: &CancellationToken,
        ended: &CancellationToken,
    ) -> JoinHandle<()> {
        let others: Vec<Conductor> = (1..CONDUCTORS).map_while(|_| self.beside()).collect();
        let mut conducting = JoinSet::new();
        for conductor in std::iter::once(self).chain(others) {
            conducting.spawn(conductor.conduct(clock.clone(), queue.clone(), stop.clone()));
        }
        let mut guard = Some(ended.clone().drop_guard());
        let queue = queue.clone();
        tokio::spawn(async move {
            while let Some(done) = conducting.join_next().await {
                if let Err(error) = done {
                    tracing::error!(%error, "a conductor ended badly");
                    // The others finish what they are at.
                    guard.take();
                }
            }
            queue.leave();
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
