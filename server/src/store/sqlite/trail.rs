//! The audit trail as it is kept, and its checkpoints.

use std::collections::HashMap;

use async_trait::async_trait;
use sqlx::sqlite::{SqliteConnection, SqliteRow};
use sqlx::{AssertSqlSafe, Row};
use uuid::Uuid;

use super::encode::{id, json, number, stamp, text, time};
use super::queries::id_list;
use super::write::{self, Bound};
use super::{SqliteStore, logbook};
use crate::identity::hex;
use crate::store::chain::{BEGINNING, HOUSE, Hash, NOTHING, adopted, kept};
use crate::store::trail::{
    Checkpoint, CheckpointColumns, Head, Note, Stand, Trail, TrailRow, leaves_kept,
};
use crate::store::{AuditWrite, LogPage, LogQuery, StoreError};

pub(super) const COLUMNS: &str = "n, run_id, seq, at, who, version, about, command, entries, hash";
const CHECKPOINT: &str =
    "number, at_ms, after_n, upto_n, leaves, root, previous, public_key, signature";
/// Rows chained in one transaction, of those from before there were chains.
const PAGE: u32 = 1_000;

/// Adds rows, each with its hash.
pub(super) const INSERT: (&str, usize, &str) = (
    "INSERT INTO audit (at, run_id, seq, who, version, command, entries, hash) \
     SELECT * FROM (VALUES",
    8,
    ") WHERE column1 IS NOT NULL",
);

/// Binds a row and its hash.
pub(super) fn bind(
    query: Bound<'static>,
    (row, hash): &(&AuditWrite, Hash),
) -> Result<Bound<'static>, StoreError> {
    Ok(query
        .bind(stamp(row.at))
        .bind(row.run_id.map(|run| run.to_string()))
        .bind(row.seq.map(u64::cast_signed))
        .bind(row.who.clone())
        .bind(row.version.clone())
        .bind(row.command.clone())
        .bind(row.entries.clone())
        .bind(hash.to_vec()))
}

#[async_trait]
impl Trail for SqliteStore {
    async fn stands(&self, after: i64, upto: i64, limit: u32) -> Result<Vec<Stand>, StoreError> {
        let rows = sqlx::query(
            "SELECT n, run_id, seq, hash FROM audit WHERE n > ? AND n <= ? ORDER BY n LIMIT ?",
        )
        .bind(after)
        .bind(upto)
        .bind(limit)
        .fetch_all(&self.read)
        .await?;
        let stand = |row: &SqliteRow| {
            Ok(Stand {
                n: number(row, 0)?,
                run_id: maybe_id(row, 1)?,
                seq: row.try_get::<Option<i64>, _>(2)?.map(i64::unsigned_abs),
                hash: kept(row.try_get(3)?)?,
            })
        };
        rows.iter().map(stand).collect()
    }

    async fn trail(&self, after: (Uuid, u64), limit: u32) -> Result<Vec<TrailRow>, StoreError> {
        let sql = format!(
            "SELECT {COLUMNS} FROM audit WHERE run_id IS NOT NULL AND (run_id, seq) > (?, ?) \
             ORDER BY run_id, seq LIMIT ?"
        );
        let rows = sqlx::query(AssertSqlSafe(sql))
            .bind(after.0.to_string())
            .bind(after.1.cast_signed())
            .bind(limit)
            .fetch_all(&self.read)
            .await?;
        rows.iter().map(trail_row).collect()
    }

    async fn trail_of(
        &self,
        run: Option<Uuid>,
        after: u64,
        limit: u32,
    ) -> Result<Vec<TrailRow>, StoreError> {
        let whose = match run {
            Some(_) => "run_id = ?1",
            // The parameter stands there so that both texts take as many.
            None => "run_id IS NULL AND ?1 IS NULL",
        };
        let sql = format!(
            "SELECT {COLUMNS} FROM audit WHERE {whose} AND (seq > ?2 OR seq IS NULL) \
             ORDER BY seq LIMIT ?3"
        );
        let rows = sqlx::query(AssertSqlSafe(sql))
            .bind(run.map(|run| run.to_string()))
            .bind(after.cast_signed())
            .bind(limit)
            .fetch_all(&self.read)
            .await?;
        rows.iter().map(trail_row).collect()
    }

    async fn heads(&self, after: Uuid, limit: u32) -> Result<Vec<Head>, StoreError> {
        let rows =
            sqlx::query("SELECT id, seq, audit_hash FROM runs WHERE id > ? ORDER BY id LIMIT ?")
                .bind(after.to_string())
                .bind(limit)
                .fetch_all(&self.read)
                .await?;
        rows.iter().map(run_head).collect()
    }

    async fn head(&self, run: Option<Uuid>) -> Result<Option<Head>, StoreError> {
        let Some(run) = run else {
            let row = sqlx::query("SELECT number, hash FROM audit_house")
                .fetch_optional(&self.read)
                .await?;
            return row.as_ref().map(house_head).transpose();
        };
        let row = sqlx::query("SELECT id, seq, audit_hash FROM runs WHERE id = ?")
            .bind(run.to_string())
            .fetch_optional(&self.read)
            .await?;
        row.as_ref().map(run_head).transpose()
    }

