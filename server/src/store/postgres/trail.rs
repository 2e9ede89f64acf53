//! The audit trail as it is kept, and its checkpoints.

use std::collections::HashMap;
use std::time::Duration;

use async_trait::async_trait;
use sqlx::postgres::{PgConnection, PgRow};
use sqlx::{AssertSqlSafe, Connection, Row};
use uuid::Uuid;

use super::able::Able;
use super::gate::Gate;
use super::outcome::MarkRow;
use super::write::{column, plain};
use super::{PostgresStore, logbook, turn};
use crate::store::chain::{BEGINNING, HOUSE, Hash, NOTHING, adopted, kept};
use crate::store::trail::{
    Checkpoint, CheckpointColumns, Head, Note, Stand, Trail, TrailRow, leaves_kept,
};
use crate::store::{LogPage, LogQuery, StoreError};

pub(super) const COLUMNS: &str =
    "n, run_id, seq, at, who, version, about, command::text, entries::text, hash";
const CHECKPOINT: &str =
    "number, at_ms, after_n, upto_n, leaves, root, previous, public_key, signature";
/// How often to ask whether the transactions under way have ended. One that takes longer, of whatever database of the
/// server, puts the checkpoint off.
const SETTLED_TRIES: u32 = 50;
/// How long to wait in between.
const SETTLED_PAUSE: Duration = Duration::from_millis(20);
/// Rows chained in one transaction, of those from before there were chains.
const PAGE: u32 = 1_000;

#[async_trait]
impl Trail for PostgresStore {
    async fn stands(&self, after: i64, upto: i64, limit: u32) -> Result<Vec<Stand>, StoreError> {
        let rows = sqlx::query(
            "SELECT n, run_id, seq, hash FROM audit WHERE n > $1 AND n <= $2 ORDER BY n LIMIT $3",
        )
        .bind(after)
        .bind(upto)
        .bind(i64::from(limit))
        .fetch_all(&self.pool)
        .await?;
        let stand = |row: &PgRow| {
            Ok(Stand {
                n: num(row, 0)?,
                run_id: row.try_get(1)?,
                seq: row.try_get::<Option<i64>, _>(2)?.map(i64::unsigned_abs),
                hash: kept(row.try_get(3)?)?,
            })
        };
        rows.iter().map(stand).collect()
    }

