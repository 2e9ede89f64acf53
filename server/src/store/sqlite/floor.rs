//! The floor of the benchmark: the rows of finished runs, written again by plain multi-row SQL with
//! nothing around it. What the server adds on top of it is what it costs.

use std::collections::{BTreeMap, HashMap};
use std::path::Path;
use std::time::{Duration, Instant};

use sqlx::sqlite::{SqliteConnection, SqliteRow};
use sqlx::{AssertSqlSafe, Connection, Row, TypeInfo, ValueRef};

use super::{SqliteStore, write};
use crate::store::StoreError;

/// A value of a row.
#[derive(Debug, Clone)]
enum Value {
    Text(String),
    Number(i64),
    Null,
}

type Values = Vec<Value>;

/// The rows of finished runs, by the command that made or changed them.
#[derive(Debug, Default)]
pub struct Rows {
    stages: BTreeMap<i64, Stage>,
}

/// What the n-th command of each run wrote: its event when it is the first, the run, the tasks it
/// opened or closed, and its audit entry.
#[derive(Debug, Default)]
struct Stage {
    events: Vec<Values>,
    runs: Vec<Values>,
    tasks: Vec<Vec<Values>>,
    audit: Vec<Values>,
}

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
    "INSERT INTO audit (run_id, seq, at, who, version, command, entries) VALUES",
    "",
);

impl Rows {
    /// Reads the rows of finished runs from a store's file.
    pub async fn read(path: &Path, runs: usize) -> Result<Rows, StoreError> {
        let store = SqliteStore::open(path).await?;
        let mut connection = store.write.acquire().await?;
        let mut events = by(&mut connection, "SELECT * FROM events", 0).await?;
        let mut tasks = by(&mut connection, "SELECT * FROM tasks ORDER BY id", 1).await?;
        let mut audit = by(
            &mut connection,
            "SELECT run_id, seq, at, who, version, command, entries FROM audit ORDER BY seq",
            0,
        )
        .await?;
        let mut rows = Rows::default();
        let finished = all(
            &mut connection,
            "SELECT * FROM runs WHERE status = 'COMPLETED'",
        )
        .await?;
        for run in finished.into_iter().take(runs) {
            let (id, event) = (key(&run, 0), key(&run, 5));
            let tasks = tasks.remove(&id).unwrap_or_default();
            let audit = audit.remove(&id).unwrap_or_default();
            for (n, entry) in audit.into_iter().enumerate() {
                let stage = rows.stages.entry(n as i64).or_default();
                if n == 0 {
                    stage
                        .events
                        .extend(events.remove(&event).unwrap_or_default());
                }
                stage.runs.push(run.clone());
                stage.audit.push(entry);
                // Each command but the first closes a task; each but the last opens the next.
                let touched =
                    tasks
                        .iter()
                        .skip(n.saturating_sub(1))
                        .take(if n == 0 { 1 } else { 2 });
                stage.tasks.push(touched.cloned().collect());
            }
        }
        Ok(rows)
    }

    /// Writes them to a new store, so many commands in one durable transaction, and says how long
    /// it took.
    pub async fn write(&self, path: &Path, batch: usize) -> Result<Duration, StoreError> {
        let store = SqliteStore::open(path).await?;
        let mut connection = store.write.acquire().await?;
        let began = Instant::now();
        for stage in self.stages.values() {
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
                _ => Value::Text(row.try_get(column)?),
            })
        })
        .collect()
}