    async fn settled(&self, after: i64) -> Result<Option<i64>, StoreError> {
        // There is one writer at a time, so rows appear in the order of their numbers.
        let last: Option<i64> = sqlx::query_scalar("SELECT max(n) FROM audit")
            .fetch_one(&self.read)
            .await?;
        Ok(last.filter(|last| *last > after))
    }

    async fn definition(&self, version: &str) -> Result<Option<String>, StoreError> {
        let source = sqlx::query_scalar("SELECT source FROM workflows WHERE version = ?")
            .bind(version.to_owned())
            .fetch_optional(&self.read)
            .await?;
        Ok(source)
    }

    async fn checkpoints(&self, after: u64, limit: u32) -> Result<Vec<Checkpoint>, StoreError> {
        let sql = format!(
            "SELECT {CHECKPOINT} FROM checkpoints WHERE number > ? ORDER BY number LIMIT ?"
        );
        let rows = sqlx::query(AssertSqlSafe(sql))
            .bind(after.cast_signed())
            .bind(limit)
            .fetch_all(&self.read)
            .await?;
        rows.iter().map(checkpoint).collect()
    }

    async fn last_checkpoint(&self) -> Result<Option<Checkpoint>, StoreError> {
        let sql = format!("SELECT {CHECKPOINT} FROM checkpoints ORDER BY number DESC LIMIT 1");
        let row = sqlx::query(AssertSqlSafe(sql))
            .fetch_optional(&self.read)
            .await?;
        row.as_ref().map(checkpoint).transpose()
    }

    async fn checkpoint_over(&self, n: i64) -> Result<Option<Checkpoint>, StoreError> {
        let sql = format!(
            "SELECT {CHECKPOINT} FROM checkpoints WHERE upto_n >= ? ORDER BY upto_n LIMIT 1"
        );
        let row = sqlx::query(AssertSqlSafe(sql))
            .bind(n)
            .fetch_optional(&self.read)
            .await?;
        let found = row.as_ref().map(checkpoint).transpose()?;
        Ok(found.filter(|checkpoint| checkpoint.after_n < n))
    }

    async fn keep_checkpoint(&self, checkpoint: &Checkpoint) -> Result<bool, StoreError> {
        let done = sqlx::query(
            "INSERT INTO checkpoints (number, at_ms, after_n, upto_n, leaves, root, previous, \
             public_key, signature) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) \
             ON CONFLICT (number) DO NOTHING",
        )
        .bind(checkpoint.number.cast_signed())
        .bind(checkpoint.at.timestamp_millis())
        .bind(checkpoint.after_n)
        .bind(checkpoint.upto_n)
        .bind(leaves_kept(&checkpoint.leaves))
        .bind(checkpoint.root.to_vec())
        .bind(checkpoint.previous.to_vec())
        .bind(checkpoint.public_key.to_vec())
        .bind(checkpoint.signature.to_vec())
        .execute(&self.write)
        .await?;
        Ok(done.rows_affected() == 1)
    }

    async fn note(&self, notes: &[Note]) -> Result<(), StoreError> {
        let mut transaction = self.write.begin_with("BEGIN IMMEDIATE").await?;
        house(&mut transaction, notes).await?;
        transaction.commit().await?;
        Ok(())
    }

    async fn logbook(&self, query: &LogQuery) -> Result<LogPage, StoreError> {
        logbook::page(self, query).await
    }
}

fn maybe_id(row: &SqliteRow, column: usize) -> Result<Option<Uuid>, StoreError> {
    row.try_get::<Option<&str>, _>(column)?.map(id).transpose()
}

/// A row, from [`COLUMNS`].
pub(super) fn trail_row(row: &SqliteRow) -> Result<TrailRow, StoreError> {
    Ok(TrailRow {
        n: number(row, 0)?,
        run_id: maybe_id(row, 1)?,
        seq: row.try_get::<Option<i64>, _>(2)?.map(i64::unsigned_abs),
        at: time(text(row, 3)?)?,
        who: text(row, 4)?.to_owned(),
        version: row.try_get(5)?,
        about: maybe_id(row, 6)?,
        command: text(row, 7)?.to_owned(),
        entries: text(row, 8)?.to_owned(),
        hash: kept(row.try_get(9)?)?,
    })
}

fn run_head(row: &SqliteRow) -> Result<Head, StoreError> {
    Ok(Head {
        run_id: id(text(row, 0)?)?,
        seq: number(row, 1)?.unsigned_abs(),
        hash: kept(row.try_get(2)?)?,
    })
}

fn house_head(row: &SqliteRow) -> Result<Head, StoreError> {
    Ok(Head {
        run_id: HOUSE,
        seq: number(row, 0)?.unsigned_abs(),
        hash: kept(row.try_get(1)?)?,
    })
}

/// A checkpoint, from [`CHECKPOINT`].
fn checkpoint(row: &SqliteRow) -> Result<Checkpoint, StoreError> {
    let columns = CheckpointColumns {
        number: number(row, 0)?,
        at_ms: number(row, 1)?,
        range: (number(row, 2)?, number(row, 3)?),
        leaves: row.try_get(4)?,
        root: row.try_get(5)?,
        previous: row.try_get(6)?,
        public_key: row.try_get(7)?,
        signature: row.try_get(8)?,
    };
    Ok(columns.read())
}

