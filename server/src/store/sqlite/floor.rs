//! The floor of the benchmark on SQLite; see `store/floor.rs`.

use std::collections::HashMap;
use std::path::Path;
use std::time::{Duration, Instant};

use sqlx::sqlite::{SqliteConnection, SqliteRow};
use sqlx::{AssertSqlSafe, Connection, Row, TypeInfo, ValueRef};

use super::{SqliteStore, write};
use crate::store::StoreError;
use crate::store::floor::{Read, Stage, stages};

/// A value of a row.
#[derive(Debug, Clone)]
enum Value {
    Text(String),
    Bytes(Vec<u8>),
    Number(i64),
    Null,
}

type Values = Vec<Value>;

/// The rows of finished runs, by the command that made or changed them.
#[derive(Debug)]
pub struct Rows(Vec<Stage<Values>>);

const EVENTS: (&str, &str) = ("INSERT INTO events VALUES", "");
const RUNS: (&str, &str) = (
    "INSERT INTO runs VALUES",
    "ON CONFLICT (id) DO UPDATE SET status = excluded.status, ended = excluded.ended, \
     seq = excluded.seq, state = excluded.state",
);
const TASKS: (&str, &str) = (
    "INSERT INTO tasks VALUES",
    "ON CONFLICT (id) DO UPDATE SET status = excluded.status, closed_at = excluded.closed_at, \
     closed_by = excluded.closed_by, result = excluded.result",
);
const AUDIT: (&str, &str) = (
    "INSERT INTO audit (run_id, seq, at, who, version, command, entries, hash) VALUES",
    "",
);

impl Rows {
    /// Reads the rows of so many finished runs from a store's file.
    pub async fn read(path: &Path, runs: usize) -> Result<Rows, StoreError> {
        let store = SqliteStore::open(path).await?;
        let mut connection = store.write.acquire().await?;
        let mut finished = all(
            &mut connection,
            "SELECT * FROM runs WHERE status = 'COMPLETED'",
        )
        .await?;
        finished.truncate(runs);
        let events = by(&mut connection, "SELECT * FROM events", 0).await?;
        Ok(Rows(stages(Read {
            runs: finished
                .into_iter()
                .map(|run| (key(&run, 0), key(&run, 5), run))
                .collect(),
            events: events
                .into_iter()
                .filter_map(|(id, mut rows)| Some((id, rows.pop()?)))
                .collect(),
            tasks: by(&mut connection, "SELECT * FROM tasks ORDER BY id", 1).await?,
            audit: by(
                &mut connection,
                "SELECT run_id, seq, at, who, version, command, entries, hash FROM audit \
                 WHERE run_id IS NOT NULL ORDER BY seq",
                0,
            )
            .await?,
        })))
    }

    /// Writes them to a new store, so many commands in one durable transaction, and says how long
    /// it took.
    pub async fn write(&self, path: &Path, batch: usize) -> Result<Duration, StoreError> {
        let store = SqliteStore::open(path).await?;
        let mut connection = store.write.acquire().await?;
        let began = Instant::now();
        for stage in &self.0 {
            for from in (0..stage.runs.len()).step_by(batch) {
                let to = (from + batch).min(stage.runs.len());
                let tasks = stage.tasks[from..to].concat();
                let events = stage.events.get(from..to).unwrap_or_default();
                let mut transaction = connection.begin_with("BEGIN IMMEDIATE").await?;
                put(&mut transaction, EVENTS, events).await?;
                put(&mut transaction, RUNS, &stage.runs[from..to]).await?;
                put(&mut transaction, TASKS, &tasks).await?;
                put(&mut transaction, AUDIT, &stage.audit[from..to]).await?;
                transaction.commit().await?;
            }
        }
        Ok(began.elapsed())
    }
}
async fn put(
    connection: &mut SqliteConnection,
    (head, tail): (&'static str, &'static str),
    rows: &[Values],
) -> Result<(), StoreError> {
    let width = rows.first().map_or(0, Vec::len);
    write::rows(connection, (head, width, tail), rows, |mut query, row| {
        for value in row {
            query = match value {
                Value::Text(text) => query.bind(text.clone()),
                Value::Bytes(bytes) => query.bind(bytes.clone()),
                Value::Number(number) => query.bind(*number),
                Value::Null => query.bind(None::<String>),
            };
        }
        Ok(query)
    })
    .await
}

async fn all(
    connection: &mut SqliteConnection,
    sql: &'static str,
) -> Result<Vec<Values>, StoreError> {
    let rows = sqlx::query(AssertSqlSafe(sql))
        .fetch_all(connection)
        .await?;
    rows.iter().map(values).collect()
}

async fn by(
    connection: &mut SqliteConnection,
    sql: &'static str,
    column: usize,
) -> Result<HashMap<String, Vec<Values>>, StoreError> {
    let mut grouped: HashMap<String, Vec<Values>> = HashMap::new();
    for row in all(connection, sql).await? {
        grouped.entry(key(&row, column)).or_default().push(row);
    }
    Ok(grouped)
}

fn key(row: &Values, column: usize) -> String {
    match row.get(column) {
        Some(Value::Text(text)) => text.clone(),
        _ => String::new(),
    }
}

fn values(row: &SqliteRow) -> Result<Values, StoreError> {
    (0..row.len())
        .map(|column| {
            let raw = row.try_get_raw(column)?;
            Ok(match raw.type_info().name() {
                _ if raw.is_null() => Value::Null,
                "INTEGER" => Value::Number(row.try_get(column)?),
                "BLOB" => Value::Bytes(row.try_get(column)?),
                _ => Value::Text(row.try_get(column)?),
            })
        })
        .collect()
}
