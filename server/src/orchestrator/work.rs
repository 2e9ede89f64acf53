use hms_engine::{ActorPattern, Order, Time};
use tokio::sync::oneshot;
use uuid::Uuid;

use super::{Deployed, Emitted, NewEvent, Refusal, Registry, TaskOrder, reach};
use crate::store::{Needed, TaskRow};

/// Something asked of the orchestrator, and where its answer goes. An answer whose caller has gone
/// is dropped; what was done stays done.
pub(crate) enum Work {
    Emit {
        events: Vec<NewEvent>,
        answer: oneshot::Sender<Vec<Result<Emitted, Refusal>>>,
    },
    Tasks {
        by: String,
        orders: Vec<(Uuid, TaskOrder)>,
        answer: oneshot::Sender<Vec<Result<TaskRow, Refusal>>>,
    },
    Lease {
        by: String,
        actor: ActorPattern,
        limit: u32,
        lease_ms: u64,
        answer: oneshot::Sender<Result<Vec<TaskRow>, Refusal>>,
    },
    Run {
        by: String,
        run: Uuid,
        order: Order,
        answer: oneshot::Sender<Result<(), Refusal>>,
    },
    Deploy {
        by: String,
        source: String,
        answer: oneshot::Sender<Result<Deployed, Refusal>>,
    },
}

impl Work {
    /// Adds what the store must be asked for before this can be done.
    pub(super) fn needs(&self, registry: &Registry, needed: &mut Needed) {
        match self {
            Work::Emit { events, .. } => {
                for event in events {
                    needed.cases.extend(reach::sought(registry, event));
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

/// A UUIDv7 of a moment of workflow time: ids of one table sort by time.
pub(super) fn fresh_id(now: Time) -> Uuid {
    let seconds = now.timestamp().max(0).unsigned_abs();
    let stamp = uuid::Timestamp::from_unix(uuid::NoContext, seconds, now.timestamp_subsec_nanos());
    Uuid::new_v7(stamp)
}
