use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::store::{People, Session, StoreError};

/// How long a session is believed before the store is asked again. What ends one at this node is known here at
/// once; what ends it elsewhere (another node, the command line) after so long at most.
const BELIEVED: Duration = Duration::from_secs(1);
/// The most sessions remembered; past that, all are asked for anew.
const SESSIONS_MAX: usize = 10_000;

/// The sessions of people and reporters, looked up by the hash of their token and remembered for a moment, so that
/// the many requests of one page ask the store once.
#[derive(Clone)]
pub(super) struct KnownSessions {
    people: Arc<dyn People>,
    seen: Arc<Mutex<HashMap<String, Seen>>>,
}

struct Seen {
    session: Session,
    since: Instant,
}

impl KnownSessions {
    /// The sessions these people have.
    pub(super) fn new(people: Arc<dyn People>) -> KnownSessions {
        KnownSessions {
            people,
            seen: Arc::default(),
        }
    }

    /// A session by the hash of its token, ended or not, as it was within the last second. One that is not there is
    /// not remembered: who has just signed in must be known.
    pub(super) async fn session(&self, token_hash: &str) -> Result<Option<Session>, StoreError> {
        let believed = self
            .seen()
            .get(token_hash)
            .and_then(|seen| (seen.since.elapsed() < BELIEVED).then(|| seen.session.clone()));
        if believed.is_some() {
            return Ok(believed);
        }
        // Measured from before the store answered: what it said is no newer than that.
        let since = Instant::now();
        let session = self.people.session(token_hash).await?;
        let mut seen = self.seen();
        match &session {
            Some(session) => {
                if seen.len() >= SESSIONS_MAX {
                    seen.clear();
                }
                let session = session.clone();
                seen.insert(token_hash.to_owned(), Seen { session, since });
            }
            None => {
                seen.remove(token_hash);
            }
        }
        Ok(session)
    }

    /// What is known of one session is not believed any more: it was used, or ended.
    pub(super) fn forget(&self, token_hash: &str) {
        self.seen().remove(token_hash);
    }

    /// Nor of any: somebody's account changes.
    pub(super) fn forget_all(&self) {
        self.seen().clear();
    }

    fn seen(&self) -> MutexGuard<'_, HashMap<String, Seen>> {
        // A panic while holding the lock leaves whole entries.
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
