//! Finished runs that were moved out, and moving them out.

use async_trait::async_trait;
use hms_app::views::FileAnswer;
use sqlx::postgres::{PgConnection, PgRow};
use sqlx::{AssertSqlSafe, Row};
use uuid::Uuid;

use super::PostgresStore;
use super::write::{column, plain};
use crate::clock::moment;
use crate::store::archive::sql;
use crate::store::chain::kept;
use crate::store::{
    Archive, ArchiveRow, ArchiveWrite, Archived, Beside, Candidate, Leaf, Lease, MovedOut,
    StoreError,
};

/// What goes with a run, in this order; `$1` is the list of runs. Its report stays: who has the receipt is told where the
/// case is.
const OF_RUNS: [&str; 11] = [
    // One that waits for others has a later moment, and goes when that has come.
    "DELETE FROM personal_ended WHERE (workflow, since_ms, owner) IN \
     (SELECT workflow, (extract(epoch FROM ended) * 1000)::bigint, id FROM runs WHERE id = ANY($1))",
    "DELETE FROM outbox_sent WHERE outbox_id IN (SELECT id FROM outbox WHERE task_id IN \
     (SELECT id FROM tasks WHERE run_id = ANY($1)))",
    "DELETE FROM outbox WHERE task_id IN \
     (SELECT id FROM tasks WHERE run_id = ANY($1))",
    "DELETE FROM tasks WHERE run_id = ANY($1)",
    "DELETE FROM timers WHERE run_id = ANY($1)",
    "DELETE FROM waits WHERE run_id = ANY($1)",
    "DELETE FROM counted WHERE run_id = ANY($1)",
    "DELETE FROM file_pieces WHERE file_id IN \
     (SELECT id FROM files WHERE run_id = ANY($1))",
    "DELETE FROM files WHERE run_id = ANY($1)",
    "DELETE FROM audit WHERE run_id = ANY($1)",
    "DELETE FROM runs WHERE id = ANY($1)",
];
/// Events that no run is left of.
const EVENTS: &str = "DELETE FROM events WHERE id = ANY($1) \
    AND NOT EXISTS (SELECT 1 FROM json_array_elements(events.runs::json) AS j (item) JOIN runs r ON r.id = (item ->> 'run_id')::uuid) \
    AND NOT EXISTS (SELECT 1 FROM json_array_elements(events.reached::json) AS j (item) JOIN runs r ON r.id = (item ->> 'run_id')::uuid) \
    RETURNING id";
const PERSONAL: &str = "DELETE FROM personal WHERE owner = ANY($1)";

#[async_trait]
impl Archived for PostgresStore {
    async fn archived(&self, runs: &[Uuid]) -> Result<Vec<(Leaf, u64)>, StoreError> {
        let rows = sqlx::query(
            "SELECT run_id, number, hash, archive FROM archived \
             WHERE run_id = ANY($1)",
        )
        .bind(runs)
        .fetch_all(&self.pool)
        .await?;
        rows.iter()
            .map(|row| Ok((leaf(row)?, num(row, 3)?.unsigned_abs())))
            .collect()
    }

    async fn moved_out(&self, run: Uuid) -> Result<Option<MovedOut>, StoreError> {
        let row = sqlx::query(sql::MOVED_OUT)
            .bind(run)
            .fetch_optional(&self.pool)
            .await?;
        row.as_ref().map(moved_out).transpose()
    }

    async fn archives(&self, after: u64, limit: u32) -> Result<Vec<ArchiveRow>, StoreError> {
        let text = format!(
            "SELECT {} FROM archives WHERE number > $1 ORDER BY number LIMIT $2",
            sql::ARCHIVE
        );
        let rows = sqlx::query(AssertSqlSafe(text))
            .bind(after.cast_signed())
            .bind(i64::from(limit))
            .fetch_all(&self.pool)
            .await?;
        rows.iter().map(archive).collect()
    }

    async fn archive_leaves(&self, number: u64) -> Result<Vec<Leaf>, StoreError> {
        let rows = sqlx::query(sql::LEAVES)
            .bind(number.cast_signed())
            .fetch_all(&self.pool)
            .await?;
        rows.iter().map(leaf).collect()
    }
}

