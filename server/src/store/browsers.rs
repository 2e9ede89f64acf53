use async_trait::async_trait;
use uuid::Uuid;

use super::StoreError;

/// Most browsers kept of one person; the ones they signed in to longest ago go.
pub const BROWSERS_MAX: u32 = 10;

/// The browsers in which people signed in before. Times are of the wall clock, in milliseconds since 1970.
#[async_trait]
pub trait Browsers: Send + Sync {
    /// Whether the person of this e-mail address signed in in this browser before, and may still sign in.
    async fn is_known(
        &self,
        email: &str,
        token_hash: &str,
        now_ms: i64,
    ) -> Result<bool, StoreError>;

    /// Keeps that a person signed in in a browser; forgets those that ended, and of theirs the oldest beyond
    /// [`BROWSERS_MAX`]. Another password, an end of all sessions and being disabled forget all of theirs.
    async fn keep(&self, browser: &Browser) -> Result<(), StoreError>;
}

/// A browser in which a person signed in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Browser {
    /// The hash of its cookie.
    pub token_hash: String,
    /// Who signed in.
    pub person: Uuid,
    /// When.
    pub seen_ms: i64,
    /// Until when it is known.
    pub expires_ms: i64,
}

/// The statements, which both stores understand alike.
pub(super) mod sql {
    pub(in crate::store) const IS_KNOWN: &str = "SELECT EXISTS (SELECT 1 FROM browsers b \
        JOIN people p ON p.id = b.person_id WHERE b.token_hash = $2 AND p.email = $1 \
        AND b.expires_ms > $3 AND p.disabled_ms IS NULL)";
    pub(in crate::store) const KEEP: &str = "INSERT INTO browsers \
        (token_hash, person_id, seen_ms, expires_ms) VALUES ($1, $2, $3, $4) \
        ON CONFLICT (token_hash) DO UPDATE SET seen_ms = excluded.seen_ms, \
        expires_ms = excluded.expires_ms WHERE browsers.person_id = excluded.person_id";
    pub(in crate::store) const FORGET: &str = "DELETE FROM browsers WHERE person_id = $1";
}
