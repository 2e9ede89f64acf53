use hms_engine::{Diagnostic, Rejected, SchemaFault};
use uuid::Uuid;

use crate::store::{StoreError, TaskRow};

/// Why the orchestrator did not do what was asked. Nothing was changed, but for [`Refusal::NotKnown`].
#[derive(Debug, Clone, thiserror::Error)]
pub enum Refusal {
    /// No definition starts on an event of this name or waits for it.
    #[error("no workflow starts on \"{name}\" or waits for it")]
    UnknownEvent {
        /// The name asked for.
        name: String,
        /// The name most like it, or the known ones when none is.
        nearest: Vec<String>,
    },
    /// The event is for more running cases than one event may reach.
    #[error("the event is for more than {limit} running cases, which is the most one may reach")]
    TooManyCases {
        /// The most.
        limit: usize,
    },
    /// There is no such task.
    #[error("there is no task {0}")]
    UnknownTask(Uuid),
    /// There is no such run.
    #[error("there is no run {0}")]
    UnknownRun(Uuid),
    /// The task is no longer open; the row says how it closed, when and by whom.
    #[error("the task is {}", .0.task.status.as_str())]
    Closed(Box<TaskRow>),
    /// The engine refused.
    #[error(transparent)]
    Rejected(Rejected),
    /// Another report has this number.
    #[error("the number is taken")]
    NumberTaken,
    /// Something is larger than its limit, in bytes.
    #[error("the {what} has {bytes} bytes; the limit is {limit}")]
    TooLarge {
        /// What.
        what: &'static str,
        /// Its size.
        bytes: usize,
        /// The limit.
        limit: usize,
    },
    /// The payload is not a JSON object.
    #[error("the payload must be a JSON object")]
    NotAnObject,
    /// Another workflow in force has a portal of this slug.
    #[error("the portal of {workflow} is at /report/{slug} already")]
    SlugTaken {
        /// The slug.
        slug: String,
        /// The other workflow.
        workflow: String,
    },
    /// The payload breaks the `input` of a workflow that starts on the event.
    #[error("the payload breaks the input of {workflow}")]
    BadPayload {
        /// Which workflow.
        workflow: String,
        /// What is wrong, each with its place in the payload.
        faults: Vec<SchemaFault>,
    },
    /// The definition has errors.
    #[error("the definition has errors")]
    BadDefinition(Vec<Diagnostic>),
    /// The calendar has errors.
    #[error("the calendar has errors")]
    BadCalendar(Vec<Diagnostic>),
    /// The queue is full: try again in a moment.
    #[error("too much at once")]
    Overloaded,
    /// The store went away while this was kept, and whether it was is not known. Nothing is done twice that is sent
    /// again with an id of its own.
    #[error("it is not known whether it was kept")]
    NotKnown,
    /// The store is out of reach or the server is stopping.
    #[error("not now: {0}")]
    Unavailable(String),
}

impl From<StoreError> for Refusal {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Unknown(_) => Refusal::NotKnown,
            error => Refusal::Unavailable(error.to_string()),
        }
    }
}

impl Refusal {
    /// Whether to send it again soon.
    pub fn is_passing(&self) -> bool {
        matches!(
            self,
            Refusal::Overloaded | Refusal::Unavailable(_) | Refusal::NotKnown
        )
    }
}
