use std::sync::{Arc, Mutex, PoisonError};

use hms_engine::{ActorPattern, Order};
use hms_forms::FileAnswer;
use serde_json::Value;
use tokio::sync::oneshot;
use uuid::Uuid;

use super::files::FILES_NAMED_MAX;
use super::{
    Deployed, DeployedCalendar, Emitted, Hands, Migration, Moved, NewEvent, Refusal, Registry,
    TaskOrder, reach,
};
use crate::store::{Needed, TaskRow};

/// Something asked of the orchestrator, and where its answer goes. An answer whose caller has gone
/// is dropped; what was done stays done.
#[derive(Clone)]
pub enum Work {
    /// Accept events; one answer each, in order.
    Emit {
        /// What happened.
        events: Vec<NewEvent>,
        /// What came of it.
        answer: Reply<Vec<Result<Emitted, Refusal>>>,
    },
    /// Do something with tasks, in somebody's name; one answer each, in order.
    Tasks {
        /// Whose.
        hands: Hands,
        /// With which task what.
        orders: Vec<(Uuid, TaskOrder)>,
        /// Each task as it is then.
        answer: Reply<Vec<Result<TaskRow, Refusal>>>,
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
        answer: Reply<Result<Vec<TaskRow>, Refusal>>,
    },
    /// Do something with a run.
    Run {
        /// In whose name.
        by: String,
        /// The address a person asks from.
        from: Option<String>,
        /// Which run.
        run: Uuid,
        /// What.
        order: Order,
        /// Whether it was done.
        answer: Reply<Result<(), Refusal>>,
    },
    /// Move runs to another version of their workflow; one answer each, in order.
    Migrate {
        /// In whose name.
        by: String,
        /// The address a person asks from.
        from: Option<String>,
        /// From where to where.
        migration: Arc<Migration>,
        /// Which runs.
        runs: Vec<Uuid>,
        /// What came of each.
        answer: Reply<Vec<Result<Moved, Refusal>>>,
    },
    /// What a program asked for with a token of its own: the rows of what comes of it name the token.
    ByToken {
        /// Which.
        token: Uuid,
        /// What.
        work: Box<Work>,
    },
    /// Put a definition in force.
    Deploy {
        /// In whose name.
        by: String,
        /// Its text.
        source: String,
        /// Only says what would change.
        dry_run: bool,
        /// What came of it.
        answer: Reply<Result<Deployed, Refusal>>,
    },
    /// Put a calendar in force.
    DeployCalendar {
        /// In whose name.
        by: String,
        /// Its text.
        source: String,
        /// What came of it.
        answer: Reply<Result<DeployedCalendar, Refusal>>,
    },
}

impl Work {
    /// Adds what the store must be asked for before this can be done.
    pub(super) fn needs(&self, registry: &Registry, needed: &mut Needed) {
        match self {
            Work::Emit { events, .. } => {
                needed.starts = true;
                for event in events {
                    needed.cases.extend(reach::sought(registry, event));
                    if let Some(origin) = &event.origin {
                        needed
                            .origins
                            .push((origin.source.clone(), origin.id.clone()));
                    }
                    name_files(&event.payload, &mut needed.files);
                    needed
                        .numbers
                        .extend(event.report.iter().map(|report| report.number.clone()));
                }
            }
            Work::Tasks { orders, .. } => {
                for (task, order) in orders {
                    needed.tasks.push(*task);
                    if let TaskOrder::Complete { result } = order {
                        name_files(result, &mut needed.files);
                    }
                }
            }
            Work::Lease { actor, limit, .. } => {
                match needed.free.iter_mut().find(|(known, _)| known == actor) {
                    Some((_, wanted)) => *wanted += limit,
                    None => needed.free.push((actor.clone(), *limit)),
                }
            }
            Work::Run { run, .. } => needed.runs.push(*run),
            Work::ByToken { work, .. } => work.needs(registry, needed),
            Work::Migrate { runs, .. } => {
                // The version to move to may have been deployed at another node.
                needed.starts = true;
                needed.runs.extend(runs);
            }
            Work::Deploy { .. } | Work::DeployCalendar { .. } => {}
        }
    }