#[async_trait]
impl Archive for PostgresStore {
    async fn may_archive(&self, lease: Lease) -> Result<bool, StoreError> {
        let mut connection = self.pool.acquire().await?;
        leased(&mut connection, sql::LEASE, lease).await
    }

    async fn last_archive(&self) -> Result<u64, StoreError> {
        let last: i64 = sqlx::query_scalar(sql::LAST).fetch_one(&self.pool).await?;
        Ok(last.unsigned_abs())
    }

    async fn archive_in(&self, file: &str) -> Result<Option<ArchiveRow>, StoreError> {
        let text = format!("SELECT {} FROM archives WHERE file = $1", sql::ARCHIVE);
        let row = sqlx::query(AssertSqlSafe(text))
            .bind(file)
            .fetch_optional(&self.pool)
            .await?;
        row.as_ref().map(archive).transpose()
    }

    async fn candidates(
        &self,
        workflow: &str,
        (after, until): (Uuid, Uuid),
        limit: u32,
    ) -> Result<Vec<Candidate>, StoreError> {
        let found = format!(
            "SELECT r.id, r.ended, r.seq, (octet_length(r.state::text) + octet_length(e.payload::text))::bigint, \
             coalesce(up.status = 'RUNNING', false) OR \
             EXISTS (SELECT 1 FROM runs c WHERE c.parent = r.id) FROM runs r JOIN events e ON e.id = r.event_id \
             LEFT JOIN runs up ON up.id = r.parent \
             WHERE r.id IN ({}) ORDER BY r.id",
            sql::ENDED
        );
        let mut list = self.listing().await?;
        let rows = sqlx::query(AssertSqlSafe(found))
            .bind(workflow)
            .bind(after)
            .bind(until)
            .bind(i64::from(limit))
            .fetch_all(&mut *list)
            .await?;
        list.end().await?;
        rows.iter()
            .map(|row| {
                Ok(Candidate {
                    run_id: row.try_get(0)?,
                    ended: row.try_get(1)?,
                    rows: num(row, 2)?.unsigned_abs(),
                    bytes: num(row, 3)?.unsigned_abs(),
                    held: row.try_get(4)?,
                })
            })
            .collect()
    }

    async fn beside(&self, runs: &[Uuid]) -> Result<Vec<Beside>, StoreError> {
        let rows = sqlx::query(
            "SELECT r.id, e.id, e.name, e.source, e.external_id, e.received, r.parent, p.number, \
             r.started, r.ended FROM runs r JOIN events e ON e.id = r.event_id \
             LEFT JOIN reports p ON p.run_id = r.id \
             WHERE r.id = ANY($1) ORDER BY r.id",
        )
        .bind(runs)
        .fetch_all(&self.pool)
        .await?;
        let all = rows.iter().map(beside).collect::<Result<_, StoreError>>()?;
        let rows = sqlx::query(
            "SELECT run_id, id, name, media, size, sha256 FROM files \
             WHERE run_id = ANY($1) ORDER BY id",
        )
        .bind(runs)
        .fetch_all(&self.pool)
        .await?;
        let files = rows.iter().map(file).collect::<Result<_, StoreError>>()?;
        Ok(Beside::with_files(all, files))
    }

    async fn move_out(&self, write: &ArchiveWrite) -> Result<bool, StoreError> {
        let mut transaction = self.short().await?;
        if !leased(&mut transaction, sql::STILL, write.lease).await? {
            return Ok(false);
        }
        let runs: Vec<Uuid> = write.leaves.iter().map(|leaf| leaf.run_id).collect();
        let found = sqlx::query(
            "SELECT id, seq, audit_hash FROM runs \
             WHERE ended IS NOT NULL AND id = ANY($1) ORDER BY id FOR UPDATE",
        )
        .bind(&runs)
        .fetch_all(&mut *transaction)
        .await?;
        let found = found.iter().map(leaf).collect::<Result<_, StoreError>>()?;
        if !write.still(found) {
            return Ok(false);
        }
        // A fixed handful of tables: not a loop over data.
        for statement in OF_RUNS {
            sqlx::query(statement)
                .bind(&runs)
                .execute(&mut *transaction)
                .await?;
        }
        let gone: Vec<Uuid> = sqlx::query_scalar(EVENTS)
            .bind(&write.events)
            .fetch_all(&mut *transaction)
            .await?;
        for owners in [runs, gone] {
            sqlx::query(PERSONAL)
                .bind(owners)
                .execute(&mut *transaction)
                .await?;
        }
        // Last, for it locks the end of the house's chain.
        let note = transaction.house(&[write.note()]).await?;
        keep(&mut transaction, write, note).await?;
        transaction.commit().await?;
        Ok(true)
    }
}

