//! The floor of the benchmark on PostgreSQL; see `store/floor.rs`.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use sqlx::postgres::{PgConnection, PgRow};
use sqlx::{AssertSqlSafe, Connection, Row};

use super::PostgresStore;
use crate::store::StoreError;
use crate::store::floor::{Read, Stage, stages};

/// A row's values as text.
type Values = Vec<Option<String>>;

/// The rows of finished runs, by the command that made or changed them.
#[derive(Debug)]
pub struct Rows {
    stages: Vec<Stage<Values>>,
    events: Table,
    runs: Table,
    tasks: Table,
    audit: Table,
}

/// A table's columns with their types, and the statement that writes its rows.
#[derive(Debug)]
struct Table {
    columns: Vec<(String, String)>,
    insert: String,
}

impl Rows {
    /// Reads the rows of so many finished runs from a database.
    pub async fn read(url: &str, runs: usize) -> Result<Rows, StoreError> {
        let store = PostgresStore::open(url).await?;
        let mut connection = store.pool.acquire().await?;
        let events = Table::of(&mut connection, "events", "").await?;
        let tables = Rows {
            runs: Table::of(
                &mut connection,
                "runs",
                "ON CONFLICT (id) DO UPDATE SET status = excluded.status, \
                 ended = excluded.ended, seq = excluded.seq, state = excluded.state",
            )
            .await?,
            tasks: Table::of(
                &mut connection,
                "tasks",
                "ON CONFLICT (id) DO UPDATE SET status = excluded.status, \
                 closed_at = excluded.closed_at, closed_by = excluded.closed_by, \
                 result = excluded.result",
            )
            .await?,
            audit: Table::of(&mut connection, "audit", "").await?,
            events,
            stages: Vec::new(),
        };
        let connection = &mut *connection;
        let finished = tables
            .runs
            .rows(connection, "runs WHERE status = 'COMPLETED' LIMIT", runs)
            .await?;
        let everything = i32::MAX as usize;
        let events = tables
            .events
            .rows(connection, "events LIMIT", everything)
            .await?;
        let tasks = tables
            .tasks
            .rows(connection, "tasks ORDER BY id LIMIT", everything)
            .await?;
        let audit = tables
            .audit
            .rows(
                connection,
                "audit WHERE run_id IS NOT NULL ORDER BY seq LIMIT",
                everything,
            )
            .await?;
        let (id, event) = (tables.runs.at("id"), tables.runs.at("event_id"));
        let stages = stages(Read {
            runs: finished
                .into_iter()
                .map(|run| (key(&run, id), key(&run, event), run))
                .collect(),
            events: events
                .into_iter()
                .map(|row| (key(&row, tables.events.at("id")), row))
                .collect(),
            tasks: by(tasks, tables.tasks.at("run_id")),
            audit: by(audit, tables.audit.at("run_id")),
        });
        Ok(Rows { stages, ..tables })
    }

    /// Writes them to a new database, so many commands in one durable transaction, and says how long
    /// it took.
    pub async fn write(&self, url: &str, batch: usize) -> Result<Duration, StoreError> {
        let store = PostgresStore::open(url).await?;
        let mut connection = store.pool.acquire().await?;
        let began = Instant::now();
        for stage in &self.stages {
            for from in (0..stage.runs.len()).step_by(batch) {
                let to = (from + batch).min(stage.runs.len());
                let events = stage.events.get(from..to).unwrap_or_default();
                let mut transaction = connection.begin().await?;
                self.events.put(&mut transaction, events).await?;
                self.runs
                    .put(&mut transaction, &stage.runs[from..to])
                    .await?;
                self.tasks
                    .put(&mut transaction, &stage.tasks[from..to].concat())
                    .await?;
                self.audit
                    .put(&mut transaction, &stage.audit[from..to])
                    .await?;
                transaction.commit().await?;
            }
        }
        Ok(began.elapsed())
    }
}

impl Table {
    async fn of(
        connection: &mut PgConnection,
        table: &str,
        tail: &str,
    ) -> Result<Table, StoreError> {
        let columns: Vec<(String, String)> = sqlx::query_as(
            "SELECT attname::text, format_type(atttypid, atttypmod) FROM pg_attribute \
             WHERE attrelid = $1::regclass AND attnum > 0 AND NOT attisdropped \
             AND attidentity = '' ORDER BY attnum",
        )
        .bind(table)
        .fetch_all(connection)
        .await?;
        let all = |of: &dyn Fn(usize, &(String, String)) -> String| {
            let each: Vec<String> = columns.iter().enumerate().map(|(n, c)| of(n, c)).collect();
            each.join(", ")
        };
        let insert = format!(
            "INSERT INTO {table} ({}) SELECT {} FROM unnest({}) AS new ({}) {tail}",
            all(&|_, (name, _)| name.clone()),
            all(&|_, (name, of)| if of == "json" {
                format!("{name}::json")
            } else {
                name.clone()
            }),
            // An array of `json` is slow to take apart; as text it is not.
            all(&|n, (_, of)| match of.as_str() {
                "json" | "text" => format!("${}::text[]", n + 1),
                other => format!("${}::text[]::{other}[]", n + 1),
            }),
            all(&|_, (name, _)| name.clone()),
        );
        Ok(Table { columns, insert })
    }

    fn at(&self, name: &str) -> usize {
        let found = self.columns.iter().position(|(column, _)| column == name);
        found.unwrap_or_default()
    }

    async fn rows(
        &self,
        connection: &mut PgConnection,
        from: &str,
        limit: usize,
    ) -> Result<Vec<Values>, StoreError> {
        let columns: Vec<String> = self
            .columns
            .iter()
            .map(|(name, _)| format!("{name}::text"))
            .collect();
        let text = format!("SELECT {} FROM {from} {limit}", columns.join(", "));
        let rows = sqlx::query(AssertSqlSafe(text))
            .fetch_all(connection)
            .await?;
        rows.iter().map(values).collect()
    }

    async fn put(&self, connection: &mut PgConnection, rows: &[Values]) -> Result<(), StoreError> {
        if rows.is_empty() {
            return Ok(());
        }
        let mut query = sqlx::query(AssertSqlSafe(self.insert.clone()));
        for column in 0..self.columns.len() {
            let values: Vec<Option<&str>> = rows.iter().map(|row| row[column].as_deref()).collect();
            query = query.bind(values);
        }
        query.execute(connection).await?;
        Ok(())
    }
}

fn by(rows: Vec<Values>, column: usize) -> HashMap<String, Vec<Values>> {
    let mut grouped: HashMap<String, Vec<Values>> = HashMap::new();
    for row in rows {
        grouped.entry(key(&row, column)).or_default().push(row);
    }
    grouped
}

fn key(row: &Values, column: usize) -> String {
    row.get(column).cloned().flatten().unwrap_or_default()
}

fn values(row: &PgRow) -> Result<Values, StoreError> {
    (0..row.len())
        .map(|column| Ok(row.try_get(column)?))
        .collect()
}
