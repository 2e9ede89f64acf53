//! The conductor: the one loop that writes. It takes all work that has arrived, gives it one
//! transaction, answers after the commit, and fires timers when they come due.

use std::sync::Arc;
use std::time::Duration;

use hms_engine::{ActorPattern, Time};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::calendars::Anew;
use super::calls::settle;
use super::deploy::take_in;
use super::lanes::Common;
use super::queue::{Queue, Taken};
use super::turn::{Finished, Turn};
use super::work::Work;
use super::{Hub, Ids, Refusal, Registry, console};
use crate::clock::WorkflowClock;
use crate::metrics::{Done, Metrics};
use crate::store::{Changes, DueTimers, Journal, Needed, StoreError};

/// The most commands of one transaction.
pub(super) const BATCH_MAX: usize = 512;
/// The most due timers taken into one transaction; the others follow in the next ones.
const TIMERS_MAX: u32 = 512;
/// How long to wait before asking a store again that did not answer.
const STORE_PAUSE: Duration = Duration::from_millis(500);
/// How often to look for what other nodes did: for a timer set there, a definition deployed there; and
/// whether a store that was away is back.
const LOOK_EVERY: Duration = Duration::from_millis(400);
/// When to look again for what was left because another node was at its run.
const PASSED_OVER_PAUSE: Duration = Duration::from_millis(50);
/// How often a turn that met another node's is done again before its callers are told.
const CONFLICTS_MAX: u32 = 10;
/// For how long it is done again: who waits for a lock in vain is told so within seconds.
const CONFLICTS_FOR: Duration = Duration::from_secs(5);

/// Owns the journal and turns work into commits.
pub struct Conductor {
    pub(super) journal: Box<dyn Journal>,
    pub(super) registry: Arc<Registry>,
    ids: Ids,
    hub: Arc<Hub>,
    pub(super) metrics: Arc<Metrics>,
    pub(super) quiet: bool,
    /// What it has in common with those beside it.
    pub(super) common: Arc<Common>,
    /// Whether it is the first of its node, which fires timers, counts cases anew and looks around.
    pub(super) leads: bool,
    /// When to look at the timers again; none when no timer is set.
    pub(super) next_due: Option<Time>,
    /// The open cases to be counted by another version of their calendars.
    pub(super) anew: Anew,
}

/// What a turn leaves to be done.
#[derive(Debug, Default)]
struct Turned {
    /// The earliest timer it set.
    earliest: Option<Time>,
    /// What it found due, when it looked.
    due: DueTimers,
    /// Whether what is left to be counted anew is at other nodes.
    wait: bool,
}

/// What came of a beat.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Beat {
    /// All that was due and asked is done, or the rest follows with the next beat.
    Done,
    /// A timer is due in a run another node is at, which will have fired it or not.
    PassedOver,
}

impl Conductor {
    /// A conductor for a journal; a quiet one prints no lines.
    pub fn new(
        journal: Box<dyn Journal>,
        registry: Arc<Registry>,
        ids: Ids,
        quiet: bool,
    ) -> Conductor {
        Conductor {
            journal,
            anew: Anew::all(&registry),
            registry,
            ids,
            hub: Arc::new(Hub::default()),
            metrics: Arc::new(Metrics::default()),
            quiet,
            common: Arc::default(),
            leads: true,
            // Timers may have come due while nobody was there: look at once.
            next_due: Some(Time::MIN_UTC),
        }
    }

    /// A conductor beside this one, where the store takes several writers: it does what is asked and leaves timers, cases
    /// to be counted anew and looking around to this one.
    pub(super) fn beside(&self) -> Option<Conductor> {
        Some(Conductor {
            journal: self.journal.beside()?,
            registry: self.registry.clone(),
            ids: Ids::by_chance(),
            hub: self.hub.clone(),
            metrics: self.metrics.clone(),
            quiet: self.quiet,
            common: self.common.clone(),
            leads: false,
            next_due: None,
            anew: self.anew.clone(),
        })
    }

    /// Whom it wakes after each commit.
    pub(crate) fn hub(&self) -> Arc<Hub> {
        self.hub.clone()
    }

    /// What it counts.
    pub(crate) fn metrics(&self) -> Arc<Metrics> {
        self.metrics.clone()
    }

