use std::collections::HashSet;
use std::path::{Path, PathBuf};

use async_trait::async_trait;
use hms_engine::Run;
use sqlx::sqlite::SqliteConnection;
use sqlx::{Executor, Row};
use uuid::Uuid;

use super::encode::{self, json, stamp};
use super::{calendars, cases, commit, files, queries, trail};
use crate::clock::{Anchor, moment};
use crate::store::chain::Heads;
use crate::store::hot::HotRuns;
use crate::store::{
    Batch, CalendarVersion, Journal, Loaded, Look, Needed, Note, StoreError, WorkflowVersion,
};

/// How much room there must be before a store whose disk was full is called well again.
const PROBE_BYTES: usize = 1 << 20;

/// The one connection that writes runs.
#[derive(Debug)]
pub struct SqliteJournal {
    connection: SqliteConnection,
    /// Written beside the database to learn whether its disk has room.
    probe: PathBuf,
    hot: HotRuns,
    heads: Heads,
    /// Whether this turn's transaction was begun.
    begun: bool,
}

impl SqliteJournal {
    pub(super) fn new(connection: SqliteConnection, database: &Path) -> SqliteJournal {
        SqliteJournal {
            connection,
            probe: database.with_extension("probe"),
            hot: HotRuns::default(),
            heads: Heads::default(),
            begun: false,
        }
    }

    async fn load(&mut self, needed: &Needed) -> Result<Loaded, StoreError> {
        let mut loaded = Loaded::default();
        let mut wanted: HashSet<Uuid> = needed.runs.iter().copied().collect();
        let mut cold_tasks = Vec::new();
        for task in &needed.tasks {
            match self.hot.task(*task) {
                Some((run, task)) => {
                    wanted.insert(run);
                    loaded.tasks.push((run, task));
                }
                None => cold_tasks.push(*task),
            }
        }
        for (actor, limit) in &needed.free {
            let free = queries::free_tasks(self.open().await?, actor, *limit, needed).await?;
            wanted.extend(free.iter().map(|(_, run)| run));
            loaded.free.push(free);
        }
        if needed.due > 0 {
            loaded.due = queries::due_timers(self.open().await?, needed).await?;
            wanted.extend(&loaded.due.runs);
        }
        if let Some(behind) = &needed.behind {
            loaded.behind = calendars::find_behind(self.open().await?, behind).await?;
            wanted.extend(&loaded.behind.runs);
        }
        if !cold_tasks.is_empty() {
            let tasks = queries::tasks(self.open().await?, &cold_tasks).await?;
            wanted.extend(tasks.iter().map(|(run, _)| run));
            loaded.tasks.extend(tasks);
        }
        if !needed.cases.is_empty() {
            let (found, crowded) = cases::find(self.open().await?, &needed.cases).await?;
            wanted.extend(found);
            loaded.crowded = crowded;
        }
        loaded.runs = self.take(wanted).await?;
        if !needed.origins.is_empty() {
            let origins = needed.origins.iter().map(|(source, id)| [source, id]);
            loaded.events = sqlx::query(
                "SELECT e.id, e.source, e.external_id, e.name, e.payload, e.received, e.runs, \
                 e.reached FROM json_each(?) o JOIN events e \
                 ON e.source = o.value ->> 0 AND e.external_id = o.value ->> 1",
            )
            .bind(json(&origins.collect::<Vec<_>>())?)
            .fetch_all(self.open().await?)
            .await?
            .iter()
            .map(encode::event)
            .collect::<Result<_, _>>()?;
        }
        if !needed.files.is_empty() {
            loaded.files = files::by_id(self.open().await?, &needed.files).await?;
        }
        if !needed.numbers.is_empty() {
            loaded.numbers = sqlx::query_scalar(
                "SELECT number FROM reports WHERE number IN (SELECT value FROM json_each(?))",
            )
            .bind(queries::text_list(needed.numbers.iter().cloned()))
            .fetch_all(self.open().await?)
            .await?;
        }
        Ok(loaded)
    }

    /// Runs by id, from those at hand or from the tables.
    async fn take(&mut self, wanted: HashSet<Uuid>) -> Result<Vec<Run>, StoreError> {
        let mut runs = Vec::with_capacity(wanted.len());
        let mut cold = Vec::new();
        for run in wanted {
            match self.hot.take(run) {
                Some((run, hash)) => {
                    self.heads.set(run.id, hash);
                    runs.push(run);
                }
                None => cold.push(run),
            }
        }
        if !cold.is_empty() {
            for (run, hash) in queries::runs(self.open().await?, &cold).await? {
                self.heads.set(run.id, hash);
                runs.push(run);
            }
        }
        Ok(runs)
    }

    /// Begins a transaction if none was begun in this turn. A turn that reads nothing begins one with its commit:
    /// nobody else writes what is at hand.
    async fn open(&mut self) -> Result<&mut SqliteConnection, StoreError> {
        if !self.begun {
            super::begin(&mut self.connection).await?;
            self.begun = true;
        }
        Ok(&mut self.connection)
    }
}

