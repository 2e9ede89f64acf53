use async_trait::async_trait;
use uuid::Uuid;

use super::StoreError;

/// The second step at a person's sign-in. Times are of the wall clock, in milliseconds since 1970.
#[async_trait]
pub trait SecondSteps: Send + Sync {
    /// What is kept of a person's; none while they have none.
    async fn of(&self, person: Uuid) -> Result<Option<SecondStep>, StoreError>;

    /// Begins to set one up, with this salt. One that is in use stays as it is; false then.
    async fn begin(&self, person: Uuid, salt: &str) -> Result<bool, StoreError>;

    /// Puts in use what was being set up with this salt, with these recovery codes; the code of `step`
    /// is used by it. False when nothing was being set up with it.
    async fn confirm(
        &self,
        person: Uuid,
        salt: &str,
        step: i64,
        recovery: &[String],
        now_ms: i64,
    ) -> Result<bool, StoreError>;

    /// Takes a code of a second step in use. False when it, or a later one, was taken before.
    async fn take(&self, person: Uuid, step: i64) -> Result<bool, StoreError>;

    /// Takes a recovery code. False when there is none such, or no more.
    async fn take_recovery(
        &self,
        person: Uuid,
        hash: &str,
        now_ms: i64,
    ) -> Result<bool, StoreError>;

    /// Ends it, with its recovery codes; whether there was one in use. `by` is who did it.
    async fn end(&self, person: Uuid, by: &str, now_ms: i64) -> Result<bool, StoreError>;
}

/// A second step as kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SecondStep {
    /// What its secret is derived from.
    pub salt: String,
    /// Since when it is asked for; none while it is being set up.
    pub confirmed_ms: Option<i64>,
    /// How many recovery codes are left.
    pub recovery_left: u32,
}

/// The statements, which both stores understand alike.
pub(super) mod sql {
    pub(in crate::store) const OF: &str = "SELECT s.salt, s.confirmed_ms, \
        (SELECT count(*) FROM recovery_codes r WHERE r.person_id = s.person_id) AS recovery_left \
        FROM second_steps s WHERE s.person_id = $1";
    pub(in crate::store) const BEGIN: &str = "INSERT INTO second_steps \
        (person_id, salt, confirmed_ms, last_step) VALUES ($1, $2, NULL, 0) \
        ON CONFLICT (person_id) DO UPDATE SET salt = excluded.salt \
        WHERE second_steps.confirmed_ms IS NULL";
    pub(in crate::store) const CONFIRM: &str = "UPDATE second_steps \
        SET confirmed_ms = $3, last_step = $4 \
        WHERE person_id = $1 AND salt = $2 AND confirmed_ms IS NULL";
    pub(in crate::store) const TAKE: &str = "UPDATE second_steps SET last_step = $2 \
        WHERE person_id = $1 AND last_step < $2 AND confirmed_ms IS NOT NULL";
    pub(in crate::store) const TAKE_RECOVERY: &str =
        "DELETE FROM recovery_codes WHERE person_id = $1 AND hash = $2";
    pub(in crate::store) const FORGET_RECOVERY: &str =
        "DELETE FROM recovery_codes WHERE person_id = $1";
    pub(in crate::store) const END: &str =
        "DELETE FROM second_steps WHERE person_id = $1 RETURNING confirmed_ms";
}
