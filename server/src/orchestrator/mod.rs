//! The orchestrator drives the engine: command → queue → one transaction for many commands →
//! answer the callers → wake those who wait.
//!
//! A caller gets its answer only after the commit.

mod calendars;
mod calls;
mod clocks;
mod conductor;
mod console;
mod deploy;
mod emit;
mod files;
pub(crate) mod foretell;
mod gather;
mod hands;
mod hub;
mod ids;
mod lanes;
mod look;
mod migrate;
mod personal;
mod queue;
mod reach;
mod refusal;
mod registry;
mod retention;
mod turn;
mod work;
mod workforce;

pub use calendars::DeployedCalendar;
pub use conductor::{Beat, Conductor};
pub use foretell::{FORETOLD_CASES_MAX, Foretold, ForetoldMove, ForetoldStanding};
pub use hands::Hands;
pub use hub::{Hub, Interest, Listener};
pub use ids::Ids;
pub use migrate::{MIGRATE_RUNS_MAX, Migration, Moved, MovedTask};
pub use personal::Sight;
pub use refusal::Refusal;
pub use registry::{Deployed, Registry};
pub use work::{Reply, Work};
pub use workforce::Workforce;

use std::sync::{Arc, Mutex, PoisonError};

use hms_engine::{ActorPattern, Order, Time};
use serde_json::Value;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use self::queue::{NotTaken, QUEUE_MAX, Queue};
use crate::clock::WorkflowClock;
use crate::metrics::Metrics;
use crate::store::{Journal, News, ReachedRun, RunRow, Shelf, StartedRun, TaskRow};
use crate::trail::Notebook;

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
    /// Whose run it follows, of several that the event starts; without it, the first.
    pub workflow: Option<String>,
}

/// An accepted event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Emitted {
    /// Its id.
    pub event_id: Uuid,
    /// What it started.
    pub runs: Vec<StartedRun>,
    /// The running cases it was given to.
    pub reached: Vec<ReachedRun>,
    /// Whether it had been accepted before, and nothing was started or reached again.
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
    /// Stop its SLA clock.
    Pause {
        /// Why, for everybody to read.
        reason: String,
        /// Whether the reporter is asked for something meanwhile.
        waiting_for_reporter: bool,
    },
    /// Let its clock run again.
    Resume,
    /// Give it more time.
    Extend {
        /// In what its budget is counted in.
        by_ms: i64,
        /// Why, for everybody to read.
        reason: String,
    },
}

/// A handle on the orchestrator; cheap to clone.
#[derive(Clone)]
pub struct Orchestrator {
    inner: Arc<Inner>,
    /// How many places of the queue are not for this handle.
    spared: usize,
    /// The token of the program that it is for.
    token: Option<Uuid>,
}

struct Inner {
    clock: Arc<WorkflowClock>,
    shelf: Arc<dyn Shelf>,
    notebook: Notebook,
    hub: Arc<Hub>,
    registry: Arc<Registry>,
    metrics: Arc<Metrics>,
    queue: Arc<Queue>,
    stop: CancellationToken,
    ended: CancellationToken,
    conductor: Mutex<Option<JoinHandle<()>>>,
}

/// As many places of it are for people alone: their pages go on working while machines are told to
/// come again.
const FOR_PEOPLE: usize = 1_024;

impl Orchestrator {
    /// Starts the conductor. The registry holds every version a run may have; `news` tells what other
    /// nodes do, where there are others.
    pub fn start(
        clock: Arc<WorkflowClock>,
        shelf: Arc<dyn Shelf>,
        journal: Box<dyn Journal>,
        registry: Arc<Registry>,
        news: Option<Box<dyn News>>,
    ) -> Orchestrator {
        let queue = Arc::new(Queue::default());
        let stop = CancellationToken::new();
        let conductor = Conductor::new(journal, registry.clone(), Ids::by_chance(), false);
        let (hub, metrics) = (conductor.hub(), conductor.metrics());
        if let Some(news) = news {
            tokio::spawn(hub.clone().spread(news, stop.clone()));
        }
        let ended = CancellationToken::new();
        let running = conductor.conduct_with_others(&clock, &queue, &stop, &ended);
        let conductor = Mutex::new(Some(running));
        let notebook = Notebook::open(shelf.clone(), clock.clone());
        Orchestrator {
            inner: Arc::new(Inner {
                clock,
                shelf,
                notebook,
                hub,
                registry,
                metrics,
                queue,
                stop,
                ended,
                conductor,
            }),
            spared: FOR_PEOPLE,
            token: None,
        }
    }

    /// A handle for what a program asks with its token.
    pub fn for_token(&self, token: Option<Uuid>) -> Orchestrator {
        Orchestrator {
            token,
            ..self.clone()
        }
    }

    /// A handle for what people ask, which has the whole queue.
    pub fn for_people(&self) -> Orchestrator {
        Orchestrator {
            spared: 0,
            ..self.clone()
        }
    }

    /// Finishes what has arrived, takes nothing more, and waits until all is committed.
    pub async fn stop(&self) {
        self.inner.stop.cancel();
        let running = self
            .inner
            .conductor
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        if let Some(running) = running
            && let Err(error) = running.await
        {
            tracing::error!(%error, "the conductor ended badly");
        }
    }

    /// Waits until nothing is written any more: after [`Orchestrator::stop`], or because the
    /// conductor broke, and then the process had better end and be started again.
    pub async fn ended(&self) {
        self.inner.ended.cancelled().await;
    }

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

