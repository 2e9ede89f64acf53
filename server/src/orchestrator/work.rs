use hms_engine::{ActorPattern, Order};
use tokio::sync::oneshot;
use uuid::Uuid;

use super::{Deployed, Emitted, NewEvent, Refusal, TaskOrder};
use crate::store::{Needed, TaskRow};

/// Something asked of the orchestrator, and where its answer goes. An answer whose caller has gone
/// is dropped; what was done stays done.
pub enum Work {
    /// Accept events; one answer each, in order.
    Emit {
        /// What happened.
        events: Vec<NewEvent>,
        /// What came of it.
        answer: oneshot::Sender<Vec<Result<Emitted, Refusal>>>,
    },
    /// Do something with tasks, in somebody's name; one answer each, in order.
    Tasks {
        /// Whose.
        by: String,
        /// With which task what.
        orders: Vec<(Uuid, TaskOrder)>,
        /// Each task as it is then.
        answer: oneshot::Sender<Vec<Result<TaskRow, Refusal>>>,
    },
    /// Hand out free tasks, soonest deadline first.
    Lease {
        /// To whom.
        by: String,
        /// Tasks of this actor.
        actor: ActorPattern,
        /// So many at most.
        limit: u32,
        /// For how long, in milliseconds.
        lease_ms: u64,
        /// The tasks.
        answer: oneshot::Sender<Result<Vec<TaskRow>, Refusal>>,
    },
    /// Do something with a run.
    Run {
        /// In whose name.
        by: String,
        /// Which run.
        run: Uuid,
        /// What.
        order: Order,
        /// Whether it was done.
        answer: oneshot::Sender<Result<(), Refusal>>,
    },
    /// Put a definition in force.
    Deploy {
        /// In whose name.
        by: String,
        /// Its text.
        source: String,
        /// What came of it.
        answer: oneshot::Sender<Result<Deployed, Refusal>>,
    },
}

impl Work {
    /// Adds what the store must be asked for before this can be done.
    pub(super) fn needs(&self, needed: &mut Needed) {
        match self {
            Work::Emit { events, .. } => {
                for event in events {
                    if let Some(origin) = &event.origin {
                        needed
                            .origins
                            .push((origin.source.clone(), origin.id.clone()));
                    }
                    needed
                        .numbers
                        .extend(event.report.iter().map(|report| report.number.clone()));
                }
            }
            Work::Tasks { orders, .. } => needed.tasks.extend(orders.iter().map(|(task, _)| task)),
            Work::Lease { actor, limit, .. } => {
                match needed.free.iter_mut().find(|(known, _)| known == actor) {
                    Some((_, wanted)) => *wanted += limit,
                    None => needed.free.push((actor.clone(), *limit)),
                }
            }
            Work::Run { run, .. } => needed.runs.push(*run),
            Work::Deploy { .. } => {}
        }
    }

    /// How many commands this is, to bound a batch.
    pub(super) fn weight(&self) -> usize {
        match self {
            Work::Emit { events, .. } => events.len(),
            Work::Tasks { orders, .. } => orders.len(),
            Work::Lease { limit, .. } => *limit as usize,
            Work::Run { .. } | Work::Deploy { .. } => 1,
        }
    }

    /// Answers that nothing was done.
    pub(super) fn refuse(self, refusal: &Refusal) {
        // Sending fails only when the caller has gone.
        match self {
            Work::Emit { events, answer } => {
                let _ = answer.send(events.iter().map(|_| Err(refusal.clone())).collect());
            }
            Work::Tasks { orders, answer, .. } => {
                let _ = answer.send(orders.iter().map(|_| Err(refusal.clone())).collect());
            }
            Work::Lease { answer, .. } => {
                let _ = answer.send(Err(refusal.clone()));
            }
            Work::Run { answer, .. } => {
                let _ = answer.send(Err(refusal.clone()));
            }
            Work::Deploy { answer, .. } => {
                let _ = answer.send(Err(refusal.clone()));
            }
        }
    }
}

/// An answer that waits for the commit.
pub(super) type Answer = Box<dyn FnOnce() + Send>;

/// Keeps an answer until the commit.
pub(super) fn later<T: Send + 'static>(answer: oneshot::Sender<T>, value: T) -> Answer {
    Box::new(move || {
        // Sending fails only when the caller has gone.
        let _ = answer.send(value);
    })
}
