//! The queue of a node's work. The first conductor takes whatever arrives as soon as it is free; the others take what it is
//! too busy for, in pieces that are worth a transaction.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::{Instant, timeout_at};

use super::conductor::BATCH_MAX;
use super::work::Work;

/// The most pieces of work that wait; past that, callers are told to come again.
pub(super) const QUEUE_MAX: usize = 8_192;
/// When so many commands wait, others than the first conductor take them at once: fewer are not worth a transaction
/// beside its own, which costs the database as much as the work itself.
const ENOUGH: usize = 64;
/// What has waited for so long they take in any case: the first may be held up.
const PATIENCE: Duration = Duration::from_millis(10);

/// Work that waits.
#[derive(Default)]
pub(super) struct Queue {
    waiting: Mutex<Waiting>,
    /// Something has arrived, or nothing more will.
    first: Notify,
    others: Notify,
    /// There is enough for others.
    enough: Notify,
}

#[derive(Default)]
struct Waiting {
    work: VecDeque<Work>,
    /// How many commands that is.
    commands: usize,
    /// Whether the first conductor waits for it: then no other need be woken for what it takes at once.
    first_waits: bool,
    closed: bool,
}

/// Why work is not taken in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum NotTaken {
    /// As much waits as may.
    Full,
    /// Nothing more is taken.
    Closed,
}

/// What a conductor has taken.
#[derive(Default)]
pub(super) struct Taken {
    /// For one transaction.
    pub(super) batch: Vec<Work>,
    /// A deployment, which has a transaction of its own after that.
    pub(super) deployment: Option<Work>,
}

impl Queue {
    fn waiting(&self) -> MutexGuard<'_, Waiting> {
        // Each change is whole before anything can panic.
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How many pieces of work wait.
    pub(super) fn len(&self) -> usize {
        self.waiting().work.len()
    }

    /// Takes work in.
    pub(super) fn offer(&self, work: Work) -> Result<(), NotTaken> {
        let mut waiting = self.waiting();
        if waiting.closed {
            return Err(NotTaken::Closed);
        }
        if waiting.work.len() >= QUEUE_MAX {
            return Err(NotTaken::Full);
        }
        waiting.commands += work.weight();
        waiting.work.push_back(work);
        let enough = waiting.commands >= ENOUGH;
        let first_is_busy = !waiting.first_waits;
        drop(waiting);
        // Whoever is woken last runs next on this thread: that is the first, which takes it if it is free.
        if first_is_busy || enough {
            self.others.notify_one();
        }
        self.first.notify_one();
        if enough {
            self.enough.notify_one();
        }
        Ok(())
    }

    /// Lets nothing more arrive.
    pub(super) fn close(&self) {
        self.waiting().closed = true;
        self.first.notify_one();
        // Each passes it on as it goes.
        self.others.notify_one();
    }

    /// Nobody takes work any more: who waits for an answer hears that there will be none.
    pub(super) fn leave(&self) {
        let mut waiting = self.waiting();
        waiting.closed = true;
        waiting.commands = 0;
        waiting.work.clear();
    }

    /// For the first conductor [`Queue::take`], for others [`Queue::take_over`].
    pub(super) async fn next(&self, first: bool) -> Option<Taken> {
        match first {
            true => self.take().await,
            false => self.take_over().await,
        }
    }

    /// For the first conductor: waits for work and takes all there is, up to what one transaction takes; none when
    /// nothing more will come. Given up while it waits, it has taken nothing.
    async fn take(&self) -> Option<Taken> {
        let _seat = Seat(self);
        loop {
            {
                let mut waiting = self.waiting();
                if !waiting.work.is_empty() {
                    return Some(waiting.taken());
                }
                if waiting.closed {
                    return None;
                }
                waiting.first_waits = true;
            }
            self.first.notified().await;
        }
    }

    /// For the others: the same of what is too much for the first, or has waited for some time.
    async fn take_over(&self) -> Option<Taken> {
        loop {
            self.others.notified().await;
            let patience = Instant::now() + PATIENCE;
            while !self.waiting().is_enough() {
                if timeout_at(patience, self.enough.notified()).await.is_err() {
                    break;
                }
            }
            let mut waiting = self.waiting();
            if !waiting.work.is_empty() {
                let taken = waiting.taken();
                if !waiting.work.is_empty() {
                    self.others.notify_one();
                }
                return Some(taken);
            }
            if waiting.closed {
                self.others.notify_one();
                return None;
            }
        }
    }
}

/// The first conductor's, while it waits or takes. What it leaves when it goes, others may take.
struct Seat<'q>(&'q Queue);

impl Drop for Seat<'_> {
    fn drop(&mut self) {
        let mut waiting = self.0.waiting();
        waiting.first_waits = false;
        let left = !waiting.work.is_empty();
        drop(waiting);
        if left {
            self.0.others.notify_one();
        }
    }
}

impl Waiting {
    /// Whether others need not wait for more.
    fn is_enough(&self) -> bool {
        self.commands >= ENOUGH || self.closed
    }

