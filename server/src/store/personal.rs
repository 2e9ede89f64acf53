use async_trait::async_trait;
use uuid::Uuid;

use super::{Note, StartedRun, StoreError, TrailRow};
use crate::identity::Sealed;

/// Personal data, sealed and apart from the cases. It is written by the [`Journal`](super::Journal), with the event it
/// came with.
#[async_trait]
pub trait Personal: Send + Sync {
    /// What the payloads of these runs refer to: what came with the event that started one or the run that called it,
    /// and with the events that reached them.
    async fn personal_of(&self, runs: &[Uuid]) -> Result<Vec<PersonalRow>, StoreError>;

    /// Erases what came with a run, and notes it in the same transaction when there was any; how many values.
    async fn erase_personal(&self, run: Uuid, note: &Note) -> Result<u64, StoreError>;

    /// What of these is kept and what was erased: what [`Personal::erase_personal`] of a run concerns.
    async fn personal_kept(&self, run: Uuid) -> Result<PersonalKept, StoreError>;

    /// How many runs began with an event.
    async fn began_with(&self, event: Uuid) -> Result<u64, StoreError>;

    /// The last note that a run's personal data was erased.
    async fn erasure_noted(&self, run: Uuid) -> Result<Option<TrailRow>, StoreError>;

    /// The print of the key this installation seals by. The first to offer one is believed; to ask without one
    /// changes nothing.
    async fn personal_key(&self, offered: Option<&str>) -> Result<Option<String>, StoreError>;

    /// Values after this id that are sealed by another key than the one with this print, by id.
    async fn sealed_otherwise(
        &self,
        print: &str,
        after: Uuid,
        limit: u32,
    ) -> Result<Vec<SealedRow>, StoreError>;

    /// Puts what was sealed anew in the place of what was read, where that still stands; how many values.
    async fn seal_anew(&self, values: &[SealedAnew]) -> Result<u64, StoreError>;

    /// From now on the installation seals by the key with this print, which is noted in the same transaction. Changes
    /// nothing when it does already.
    async fn go_over_to(&self, print: &str, note: &Note) -> Result<(), StoreError>;
}

/// A value as kept, to be sealed anew.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SealedRow {
    /// By which payloads refer to it.
    pub id: Uuid,
    /// What it is called in the payload.
    pub field: String,
    /// The value.
    pub sealed: Sealed,
    /// When it came, in workflow time, in milliseconds since 1970.
    pub created_ms: i64,
}

/// A value that was sealed anew.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SealedAnew {
    /// By which payloads refer to it.
    pub id: Uuid,
    /// What was read.
    pub before: Vec<u8>,
    /// What takes its place.
    pub now: Sealed,
}

/// How much of a run's personal data there is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct PersonalKept {
    /// Values that are kept.
    pub kept: u64,
    /// Values that were erased.
    pub erased: u64,
    /// When the last of them was, in workflow time, in milliseconds since 1970.
    pub erased_ms: Option<i64>,
}

/// A value to keep.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PersonalWrite {
    /// By which payloads refer to it.
    pub id: Uuid,
    /// The event it came with, or the run that an event reached.
    pub owner: Uuid,
    /// What it is called in the payload.
    pub field: String,
    /// The value.
    pub sealed: Sealed,
    /// When it came, in workflow time, in milliseconds since 1970.
    pub created_ms: i64,
}

/// A value as kept, for one of the runs that may read it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PersonalRow {
    /// The run that may read it.
    pub run_id: Uuid,
    /// By which payloads refer to it.
    pub id: Uuid,
    /// What it is called in the payload.
    pub field: String,
    /// The value; none when it was erased.
    pub sealed: Option<Sealed>,
}

/// How many runs an event started, from what is kept with it.
pub(super) fn started(runs: Option<&str>) -> Result<u64, StoreError> {
    let Some(runs) = runs else { return Ok(0) };
    let runs: Vec<StartedRun> = serde_json::from_str(runs)
        .map_err(|error| StoreError::Unreadable(format!("what an event started: {error}")))?;
    Ok(runs.len() as u64)
}

/// The statements that both stores understand alike.
pub(super) mod sql {
    pub(in crate::store) const OFFER: &str =
        "INSERT INTO personal_key (one, key_print) VALUES (1, $1) ON CONFLICT (one) DO NOTHING";
    pub(in crate::store) const KEY: &str = "SELECT key_print FROM personal_key WHERE one = 1";
    pub(in crate::store) const OTHERWISE: &str = "SELECT id, field, key_print, sealed, created_ms \
        FROM personal WHERE id > $2 AND sealed IS NOT NULL AND key_print <> $1 ORDER BY id LIMIT $3";
    pub(in crate::store) const GO_OVER: &str =
        "UPDATE personal_key SET key_print = $1 WHERE one = 1 AND key_print <> $1";
    pub(in crate::store) const KEPT: &str = "SELECT count(*) FILTER (WHERE erased_ms IS NULL), \
        count(*) FILTER (WHERE erased_ms IS NOT NULL), max(erased_ms) FROM personal \
        WHERE owner IN (SELECT id FROM runs WHERE id = $1 UNION SELECT event_id FROM runs WHERE id = $1)";
    /// What an event started is kept with it.
    pub(in crate::store) const STARTED: &str =
        "SELECT CAST(runs AS TEXT) FROM events WHERE id = $1";
    /// Of one run: what its own and its event's are.
    pub(in crate::store) const ERASE: &str = "UPDATE personal SET sealed = NULL, erased_ms = $2 \
        WHERE erased_ms IS NULL AND owner IN (SELECT id FROM runs WHERE id = $1 \
        UNION SELECT event_id FROM runs WHERE id = $1)";
}
