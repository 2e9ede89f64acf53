//! A long history on SQLite; see `store/history.rs`.

use std::ops::RangeInclusive;
use std::path::Path;

use sqlx::{AssertSqlSafe, Executor};

use super::SqliteStore;
use crate::store::StoreError;
use crate::store::history::{Dialect, TABLES, copy, prefix};

const DIALECT: Dialect = Dialect {
    id: |column, number| format!("'{}' || substr({column}, 14)", prefix(number)),
    moment: |column, number| format!("strftime('%Y-%m-%dT%H:%M:%fZ', {column}, '-{number} days')"),
    day: |column, number| format!("date({column}, '-{number} days')"),
    state: |id| format!("replace(state, id, {id})"),
    original: ">= '01'",
};

/// Copies what has ended in a store's file once for each of these numbers, which no copy has yet. The copies are not all
/// on the disk when this returns: whoever measures then waits for that first.
pub async fn grow(path: &Path, numbers: RangeInclusive<u32>) -> Result<(), StoreError> {
    let store = SqliteStore::open(path).await?;
    let mut connection = store.write.acquire().await?;
    connection.execute("PRAGMA synchronous = OFF").await?;
    for table in TABLES {
        let columns: Vec<String> =
            sqlx::query_scalar("SELECT name FROM pragma_table_info($1) WHERE name <> 'n'")
                .bind(table)
                .fetch_all(&mut *connection)
                .await?;
        // `n` numbers the audit trail; elsewhere it is a count.
        let columns = with_count(table, columns);
        for number in numbers.clone() {
            connection
                .execute(AssertSqlSafe(copy(&DIALECT, table, &columns, number)))
                .await?;
        }
    }
    drop(connection);
    store.close().await;
    Ok(())
}

fn with_count(table: &str, mut columns: Vec<String>) -> Vec<String> {
    if table.ends_with("_durations") {
        columns.push("n".to_owned());
    }
    columns
}
