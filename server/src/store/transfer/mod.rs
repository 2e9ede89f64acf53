//! Moves an installation from its SQLite file into a PostgreSQL database: table by table, a page a
//! transaction, going on where it was when it was interrupted, and compared at the end.

mod compare;
mod table;

use std::path::Path;

use sqlx::postgres::PgConnection;
use sqlx::sqlite::SqliteConnection;
use sqlx::{AssertSqlSafe, Row};

use self::table::{Table, tables};
use super::StoreError;
use super::postgres::PostgresStore;
use super::sqlite::SqliteStore;

/// Rows of one transaction.
const PAGE: i64 = 1_000;
/// The same of pieces of files, half a megabyte each.
const PAGE_OF_PIECES: i64 = 16;

/// Why an installation was not moved. What had been moved stays and is not moved again.
#[derive(Debug, thiserror::Error)]
pub enum TransferError {
    /// One of the stores did not answer.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// There are cases in the database that no transfer brought there.
    #[error("the database is not empty and not left from an earlier transfer")]
    NotEmpty,
    /// The tables of the two stores do not fit; a mistake of this program.
    #[error("table {table} cannot be moved: {why}")]
    Shape {
        /// Which.
        table: String,
        /// What does not fit.
        why: String,
    },
    /// Not everything arrived as it was.
    #[error("{what} differ: {here} in the file, {there} in the database")]
    Differs {
        /// What was compared.
        what: String,
        /// What the file has.
        here: String,
        /// What the database has.
        there: String,
    },
}

impl From<sqlx::Error> for TransferError {
    fn from(error: sqlx::Error) -> TransferError {
        TransferError::Store(error.into())
    }
}

/// What was moved and found the same on both sides.
#[derive(Debug, PartialEq, Eq)]
pub struct Moved {
    /// Table → rows.
    pub tables: Vec<(String, i64)>,
    /// The SHA-256 of the audit trail.
    pub audit: String,
}

/// Moves everything; nobody may work on either store meanwhile. `tell` hears of each page: the table
/// and how many of its rows have been moved.
pub async fn transfer(
    from: &Path,
    to: &str,
    tell: &mut (dyn FnMut(&str, i64) + Send),
) -> Result<Moved, TransferError> {
    // Both are brought to the newest tables first, so that they have the same ones.
    let source = SqliteStore::open(from).await?;
    let target = PostgresStore::open(to).await?;
    let mut here = source.write.acquire().await?;
    let mut there = target.connect().await?;
    let tables = tables(&mut here, &mut there, target.overriding()).await?;
    may_begin(&mut there).await?;
    let mut moved = Vec::with_capacity(tables.len());
    // A dozen tables, each with its pages: not a loop over rows.
    for table in &tables {
        let rows = move_table(&mut here, &mut there, table, tell).await?;
        moved.push((table.name.clone(), rows));
    }
    compare::clock(&mut here, &mut there).await?;
    compare::house(&mut here, &mut there).await?;
    settle(&mut there).await?;
    for (table, _) in &moved {
        compare::counts(&mut here, &mut there, table).await?;
    }
    compare::files(&mut there).await?;
    let audit = compare::audit(&mut here, &mut there).await?;
    drop(here);
    source.close().await;
    target.close().await;
    Ok(Moved {
        tables: moved,
        audit,
    })
}

async fn may_begin(there: &mut PgConnection) -> Result<(), TransferError> {
    let fits: bool = sqlx::query_scalar(
        "SELECT EXISTS (SELECT 1 FROM transfers) OR NOT EXISTS (SELECT 1 FROM events)",
    )
    .fetch_one(there)
    .await?;
    if fits {
        Ok(())
    } else {
        Err(TransferError::NotEmpty)
    }
}

/// Moves a table's pages from where an earlier transfer came to; gives how many rows it has moved.
async fn move_table(
    here: &mut SqliteConnection,
    there: &mut PgConnection,
    table: &Table,
    tell: &mut (dyn FnMut(&str, i64) + Send),
) -> Result<i64, TransferError> {
    let before = sqlx::query("SELECT reached, rows FROM transfers WHERE name = $1")
        .bind(&table.name)
        .fetch_optional(&mut *there)
        .await?;
    let (mut reached, mut rows): (Option<Vec<String>>, i64) = match before {
        Some(row) => (Some(row.try_get(0)?), row.try_get(1)?),
        None => (None, 0),
    };
    loop {
        let page = table
            .page(here, reached.as_deref(), table.page_rows())
            .await?;
        let Some(last) = page.last() else {
            return Ok(rows);
        };
        rows += page.len() as i64;
        let key = table.key_of(last);
        let mut transaction = sqlx::Connection::begin(&mut *there).await?;
        table.put(&mut transaction, &page).await?;
        sqlx::query(
            "INSERT INTO transfers (name, reached, rows) VALUES ($1, $2, $3) \
             ON CONFLICT (name) DO UPDATE SET reached = excluded.reached, rows = excluded.rows",
        )
        .bind(&table.name)
        .bind(&key)
        .bind(rows)
        .execute(&mut *transaction)
        .await?;
        transaction.commit().await?;
        tell(&table.name, rows);
        reached = Some(key);
    }
}

/// Sets what the database counts by itself behind what was moved.
async fn settle(there: &mut PgConnection) -> Result<(), TransferError> {
    let sequences: Vec<String> = sqlx::query_scalar(
        "SELECT format('SELECT setval(pg_get_serial_sequence(%L, %L), \
         (SELECT coalesce(max(%I), 0) + 1 FROM %I), false)', \
         quote_ident(table_name), column_name, column_name, table_name) \
         FROM information_schema.columns \
         WHERE table_schema = current_schema() AND is_identity = 'YES'",
    )
    .fetch_all(&mut *there)
    .await?;
    let deployments = "UPDATE deployments SET n = greatest(n, \
        (SELECT coalesce(max(deployment), 0) FROM workflows), \
        (SELECT coalesce(max(deployment), 0) FROM calendars))";
    // The planner is to know the tables before the first node does.
    let rest = [deployments.to_owned(), "ANALYZE".to_owned()];
    for statement in sequences.into_iter().chain(rest) {
        sqlx::query(AssertSqlSafe(statement))
            .execute(&mut *there)
            .await?;
    }
    Ok(())
}