async fn leased(
    connection: &mut PgConnection,
    statement: &'static str,
    lease: Lease,
) -> Result<bool, StoreError> {
    let done = sqlx::query(statement)
        .bind(lease.holder)
        .bind(lease.now_ms)
        .bind(lease.until_ms)
        .execute(connection)
        .await?;
    Ok(done.rows_affected() == 1)
}

/// Keeps what proves the runs.
async fn keep(
    connection: &mut PgConnection,
    write: &ArchiveWrite,
    note: u64,
) -> Result<(), StoreError> {
    let row = &write.row;
    sqlx::query(sql::ADD)
        .bind(row.number.cast_signed())
        .bind(plain(&row.workflow))
        .bind(&row.month)
        .bind(&row.file)
        .bind(row.sha256.to_vec())
        .bind(row.runs.cast_signed())
        .bind(row.root.to_vec())
        .bind(note.cast_signed())
        .bind(row.at.timestamp_millis())
        .execute(&mut *connection)
        .await?;
    let leaves: Vec<&Leaf> = write.leaves.iter().collect();
    sqlx::query(
        "INSERT INTO archived (run_id, archive, number, hash, closed) SELECT run_id, $4, number, hash, closed \
         FROM unnest($1::uuid[], $2::bigint[], $3::bytea[], $5::date[]) AS new (run_id, number, hash, closed)",
    )
    .bind(column(&leaves, |leaf| leaf.run_id))
    .bind(column(&leaves, |leaf| leaf.number.cast_signed()))
    .bind(column(&leaves, |leaf| leaf.hash.to_vec()))
    .bind(row.number.cast_signed())
    .bind(&write.closed)
    .execute(connection)
    .await?;
    Ok(())
}

fn num(row: &PgRow, column: usize) -> Result<i64, StoreError> {
    Ok(row.try_get(column)?)
}

/// Where a chain ended: run, number, hash.
fn leaf(row: &PgRow) -> Result<Leaf, StoreError> {
    Ok(Leaf {
        run_id: row.try_get(0)?,
        number: num(row, 1)?.unsigned_abs(),
        hash: kept(row.try_get(2)?)?.unwrap_or_default(),
    })
}

fn moved_out(row: &PgRow) -> Result<MovedOut, StoreError> {
    Ok(MovedOut {
        workflow: row.try_get(0)?,
        file: row.try_get(1)?,
        month: row.try_get(2)?,
        closed: row.try_get(3)?,
    })
}

fn archive(row: &PgRow) -> Result<ArchiveRow, StoreError> {
    Ok(ArchiveRow {
        number: num(row, 0)?.unsigned_abs(),
        workflow: row.try_get(1)?,
        month: row.try_get(2)?,
        file: row.try_get(3)?,
        sha256: kept(row.try_get(4)?)?.unwrap_or_default(),
        runs: num(row, 5)?.unsigned_abs(),
        root: kept(row.try_get(6)?)?.unwrap_or_default(),
        note: num(row, 7)?.unsigned_abs(),
        at: moment(num(row, 8)?),
    })
}

fn beside(row: &PgRow) -> Result<Beside, StoreError> {
    let source: Option<String> = row.try_get(3)?;
    Ok(Beside {
        run_id: row.try_get(0)?,
        event_id: row.try_get(1)?,
        event: row.try_get(2)?,
        origin: source.zip(row.try_get(4)?),
        received: row.try_get(5)?,
        parent: row.try_get(6)?,
        report: row.try_get(7)?,
        started: row.try_get(8)?,
        ended: row.try_get(9)?,
        files: Vec::new(),
    })
}

fn file(row: &PgRow) -> Result<(Uuid, FileAnswer), StoreError> {
    let file = FileAnswer {
        file: row.try_get(1)?,
        name: row.try_get(2)?,
        media: row.try_get(3)?,
        size: num(row, 4)?.unsigned_abs(),
        sha256: row.try_get(5)?,
    };
    Ok((row.try_get(0)?, file))
}