    /// Where is noted what changes no case: who read what, who signed in.
    pub fn notebook(&self) -> &Notebook {
        &self.inner.notebook
    }

    /// Wake-ups after commits.
    pub fn hub(&self) -> &Hub {
        &self.inner.hub
    }

    /// The definitions.
    pub fn registry(&self) -> &Registry {
        &self.inner.registry
    }

    /// What this node counts about itself.
    pub fn metrics(&self) -> &Metrics {
        &self.inner.metrics
    }

    /// How many pieces of work wait for their turn.
    pub fn queued(&self) -> usize {
        self.inner.queue.len()
    }

    /// Accepts one event.
    pub async fn emit(&self, event: NewEvent) -> Result<Emitted, Refusal> {
        only(self.emit_many(vec![event]).await)
    }

    /// Accepts many events in one commit; one answer each, in order.
    pub async fn emit_many(&self, events: Vec<NewEvent>) -> Vec<Result<Emitted, Refusal>> {
        let many = events.len();
        let asked = self.ask(|answer| Work::Emit { events, answer }).await;
        asked.unwrap_or_else(|refusal| vec![Err(refusal); many])
    }

    /// Does one thing with one task, in somebody's name; the task as it is then.
    pub async fn task_order(
        &self,
        task: Uuid,
        hands: impl Into<Hands>,
        order: TaskOrder,
    ) -> Result<TaskRow, Refusal> {
        let takes = matches!(order, TaskOrder::Claim { .. });
        let done = self.task_orders(hands.into(), vec![(task, order)]).await;
        let mut row = only(done)?;
        if takes {
            self.open_for_work(std::slice::from_mut(&mut row)).await?;
        }
        Ok(row)
    }

    /// Finishes many tasks in one commit; one answer each, in order.
    pub async fn complete_many(
        &self,
        hands: impl Into<Hands>,
        results: Vec<(Uuid, Value)>,
    ) -> Vec<Result<TaskRow, Refusal>> {
        let orders = results
            .into_iter()
            .map(|(task, result)| (task, TaskOrder::Complete { result }))
            .collect();
        self.task_orders(hands.into(), orders).await
    }

    async fn task_orders(
        &self,
        hands: Hands,
        orders: Vec<(Uuid, TaskOrder)>,
    ) -> Vec<Result<TaskRow, Refusal>> {
        let many = orders.len();
        let asked = self
            .for_token(hands.token())
            .ask(|answer| Work::Tasks {
                hands,
                orders,
                answer,
            })
            .await;
        asked.unwrap_or_else(|refusal| vec![Err(refusal); many])
    }

    /// Hands out up to `limit` free tasks, soonest deadline first, claimed for `by` with a lease.
    pub async fn lease(
        &self,
        actor: &ActorPattern,
        by: &str,
        limit: u32,
        lease_ms: u64,
    ) -> Result<Vec<TaskRow>, Refusal> {
        let (actor, by) = (actor.clone(), by.to_owned());
        let asked = self.ask(|answer| Work::Lease {
            by,
            actor,
            limit,
            lease_ms,
            answer,
        });
        let mut rows = asked.await??;
        self.open_for_work(&mut rows).await?;
        Ok(rows)
    }

    /// Ends a run.
    pub async fn cancel(&self, run: Uuid, by: &str, note: String) -> Result<RunRow, Refusal> {
        self.run_order(run, by, Order::Cancel { note }).await
    }

    /// Sends a stopped run on, again at the step that stopped or at `to`: where one incident stopped
    /// it, or everywhere.
    pub async fn retry(
        &self,
        run: Uuid,
        by: &str,
        incident: Option<u32>,
        to: Option<String>,
        note: String,
    ) -> Result<RunRow, Refusal> {
        self.run_order(run, by, Order::Retry { incident, to, note })
            .await
    }

    /// Keeps what the reporter adds to a run.
    pub async fn inform(&self, run: Uuid, by: &str, text: String) -> Result<RunRow, Refusal> {
        self.run_order(run, by, Order::Inform { text }).await
    }

    async fn run_order(&self, run: Uuid, by: &str, order: Order) -> Result<RunRow, Refusal> {
        let (from, by) = (hands::from_where(by), by.to_owned());
        self.ask(|answer| Work::Run {
            by,
            from,
            run,
            order,
            answer,
        })
        .await??;
        self.shelf().run(run).await?.ok_or(Refusal::UnknownRun(run))
    }

    async fn ask<T>(&self, work: impl FnOnce(Reply<T>) -> Work) -> Result<T, Refusal> {
        if QUEUE_MAX - self.inner.queue.len() <= self.spared {
            return Err(Refusal::Overloaded);
        }
        let (answer, answered) = oneshot::channel();
        self.inner
            .queue
            .offer(work(answer.into()).by(self.token))
            .map_err(|error| match error {
                NotTaken::Full => {
                    self.inner.metrics.refused_full();
                    Refusal::Overloaded
                }
                NotTaken::Closed => Refusal::Unavailable("stopping".into()),
            })?;
        // The answer is dropped unsent when the batch could not be committed.
        answered
            .await
            .map_err(|_| Refusal::Unavailable("it was not committed".into()))
    }
}

/// The answer to the one thing asked.
fn only<T>(mut answers: Vec<Result<T, Refusal>>) -> Result<T, Refusal> {
    answers
        .pop()
        .unwrap_or_else(|| Err(Refusal::Unavailable("no answer".into())))
}
