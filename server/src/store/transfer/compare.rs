//! Whether all arrived as it was.

use sha2::{Digest, Sha256};
use sqlx::postgres::PgConnection;
use sqlx::sqlite::SqliteConnection;
use sqlx::{AssertSqlSafe, Row};
use uuid::Uuid;

use super::{PAGE, PAGE_OF_PIECES, TransferError};

/// Moves workflow time, whose table has another shape: its anchor, and the latest moment as that of a
/// node that is gone.
pub(super) async fn clock(
    here: &mut SqliteConnection,
    there: &mut PgConnection,
) -> Result<(), TransferError> {
    let Some(row) = sqlx::query("SELECT wall_ms, workflow_ms, rate, latest_ms FROM clock")
        .fetch_optional(here)
        .await?
    else {
        return Ok(());
    };
    sqlx::query(
        "INSERT INTO clock (one, wall_ms, workflow_ms, rate) VALUES (1, $1, $2, $3) \
         ON CONFLICT (one) DO UPDATE SET wall_ms = excluded.wall_ms, \
         workflow_ms = excluded.workflow_ms, rate = excluded.rate",
    )
    .bind(row.try_get::<i64, _>(0)?)
    .bind(row.try_get::<i64, _>(1)?)
    .bind(row.try_get::<f64, _>(2)?)
    .execute(&mut *there)
    .await?;
    sqlx::query(
        "INSERT INTO clock_latest (node, latest_ms) VALUES ($1, $2) ON CONFLICT (node) \
         DO UPDATE SET latest_ms = excluded.latest_ms",
    )
    .bind(Uuid::nil())
    .bind(row.try_get::<i64, _>(3)?)
    .execute(there)
    .await?;
    Ok(())
}

/// Moves where the house's chain ends.
pub(super) async fn house(
    here: &mut SqliteConnection,
    there: &mut PgConnection,
) -> Result<(), TransferError> {
    let row = sqlx::query("SELECT number, hash FROM audit_house")
        .fetch_one(here)
        .await?;
    sqlx::query(
        "INSERT INTO audit_house (one, number, hash) VALUES (1, $1, $2) \
         ON CONFLICT (one) DO UPDATE SET number = excluded.number, hash = excluded.hash",
    )
    .bind(row.try_get::<i64, _>(0)?)
    .bind(row.try_get::<Vec<u8>, _>(1)?)
    .execute(there)
    .await?;
    Ok(())
}

/// A table has as many rows on both sides.
pub(super) async fn counts(
    here: &mut SqliteConnection,
    there: &mut PgConnection,
    table: &str,
) -> Result<(), TransferError> {
    let sql = format!("SELECT count(*) FROM {table}");
    let in_file: i64 = sqlx::query_scalar(AssertSqlSafe(sql.clone()))
        .fetch_one(here)
        .await?;
    let in_database: i64 = sqlx::query_scalar(AssertSqlSafe(sql))
        .fetch_one(there)
        .await?;
    same(&format!("the rows of {table}"), in_file, in_database).map(|_| ())
}

/// The audit trail is the same on both sides, by its SHA-256.
pub(super) async fn audit(
    here: &mut SqliteConnection,
    there: &mut PgConnection,
) -> Result<String, TransferError> {
    let mut in_file = Sha256::new();
    let mut after = i64::MIN;
    loop {
        let rows = sqlx::query(
            "SELECT n, run_id, CAST(seq AS TEXT), at, who, version, command, entries, about, \
             lower(hex(hash)) \
             FROM audit WHERE n > $1 ORDER BY n LIMIT $2",
        )
        .bind(after)
        .bind(PAGE)
        .fetch_all(&mut *here)
        .await?;
        let Some(last) = rows.last() else { break };
        after = last.try_get(0)?;
        for row in &rows {
            let texts = (1..10)
                .map(|column| row.try_get(column))
                .collect::<Result<Vec<Option<String>>, _>>()?;
            add(&mut in_file, row.try_get(0)?, &texts);
        }
    }
    let mut in_database = Sha256::new();
    let mut after = i64::MIN;
    loop {
        let rows = sqlx::query(
            "SELECT n, run_id::text, seq::text, \
             to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.MS\"Z\"'), \
             who, version, command::text, entries::text, about::text, encode(hash, 'hex') \
             FROM audit WHERE n > $1 ORDER BY n LIMIT $2",
        )
        .bind(after)
        .bind(PAGE)
        .fetch_all(&mut *there)
        .await?;
        let Some(last) = rows.last() else { break };
        after = last.try_get(0)?;
        for row in &rows {
            let texts = (1..10)
                .map(|column| row.try_get(column))
                .collect::<Result<Vec<Option<String>>, _>>()?;
            add(&mut in_database, row.try_get(0)?, &texts);
        }
    }
    same("the audit trails", hex(in_file), hex(in_database))
}

/// Each file that arrived has the SHA-256 it had when it was handed in.
pub(super) async fn files(there: &mut PgConnection) -> Result<(), TransferError> {
    let mut after = (Uuid::nil(), -1);
    let mut hashed: Option<(Uuid, String, Sha256)> = None;
    loop {
        let rows = sqlx::query(
            "SELECT p.file_id, p.n, p.bytes, f.sha256 FROM file_pieces p \
             JOIN files f ON f.id = p.file_id AND f.whole \
             WHERE (p.file_id, p.n) > ($1, $2) ORDER BY p.file_id, p.n LIMIT $3",
        )
        .bind(after.0)
        .bind(after.1)
        .bind(PAGE_OF_PIECES)
        .fetch_all(&mut *there)
        .await?;
        let Some(last) = rows.last() else { break };
        after = (last.try_get(0)?, last.try_get(1)?);
        for row in &rows {
            let id: Uuid = row.try_get(0)?;
            if hashed.as_ref().is_none_or(|(known, _, _)| *known != id) {
                same_file(hashed.replace((id, row.try_get(3)?, Sha256::new())))?;
            }
            if let Some((_, _, hash)) = &mut hashed {
                hash.update(row.try_get::<&[u8], _>(2)?);
            }
        }
    }
    same_file(hashed)
}

fn same_file(hashed: Option<(Uuid, String, Sha256)>) -> Result<(), TransferError> {
    match hashed {
        Some((id, expected, hash)) => same(&format!("file {id}"), expected, hex(hash)).map(|_| ()),
        None => Ok(()),
    }
}

fn hex(hash: Sha256) -> String {
    let bytes = hash.finalize();
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Adds a row; lengths keep its parts from running into each other.
fn add(hash: &mut Sha256, n: i64, texts: &[Option<String>]) {
    hash.update(n.to_be_bytes());
    for text in texts {
        match text {
            // As PostgreSQL keeps it.
            Some(text) => {
                let text = text.replace('\0', "\u{fffd}");
                hash.update((text.len() as u64).to_be_bytes());
                hash.update(text);
            }
            None => hash.update(u64::MAX.to_be_bytes()),
        }
    }
}

fn same<T: PartialEq + ToString>(what: &str, here: T, there: T) -> Result<T, TransferError> {
    if here == there {
        return Ok(here);
    }
    Err(TransferError::Differs {
        what: what.to_owned(),
        here: here.to_string(),
        there: there.to_string(),
    })
}