    /// When the next [`Conductor::beat`] is due, whether there is work or not; none when no timer
    /// is set.
    pub fn next_due(&self) -> Option<Time> {
        self.next_due
    }

    /// Takes work until told to stop, then finishes what has arrived.
    pub(super) async fn conduct(
        mut self,
        clock: Arc<WorkflowClock>,
        queue: Arc<Queue>,
        stop: CancellationToken,
    ) {
        let mut look_at = (self.leads && self.journal.shared()).then(Instant::now);
        let mut trouble = false;
        let mut stopping = false;
        let leads = self.leads;
        loop {
            if !leads && let Some(due) = self.next_due.take() {
                self.common.set(due);
            }
            // Before work is taken, which others can take meanwhile.
            if look_at.is_some_and(|at| at <= Instant::now()) {
                self.look(&clock).await;
                let again = self.common.is_away() || self.journal.shared();
                look_at = again.then(|| Instant::now() + LOOK_EVERY);
            }
            let Taken { batch, deployment } = tokio::select! {
                biased;
                taken = queue.next(leads) => match taken {
                    Some(taken) => taken,
                    None => return,
                },
                () = until(&clock, self.next_due) => Taken::default(),
                () = at(look_at) => Taken::default(),
                due = self.common.set_elsewhere(), if leads => {
                    self.next_due = earlier(self.next_due, due);
                    Taken::default()
                },
                // What has arrived by now is still done.
                () = stop.cancelled(), if !stopping => {
                    stopping = true;
                    queue.close();
                    Taken::default()
                },
            };
            let beat = self.beat(clock.now(), batch).await;
            if let Some(deployment) = deployment {
                self.deploy(clock.now(), deployment).await;
            }
            if matches!(beat, Ok(Beat::PassedOver)) {
                self.next_due = Some(clock.after(PASSED_OVER_PAUSE));
            }
            // One batch may fail for what is in it. When the next fails too, it is the store.
            if beat.is_err() && trouble {
                tokio::time::sleep(STORE_PAUSE).await;
            }
            trouble = beat.is_err();
            if look_at.is_none() && self.leads && self.common.is_away() {
                look_at = Some(Instant::now() + LOOK_EVERY);
            }
        }
    }

    /// What is due and what was asked by a moment: fires the timers that have come due, then does
    /// the work, in order, in one transaction. Answers are given after its commit.
    ///
    /// # Errors
    ///
    /// The store's. Then nobody was told that anything was done, and [`Conductor::next_due`] is
    /// no later than this moment.
    pub async fn beat(&mut self, now: Time, work: Vec<Work>) -> Result<Beat, StoreError> {
        let counts = self.leads && self.anew.is_busy();
        let fire = self.next_due.is_some_and(|due| due <= now) || counts;
        if work.is_empty() && !fire {
            return Ok(Beat::Done);
        }
        let Turned {
            earliest,
            due,
            wait,
        } = match self.turn(now, fire, work).await {
            Ok(turned) => turned,
            Err(error) => {
                // What became of the commit is not known, nor which timers there are now.
                self.next_due = Some(now);
                return Err(error);
            }
        };
        let next = if fire { due.next } else { self.next_due };
        self.next_due = earlier(next, earliest);
        if wait && !due.more {
            self.next_due = Some(now);
            return Ok(Beat::PassedOver);
        }
        if due.more || self.leads && self.anew.is_busy() {
            self.next_due = Some(now);
        } else if next.is_some_and(|due| due <= now) {
            return Ok(Beat::PassedOver);
        }
        Ok(Beat::Done)
    }

    /// One transaction at one moment: fires due timers when told to, then does the work, in order.
    /// After an error nothing was done and everybody was told.
    async fn turn(
        &mut self,
        now: Time,
        fire: bool,
        mut work: Vec<Work>,
    ) -> Result<Turned, StoreError> {
        let mut conflicts = 0;
        let began = Instant::now();
        loop {
            // Only where other nodes write can a turn meet another one's.
            let again = self.journal.shared().then(|| work.clone());
            match (self.attempt(now, fire, work).await, again) {
                (Err(StoreError::Conflict(why)), Some(again))
                    if conflicts < CONFLICTS_MAX && began.elapsed() < CONFLICTS_FOR =>
                {
                    tracing::debug!(why, "a turn met another node's and is done again");
                    conflicts += 1;
                    work = again;
                }
                (turned, _) => {
                    // That one commit was made does not say that the store is well again: the disk may
                    // have had room for just that. A probe says it.
                    if let Err(error) = &turned {
                        self.unanswered(error);
                    }
                    return turned;
                }
            }
        }
    }

