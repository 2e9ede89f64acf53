//! Finding runs and tasks by ids, in one statement however many there are.

use hms_engine::{ActorPattern, Run, Task};
use sqlx::sqlite::SqliteConnection;
use sqlx::{AssertSqlSafe, QueryBuilder, Row, Sqlite};
use uuid::Uuid;

use super::encode;
use super::lists::{DIALECT, ask};
use crate::clock::moment;
use crate::store::chain::{BEGINNING, Hash, kept};
use crate::store::{DueTimers, Needed, StoreError, free_tasks};

/// Ids as the JSON list that `json_each` takes: one bind, whatever the number.
pub(super) fn id_list<'a>(ids: impl IntoIterator<Item = &'a Uuid>) -> String {
    text_list(ids.into_iter().map(Uuid::to_string))
}

/// Texts as a JSON list.
pub(super) fn text_list(texts: impl IntoIterator<Item = String>) -> String {
    serde_json::Value::from_iter(texts).to_string()
}

/// Runs by id, with their payloads, each with the hash of its last audit row.
pub(super) async fn runs(
    connection: &mut SqliteConnection,
    ids: &[Uuid],
) -> Result<Vec<(Run, Hash)>, StoreError> {
    sqlx::query(
        "SELECT r.state, e.payload, r.audit_hash FROM runs r JOIN events e ON e.id = r.event_id \
         WHERE r.id IN (SELECT value FROM json_each(?))",
    )
    .bind(id_list(ids))
    .fetch_all(connection)
    .await?
    .iter()
    .map(|row| {
        let run = encode::run(encode::text(row, 0)?, encode::text(row, 1)?)?;
        Ok((run, kept(row.try_get(2)?)?.unwrap_or(BEGINNING)))
    })
    .collect()
}

/// Where the chains of runs end.
pub(super) async fn heads(
    connection: &mut SqliteConnection,
    ids: &[Uuid],
) -> Result<Vec<(Uuid, Hash)>, StoreError> {
    sqlx::query("SELECT id, audit_hash FROM runs WHERE id IN (SELECT value FROM json_each(?))")
        .bind(id_list(ids))
        .fetch_all(connection)
        .await?
        .iter()
        .map(|row| {
            let id = encode::id(encode::text(row, 0)?)?;
            Ok((id, kept(row.try_get(1)?)?.unwrap_or(BEGINNING)))
        })
        .collect()
}

/// Tasks by id, each with its run.
pub(super) async fn tasks(
    connection: &mut SqliteConnection,
    ids: &[Uuid],
) -> Result<Vec<(Uuid, Task)>, StoreError> {
    let sql = format!(
        "SELECT {} FROM tasks t WHERE t.id IN (SELECT value FROM json_each(?))",
        encode::TASK_COLUMNS
    );
    sqlx::query(AssertSqlSafe(sql))
        .bind(id_list(ids))
        .fetch_all(connection)
        .await?
        .iter()
        .map(encode::task)
        .collect()
}

/// Free tasks in the order of hand-out, each with its run: (task, run).
pub(super) async fn free_tasks(
    connection: &mut SqliteConnection,
    actor: &ActorPattern,
    limit: u32,
    needed: &Needed,
) -> Result<Vec<(Uuid, Uuid)>, StoreError> {
    let wanted = free_tasks::Wanted {
        columns: "t.id, t.run_id",
        actor,
        limit,
        spare: 0,
        lock: "",
    };
    let statement = free_tasks::rows(DIALECT, wanted, needed);
    let rows = ask(statement).fetch_all(connection).await?;
    rows.iter()
        .map(|row| {
            Ok((
                encode::id(encode::text(row, 0)?)?,
                encode::id(encode::text(row, 1)?)?,
            ))
        })
        .collect()
}

/// The timers due by a moment, earliest first.
pub(super) async fn due_timers(
    connection: &mut SqliteConnection,
    needed: &Needed,
) -> Result<DueTimers, StoreError> {
    let now_ms = needed.now.timestamp_millis();
    let mut query = QueryBuilder::<Sqlite>::new("SELECT t.run_id FROM timers t WHERE t.due_ms <= ");
    query.push_bind(now_ms);
    left_alone(&mut query, needed);
    query.push(" ORDER BY t.due_ms LIMIT ");
    query.push_bind(needed.due);
    let rows = query.build().fetch_all(&mut *connection).await?;
    let mut runs: Vec<Uuid> = rows
        .iter()
        .map(|row| encode::id(encode::text(row, 0)?))
        .collect::<Result<_, _>>()?;
    let more = runs.len() >= needed.due as usize;
    runs.sort_unstable();
    runs.dedup();
    let mut query = QueryBuilder::<Sqlite>::new("SELECT t.due_ms FROM timers t WHERE t.due_ms > ");
    query.push_bind(now_ms);
    left_alone(&mut query, needed);
    query.push(" ORDER BY t.due_ms LIMIT 1");
    let row = query.build().fetch_optional(connection).await?;
    let next: Option<i64> = row.map(|row| row.try_get(0)).transpose()?;
    Ok(DueTimers {
        runs,
        more,
        next: next.map(moment),
    })
}

/// The condition that the run of a row `t` is of no version that is left alone.
fn left_alone(query: &mut QueryBuilder<Sqlite>, needed: &Needed) {
    if needed.left_alone.is_empty() {
        return;
    }
    query.push(
        " AND NOT EXISTS (SELECT 1 FROM runs r WHERE r.id = t.run_id \
         AND r.version IN (SELECT value FROM json_each(",
    );
    query.push_bind(text_list(needed.left_alone.iter().cloned()));
    query.push(")))");
}
