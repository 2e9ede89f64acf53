//! What stands in the file, read without the store's own code.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::Path;

use chrono::{DateTime, NaiveDate, Utc};
use hms_engine::Run;
use serde_json::Value;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection, SqliteRow};
use sqlx::{ConnectOptions, Row as _};
use uuid::Uuid;

use crate::ledger::{Ms, Row};

/// A reading connection of its own.
pub(crate) struct Tables(SqliteConnection);

/// Rows of the audit trail.
pub(crate) struct Audit {
    /// The last row's number.
    pub(crate) last: i64,
    /// All rows up to it in one number.
    pub(crate) chain: u64,
    /// Those of runs.
    pub(crate) rows: Vec<Row>,
}

/// A row of `runs`.
pub(crate) struct RunRow {
    pub(crate) id: Uuid,
    pub(crate) status: String,
    pub(crate) event: Uuid,
    pub(crate) ended: Option<Ms>,
    pub(crate) seq: i64,
    pub(crate) stopped: bool,
    pub(crate) breached: bool,
    pub(crate) state: String,
    pub(crate) run: Run,
}

/// A row of `tasks`.
#[derive(Debug, PartialEq)]
pub(crate) struct TaskRow {
    pub(crate) id: Uuid,
    pub(crate) run: Uuid,
    pub(crate) step: String,
    pub(crate) actor: String,
    pub(crate) status: String,
    pub(crate) created: Ms,
    pub(crate) expires: Option<Ms>,
    pub(crate) attempt: u32,
    pub(crate) not_before: Option<Ms>,
    pub(crate) claimed_by: Option<String>,
    pub(crate) claimed_at: Option<Ms>,
    pub(crate) lease_until: Option<Ms>,
    pub(crate) breached_at: Option<Ms>,
    pub(crate) closed_at: Option<Ms>,
    pub(crate) closed_by: Option<String>,
    pub(crate) result: Option<Value>,
    pub(crate) priority: u8,
}

/// A row of `events`.
pub(crate) struct EventRow {
    pub(crate) id: Uuid,
    pub(crate) origin: Option<(String, String)>,
    pub(crate) payload: Value,
    pub(crate) runs: Vec<Uuid>,
}

impl Tables {
    pub(crate) async fn open(database: &Path) -> Tables {
        let options = SqliteConnectOptions::new().filename(database);
        let options = options.disable_statement_logging();
        Tables(options.connect().await.unwrap())
    }

    async fn all(&mut self, sql: &'static str) -> Vec<SqliteRow> {
        sqlx::query(sql).fetch_all(&mut self.0).await.unwrap()
    }

    /// All rows of the audit trail up to one, in one number.
    pub(crate) async fn chain(&mut self, until: i64) -> u64 {
        let rows = sqlx::query(
            "SELECT n, run_id, seq, at, who, version, command, entries FROM audit \
             WHERE n <= ? ORDER BY n",
        )
        .bind(until)
        .fetch_all(&mut self.0)
        .await
        .unwrap();
        rows.iter().fold(0, link)
    }

    /// The audit trail after a row, up to which it is a number.
    pub(crate) async fn audit(&mut self, after: i64, chain: u64) -> Audit {
        let rows = sqlx::query(
            "SELECT n, run_id, seq, at, who, version, command, entries FROM audit \
             WHERE n > ? ORDER BY n",
        )
        .bind(after)
        .fetch_all(&mut self.0)
        .await
        .unwrap();
        let mut audit = Audit {
            last: after,
            chain,
            rows: Vec::with_capacity(rows.len()),
        };
        for row in &rows {
            audit.last = row.get(0);
            audit.chain = link(audit.chain, row);
            let (run, seq) = (row.get::<Option<&str>, _>(1), row.get::<Option<i64>, _>(2));
            let [at, who, command, entries] = texts(row);
            // A deployment is no run's.
            if let (Some(run), Some(seq)) = (run, seq) {
                audit.rows.push(Row {
                    run: run.parse().unwrap(),
                    seq: seq.cast_unsigned(),
                    at: ms(at),
                    who: who.to_owned(),
                    version: row.get(5),
                    order: serde_json::from_str(command).unwrap(),
                    entries: serde_json::from_str(entries).unwrap(),
                });
            }
        }
        audit
    }

    pub(crate) async fn runs(&mut self) -> Vec<RunRow> {
        let rows = self
            .all(
                "SELECT r.id, r.status, r.event_id, r.ended, r.seq, r.stopped, r.breached, r.state, \
                 e.payload FROM runs r JOIN events e ON e.id = r.event_id ORDER BY r.id",
            )
            .await;
        let row = |row: &SqliteRow| {
            let state: String = row.get(7);
            let mut run: Run = serde_json::from_str(&state).unwrap();
            run.payload = serde_json::from_str(row.get(8)).unwrap();
            RunRow {
                id: id(row, 0),
                status: row.get(1),
                event: id(row, 2),
                ended: row.get::<Option<&str>, _>(3).map(ms),
                seq: row.get(4),
                stopped: row.get(5),
                breached: row.get(6),
                state,
                run,
            }
        };
        rows.iter().map(row).collect()
    }

