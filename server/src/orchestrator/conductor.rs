//! The conductor: the one loop that writes. It takes all work that has arrived, gives it one
//! transaction, answers after the commit, and fires timers when they come due.

use std::sync::Arc;
use std::time::{Duration, Instant};

use hms_engine::{ActorPattern, Time, Workflow};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::turn::{Finished, Turn};
use super::work::Work;
use super::{Deployed, Hub, Ids, Refusal, Registry, console};
use crate::clock::WorkflowClock;
use crate::metrics::{Done, Metrics};
use crate::store::{DueTimers, Journal, Needed, StoreError, WorkflowVersion};

/// The most commands of one transaction.
const BATCH_MAX: usize = 512;
/// The most due timers taken into one transaction; the others follow in the next ones.
const TIMERS_MAX: u32 = 512;
/// How long to wait before asking a store again that did not answer.
const STORE_PAUSE: Duration = Duration::from_millis(500);

/// Owns the journal and turns work into commits.
pub struct Conductor {
    journal: Box<dyn Journal>,
    registry: Arc<Registry>,
    ids: Ids,
    hub: Arc<Hub>,
    metrics: Arc<Metrics>,
    quiet: bool,
    /// When to look at the timers again; none when no timer is set.
    next_due: Option<Time>,
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
            registry,
            ids,
            hub: Arc::new(Hub::default()),
            metrics: Arc::new(Metrics::default()),
            quiet,
            // Timers may have come due while nobody was there: look at once.
            next_due: Some(Time::MIN_UTC),
        }
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
    pub(crate) async fn conduct(
        mut self,
        clock: Arc<WorkflowClock>,
        mut queue: mpsc::Receiver<Work>,
        stop: CancellationToken,
    ) {
        let mut held: Option<Work> = None;
        let mut trouble = false;
        loop {
            let first = match held.take() {
                Some(work) => Some(work),
                None => tokio::select! {
                    biased;
                    work = queue.recv() => match work {
                        Some(work) => Some(work),
                        None => return,
                    },
                    () = until(&clock, self.next_due) => None,
                    () = stop.cancelled() => {
                        queue.close();
                        if queue.is_empty() {
                            return;
                        }
                        None
                    }
                },
            };
            if let Some(Work::Deploy { by, source, answer }) = first {
                // Sending fails only when the caller has gone.
                let _ = answer.send(self.put_in_force(clock.now(), by, &source).await);
                continue;
            }
            let batch = arrived(first, &mut queue, &mut held);
            let failed = self.beat(clock.now(), batch).await.is_err();
            // One batch may fail for what is in it. When the next fails too, it is the store.
            if failed && trouble {
                tokio::time::sleep(STORE_PAUSE).await;
            }
            trouble = failed;
        }
    }

    /// What is due and what was asked by a moment: fires the timers that have come due, then does
    /// the work, in order, in one transaction. Answers are given after its commit.
    ///
    /// # Errors
    ///
    /// The store's. Then nobody was told that anything was done, and [`Conductor::next_due`] is
    /// no later than this moment.
    pub async fn beat(&mut self, now: Time, work: Vec<Work>) -> Result<(), StoreError> {
        let mut due = DueTimers {
            next: self.next_due,
            ..DueTimers::default()
        };
        let mut read = Ok(());
        if self.next_due.is_some_and(|due| due <= now) {
            match self.journal.due_timers(now, TIMERS_MAX).await {
                Ok(found) => due = found,
                Err(error) => {
                    tracing::warn!(%error, "timers could not be read; trying again");
                    read = Err(error);
                }
            }
        }
        self.next_due = if due.more { Some(now) } else { due.next };
        match self.turn(now, &due.runs, work).await {
            Ok(earliest) => self.next_due = earlier(self.next_due, earliest),
            Err(error) => {
                // What became of the commit is not known, nor which timers there are now.
                self.next_due = Some(now);
                return Err(error);
            }
        }
        read
    }

    /// One transaction at one moment: fires the due timers of these runs, then does the work, in
    /// order. Gives the earliest timer it set. After an error nothing was done and everybody was told.
    async fn turn(
        &mut self,
        now: Time,
        due: &[Uuid],
        work: Vec<Work>,
    ) -> Result<Option<Time>, StoreError> {
        let mut needed = Needed {
            now,
            runs: due.to_vec(),
            ..Needed::default()
        };
        for work in &work {
            work.needs(&mut needed);
        }
        if needed.runs.is_empty() && work.is_empty() {
            return Ok(None);
        }
        let began = Instant::now();
        let loaded = match self.journal.begin(&needed).await {
            Ok(loaded) => loaded,
            Err(error) => return Err(self.give_up(error, work).await),
        };
        let actors: Vec<ActorPattern> = needed.free.into_iter().map(|(actor, _)| actor).collect();
        let mut turn = Turn::begin(now, &self.registry, &mut self.ids, actors, loaded);
        turn.fire_due(due);
        for work in work {
            turn.take(work);
        }
        let Finished {
            batch,
            answers,
            changes,
            lines,
            late_ms,
        } = turn.finish();
        let done = Done::of(&batch);
        let earliest = batch.timers.iter().map(|(_, timer)| timer.due).min();
        if batch.audit.is_empty() {
            self.journal.abandon().await;
        } else if let Err(error) = self.journal.commit(batch).await {
            self.journal.abandon().await;
            self.metrics.commit_failed();
            tracing::error!(%error, "a batch was not committed; its callers are told");
            // Dropping the answers unsent tells their callers that nothing was done.
            return Err(error);
        } else {
            self.metrics.committed(&done, began.elapsed());
            self.metrics.fired(&late_ms);
        }
        for answer in answers {
            answer();
        }
        self.hub.wake(&changes);
        if !self.quiet {
            console::print(&lines);
        }
        Ok(earliest)
    }

    async fn give_up(&mut self, error: StoreError, work: Vec<Work>) -> StoreError {
        self.journal.abandon().await;
        tracing::error!(%error, "the store could not be read; callers are told");
        let refusal = Refusal::from(error.clone());
        for work in work {
            work.refuse(&refusal);
        }
        error
    }

    /// Checks a definition and puts it in force, unless it is.
    pub async fn put_in_force(
        &mut self,
        now: Time,
        by: String,
        source: &str,
    ) -> Result<Deployed, Refusal> {
        let parsed = Workflow::parse(source).map_err(Refusal::BadDefinition)?;
        let workflow = parsed.workflow;
        let in_force = self.registry.in_force(&workflow.id);
        let changed = in_force.is_none_or(|known| known.version != workflow.version);
        let deployed = Deployed {
            id: workflow.id.clone(),
            version: workflow.version.clone(),
            changed,
            warnings: parsed.warnings,
        };
        if changed {
            let version = WorkflowVersion {
                version: workflow.version.clone(),
                id: workflow.id.clone(),
                source: workflow.source.clone(),
                deployed: now,
                deployed_by: by,
                in_force: true,
            };
            if let Err(error) = self.journal.deploy(&version).await {
                self.journal.abandon().await;
                return Err(error.into());
            }
            self.registry.put(workflow, true);
        }
        Ok(deployed)
    }
}

/// What has arrived by now, up to what one transaction takes. A deployment has one of its own and
/// is held for the next turn.
fn arrived(
    first: Option<Work>,
    queue: &mut mpsc::Receiver<Work>,
    held: &mut Option<Work>,
) -> Vec<Work> {
    let mut weight = first.as_ref().map_or(0, Work::weight);
    let mut batch = Vec::from_iter(first);
    while weight < BATCH_MAX {
        match queue.try_recv() {
            Ok(work @ Work::Deploy { .. }) => {
                *held = Some(work);
                break;
            }
            Ok(work) => {
                weight += work.weight();
                batch.push(work);
            }
            Err(_) => break,
        }
    }
    batch
}

async fn until(clock: &WorkflowClock, due: Option<Time>) {
    match due {
        Some(due) => tokio::time::sleep(clock.until(due)).await,
        None => std::future::pending().await,
    }
}

fn earlier(a: Option<Time>, b: Option<Time>) -> Option<Time> {
    match (a, b) {
        (Some(a), Some(b)) => Some(a.min(b)),
        (a, b) => a.or(b),
    }
}