    async fn attempt(
        &mut self,
        now: Time,
        fire: bool,
        work: Vec<Work>,
    ) -> Result<Turned, StoreError> {
        let mut needed = Needed {
            now,
            due: if fire { TIMERS_MAX } else { 0 },
            behind: match self.leads {
                true => self.anew.wanted(&self.registry),
                false => None,
            },
            left_alone: self.registry.unloadable(),
            ..Needed::default()
        };
        for work in &work {
            work.needs(&self.registry, &mut needed);
        }
        let began = Instant::now();
        let mut loaded = match self.journal.begin(&needed).await {
            Ok(loaded) => loaded,
            Err(error) => {
                self.journal.abandon().await;
                if !matches!(error, StoreError::Conflict(_)) {
                    let refusal = Refusal::from(error.clone());
                    for work in work {
                        work.refuse(&refusal);
                    }
                }
                return Err(error);
            }
        };
        let due = std::mem::take(&mut loaded.due);
        let behind = std::mem::take(&mut loaded.behind);
        let calendars = std::mem::take(&mut loaded.calendars);
        let deployed = std::mem::take(&mut loaded.deployed);
        take_in(&self.registry, &self.anew, calendars, deployed);
        if loaded.passed_over {
            self.look_again_soon();
        }
        let actors: Vec<ActorPattern> = needed.free.into_iter().map(|(actor, _)| actor).collect();
        let commands = work.iter().map(Work::weight).sum::<usize>().min(BATCH_MAX);
        let mut turn = Turn::begin(now, &self.registry, &mut self.ids, actors, loaded, commands);
        turn.fire_due(&due.runs);
        let moved = turn.count_anew(&behind.runs);
        for work in work {
            turn.take(work);
        }
        let settled = settle(self.journal.as_mut(), &self.registry, &self.anew, &mut turn);
        if let Err(error) = settled.await {
            self.journal.abandon().await;
            return Err(error);
        }
        let Finished {
            batch,
            answers,
            lines,
            late_ms,
        } = turn.finish();
        let done = Done::of(&batch);
        let earliest = batch.timers.iter().map(|(_, timer)| timer.due).min();
        let changes = Changes::of(&batch);
        if batch.is_empty() {
            self.journal.abandon().await;
        } else if let Err(error) = self.journal.commit(batch).await {
            self.journal.abandon().await;
            if !matches!(error, StoreError::Conflict(_)) {
                self.metrics.commit_failed();
            }
            // Dropping the answers unsent tells their callers that nothing was done.
            if matches!(error, StoreError::Unknown(_)) {
                for answer in answers {
                    answer(false);
                }
                // What may have been done is looked for.
                self.hub.wake_all();
            }
            return Err(error);
        } else {
            self.metrics.committed(&done, began.elapsed());
            self.metrics.fired(&late_ms);
        }
        for answer in answers {
            answer(true);
        }
        self.hub.wake(&changes);
        if !self.quiet {
            console::print(&lines);
        }
        let wait = needed
            .behind
            .is_some_and(|wanted| self.anew.found(&wanted, &behind, moved, &self.registry));
        Ok(Turned {
            earliest,
            due,
            wait,
        })
    }

    /// Has those who wait for free tasks look again, when another node has let go of them.
    fn look_again_soon(&self) {
        let hub = self.hub.clone();
        tokio::spawn(async move {
            tokio::time::sleep(PASSED_OVER_PAUSE).await;
            hub.wake_all();
        });
    }
}

async fn until(clock: &WorkflowClock, due: Option<Time>) {
    match due {
        Some(due) => tokio::time::sleep(clock.until(due)).await,
        None => std::future::pending().await,
    }
}

async fn at(moment: Option<Instant>) {
    match moment {
        Some(moment) => tokio::time::sleep_until(moment).await,
        None => std::future::pending().await,
    }
}

fn earlier(a: Option<Time>, b: Option<Time>) -> Option<Time> {
    match (a, b) {
        (Some(a), Some(b)) => Some(a.min(b)),
        (a, b) => a.or(b),
    }
}