    async fn trail(&self, after: (Uuid, u64), limit: u32) -> Result<Vec<TrailRow>, StoreError> {
        let sql = format!(
            "SELECT {COLUMNS} FROM audit WHERE run_id IS NOT NULL AND (run_id, seq) > ($1, $2) \
             ORDER BY run_id, seq LIMIT $3"
        );
        let rows = sqlx::query(AssertSqlSafe(sql))
            .bind(after.0)
            .bind(after.1.cast_signed())
            .bind(i64::from(limit))
            .fetch_all(&self.pool)
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
            Some(_) => "run_id = $1",
            // The parameter stands there so that both texts take as many.
            None => "run_id IS NULL AND $1::uuid IS NULL",
        };
        let sql = format!(
            "SELECT {COLUMNS} FROM audit WHERE {whose} AND (seq > $2 OR seq IS NULL) \
             ORDER BY seq LIMIT $3"
        );
        let rows = sqlx::query(AssertSqlSafe(sql))
            .bind(run)
            .bind(after.cast_signed())
            .bind(i64::from(limit))
            .fetch_all(&self.pool)
            .await?;
        rows.iter().map(trail_row).collect()
    }

    async fn heads(&self, after: Uuid, limit: u32) -> Result<Vec<Head>, StoreError> {
        let rows =
            sqlx::query("SELECT id, seq, audit_hash FROM runs WHERE id > $1 ORDER BY id LIMIT $2")
                .bind(after)
                .bind(i64::from(limit))
                .fetch_all(&self.pool)
                .await?;
        rows.iter().map(run_head).collect()
    }

    async fn head(&self, run: Option<Uuid>) -> Result<Option<Head>, StoreError> {
        let Some(run) = run else {
            let row = sqlx::query("SELECT number, hash FROM audit_house")
                .fetch_optional(&self.pool)
                .await?;
            return row.as_ref().map(house_head).transpose();
        };
        let row = sqlx::query("SELECT id, seq, audit_hash FROM runs WHERE id = $1")
            .bind(run)
            .fetch_optional(&self.pool)
            .await?;
        row.as_ref().map(run_head).transpose()
    }

    async fn settled(&self, after: i64) -> Result<Option<i64>, StoreError> {
        if !self.able.numbers {
            // Rows appear in the order of their numbers where those who write take turns.
            let last: Option<i64> = sqlx::query_scalar("SELECT max(n) FROM audit")
                .fetch_one(&self.pool)
                .await?;
            return Ok(last.filter(|last| *last > after));
        }
        // Rows are numbered before they are committed, so a lower number may appear after a higher one. All that
        // is below the last one seen now is there when every transaction has ended that was under way.
        let (last, next): (Option<i64>, String) = sqlx::query_as(
            "SELECT max(n), pg_snapshot_xmax(pg_current_snapshot())::text FROM audit",
        )
        .fetch_one(&self.pool)
        .await?;
        let Some(last) = last.filter(|last| *last > after) else {
            return Ok(None);
        };
        for _ in 0..SETTLED_TRIES {
            let settled: bool = sqlx::query_scalar(
                "SELECT pg_snapshot_xmin(pg_current_snapshot()) >= $1::text::xid8",
            )
            .bind(&next)
            .fetch_one(&self.pool)
            .await?;
            if settled {
                return Ok(Some(last));
            }
            tokio::time::sleep(SETTLED_PAUSE).await;
        }
        Ok(None)
    }

    async fn definition(&self, version: &str) -> Result<Option<String>, StoreError> {
        let source = sqlx::query_scalar("SELECT source FROM workflows WHERE version = $1")
            .bind(version)
            .fetch_optional(&self.pool)
            .await?;
        Ok(source)
    }

    async fn checkpoints(&self, after: u64, limit: u32) -> Result<Vec<Checkpoint>, StoreError> {
        let sql = format!(
            "SELECT {CHECKPOINT} FROM checkpoints WHERE number > $1 ORDER BY number LIMIT $2"
        );
        let rows = sqlx::query(AssertSqlSafe(sql))
            .bind(after.cast_signed())
            .bind(i64::from(limit))
            .fetch_all(&self.pool)
            .await?;
        rows.iter().map(checkpoint).collect()
    }

    async fn last_checkpoint(&self) -> Result<Option<Checkpoint>, StoreError> {
        let sql = format!("SELECT {CHECKPOINT} FROM checkpoints ORDER BY number DESC LIMIT 1");
        let row = sqlx::query(AssertSqlSafe(sql))
            .fetch_optional(&self.pool)
            .await?;
        row.as_ref().map(checkpoint).transpose()
    }

    async fn checkpoint_over(&self, n: i64) -> Result<Option<Checkpoint>, StoreError> {
        let sql = format!(
            "SELECT {CHECKPOINT} FROM checkpoints WHERE upto_n >= $1 ORDER BY upto_n LIMIT 1"
        );
        let row = sqlx::query(AssertSqlSafe(sql))
            .bind(n)
            .fetch_optional(&self.pool)
            .await?;
        let found = row.as_ref().map(checkpoint).transpose()?;
        Ok(found.filter(|checkpoint| checkpoint.after_n < n))
    }

    async fn keep_checkpoint(&self, checkpoint: &Checkpoint) -> Result<bool, StoreError> {
        let done = sqlx::query(
            "INSERT INTO checkpoints (number, at_ms, after_n, upto_n, leaves, root, previous, \
             public_key, signature) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) \
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
        .execute(&self.pool)
        .await?;
        Ok(done.rows_affected() == 1)
    }

    async fn note(&self, notes: &[Note]) -> Result<(), StoreError> {
        let mut transaction = self.short().await?;
        transaction.house(notes).await?;
        transaction.commit().await
    }

    async fn logbook(&self, query: &LogQuery) -> Result<LogPage, StoreError> {
        logbook::page(self, query).await
    }
}

fn num(row: &PgRow, column: usize) -> Result<i64, StoreError> {
    Ok(row.try_get(column)?)
}

/// A row, from [`COLUMNS`].
pub(super) fn trail_row(row: &PgRow) -> Result<TrailRow, StoreError> {
    Ok(TrailRow {
        n: num(row, 0)?,
        run_id: row.try_get(1)?,
        seq: row.try_get::<Option<i64>, _>(2)?.map(i64::unsigned_abs),
        at: row.try_get(3)?,
        who: row.try_get(4)?,
        version: row.try_get(5)?,
        about: row.try_get(6)?,
        command: row.try_get(7)?,
        entries: row.try_get(8)?,
        hash: kept(row.try_get(9)?)?,
    })
}

fn run_head(row: &PgRow) -> Result<Head, StoreError> {
    Ok(Head {
        run_id: row.try_get(0)?,
        seq: num(row, 1)?.unsigned_abs(),
        hash: kept(row.try_get(2)?)?,
    })
}

fn house_head(row: &PgRow) -> Result<Head, StoreError> {
    Ok(Head {
        run_id: HOUSE,
        seq: num(row, 0)?.unsigned_abs(),
        hash: kept(row.try_get(1)?)?,
    })
}

/// A checkpoint, from [`CHECKPOINT`].
fn checkpoint(row: &PgRow) -> Result<Checkpoint, StoreError> {
    let columns = CheckpointColumns {
        number: num(row, 0)?,
        at_ms: num(row, 1)?,
        range: (num(row, 2)?, num(row, 3)?),
        leaves: row.try_get(4)?,
        root: row.try_get(5)?,
        previous: row.try_get(6)?,
        public_key: row.try_get(7)?,
        signature: row.try_get(8)?,
    };
    Ok(columns.read())
}

