//! Runs by what people look for them by.

use sqlx::AssertSqlSafe;
use sqlx::sqlite::SqlitePool;

use super::encode;
use super::lists::{DIALECT, ask};
use super::shelf::count;
use crate::store::{RunQuery, RunRow, StoreError, open_counts, run_lists};

/// What a row of a run is read from.
pub(super) const RUN_SELECT: &str = "SELECT r.state, e.payload, r.event_id, r.stopped, r.breached, p.number \
    FROM runs r JOIN events e ON e.id = r.event_id LEFT JOIN reports p ON p.run_id = r.id";

/// Runs, newest first.
pub(super) async fn matching(
    pool: &SqlitePool,
    asked: &RunQuery,
) -> Result<Vec<RunRow>, StoreError> {
    if asked.workflows.as_ref().is_some_and(Vec::is_empty) {
        return Ok(Vec::new());
    }
    let statement = run_lists::rows(DIALECT, RUN_SELECT, asked);
    let rows = ask(statement).fetch_all(pool).await?;
    rows.iter().map(encode::run_row).collect()
}

/// Whether there are more that fit than were looked at.
pub(super) async fn cut(pool: &SqlitePool, asked: &RunQuery) -> Result<bool, StoreError> {
    match run_lists::cut(DIALECT, asked) {
        Some(statement) => Ok(count(&ask(statement).fetch_one(pool).await?, 0)? > 0),
        None => Ok(false),
    }
}

/// The actors that have open tasks.
pub(super) async fn open_actors(pool: &SqlitePool) -> Result<Vec<String>, StoreError> {
    let actors = AssertSqlSafe(open_counts::actors());
    Ok(sqlx::query_scalar(actors).fetch_all(pool).await?)
}