#[async_trait]
impl Journal for SqliteJournal {
    fn shared(&self) -> bool {
        false
    }

    async fn begin(&mut self, needed: &Needed) -> Result<Loaded, StoreError> {
        self.heads.clear();
        self.begun = false;
        self.load(needed).await
    }

    async fn more(&mut self, ids: &[Uuid]) -> Result<Loaded, StoreError> {
        Ok(Loaded {
            runs: self.take(ids.iter().copied().collect()).await?,
            ..Loaded::default()
        })
    }

    async fn commit(&mut self, batch: Batch) -> Result<(), StoreError> {
        let strangers = self.heads.strangers(&batch);
        if !strangers.is_empty() {
            let heads = queries::heads(self.open().await?, &strangers).await?;
            heads
                .into_iter()
                .for_each(|(run, hash)| self.heads.set(run, hash));
        }
        commit::batch(&mut self.connection, self.begun, &batch, &mut self.heads).await?;
        for write in batch.runs {
            let hash = self.heads.of(write.run.id);
            self.hot.keep(write.run, hash);
        }
        Ok(())
    }

    async fn abandon(&mut self) {
        // Refused when no transaction is open, and that is what was wanted.
        let _ = self.connection.execute("ROLLBACK").await;
    }

    async fn look(&mut self) -> Result<Look, StoreError> {
        let next: Option<i64> = sqlx::query("SELECT min(due_ms) FROM timers")
            .fetch_one(&mut self.connection)
            .await?
            .try_get(0)?;
        Ok(Look {
            next: next.map(moment),
            ..Look::default()
        })
    }

    async fn probe(&mut self) -> Result<(), StoreError> {
        // Room for many commits, and not for this small one only.
        let written = tokio::fs::write(&self.probe, vec![1; PROBE_BYTES]).await;
        let removed = tokio::fs::remove_file(&self.probe).await;
        written
            .and(removed)
            .map_err(|error| StoreError::Unavailable(format!("no room on the disk: {error}")))?;
        // A row written as it was is a page in the log, which must reach the disk.
        self.connection
            .execute("UPDATE clock SET wall_ms = wall_ms")
            .await?;
        Ok(())
    }

    async fn deploy(&mut self, version: &WorkflowVersion) -> Result<i64, StoreError> {
        self.connection.execute("BEGIN IMMEDIATE").await?;
        sqlx::query("UPDATE workflows SET in_force = 0 WHERE id = ?")
            .bind(version.id.clone())
            .execute(&mut self.connection)
            .await?;
        sqlx::query(
            "INSERT INTO workflows (version, id, source, deployed, deployed_by, in_force) \
             VALUES (?, ?, ?, ?, ?, 1) ON CONFLICT (version) DO UPDATE SET in_force = 1, \
             deployed = excluded.deployed, deployed_by = excluded.deployed_by",
        )
        .bind(version.version.clone())
        .bind(version.id.clone())
        .bind(version.source.clone())
        .bind(stamp(version.deployed))
        .bind(version.deployed_by.clone())
        .execute(&mut self.connection)
        .await?;
        let note = Note {
            at: version.deployed,
            who: version.deployed_by.clone(),
            version: Some(version.version.clone()),
            about: None,
            command: json(&serde_json::json!({"order": "deploy", "workflow": version.id}))?,
        };
        trail::house(&mut self.connection, &[note]).await?;
        self.connection.execute("COMMIT").await?;
        Ok(0)
    }

    async fn deploy_calendar(&mut self, version: &CalendarVersion) -> Result<i64, StoreError> {
        calendars::deploy(&mut self.connection, version).await
    }

    async fn clock(&mut self) -> Result<Option<(Anchor, i64)>, StoreError> {
        let row = sqlx::query("SELECT wall_ms, workflow_ms, rate, latest_ms FROM clock")
            .fetch_optional(&mut self.connection)
            .await?;
        row.map(|row| {
            let anchor = Anchor {
                wall_ms: row.try_get(0)?,
                workflow_ms: row.try_get(1)?,
                rate: row.try_get(2)?,
            };
            Ok((anchor, row.try_get(3)?))
        })
        .transpose()
    }

    async fn set_clock(&mut self, anchor: Anchor, latest_ms: i64) -> Result<(), StoreError> {
        sqlx::query(
            "INSERT INTO clock (one, wall_ms, workflow_ms, rate, latest_ms) VALUES (1, ?, ?, ?, ?) \
             ON CONFLICT (one) DO UPDATE SET wall_ms = excluded.wall_ms, \
             workflow_ms = excluded.workflow_ms, rate = excluded.rate, \
             latest_ms = max(latest_ms, excluded.latest_ms)",
        )
        .bind(anchor.wall_ms)
        .bind(anchor.workflow_ms)
        .bind(anchor.rate)
        .bind(latest_ms)
        .execute(&mut self.connection)
        .await?;
        Ok(())
    }
}
