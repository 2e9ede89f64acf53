//! Who works: which worker polls for which actor, when it was last seen, what it did. What is seen at
//! this node is added to the store's figures every few seconds; a crash loses at most those seconds
//! of it, and nothing depends on it but what people are shown.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use hms_app::views::WorkerRow;
use hms_engine::{Actor, ActorKind, ActorPattern, Task, TaskStatus, Time};
use tokio_util::sync::CancellationToken;

use crate::clock::{moment, wall_ms};
use crate::store::{ActorLoad, Shelf, StoreError, WorkerRecord, WorkforceStore};

/// Most rows kept; beyond it those not seen for longest go.
const WORKERS_MAX: usize = 10_000;
/// An actor that nobody polled for this long is unserved.
const UNSERVED_AFTER_MS: i64 = 60_000;
/// How often changes are written down.
const WRITE_EVERY: Duration = Duration::from_secs(5);

/// A handle on the workforce; cheap to clone.
#[derive(Clone)]
pub struct Workforce {
    inner: Arc<Inner>,
}

struct Inner {
    rows: Mutex<Rows>,
    store: Arc<dyn WorkforceStore>,
}

/// Actor and worker.
type Key = (String, String);

/// What is not written down yet; `done` and `failed` count since the last time.
type Rows = HashMap<Key, WorkerRecord>;

impl Workforce {
    /// Writes what is seen down every few seconds until `stop`.
    pub fn open(store: Arc<dyn WorkforceStore>, stop: &CancellationToken) -> Workforce {
        let workforce = Workforce {
            inner: Arc::new(Inner {
                rows: Mutex::default(),
                store,
            }),
        };
        tokio::spawn(workforce.clone().keep_written(stop.clone()));
        workforce
    }

    /// Writes what has changed a last time.
    pub async fn close(&self) {
        self.write_or_warn().await;
    }

    /// Somebody polls for an actor, or works on one of its tasks.
    pub fn seen(&self, actor: &str, worker: &str, version: Option<String>) {
        self.touch(actor, worker, |record| {
            if version.is_some() {
                record.version = version;
            }
        });
    }

    /// A task was finished, or closed as failed by a result its step cannot take. A repeat of what was finished before `asked` does not count again.
    pub fn finished(&self, task: &Task, worker: &str, asked: Time) {
        let fresh = task.closed_at.is_some_and(|closed| closed >= asked);
        self.touch(&task.actor.to_string(), worker, |record| {
            match task.status {
                TaskStatus::Failed => record.failed += u64::from(fresh),
                _ => record.done += u64::from(fresh),
            }
        });
    }

    /// An attempt failed.
    pub fn failed(&self, actor: &str, worker: &str) {
        self.touch(actor, worker, |record| record.failed += 1);
    }

    fn rows(&self) -> MutexGuard<'_, Rows> {
        // A panic while holding the lock leaves at worst one row as it was.
        self.inner
            .rows
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    fn touch(&self, actor: &str, worker: &str, change: impl FnOnce(&mut WorkerRecord)) {
        let key = (actor.to_owned(), worker.to_owned());
        let mut rows = self.rows();
        if rows.len() >= WORKERS_MAX && !rows.contains_key(&key) {
            // More names in a few seconds than are ever kept: this one is seen the next time.
            return;
        }
        let record = rows
            .entry(key)
            .or_insert_with_key(|(actor, worker)| WorkerRecord {
                actor: actor.clone(),
                worker: worker.clone(),
                version: None,
                last_seen: moment(0),
                done: 0,
                failed: 0,
            });
        change(record);
        record.last_seen = moment(wall_ms());
    }

    /// Everybody, and the actors with open tasks that nobody polls for. `HUMAN:` actors are not
    /// polled for: their people have an inbox.
    pub async fn roster(&self, shelf: &dyn Shelf, now: Time) -> Result<Vec<WorkerRow>, StoreError> {
        let loads = shelf.load_by_actor().await?;
        let kept = self.inner.store.load(WORKERS_MAX as u32).await?;
        let mut records = with(kept, &self.rows());
        records.sort_by(|a, b| (&a.actor, &a.worker).cmp(&(&b.actor, &b.worker)));
        Ok(roster(&records, &loads, now, wall_ms()))
    }

    /// The actors with open tasks that no program has polled for in the last minute. People have an
    /// inbox, and are none of them.
    pub async fn unserved(&self, shelf: &dyn Shelf) -> Result<Vec<String>, StoreError> {
        let actors = shelf.open_actors().await?;
        let kept = self.inner.store.load(WORKERS_MAX as u32).await?;
        let records = with(kept, &self.rows());
        Ok(unserved(&actors, &records, wall_ms()))
    }

    async fn write(&self) -> Result<(), StoreError> {
        let seen = std::mem::take(&mut *self.rows());
        if seen.is_empty() {
            return Ok(());
        }
        let records: Vec<WorkerRecord> = seen.into_values().collect();
        let added = self.inner.store.add(&records, WORKERS_MAX as u32).await;
        if added.is_err() {
            // Not written: it counts with what was seen meanwhile.
            let mut rows = self.rows();
            let newer = std::mem::take(&mut *rows);
            let all = with(records, &newer);
            rows.extend(all.into_iter().map(|record| (key(&record), record)));
        }
        added
    }

    async fn keep_written(self, stop: CancellationToken) {
        while tokio::time::timeout(WRITE_EVERY, stop.cancelled())
            .await
            .is_err()
        {
            self.write_or_warn().await;
        }
    }

    async fn write_or_warn(&self) {
        if let Err(error) = self.write().await {
            tracing::warn!(%error, "the workforce was not written down");
        }
    }
}

fn key(record: &WorkerRecord) -> Key {
    (record.actor.clone(), record.worker.clone())
}