/// Adds rows to the house's chain, in the transaction of what they tell; the number of the last.
pub(super) async fn house(
    connection: &mut SqliteConnection,
    notes: &[Note],
) -> Result<u64, StoreError> {
    let row = sqlx::query("SELECT number, hash FROM audit_house")
        .fetch_optional(&mut *connection)
        .await?;
    let head = row.as_ref().map(house_head).transpose()?;
    let (chained, (last, hash)) = Note::chain(notes, head);
    write::rows(
        connection,
        (
            "INSERT INTO audit (seq, at, who, version, about, command, entries, hash) VALUES",
            8,
            "",
        ),
        &chained,
        |query, (note, number, hash)| {
            Ok(query
                .bind(number.cast_signed())
                .bind(stamp(note.at))
                .bind(note.who.clone())
                .bind(note.version.clone())
                .bind(note.about.map(|run| run.to_string()))
                .bind(note.command.clone())
                .bind(NOTHING)
                .bind(hash.to_vec()))
        },
    )
    .await?;
    set_house(connection, last, hash).await?;
    Ok(last)
}

async fn set_house(
    connection: &mut SqliteConnection,
    number: u64,
    hash: Hash,
) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO audit_house (one, number, hash) VALUES (1, ?, ?) \
         ON CONFLICT (one) DO UPDATE SET number = excluded.number, hash = excluded.hash",
    )
    .bind(number.cast_signed())
    .bind(hash.to_vec())
    .execute(connection)
    .await?;
    Ok(())
}

/// Chains the rows from before there were chains, a page a transaction. Done once: where the house has a chain, a row
/// without a hash is one that somebody put in, and is not chained.
pub(super) async fn adopt(store: &SqliteStore) -> Result<(), StoreError> {
    let done = "SELECT EXISTS (SELECT 1 FROM audit_house)";
    // Asked first without a lock: every opening comes here.
    if sqlx::query_scalar(done).fetch_one(&store.write).await? {
        return Ok(());
    }
    loop {
        let mut transaction = store.write.begin_with("BEGIN IMMEDIATE").await?;
        if sqlx::query_scalar(done)
            .fetch_one(&mut *transaction)
            .await?
        {
            return Ok(());
        }
        let more = adopt_page(&mut transaction).await?;
        transaction.commit().await?;
        if !more {
            return Ok(());
        }
    }
}

/// Chains one page; whether there may be more.
async fn adopt_page(connection: &mut SqliteConnection) -> Result<bool, StoreError> {
    let sql = format!("SELECT {COLUMNS} FROM audit WHERE hash IS NULL ORDER BY n LIMIT ?");
    let rows = sqlx::query(AssertSqlSafe(sql))
        .bind(PAGE)
        .fetch_all(&mut *connection)
        .await?;
    let rows: Vec<TrailRow> = rows.iter().map(trail_row).collect::<Result<_, _>>()?;
    let last = sqlx::query(
        "SELECT seq, hash FROM audit WHERE run_id IS NULL AND seq IS NOT NULL \
         ORDER BY seq DESC LIMIT 1",
    )
    .fetch_optional(&mut *connection)
    .await?;
    let house = last.as_ref().map(house_head).transpose()?;
    let mut number = house.map_or(0, |head| head.seq);
    let hash = house.and_then(|head| head.hash).unwrap_or(BEGINNING);
    if rows.is_empty() {
        set_house(connection, number, hash).await?;
        return Ok(false);
    }
    let runs = id_list(rows.iter().filter_map(|row| row.run_id.as_ref()));
    let known = sqlx::query(
        "SELECT id, seq, audit_hash FROM runs WHERE id IN (SELECT value FROM json_each(?))",
    )
    .bind(runs)
    .fetch_all(&mut *connection)
    .await?;
    let mut heads = HashMap::from([(HOUSE, hash)]);
    for row in &known {
        let head = run_head(row)?;
        heads.insert(head.run_id, head.hash.unwrap_or(BEGINNING));
    }
    let chained: Vec<_> = adopted(&rows, &mut heads, &mut number)
        .into_iter()
        .map(|(n, number, hash)| (n, number, hex(&hash)))
        .collect();
    sqlx::query(
        "UPDATE audit SET seq = v.value ->> 1, hash = unhex(v.value ->> 2) \
         FROM json_each(?) v WHERE audit.n = v.value ->> 0",
    )
    .bind(json(&chained)?)
    .execute(&mut *connection)
    .await?;
    let heads: Vec<_> = heads
        .into_iter()
        .map(|(run, hash)| (run.to_string(), hex(&hash)))
        .collect();
    sqlx::query(
        "UPDATE runs SET audit_hash = unhex(v.value ->> 1) \
         FROM json_each(?) v WHERE runs.id = v.value ->> 0",
    )
    .bind(json(&heads)?)
    .execute(connection)
    .await?;
    Ok(true)
}
