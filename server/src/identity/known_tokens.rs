use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::Grant;
use crate::clock::wall_ms;
use crate::store::{StoreError, TokenRow, Tokens};

/// How long a token is believed before the store is asked again: a revoked one is good for so long at
/// most.
const BELIEVED: Duration = Duration::from_secs(5);
/// Between two notes that a token was used.
const NOTED_MS: i64 = 60_000;
/// The most tokens remembered; past that, all are asked for anew.
const TOKENS_MAX: usize = 10_000;

/// The tokens of programs, looked up by their hash and remembered for a moment.
pub struct KnownTokens {
    store: Arc<dyn Tokens>,
    seen: Mutex<HashMap<String, Seen>>,
}

#[derive(Clone)]
struct Seen {
    row: Arc<TokenRow>,
    grant: Arc<Grant>,
    since: Instant,
}

impl std::fmt::Debug for KnownTokens {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("KnownTokens(…)")
    }
}

impl KnownTokens {
    /// The tokens a store keeps.
    pub fn new(store: Arc<dyn Tokens>) -> KnownTokens {
        KnownTokens {
            store,
            seen: Mutex::default(),
        }
    }

    /// What the token with this hash is good for; none when it is unknown or ended.
    pub async fn grant(&self, hash: &str) -> Result<Option<Arc<Grant>>, StoreError> {
        let believed = self.seen().get(hash).cloned();
        let seen = match believed.filter(|seen| seen.since.elapsed() < BELIEVED) {
            Some(seen) => seen,
            None => match self.ask(hash).await? {
                Some(seen) => seen,
                None => return Ok(None),
            },
        };
        Ok(seen.row.is_good(wall_ms()).then_some(seen.grant))
    }

    async fn ask(&self, hash: &str) -> Result<Option<Seen>, StoreError> {
        let Some(row) = self.store.by_hash(hash).await? else {
            self.seen().remove(hash);
            return Ok(None);
        };
        let now = wall_ms();
        let noted = row.last_used_ms.is_some_and(|used| now - used < NOTED_MS);
        if row.is_good(now) && !noted {
            self.store.used(row.id, now).await?;
        }
        let seen = Seen {
            grant: Arc::new(Grant {
                token: Some(row.id),
                actors: row.actors.clone(),
                verbs: row.verbs.clone(),
            }),
            row: Arc::new(row),
            since: Instant::now(),
        };
        let mut all = self.seen();
        if all.len() >= TOKENS_MAX {
            all.clear();
        }
        all.insert(hash.to_owned(), seen.clone());
        Ok(Some(seen))
    }

    fn seen(&self) -> MutexGuard<'_, HashMap<String, Seen>> {
        // A panic while holding the lock leaves whole entries.
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
