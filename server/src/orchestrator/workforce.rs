//! Who works: which worker polls for which actor, when it was last seen, what it did. Kept in
//! memory and written down every few seconds; a crash loses at most those seconds of it, and
//! nothing depends on it but what people are shown.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use hms_app::views::WorkerRow;
use hms_engine::{Actor, ActorKind, ActorPattern, Task, TaskStatus, Time};
use tokio_util::sync::CancellationToken;

use crate::clock::{moment, wall_ms};
use crate::store::{ActorLoad, Shelf, StoreError, WorkerRecord, WorkforceStore};

/// Most rows kept; beyond it the one not seen for longest goes.
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

#[derive(Default)]
struct Rows {
    all: HashMap<Key, Row>,
    gone: Vec<Key>,
}

struct Row {
    record: WorkerRecord,
    changed: bool,
}

impl Workforce {
    /// Reads back who was there before, and writes changes down every few seconds until `stop`.
    pub async fn open(
        store: Arc<dyn WorkforceStore>,
        stop: &CancellationToken,
    ) -> Result<Workforce, StoreError> {
        let rows = store.load(WORKERS_MAX as u32).await?;
        let all = rows.into_iter().map(|record| {
            let key = (record.actor.clone(), record.worker.clone());
            let row = Row {
                record,
                changed: false,
            };
            (key, row)
        });
        let rows = Rows {
            all: all.collect(),
            gone: Vec::new(),
        };
        let workforce = Workforce {
            inner: Arc::new(Inner {
                rows: Mutex::new(rows),
                store,
            }),
        };
        tokio::spawn(workforce.clone().keep_written(stop.clone()));
        Ok(workforce)
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
        if rows.all.len() >= WORKERS_MAX && !rows.all.contains_key(&key) {
            rows.drop_oldest();
        }
        let row = rows
            .all
            .entry(key)
            .or_insert_with_key(|(actor, worker)| Row {
                record: WorkerRecord {
                    actor: actor.clone(),
                    worker: worker.clone(),
                    version: None,
                    last_seen: moment(0),
                    done: 0,
                    failed: 0,
                },
                changed: true,
            });
        change(&mut row.record);
        row.record.last_seen = moment(wall_ms());
        row.changed = true;
    }

    /// Everybody, and the actors with open tasks that nobody polls for. `HUMAN:` actors are not
    /// polled for: their people have an inbox.
    pub async fn roster(&self, shelf: &dyn Shelf, now: Time) -> Result<Vec<WorkerRow>, StoreError> {
        let loads = shelf.load_by_actor().await?;
        let mut records: Vec<WorkerRecord> = {
            let rows = self.rows();
            rows.all.values().map(|row| row.record.clone()).collect()
        };
        records.sort_by(|a, b| (&a.actor, &a.worker).cmp(&(&b.actor, &b.worker)));
        Ok(roster(&records, &loads, now, wall_ms()))
    }

    async fn write(&self) -> Result<(), StoreError> {
        let (changed, gone) = {
            let mut rows = self.rows();
            let gone = std::mem::take(&mut rows.gone);
            let changed = rows.all.values_mut().filter(|row| row.changed);
            let changed: Vec<WorkerRecord> = changed
                .map(|row| {
                    row.changed = false;
                    row.record.clone()
                })
                .collect();
            (changed, gone)
        };
        if changed.is_empty() && gone.is_empty() {
            return Ok(());
        }
        let saved = self.inner.store.save(&changed, &gone).await;
        if saved.is_err() {
            let mut rows = self.rows();
            for record in changed {
                if let Some(row) = rows.all.get_mut(&(record.actor, record.worker)) {
                    row.changed = true;
                }
            }
            rows.gone.extend(gone);
        }
        saved
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

impl Rows {
    fn drop_oldest(&mut self) {
        let oldest = self
            .all
            .iter()
            .min_by_key(|(_, row)| row.record.last_seen)
            .map(|(key, _)| key.clone());
        if let Some(key) = oldest {
            self.all.remove(&key);
            self.gone.push(key);
        }
    }
}

fn roster(
    records: &[WorkerRecord],
    loads: &[ActorLoad],
    now: Time,
    wall_ms: i64,
) -> Vec<WorkerRow> {
    let fits = |pattern: &str, load: &ActorLoad| match (
        pattern.parse::<ActorPattern>(),
        load.actor.parse::<Actor>(),
    ) {
        (Ok(pattern), Ok(actor)) => pattern.matches(&actor),
        _ => false,
    };
    let waited = |oldest: Time| (now - oldest).num_seconds().max(0) as u64;
    let served = records.iter().map(|record| {
        let mine: Vec<_> = loads
            .iter()
            .filter(|load| fits(&record.actor, load))
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
    let polled = |load: &ActorLoad| {
        records.iter().any(|record| {
            wall_ms - record.last_seen.timestamp_millis() <= UNSERVED_AFTER_MS
                && fits(&record.actor, load)
        })
    };
    let people = |load: &ActorLoad| load.actor.starts_with(ActorKind::Human.prefix());
    let unserved = loads
        .iter()
        .filter(|load| load.waiting > 0 && !people(load) && !polled(load))
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