    fn taken(&mut self) -> Taken {
        let mut taken = Taken::default();
        let mut weight = 0;
        while weight < BATCH_MAX
            && let Some(work) = self.work.pop_front()
        {
            self.commands -= work.weight();
            if matches!(work, Work::Deploy { .. } | Work::DeployCalendar { .. }) {
                taken.deployment = Some(work);
                break;
            }
            weight += work.weight();
            taken.batch.push(work);
        }
        taken
    }
}

#[cfg(test)]
mod tests {
    use std::task::Poll;

    use futures_util::poll;
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
        let queue = Queue::default();
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
            queue.offer(work).unwrap();
        }
        queue.close();
        assert_eq!(queue.offer(lease(1)), Err(NotTaken::Closed));
        let mut seen = Vec::new();
        while let Some(taken) = queue.take().await {
            seen.push((taken.batch.len(), taken.deployment.is_some()));
        }
        assert_eq!(seen, [(2, false), (1, true), (1, true), (0, true)]);
    }

    #[tokio::test]
    async fn others_take_what_has_waited_for_a_while() {
        let queue = Queue::default();
        let mut over = Box::pin(queue.take_over());
        queue.offer(lease(1)).unwrap();
        assert!(poll!(over.as_mut()).is_pending());
        // The first was there: nothing is left to be taken over, whenever it is looked.
        assert_eq!(queue.take().await.unwrap().batch.len(), 1);
        tokio::time::sleep(PATIENCE * 3).await;
        assert!(poll!(over.as_mut()).is_pending());
        // It is held up: what waits is taken over when it has waited for a while.
        let began = Instant::now();
        queue.offer(lease(1)).unwrap();
        assert_eq!(over.await.unwrap().batch.len(), 1);
        assert!(began.elapsed() >= PATIENCE);
    }

    #[tokio::test]
    async fn others_are_woken_for_what_the_first_does_not_take() {
        let batch = u32::try_from(BATCH_MAX).unwrap();
        let many = u32::try_from(ENOUGH).unwrap();
        // How much arrives while the first waits, whether it takes it, and whether the others are woken.
        for (offered, takes, wakes) in [
            (vec![1], true, false),
            // Enough for two.
            (vec![many], true, true),
            // More than it takes at once.
            (vec![1, batch, 1], true, true),
            // It was called away by something else.
            (vec![1], false, true),
        ] {
            let queue = Queue::default();
            let mut first = Box::pin(queue.take());
            assert!(poll!(first.as_mut()).is_pending());
            let mut woken = Box::pin(queue.others.notified());
            assert!(poll!(woken.as_mut()).is_pending());
            for &limit in &offered {
                queue.offer(lease(limit)).unwrap();
            }
            if takes {
                assert!(first.await.is_some());
            } else {
                drop(first);
            }
            assert_eq!(poll!(woken.as_mut()).is_ready(), wakes, "{offered:?}");
        }
    }

    #[tokio::test]
    async fn others_take_what_is_too_much_at_once() {
        let many = u32::try_from(ENOUGH).unwrap();
        for (offered, works) in [
            (vec![1; ENOUGH], ENOUGH),
            (vec![many - 1, 1], 2),
            (vec![many], 1),
        ] {
            let queue = Queue::default();
            for limit in offered {
                queue.offer(lease(limit)).unwrap();
            }
            let mut over = Box::pin(queue.take_over());
            let Poll::Ready(Some(taken)) = poll!(over.as_mut()) else {
                panic!("it waits though there is enough");
            };
            assert_eq!(taken.batch.len(), works);
        }
    }

    #[tokio::test]
    async fn all_that_is_too_much_is_taken_over_and_who_waits_hears_of_the_end() {
        let queue = Queue::default();
        let batch = u32::try_from(BATCH_MAX).unwrap();
        for _ in 0..3 {
            queue.offer(lease(batch)).unwrap();
        }
        for _ in 0..3 {
            assert_eq!(queue.take_over().await.unwrap().batch.len(), 1);
        }
        let (mut one, mut two) = (Box::pin(queue.take_over()), Box::pin(queue.take_over()));
        assert!(poll!(one.as_mut()).is_pending() && poll!(two.as_mut()).is_pending());
        queue.close();
        assert!(one.await.is_none() && two.await.is_none());
        assert!(queue.take().await.is_none());
    }

    #[tokio::test]
    async fn there_is_a_limit() {
        let queue = Queue::default();
        for _ in 0..QUEUE_MAX {
            queue.offer(lease(1)).unwrap();
        }
        assert_eq!(queue.offer(lease(1)), Err(NotTaken::Full));
        queue.take().await.unwrap();
        assert_eq!(queue.offer(lease(1)), Ok(()));
    }

    #[tokio::test]
    async fn given_up_while_it_waits_it_has_taken_nothing() {
        let queue = Queue::default();
        let mut waits = Box::pin(queue.take());
        assert!(poll!(waits.as_mut()).is_pending());
        queue.offer(lease(1)).unwrap();
        drop(waits);
        assert_eq!(queue.take().await.unwrap().batch.len(), 1);
    }
}
