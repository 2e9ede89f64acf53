use std::collections::HashSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde_json::{Map, Value};
use tokio::sync::{mpsc, oneshot};
use uuid::Uuid;

use crate::clock::{WorkflowClock, wall_ms};
use crate::edge;
use crate::store::{Note, StoreError, Trail};

/// The most notes of one transaction.
const TOGETHER_MAX: usize = 256;
/// The most that wait for it.
const WAITING_MAX: usize = 4_096;
/// So long one note is enough when the same person reads the same thing again, in milliseconds of the wall clock.
const AGAIN_MS: i64 = 60_000;
/// The most that is remembered of what was noted in this minute; past that, everything is noted.
const SEEN_MAX: usize = 10_000;

/// What somebody did that changes no case: read something, signed in. No personal data stands in it, and no secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deed {
    /// Who, as the trail names them: a person's signature, `token:` and a token's id, or a word.
    pub who: String,
    /// The kind: `read`, `sign_in`.
    pub order: &'static str,
    /// What: `task`, `run`, `file`, `failed`.
    pub what: &'static str,
    /// The thing itself, where it is none of its own kind: a task, a file.
    pub id: Option<String>,
    /// The case or the account it is about.
    pub about: Option<Uuid>,
}

impl Deed {
    /// That somebody read something.
    pub fn read(who: impl Into<String>, what: &'static str) -> Deed {
        Deed {
            who: who.into(),
            order: "read",
            what,
            id: None,
            about: None,
        }
    }

    /// That somebody signed in or out, or tried to.
    pub fn sign_in(who: impl Into<String>, what: &'static str) -> Deed {
        Deed {
            order: "sign_in",
            ..Deed::read(who, what)
        }
    }

    /// About a case or an account.
    #[must_use]
    pub fn about(self, about: Uuid) -> Deed {
        Deed {
            about: Some(about),
            ..self
        }
    }

    /// Of this thing.
    #[must_use]
    pub fn of(self, id: impl ToString) -> Deed {
        Deed {
            id: Some(id.to_string()),
            ..self
        }
    }

    /// As it is kept, with where it came from.
    fn command(&self, from: Option<&str>) -> String {
        let mut command = Map::new();
        let mut put = |name: &str, value: &str| command.insert(name.into(), value.into());
        put("order", self.order);
        put("what", self.what);
        if let Some(id) = &self.id {
            put("id", id);
        }
        if let Some(from) = from {
            put("from", from);
        }
        Value::Object(command).to_string()
    }
}

/// Writes into the house's chain what changes no case. What arrives while a transaction is under way shares the next one;
/// nobody is answered before theirs is committed. Cheap to clone.
#[derive(Clone)]
pub struct Notebook {
    queue: mpsc::Sender<Waiting>,
    clock: Arc<WorkflowClock>,
    seen: Arc<Mutex<Seen>>,
}

struct Waiting {
    note: Note,
    kept: oneshot::Sender<Result<(), String>>,
}

/// What was noted in the current minute, which begins with the first note after the one before.
#[derive(Default)]
struct Seen {
    since_ms: i64,
    what: HashSet<(String, &'static str, String, String)>,
}

impl Notebook {
    /// A notebook over a trail. It ends with its last handle, when all is written.
    pub fn open(trail: Arc<dyn Trail>, clock: Arc<WorkflowClock>) -> Notebook {
        let (queue, arrivals) = mpsc::channel(WAITING_MAX);
        tokio::spawn(write(trail, arrivals));
        Notebook {
            queue,
            clock,
            seen: Arc::default(),
        }
    }

    /// Notes a deed with the address the request being answered came from. It is kept when this returns.
    pub async fn note(&self, deed: &Deed) -> Result<(), StoreError> {
        self.write(deed, edge::address().as_deref()).await
    }

    /// The same, but that the same person does the same to the same thing from the same place counts once a minute: a page
    /// that loads again by itself, or a program that asks each second.
    pub async fn note_once(&self, deed: &Deed) -> Result<(), StoreError> {
        let from = edge::address();
        let object = match (&deed.id, deed.about) {
            (Some(id), _) => id.clone(),
            (None, about) => about.map(|about| about.to_string()).unwrap_or_default(),
        };
        let place = from.clone().unwrap_or_default();
        let key = (deed.who.clone(), deed.what, object, place);
        let now_ms = wall_ms();
        let since_ms = {
            let mut seen = self.seen();
            // Also when the wall clock was set back.
            if !(0..AGAIN_MS).contains(&(now_ms - seen.since_ms)) {
                seen.since_ms = now_ms;
                seen.what.clear();
            }
            if seen.what.contains(&key) {
                return Ok(());
            }
            seen.since_ms
        };
        self.write(deed, from.as_deref()).await?;
        // Only what is kept counts.
        let mut seen = self.seen();
        if seen.since_ms == since_ms && seen.what.len() < SEEN_MAX {
            seen.what.insert(key);
        }
        Ok(())
    }

    async fn write(&self, deed: &Deed, from: Option<&str>) -> Result<(), StoreError> {
        let note = Note {
            at: self.clock.now(),
            who: deed.who.clone(),
            version: None,
            about: deed.about,
            command: deed.command(from),
        };
        let (kept, answer) = oneshot::channel();
        let gone = || StoreError::Unavailable("nothing is noted any more".to_owned());
        let sent = self.queue.send(Waiting { note, kept }).await;
        sent.map_err(|_| gone())?;
        answer
            .await
            .map_err(|_| gone())?
            .map_err(StoreError::Unavailable)
    }

    fn seen(&self) -> MutexGuard<'_, Seen> {
        // A panic while holding the lock leaves a whole set.
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn write(trail: Arc<dyn Trail>, mut arrivals: mpsc::Receiver<Waiting>) {
    let mut together = Vec::new();
    while arrivals.recv_many(&mut together, TOGETHER_MAX).await > 0 {
        let (notes, callers): (Vec<Note>, Vec<_>) = together
            .drain(..)
            .map(|waiting| (waiting.note, waiting.kept))
            .unzip();
        let done = trail.note(&notes).await.map_err(|error| error.to_string());
        for caller in callers {
            // Who does not wait any more gave up; it is kept all the same.
            let _ = caller.send(done.clone());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_deed_is_kept_with_what_it_says_and_no_more() {
        let deed = Deed::read("person:x", "task").of("t").about(Uuid::nil());
        for (from, kept) in [
            (
                Some("203.0.113.9"),
                r#"{"from":"203.0.113.9","id":"t","order":"read","what":"task"}"#,
            ),
            (None, r#"{"id":"t","order":"read","what":"task"}"#),
        ] {
            let read: Value = serde_json::from_str(&deed.command(from)).unwrap();
            assert_eq!(read, serde_json::from_str::<Value>(kept).unwrap());
        }
    }
}