/// These records with what was seen since.
fn with(kept: Vec<WorkerRecord>, seen: &Rows) -> Vec<WorkerRecord> {
    let mut all: Rows = kept
        .into_iter()
        .map(|record| (key(&record), record))
        .collect();
    for (key, seen) in seen {
        all.entry(key.clone())
            .and_modify(|kept| {
                kept.done += seen.done;
                kept.failed += seen.failed;
                kept.last_seen = kept.last_seen.max(seen.last_seen);
                kept.version = seen.version.clone().or(kept.version.take());
            })
            .or_insert_with(|| seen.clone());
    }
    all.into_values().collect()
}

/// Whether somebody polled for an actor lately.
fn polled(records: &[WorkerRecord], actor: &str, wall_ms: i64) -> bool {
    records.iter().any(|record| {
        wall_ms - record.last_seen.timestamp_millis() <= UNSERVED_AFTER_MS
            && fits(&record.actor, actor)
    })
}

fn is_people(actor: &str) -> bool {
    actor
        .parse::<Actor>()
        .is_ok_and(|actor| actor.kind == ActorKind::Human)
}

fn unserved(actors: &[String], records: &[WorkerRecord], wall_ms: i64) -> Vec<String> {
    let nobodys = |actor: &&String| !is_people(actor) && !polled(records, actor, wall_ms);
    actors.iter().filter(nobodys).cloned().collect()
}

fn fits(pattern: &str, actor: &str) -> bool {
    match (pattern.parse::<ActorPattern>(), actor.parse::<Actor>()) {
        (Ok(pattern), Ok(actor)) => pattern.matches(&actor),
        _ => false,
    }
}

fn roster(
    records: &[WorkerRecord],
    loads: &[ActorLoad],
    now: Time,
    wall_ms: i64,
) -> Vec<WorkerRow> {
    let waited = |oldest: Time| (now - oldest).num_seconds().max(0) as u64;
    let served = records.iter().map(|record| {
        let mine: Vec<_> = loads
            .iter()
            .filter(|load| fits(&record.actor, &load.actor))
            .collect();
        let idle_ms = (wall_ms - record.last_seen.timestamp_millis()).max(0);
        WorkerRow {
            actor: record.actor.clone(),
            worker: Some(record.worker.clone()),
            version: record.version.clone(),
            last_seen: Some(record.last_seen),
            idle_seconds: Some(idle_ms as u64 / 1000),
            done: record.done,
            failed: record.failed,
            waiting: mine.iter().map(|load| load.waiting).sum(),
            oldest_seconds: mine.iter().map(|load| waited(load.oldest)).max(),
        }
    });
    let unserved = loads
        .iter()
        .filter(|load| load.waiting > 0 && !is_people(&load.actor))
        .filter(|load| !polled(records, &load.actor, wall_ms))
        .map(|load| WorkerRow {
            actor: load.actor.clone(),
            worker: None,
            version: None,
            last_seen: None,
            idle_seconds: None,
            done: 0,
            failed: 0,
            waiting: load.waiting,
            oldest_seconds: Some(waited(load.oldest)),
        });
    unserved.chain(served).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(actor: &str, worker: &str, last_seen_ms: i64) -> WorkerRecord {
        WorkerRecord {
            actor: actor.into(),
            worker: worker.into(),
            version: None,
            last_seen: moment(last_seen_ms),
            done: 3,
            failed: 1,
        }
    }

    #[test]
    fn what_was_seen_since_counts_on_top_of_what_is_kept() {
        let seen = [record("AI:*", "new", 9), record("AI:*", "old", 8)]
            .map(|record| (key(&record), record));
        let mut all = with(vec![record("AI:*", "old", 5)], &Rows::from(seen));
        all.sort_by(|a, b| a.worker.cmp(&b.worker));
        let twice = WorkerRecord {
            done: 6,
            failed: 2,
            ..record("AI:*", "old", 8)
        };
        assert_eq!(all, [record("AI:*", "new", 9), twice]);
    }

    #[test]
    fn who_works_for_nobody_for_a_minute_is_unserved() {
        let wall_ms = 1_000_000;
        let records = [
            record("AI:*", "labeler-1", wall_ms - 60_000),
            record("SVC:email-svc", "mail-1", wall_ms - 60_001),
        ];
        let actors = [
            "AI:fraud-labeler",
            "HUMAN:clerk",
            "SVC:archive",
            "SVC:email-svc",
        ];
        let actors = actors.map(str::to_owned);
        assert_eq!(
            unserved(&actors, &records, wall_ms),
            ["SVC:archive", "SVC:email-svc"]
        );
    }

    #[test]
    fn an_actor_nobody_polls_for_is_listed_first() {
        let wall_ms = 1_000_000;
        let records = [
            record("AI:*", "labeler-1", wall_ms - 5_000),
            record("SVC:email-svc", "mail-1", wall_ms - 61_000),
        ];
        let load = |actor: &str, waiting| ActorLoad {
            actor: actor.into(),
            waiting,
            oldest: moment(10_000),
        };
        let loads = [
            load("AI:fraud-labeler", 2),
            load("SVC:email-svc", 14),
            load("HUMAN:investigator", 5),
        ];
        let rows = roster(&records, &loads, moment(70_000), wall_ms);
        let told: Vec<_> = rows
            .iter()
            .map(|row| {
                (
                    row.actor.as_str(),
                    row.worker.as_deref(),
                    row.waiting,
                    row.oldest_seconds,
                )
            })
            .collect();
        assert_eq!(
            told,
            [
                ("SVC:email-svc", None, 14, Some(60)),
                ("AI:*", Some("labeler-1"), 2, Some(60)),
                ("SVC:email-svc", Some("mail-1"), 14, Some(60)),
            ]
        );
    }
}
