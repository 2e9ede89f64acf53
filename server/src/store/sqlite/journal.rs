use std::collections::HashSet;
use std::path::{Path, PathBuf};

use async_trait::async_trait;
use hms_engine::{Run, WaitsFor};
use sqlx::sqlite::SqliteConnection;
use sqlx::{Executor, Row};
use uuid::Uuid;

use super::encode::{self, json, stamp};
use super::{calendars, cases, files, moved, outbox, queries, sla, trail, write};
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
}

impl SqliteJournal {
    pub(super) fn new(connection: SqliteConnection, database: &Path) -> SqliteJournal {
        SqliteJournal {
            connection,
            probe: database.with_extension("probe"),
            hot: HotRuns::default(),
            heads: Heads::default(),
        }
    }

    async fn load(&mut self, needed: &Needed) -> Result<Loaded, StoreError> {
        let connection = &mut self.connection;
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
            let free = queries::free_tasks(connection, actor, *limit, needed).await?;
            wanted.extend(free.iter().map(|(_, run)| run));
            loaded.free.push(free);
        }
        if needed.due > 0 {
            loaded.due = queries::due_timers(connection, needed).await?;
            wanted.extend(&loaded.due.runs);
        }
        if let Some(behind) = &needed.behind {
            loaded.behind = calendars::find_behind(connection, behind).await?;
            wanted.extend(&loaded.behind.runs);
        }
        if !cold_tasks.is_empty() {
            let tasks = queries::tasks(connection, &cold_tasks).await?;
            wanted.extend(tasks.iter().map(|(run, _)| run));
            loaded.tasks.extend(tasks);
        }
        if !needed.cases.is_empty() {
            let (found, crowded) = cases::find(connection, &needed.cases).await?;
            wanted.extend(found);
            loaded.crowded = crowded;
        }
        loaded.runs = self.take(wanted).await?;
        let connection = &mut self.connection;
        if !needed.origins.is_empty() {
            let origins = needed.origins.iter().map(|(source, id)| [source, id]);
            loaded.events = sqlx::query(
                "SELECT e.id, e.source, e.external_id, e.name, e.payload, e.received, e.runs, \
                 e.reached FROM json_each(?) o JOIN events e \
                 ON e.source = o.value ->> 0 AND e.external_id = o.value ->> 1",
            )
            .bind(json(&origins.collect::<Vec<_>>())?)
            .fetch_all(&mut *connection)
            .await?
            .iter()
            .map(encode::event)
            .collect::<Result<_, _>>()?;
        }
        if !needed.files.is_empty() {
            loaded.files = files::by_id(connection, &needed.files).await?;
        }
        if !needed.numbers.is_empty() {
            loaded.numbers = sqlx::query_scalar(
                "SELECT number FROM reports WHERE number IN (SELECT value FROM json_each(?))",
            )
            .bind(queries::text_list(needed.numbers.iter().cloned()))
            .fetch_all(connection)
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
            for (run, hash) in queries::runs(&mut self.connection, &cold).await? {
                self.heads.set(run.id, hash);
                runs.push(run);
            }
        }
        Ok(runs)
    }

    async fn write(&mut self, batch: &Batch) -> Result<(), StoreError> {
        let strangers = self.heads.strangers(batch);
        if !strangers.is_empty() {
            for (run, hash) in queries::heads(&mut self.connection, &strangers).await? {
                self.heads.set(run, hash);
            }
        }
        let audit = self.heads.chain(&batch.audit);
        let heads = &self.heads;
        let connection = &mut self.connection;
        write::rows(
            connection,
            (
                "INSERT INTO events (id, source, external_id, name, payload, received, runs, \
                 reached) VALUES",
                8,
                "",
            ),
            &batch.events,
            |query, event| {
                Ok(query
                    .bind(event.id.to_string())
                    .bind(event.source.clone())
                    .bind(event.external_id.clone())
                    .bind(event.name.clone())
                    .bind(json(&event.payload)?)
                    .bind(stamp(event.received))
                    .bind(json(&event.runs)?)
                    .bind(json(&event.reached)?))
            },
        )
        .await?;
        write::rows(
            connection,
            (
                "INSERT INTO runs (id, workflow, version, status, key, event_id, started, ended, \
                 seq, stopped, breached, state, parent, waits_human, waits_timer, stuck, audit_hash) VALUES",
                17,
                "ON CONFLICT (id) DO UPDATE SET status = excluded.status, ended = excluded.ended, \
                 seq = excluded.seq, stopped = excluded.stopped, \
                 breached = max(breached, excluded.breached), state = excluded.state, \
                 waits_human = excluded.waits_human, waits_timer = excluded.waits_timer, \
                 stuck = excluded.stuck, audit_hash = excluded.audit_hash",
            ),
            &batch.runs,
            |query, write| {
                let run = &write.run;
                // A run that changed has its row already; its event is not written again.
                let event = write
                    .began_by
                    .map(|event| event.to_string())
                    .unwrap_or_default();
                let started = run.started.unwrap_or_else(|| moment(batch.latest_ms));
                let waits = run.waits_for();
                Ok(query
                    .bind(run.id.to_string())
                    .bind(run.workflow.clone())
                    .bind(run.version.clone())
                    .bind(run.status.as_str())
                    .bind(run.key.clone())
                    .bind(event)
                    .bind(stamp(started))
                    .bind(run.ended.map(stamp))
                    .bind(run.seq.cast_signed())
                    .bind(!run.incidents.is_empty())
                    .bind(write.breached)
                    .bind(json(run)?)
                    .bind(run.parent.map(|parent| parent.to_string()))
                    .bind(waits.contains(&WaitsFor::Human))
                    .bind(waits.contains(&WaitsFor::Timer))
                    .bind(run.is_stuck())
                    .bind(heads.of(run.id).to_vec()))
            },
        )
        .await?;
        write::rows(
            connection,
            (
                "INSERT INTO tasks (id, run_id, workflow, step_id, actor, status, created, expires, \
                 attempt, escalated, not_before, claimed_by, claimed_at, lease_until, breached_at, \
                 closed_at, closed_by, input, result, error, priority, list, clock) VALUES",
                encode::TASK_WIDTH,
                "ON CONFLICT (id) DO UPDATE SET status = excluded.status, expires = excluded.expires, \
                 attempt = excluded.attempt, not_before = excluded.not_before, \
                 claimed_by = excluded.claimed_by, claimed_at = excluded.claimed_at, \
                 lease_until = excluded.lease_until, breached_at = excluded.breached_at, \
                 closed_at = excluded.closed_at, closed_by = excluded.closed_by, \
                 result = excluded.result, error = excluded.error, \
                 priority = excluded.priority, clock = excluded.clock",
            ),
            &batch.tasks,
            |query, write| {
                let task = &write.task;
                let input = (!task.input.is_null()).then(|| json(&task.input)).transpose()?;
                Ok(query
                    .bind(task.id.to_string())
                    .bind(write.run_id.to_string())
                    .bind(write.workflow.clone())
                    .bind(task.step_id.clone())
                    .bind(task.actor.to_string())
                    .bind(task.status.as_str())
                    .bind(stamp(task.created))
                    .bind(task.expires.map(stamp))
                    .bind(task.attempt)
                    .bind(task.escalated)
                    .bind(task.not_before.map(stamp))
                    .bind(task.claimed_by.clone())
                    .bind(task.claimed_at.map(stamp))
                    .bind(task.lease_until.map(stamp))
                    .bind(task.breached_at.map(stamp))
                    .bind(task.closed_at.map(stamp))
                    .bind(task.closed_by.clone())
                    .bind(input)
                    .bind(task.result.as_ref().map(json).transpose()?)
                    .bind(task.error.clone())
                    .bind(task.priority.0)
                    .bind(task.list)
                    .bind(task.clock.as_ref().map(json).transpose()?))
            },
        )
        .await?;
        moved::write(connection, batch).await?;
        cases::write_waits(connection, &batch.waits).await?;
        calendars::write_counted(connection, &batch.counted).await?;
        write::rows(
            connection,
            ("INSERT INTO timers (run_id, number, due_ms) VALUES", 3, ""),
            &batch.timers,
            |query, (run, timer)| {
                Ok(query
                    .bind(run.to_string())
                    .bind(timer.number)
                    .bind(timer.due.timestamp_millis()))
            },
        )
        .await?;
        write::rows(
            connection,
            (
                "DELETE FROM timers WHERE (run_id, number) IN (VALUES",
                2,
                ")",
            ),
            &batch.timers_over,
            |query, (run, number)| Ok(query.bind(run.to_string()).bind(*number)),
        )
        .await?;
        trail::write(connection, &audit).await?;
        write::rows(
            connection,
            (
                "INSERT INTO reports (number, receipt_hash, event_id, run_id, filed) VALUES",
                5,
                "",
            ),
            &batch.reports,
            |query, report| {
                Ok(query
                    .bind(report.number.clone())
                    .bind(report.receipt_hash.clone())
                    .bind(report.event_id.to_string())
                    .bind(report.run_id.to_string())
                    .bind(stamp(report.filed)))
            },
        )
        .await?;
        files::claim(connection, &batch.files).await?;
        outbox::write(connection, &batch.outbox).await?;
        sla::write(connection, &batch.sla).await?;
        sqlx::query("UPDATE clock SET latest_ms = max(latest_ms, ?)")
            .bind(batch.latest_ms)
            .execute(connection)
            .await?;
        Ok(())
    }
}

#[async_trait]
impl Journal for SqliteJournal {
    fn shared(&self) -> bool {
        false
    }

    async fn begin(&mut self, needed: &Needed) -> Result<Loaded, StoreError> {
        self.heads.clear();
        self.connection.execute("BEGIN IMMEDIATE").await?;
        self.load(needed).await
    }

    async fn more(&mut self, ids: &[Uuid]) -> Result<Loaded, StoreError> {
        Ok(Loaded {
            runs: self.take(ids.iter().copied().collect()).await?,
            ..Loaded::default()
        })
    }

    async fn commit(&mut self, batch: Batch) -> Result<(), StoreError> {
        self.write(&batch).await?;
        self.connection.execute("COMMIT").await?;
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

    async fn deploy(&mut self, version: &WorkflowVersion) -> Result<(), StoreError> {
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
        Ok(())
    }

    async fn deploy_calendar(&mut self, version: &CalendarVersion) -> Result<(), StoreError> {
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