    /// The address it was asked from, when a person asks.
    pub(super) fn from(&self) -> Option<String> {
        match self {
            Work::Tasks { hands, .. } => hands.asked_from().cloned(),
            Work::Run { from, .. } | Work::Migrate { from, .. } => from.clone(),
            Work::Emit { .. }
            | Work::Lease { .. }
            | Work::ByToken { .. }
            | Work::Deploy { .. }
            | Work::DeployCalendar { .. } => None,
        }
    }

    /// The same asked for with a token; what is kept with the token's name anyway is left as it is.
    pub(super) fn by(self, token: Option<Uuid>) -> Work {
        match (token, self) {
            (Some(token), work @ (Work::Emit { .. } | Work::Tasks { .. } | Work::Lease { .. })) => {
                let work = Box::new(work);
                Work::ByToken { token, work }
            }
            (_, work) => work,
        }
    }

    /// How many commands this is, to bound a batch.
    pub(super) fn weight(&self) -> usize {
        match self {
            Work::Emit { events, .. } => events.len(),
            Work::Tasks { orders, .. } => orders.len(),
            Work::Lease { limit, .. } => *limit as usize,
            Work::Migrate { runs, .. } => runs.len(),
            Work::ByToken { work, .. } => work.weight(),
            Work::Run { .. } | Work::Deploy { .. } | Work::DeployCalendar { .. } => 1,
        }
    }

    /// Answers that nothing was done.
    pub(super) fn refuse(self, refusal: &Refusal) {
        match self {
            Work::Emit { events, answer } => {
                answer.send(events.iter().map(|_| Err(refusal.clone())).collect());
            }
            Work::Tasks { orders, answer, .. } => {
                answer.send(orders.iter().map(|_| Err(refusal.clone())).collect());
            }
            Work::Lease { answer, .. } => {
                answer.send(Err(refusal.clone()));
            }
            Work::Run { answer, .. } => {
                answer.send(Err(refusal.clone()));
            }
            Work::ByToken { work, .. } => work.refuse(refusal),
            Work::Migrate { runs, answer, .. } => {
                answer.send(runs.iter().map(|_| Err(refusal.clone())).collect());
            }
            Work::Deploy { answer, .. } => {
                answer.send(Err(refusal.clone()));
            }
            Work::DeployCalendar { answer, .. } => {
                answer.send(Err(refusal.clone()));
            }
        }
    }
}

/// Adds the files that answers name.
fn name_files(answers: &Value, needed: &mut Vec<Uuid>) {
    let named = FileAnswer::ids_in(answers).into_iter();
    needed.extend(named.take(FILES_NAMED_MAX));
}

/// Where an answer goes, once. A turn that met another node's is done again, so a copy of the work
/// outlives the first try; when the last copy goes unsent, the caller learns that nothing was done.
pub struct Reply<T>(Arc<Mutex<Option<oneshot::Sender<T>>>>);

impl<T> From<oneshot::Sender<T>> for Reply<T> {
    fn from(caller: oneshot::Sender<T>) -> Reply<T> {
        Reply(Arc::new(Mutex::new(Some(caller))))
    }
}

impl<T> Clone for Reply<T> {
    fn clone(&self) -> Reply<T> {
        Reply(self.0.clone())
    }
}

impl<T> Reply<T> {
    /// Answers. A caller that has gone or was answered hears nothing.
    pub(super) fn send(&self, value: T) {
        let caller = self.0.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(caller) = caller {
            let _ = caller.send(value);
        }
    }
}

/// An answer that waits for the commit, and is told whether that is known to be made.
pub(super) type Answer = Box<dyn FnOnce(bool) + Send>;

/// Keeps an answer until the commit.
pub(super) fn later<T: Doubtful + Send + 'static>(answer: Reply<T>, value: T) -> Answer {
    Box::new(move |known| answer.send(if known { value } else { value.not_known() }))
}

/// An answer that can say that nobody knows.
pub(super) trait Doubtful {
    /// What was to be done may have been done or not. What was refused was refused.
    #[must_use]
    fn not_known(self) -> Self;
}

impl<T> Doubtful for Result<T, Refusal> {
    fn not_known(self) -> Self {
        self.and(Err(Refusal::NotKnown))
    }
}

impl<T> Doubtful for Vec<Result<T, Refusal>> {
    fn not_known(self) -> Self {
        self.into_iter().map(Doubtful::not_known).collect()
    }
}
