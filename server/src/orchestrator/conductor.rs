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
use super::{Deployed, Hub, Refusal, Registry, console};
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
pub(crate) struct Conductor {
    journal: Box<dyn Journal>,
    registry: Arc<Registry>,
    hub: Arc<Hub>,
    metrics: Arc<Metrics>,
    quiet: bool,
}

impl Conductor {
    /// A conductor for a journal; a quiet one prints no lines.
    pub(crate) fn new(
        journal: Box<dyn Journal>,
        registry: Arc<Registry>,
        quiet: bool,
    ) -> Conductor {
        Conductor {
            journal,
            registry,
            hub: Arc::new(Hub::default()),
            metrics: Arc::new(Metrics::default()),
            quiet,
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

    /// When the next timer after a moment comes due, and whose are due by then.
    pub(crate) async fn due(&mut self, now: Time) -> Result<DueTimers, StoreError> {
        self.journal.due_timers(now, TIMERS_MAX).await
    }

    /// Takes work until told to stop, then finishes what has arrived.
    pub(crate) async fn conduct(
        mut self,
        clock: Arc<WorkflowClock>,
        mut queue: mpsc::Receiver<Work>,
        stop: CancellationToken,
    ) {
        // Timers may have come due while nobody was there: look at once.
        let mut next_due = Some(clock.now());
        let mut held: Option<Work> = None;
        loop {
            let mut batch = Vec::new();
            batch.extend(held.take());
            if batch.is_empty() {
                tokio::select! {
                    biased;
                    work = queue.recv() => match work {
                        Some(work) => batch.push(work),
                        None => return,
                    },
                    () = until(&clock, next_due) => {}
                    () = stop.cancelled() => {
                        queue.close();
                        if queue.is_empty() {
                            return;
                        }
                    }
                }
            }
            let mut weight: usize = batch.iter().map(Work::weight).sum();
            while weight < BATCH_MAX {
                match queue.try_recv() {
                    Ok(work @ Work::Deploy { .. }) => {
                        held = Some(work);
                        break;
                    }
                    Ok(work) => {
                        weight += work.weight();
                        batch.push(work);
                    }
                    Err(_) => break,
                }
            }
            if let [Work::Deploy { .. }] = batch.as_slice() {
                for work in batch {
                    self.deploy(clock.now(), work).await;
                }
                continue;
            }
            let now = clock.now();
            let due = if next_due.is_some_and(|due| due <= now) {
                match self.journal.due_timers(now, TIMERS_MAX).await {
                    Ok(due) => due,
                    Err(error) => {
                        tracing::warn!(%error, "timers could not be read; trying again");
                        tokio::time::sleep(STORE_PAUSE).await;
                        DueTimers {
                            next: Some(now),
                            ..DueTimers::default()
                        }
                    }
                }
            } else {
                DueTimers {
                    next: next_due,
                    ..DueTimers::default()
                }
            };
            next_due = due.next;
            match self.turn(now, &due.runs, batch).await {
                Ok(earliest) => next_due = earlier(next_due, earliest),
                Err(_) if !due.runs.is_empty() => {
                    next_due = Some(now);
                    tokio::time::sleep(STORE_PAUSE).await;
                }
                Err(_) => {}
            }
            if due.more {
                next_due = Some(now);
            }
        }
    }

    /// One transaction at one moment: fires the due timers of these runs, then does the work, in
    /// order. Gives the earliest timer it set. After an error nothing was done and everybody was told.
    pub(crate) async fn turn(
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
            work.needs(&self.registry, &mut needed);
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
        let mut turn = Turn::begin(now, &self.registry, actors, loaded);
        turn.fire_due(due);
        for work in work {
            turn.take(work);
        }
        if let Err(error) = settle(self.journal.as_mut(), &mut turn).await {
            self.journal.abandon().await;
            tracing::error!(%error, "runs that call each other could not be read; callers are told");
            return Err(error);
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
        if batch.is_empty() {
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

    async fn deploy(&mut self, now: Time, work: Work) {
        let Work::Deploy { by, source, answer } = work else {
            return;
        };
        // Sending fails only when the caller has gone.
        let _ = answer.send(self.put_in_force(now, by, &source).await);
    }

    /// Checks a definition and puts it in force, unless it is.
    pub(crate) async fn put_in_force(
        &mut self,
        now: Time,
        by: String,
        source: &str,
    ) -> Result<Deployed, Refusal> {
        let parsed = Workflow::parse(source).map_err(Refusal::BadDefinition)?;
        let workflow = parsed.workflow;
        let in_force = self.registry.in_force(&workflow.id);
        let changed = in_force.is_none_or(|known| known.version != workflow.version);
        let known = self.registry.all();
        let known = known.iter().map(|known| known.id.as_str());
        let mut warnings = parsed.warnings;
        warnings.extend(workflow.unknown_calls(known));
        let deployed = Deployed {
            id: workflow.id.clone(),
            version: workflow.version.clone(),
            changed,
            warnings,
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

/// Has runs that call each other hear of each other. Each round reads, in one question, the runs that
/// the one before has something for: their callers, or what they called.
async fn settle(journal: &mut dyn Journal, turn: &mut Turn<'_>) -> Result<(), StoreError> {
    loop {
        let wanted = turn
            .settle()
            .map_err(|refusal| StoreError::Unavailable(refusal.to_string()))?;
        if wanted.is_empty() {
            return Ok(());
        }
        turn.join(journal.runs(&wanted).await?);
    }
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
