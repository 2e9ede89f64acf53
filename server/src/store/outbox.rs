use async_trait::async_trait;
use hms_engine::{Recipient, Time};
use uuid::Uuid;

use super::StoreError;

/// What people are to be told, kept until they were. Times in milliseconds are of the wall clock.
#[async_trait]
pub trait Outbox: Send + Sync {
    /// Takes up to `limit` open notices that are to be sent by now. They are not given out again, at
    /// this node or another, for `hold_ms`: whoever dies over them leaves them to be taken later.
    async fn take(&self, now_ms: i64, hold_ms: i64, limit: u32) -> Result<Vec<Notice>, StoreError>;

    /// When the next open notice may be taken; none when there is none.
    async fn next(&self) -> Result<Option<i64>, StoreError>;

    /// The people a notice is for.
    async fn receivers(&self, to: &Receivers) -> Result<Vec<Receiver>, StoreError>;

    /// Keeps that a person was told.
    async fn sent(&self, notice: Uuid, person: Uuid, now_ms: i64) -> Result<(), StoreError>;

    /// Everybody was told, or it was given up.
    async fn close(&self, notice: Uuid, now_ms: i64) -> Result<(), StoreError>;

    /// Tries again at a later moment.
    async fn put_off(&self, notice: Uuid, until_ms: i64) -> Result<(), StoreError>;
}

/// Something people are to be told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    /// Its id.
    pub id: Uuid,
    /// The task it is about.
    pub task_id: Uuid,
    /// The workflow's id.
    pub workflow: String,
    /// The step's id.
    pub step_id: String,
    /// Who is to be told.
    pub who: Recipient,
    /// The share of the task's time that was used, in percent.
    pub at_percent: u32,
    /// The task's deadline then.
    pub deadline: Option<Time>,
    /// When it was written, in workflow time.
    pub created: Time,
    /// How often it was taken, this time included.
    pub tries: u32,
    /// Who was told already.
    pub told: Vec<Uuid>,
}

/// Which people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Receivers {
    /// This one.
    Person(Uuid),
    /// All who have one of these roles, written as they are held.
    Roles(Vec<String>),
}

/// A person who can be written to.
#[derive(Clone, PartialEq, Eq)]
pub struct Receiver {
    /// Their id.
    pub person: Uuid,
    /// Their e-mail address.
    pub email: String,
    /// The language they are written to in, where somebody said.
    pub language: Option<String>,
}

/// What became of something people were to be told about a task.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    /// Who was to be told.
    pub who: Recipient,
    /// The share of the task's time that was used, in percent.
    pub at_percent: u32,
    /// How many people were told.
    pub people: u32,
    /// Whether it is over: all were told, or there was nobody, or it was given up.
    pub closed: bool,
}

impl std::fmt::Debug for Receiver {
    /// Without the address.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Receiver").field(&self.person).finish()
    }
}
