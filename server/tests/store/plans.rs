//! How a store means to find what it is asked for.

use sqlx::{AssertSqlSafe, Connection, PgConnection, Row, SqliteConnection};

use crate::kept::Kept;

/// The plan of a statement.
pub(crate) async fn plan(kept: &Kept, sql: &str) -> String {
    if kept.is_file() {
        let url = format!("sqlite://{}", kept.file().display());
        let mut connection = SqliteConnection::connect(&url).await.unwrap();
        let rows = sqlx::query(AssertSqlSafe(format!("EXPLAIN QUERY PLAN {sql}")))
            .fetch_all(&mut connection)
            .await
            .unwrap();
        let line = |row: &sqlx::sqlite::SqliteRow| format!("{}\n", row.get::<String, _>(3));
        return rows.iter().map(line).collect();
    }
    let mut connection = PgConnection::connect(&kept.url()).await.unwrap();
    sqlx::query("ANALYZE")
        .execute(&mut connection)
        .await
        .unwrap();
    // The table is small here, so that reading it whole would be the quickest: it is told not to.
    sqlx::query("SET enable_seqscan = off")
        .execute(&mut connection)
        .await
        .unwrap();
    let rows = sqlx::query(AssertSqlSafe(format!("EXPLAIN {sql}")))
        .fetch_all(&mut connection)
        .await
        .unwrap();
    let line = |row: &sqlx::postgres::PgRow| format!("{}\n", row.get::<String, _>(0));
    rows.iter().map(line).collect()
}