    pub(crate) async fn tasks(&mut self) -> Vec<TaskRow> {
        let rows = self
            .all(
                "SELECT id, run_id, step_id, actor, status, created, expires, attempt, not_before, \
                 claimed_by, claimed_at, lease_until, breached_at, closed_at, closed_by, result, \
                 priority FROM tasks ORDER BY id",
            )
            .await;
        let row = |row: &SqliteRow| {
            let moment = |column: usize| row.get::<Option<&str>, _>(column).map(ms);
            let result = row.get::<Option<&str>, _>(15);
            TaskRow {
                id: id(row, 0),
                run: id(row, 1),
                step: row.get(2),
                actor: row.get(3),
                status: row.get(4),
                created: ms(row.get(5)),
                expires: moment(6),
                attempt: row.get(7),
                not_before: moment(8),
                claimed_by: row.get(9),
                claimed_at: moment(10),
                lease_until: moment(11),
                breached_at: moment(12),
                closed_at: moment(13),
                closed_by: row.get(14),
                result: result.map(|text| serde_json::from_str(text).unwrap()),
                priority: row.get(16),
            }
        };
        rows.iter().map(row).collect()
    }

    /// Run, number and moment of every timer, in order.
    pub(crate) async fn timers(&mut self) -> Vec<(Uuid, u32, Ms)> {
        let sql = "SELECT run_id, number, due_ms FROM timers ORDER BY run_id, number";
        let rows = self.all(sql).await;
        let rows = rows.iter();
        rows.map(|row| (id(row, 0), row.get(1), row.get(2)))
            .collect()
    }

    pub(crate) async fn events(&mut self) -> Vec<EventRow> {
        let sql = "SELECT id, source, external_id, payload, runs FROM events ORDER BY id";
        let row = |row: &SqliteRow| {
            let source: Option<String> = row.get(1);
            let runs: Vec<Value> = serde_json::from_str(row.get(4)).unwrap();
            let run = |run: &Value| run["run_id"].as_str().unwrap().parse().unwrap();
            EventRow {
                id: id(row, 0),
                origin: source.zip(row.get(2)),
                payload: serde_json::from_str(row.get(3)).unwrap(),
                runs: runs.iter().map(run).collect(),
            }
        };
        self.all(sql).await.iter().map(row).collect()
    }

    /// Number and run of every report, by number.
    pub(crate) async fn reports(&mut self) -> Vec<(String, Uuid)> {
        let sql = "SELECT number, run_id FROM reports ORDER BY number";
        let rows = self.all(sql).await;
        rows.iter().map(|row| (row.get(0), id(row, 1))).collect()
    }

    /// SLA figures by workflow, step and day.
    pub(crate) async fn sla(&mut self) -> crate::ledger::Figures {
        let sql = "SELECT workflow, step_id, day, met, breached, cancelled FROM sla_days";
        let rows = self.all(sql).await;
        let figure = |row: &SqliteRow| {
            let key = (row.get(0), row.get(1), day(row.get(2)));
            (key, [row.get(3), row.get(4), row.get(5)])
        };
        rows.iter().map(figure).collect()
    }

    /// How many took how long, by workflow, step, day and bucket.
    pub(crate) async fn durations(&mut self) -> Vec<((String, String, i64, i64), i64)> {
        let sql = "SELECT workflow, step_id, day, bucket, n FROM sla_durations \
                   ORDER BY workflow, step_id, day, bucket";
        let rows = self.all(sql).await;
        let duration = |row: &SqliteRow| {
            let key = (row.get(0), row.get(1), day(row.get(2)), row.get(3));
            (key, row.get(4))
        };
        rows.iter().map(duration).collect()
    }

    /// The latest moment committed.
    pub(crate) async fn latest(&mut self) -> Ms {
        self.all("SELECT latest_ms FROM clock").await[0].get(0)
    }
}

/// Moment, who, command and entries of a row of the audit trail.
fn texts(row: &SqliteRow) -> [&str; 4] {
    [3, 4, 6, 7].map(|column| row.get(column))
}

/// A row of the audit trail and all before it in one number.
fn link(before: u64, row: &SqliteRow) -> u64 {
    let (run, seq) = (row.get::<Option<&str>, _>(1), row.get::<Option<i64>, _>(2));
    let mut digest = DefaultHasher::new();
    (before, run, seq, texts(row)).hash(&mut digest);
    digest.finish()
}

fn id(row: &SqliteRow, column: usize) -> Uuid {
    row.get::<&str, _>(column).parse().unwrap()
}

fn ms(text: &str) -> Ms {
    let moment: DateTime<Utc> = text.parse().unwrap();
    moment.timestamp_millis()
}

fn day(text: &str) -> i64 {
    let day: NaiveDate = text.parse().unwrap();
    i64::from(day.to_epoch_days())
}