const IN_HOUSE: &str = "INSERT INTO audit (seq, at, who, version, about, command, entries, hash) \
    SELECT seq, at, who, version, about, command::json, $8::json, hash \
    FROM unnest($1::bigint[], $2::timestamptz[], $3::text[], $4::text[], $5::uuid[], \
    $6::text[], $7::bytea[]) AS new (seq, at, who, version, about, command, hash)";
/// The same with numbers that were given before.
const IN_HOUSE_IN_TURN: &str = "INSERT INTO audit \
    (n, seq, at, who, version, about, command, entries, hash) OVERRIDING SYSTEM VALUE \
    SELECT n, seq, at, who, version, about, command::json, $8::json, hash \
    FROM unnest($1::bigint[], $2::timestamptz[], $3::text[], $4::text[], $5::uuid[], \
    $6::text[], $7::bytea[], $9::bigint[]) AS new (seq, at, who, version, about, command, hash, n)";

/// Adds rows to the house's chain, in the transaction of what they tell; the last of them. Its end is locked
/// until that is over, so this comes last in it.
pub(super) async fn house(
    connection: &mut PgConnection,
    able: &Able,
    notes: &[Note],
) -> Result<MarkRow, StoreError> {
    let turn = turn::turn(connection, able, notes.len()).await?;
    let row = sqlx::query("SELECT number, hash FROM audit_house FOR UPDATE")
        .fetch_optional(&mut *connection)
        .await?;
    let head = row.as_ref().map(house_head).transpose()?;
    let (chained, (last, hash)) = Note::chain(notes, head);
    let rows: Vec<_> = chained.iter().collect();
    let sql = match turn {
        None => IN_HOUSE,
        Some(_) => IN_HOUSE_IN_TURN,
    };
    let mut statement = sqlx::query(able.writing(sql))
        .bind(column(&rows, |(_, number, _)| number.cast_signed()))
        .bind(column(&rows, |(note, _, _)| note.at))
        .bind(column(&rows, |(note, _, _)| plain(&note.who)))
        .bind(column(&rows, |(note, _, _)| note.version.as_deref()))
        .bind(column(&rows, |(note, _, _)| note.about))
        .bind(column(&rows, |(note, _, _)| note.command.as_str()))
        .bind(column(&rows, |(_, _, hash)| hash.to_vec()))
        .bind(NOTHING);
    if let Some(turn) = turn {
        statement = statement.bind(turn.numbers());
    }
    statement.execute(&mut *connection).await?;
    set_house(connection, last, hash).await?;
    Ok(MarkRow {
        run: None,
        number: last,
        hash,
    })
}

async fn set_house(
    connection: &mut PgConnection,
    number: u64,
    hash: Hash,
) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO audit_house (one, number, hash) VALUES (1, $1, $2) \
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
pub(super) async fn adopt(connection: &mut PgConnection) -> Result<(), StoreError> {
    let done = "SELECT EXISTS (SELECT 1 FROM audit_house)";
    // Asked first without a lock: every opening comes here.
    if sqlx::query_scalar(done).fetch_one(&mut *connection).await? {
        return Ok(());
    }
    loop {
        let mut transaction = connection.begin().await?;
        // Of nodes that begin at once, one does it.
        Gate::Adopting.enter(&mut transaction).await?;
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
async fn adopt_page(connection: &mut PgConnection) -> Result<bool, StoreError> {
    let sql = format!("SELECT {COLUMNS} FROM audit WHERE hash IS NULL ORDER BY n LIMIT $1");
    let rows = sqlx::query(AssertSqlSafe(sql))
        .bind(i64::from(PAGE))
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
    let runs: Vec<Uuid> = rows.iter().filter_map(|row| row.run_id).collect();
    let known = sqlx::query("SELECT id, seq, audit_hash FROM runs WHERE id = ANY($1)")
        .bind(runs)
        .fetch_all(&mut *connection)
        .await?;
    let mut heads = HashMap::from([(HOUSE, hash)]);
    for row in &known {
        let head = run_head(row)?;
        heads.insert(head.run_id, head.hash.unwrap_or(BEGINNING));
    }
    let chained = adopted(&rows, &mut heads, &mut number);
    let chained: Vec<_> = chained.iter().collect();
    sqlx::query(
        "UPDATE audit SET seq = new.seq, hash = new.hash \
         FROM unnest($1::bigint[], $2::bigint[], $3::bytea[]) AS new (n, seq, hash) \
         WHERE audit.n = new.n",
    )
    .bind(column(&chained, |(n, _, _)| *n))
    .bind(column(&chained, |(_, number, _)| number.cast_signed()))
    .bind(column(&chained, |(_, _, hash)| hash.to_vec()))
    .execute(&mut *connection)
    .await?;
    let (runs, hashes): (Vec<Uuid>, Vec<Vec<u8>>) = heads
        .into_iter()
        .map(|(run, hash)| (run, hash.to_vec()))
        .unzip();
    sqlx::query(
        "UPDATE runs SET audit_hash = new.hash \
         FROM unnest($1::uuid[], $2::bytea[]) AS new (id, hash) WHERE runs.id = new.id",
    )
    .bind(runs)
    .bind(hashes)
    .execute(connection)
    .await?;
    Ok(true)
}
