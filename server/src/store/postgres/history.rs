//! A long history on PostgreSQL; see `store/history.rs`.

use std::ops::RangeInclusive;

use sqlx::{AssertSqlSafe, Connection, Executor};

use super::PostgresStore;
use crate::store::StoreError;
use crate::store::history::{Dialect, TABLES, copy, prefix};

const DIALECT: Dialect = Dialect {
    id: |column, number| format!("('{}' || substr({column}::text, 14))::uuid", prefix(number)),
    moment: |column, number| format!("{column} - interval '{number} days'"),
    day: |column, number| format!("{column} - {number}"),
    state: |id| format!("replace(state::text, id::text, ({id})::text)::json"),
    original: ">= '01000000-0000-0000-0000-000000000000'",
};

/// Copies what has ended in a database once for each of these numbers, which no copy has yet, and tidies up after it.
pub async fn grow(url: &str, numbers: RangeInclusive<u32>) -> Result<(), StoreError> {
    let store = PostgresStore::open(url).await?;
    let mut connection = store.pool.acquire().await?.detach();
    connection
        .execute("SET synchronous_commit = off; SET statement_timeout = 0")
        .await?;
    for table in TABLES {
        let columns: Vec<String> = sqlx::query_scalar(
            "SELECT attname::text FROM pg_attribute WHERE attrelid = $1::regclass \
             AND attnum > 0 AND NOT attisdropped AND attidentity = ''",
        )
        .bind(table)
        .fetch_all(&mut connection)
        .await?;
        for number in numbers.clone() {
            connection
                .execute(AssertSqlSafe(copy(&DIALECT, table, &columns, number)))
                .await?;
        }
        connection
            .execute(AssertSqlSafe(format!("VACUUM (ANALYZE) {table}")))
            .await?;
    }
    connection.execute("CHECKPOINT").await?;
    connection.close().await?;
    Ok(())
}
