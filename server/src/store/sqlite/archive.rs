//! Finished runs that were moved out, and moving them out.

use async_trait::async_trait;
use hms_app::views::FileAnswer;
use sqlx::sqlite::{SqliteConnection, SqliteRow};
use sqlx::{AssertSqlSafe, Row};
use uuid::Uuid;

use super::encode::{id, json, maybe_time, number, text, time};
use super::queries::id_list;
use super::{SqliteStore, personal, trail};
use crate::clock::moment;
use crate::identity::hex;
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
     (SELECT workflow, CAST(round(unixepoch(ended, 'subsec') * 1000) AS INTEGER), id FROM runs \
     WHERE id IN (SELECT value FROM json_each($1)))",
    "DELETE FROM outbox_sent WHERE outbox_id IN (SELECT id FROM outbox WHERE task_id IN \
     (SELECT id FROM tasks WHERE run_id IN (SELECT value FROM json_each($1))))",
    "DELETE FROM outbox WHERE task_id IN \
     (SELECT id FROM tasks WHERE run_id IN (SELECT value FROM json_each($1)))",
    "DELETE FROM tasks WHERE run_id IN (SELECT value FROM json_each($1))",
    "DELETE FROM timers WHERE run_id IN (SELECT value FROM json_each($1))",
    "DELETE FROM waits WHERE run_id IN (SELECT value FROM json_each($1))",
    "DELETE FROM counted WHERE run_id IN (SELECT value FROM json_each($1))",
    "DELETE FROM file_pieces WHERE file_id IN \
     (SELECT id FROM files WHERE run_id IN (SELECT value FROM json_each($1)))",
    "DELETE FROM files WHERE run_id IN (SELECT value FROM json_each($1))",
    "DELETE FROM audit WHERE run_id IN (SELECT value FROM json_each($1))",
    "DELETE FROM runs WHERE id IN (SELECT value FROM json_each($1))",
];
/// Events that no run is left of.
const EVENTS: &str = "DELETE FROM events WHERE id IN (SELECT value FROM json_each($1)) \
    AND NOT EXISTS (SELECT 1 FROM json_each(events.runs) j JOIN runs r ON r.id = j.value ->> 'run_id') \
    AND NOT EXISTS (SELECT 1 FROM json_each(events.reached) j JOIN runs r ON r.id = j.value ->> 'run_id') \
    RETURNING id";
const PERSONAL: &str = "DELETE FROM personal WHERE owner IN (SELECT value FROM json_each($1))";

#[async_trait]
impl Archived for SqliteStore {
    async fn archived(&self, runs: &[Uuid]) -> Result<Vec<(Leaf, u64)>, StoreError> {
        let rows = sqlx::query(
            "SELECT run_id, number, hash, archive FROM archived \
             WHERE run_id IN (SELECT value FROM json_each($1))",
        )
        .bind(id_list(runs))
        .fetch_all(&self.read)
        .await?;
        rows.iter()
            .map(|row| Ok((leaf(row)?, number(row, 3)?.unsigned_abs())))
            .collect()
    }

    async fn moved_out(&self, run: Uuid) -> Result<Option<MovedOut>, StoreError> {
        let row = sqlx::query(sql::MOVED_OUT)
            .bind(run.to_string())
            .fetch_optional(&self.read)
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
            .bind(limit)
            .fetch_all(&self.read)
            .await?;
        rows.iter().map(archive).collect()
    }

    async fn archive_leaves(&self, number: u64) -> Result<Vec<Leaf>, StoreError> {
        let rows = sqlx::query(sql::LEAVES)
            .bind(number.cast_signed())
            .fetch_all(&self.read)
            .await?;
        rows.iter().map(leaf).collect()
    }
}

#[async_trait]
impl Archive for SqliteStore {
    async fn may_archive(&self, lease: Lease) -> Result<bool, StoreError> {
        let mut connection = self.write.acquire().await?;
        leased(&mut connection, sql::LEASE, lease).await
    }

    async fn last_archive(&self) -> Result<u64, StoreError> {
        let last: i64 = sqlx::query_scalar(sql::LAST).fetch_one(&self.write).await?;
        Ok(last.unsigned_abs())
    }

    async fn archive_in(&self, file: &str) -> Result<Option<ArchiveRow>, StoreError> {
        let text = format!("SELECT {} FROM archives WHERE file = $1", sql::ARCHIVE);
        let row = sqlx::query(AssertSqlSafe(text))
            .bind(file.to_owned())
            .fetch_optional(&self.write)
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
            "SELECT r.id, r.ended, r.seq, octet_length(r.state) + octet_length(e.payload), \
             coalesce(up.status = 'RUNNING', 0) OR \
             EXISTS (SELECT 1 FROM runs c WHERE c.parent = r.id) FROM runs r JOIN events e ON e.id = r.event_id \
             LEFT JOIN runs up ON up.id = r.parent \
             WHERE r.id IN ({}) ORDER BY r.id",
            sql::ENDED
        );
        let rows = sqlx::query(AssertSqlSafe(found))
            .bind(workflow.to_owned())
            .bind(after.to_string())
            .bind(until.to_string())
            .bind(limit)
            .fetch_all(&self.read)
            .await?;
        rows.iter()
            .map(|row| {
                Ok(Candidate {
                    run_id: id(text(row, 0)?)?,
                    ended: maybe_time(row, 1)?,
                    rows: number(row, 2)?.unsigned_abs(),
                    bytes: number(row, 3)?.unsigned_abs(),
                    held: number(row, 4)? != 0,
                })
            })
            .collect()
    }

    async fn beside(&self, runs: &[Uuid]) -> Result<Vec<Beside>, StoreError> {
        let list = id_list(runs);
        let rows = sqlx::query(
            "SELECT r.id, e.id, e.name, e.source, e.external_id, e.received, r.parent, p.number, \
             r.started, r.ended FROM runs r JOIN events e ON e.id = r.event_id \
             LEFT JOIN reports p ON p.run_id = r.id \
             WHERE r.id IN (SELECT value FROM json_each($1)) ORDER BY r.id",
        )
        .bind(&list)
        .fetch_all(&self.read)
        .await?;
        let all = rows.iter().map(beside).collect::<Result<_, StoreError>>()?;
        let rows = sqlx::query(
            "SELECT run_id, id, name, media, size, sha256 FROM files \
             WHERE run_id IN (SELECT value FROM json_each($1)) ORDER BY id",
        )
        .bind(&list)
        .fetch_all(&self.read)
        .await?;
        let files = rows.iter().map(file).collect::<Result<_, StoreError>>()?;
        Ok(Beside::with_files(all, files))
    }

    async fn move_out(&self, write: &ArchiveWrite) -> Result<bool, StoreError> {
        let mut transaction = self.write.begin_with("BEGIN IMMEDIATE").await?;
        if !leased(&mut transaction, sql::STILL, write.lease).await? {
            return Ok(false);
        }
        let runs = id_list(write.leaves.iter().map(|leaf| &leaf.run_id));
        let found = sqlx::query(
            "SELECT id, seq, audit_hash FROM runs \
             WHERE ended IS NOT NULL AND id IN (SELECT value FROM json_each($1))",
        )
        .bind(&runs)
        .fetch_all(&mut *transaction)
        .await?;
        let found = found.iter().map(leaf).collect::<Result<_, StoreError>>()?;
        if !write.still(found) {
            return Ok(false);
        }
        // Noted before anything goes: a row's `n` is one more than the largest that is there, and none is given twice.
        let note = trail::house(&mut transaction, &[write.note()]).await?;
        keep(&mut transaction, write, note).await?;
        // A fixed handful of tables: not a loop over data.
        for statement in OF_RUNS {
            sqlx::query(statement)
                .bind(&runs)
                .execute(&mut *transaction)
                .await?;
        }
        let gone: Vec<String> = sqlx::query_scalar(EVENTS)
            .bind(id_list(&write.events))
            .fetch_all(&mut *transaction)
            .await?;
        personal::overwrite(&mut transaction, true).await?;
        for owners in [runs, serde_json::Value::from(gone).to_string()] {
            sqlx::query(PERSONAL)
                .bind(owners)
                .execute(&mut *transaction)
                .await?;
        }
        personal::overwrite(&mut transaction, false).await?;
        transaction.commit().await?;
        Ok(true)
    }
}

async fn leased(
    connection: &mut SqliteConnection,
    statement: &'static str,
    lease: Lease,
) -> Result<bool, StoreError> {
    let done = sqlx::query(statement)
        .bind(lease.holder.to_string())
        .bind(lease.now_ms)
        .bind(lease.until_ms)
        .execute(connection)
        .await?;
    Ok(done.rows_affected() == 1)
}

/// Keeps what proves the runs.
async fn keep(
    connection: &mut SqliteConnection,
    write: &ArchiveWrite,
    note: u64,
) -> Result<(), StoreError> {
    let row = &write.row;
    sqlx::query(sql::ADD)
        .bind(row.number.cast_signed())
        .bind(row.workflow.clone())
        .bind(row.month.clone())
        .bind(row.file.clone())
        .bind(row.sha256.to_vec())
        .bind(row.runs.cast_signed())
        .bind(row.root.to_vec())
        .bind(note.cast_signed())
        .bind(row.at.timestamp_millis())
        .execute(&mut *connection)
        .await?;
    let leaves: Vec<_> = write
        .leaves
        .iter()
        .zip(&write.closed)
        .map(|(leaf, closed)| (leaf.run_id, leaf.number, hex(&leaf.hash), closed))
        .collect();
    sqlx::query(
        "INSERT INTO archived (run_id, archive, number, hash, closed) \
         SELECT value ->> 0, $2, value ->> 1, unhex(value ->> 2), value ->> 3 FROM json_each($1)",
    )
    .bind(json(&leaves)?)
    .bind(row.number.cast_signed())
    .execute(connection)
    .await?;
    Ok(())
}

/// Where a chain ended: run, number, hash.
fn leaf(row: &SqliteRow) -> Result<Leaf, StoreError> {
    Ok(Leaf {
        run_id: id(text(row, 0)?)?,
        number: number(row, 1)?.unsigned_abs(),
        hash: kept(row.try_get(2)?)?.unwrap_or_default(),
    })
}

fn moved_out(row: &SqliteRow) -> Result<MovedOut, StoreError> {
    Ok(MovedOut {
        workflow: text(row, 0)?.to_owned(),
        file: text(row, 1)?.to_owned(),
        month: text(row, 2)?.to_owned(),
        closed: row.try_get(3)?,
    })
}

fn archive(row: &SqliteRow) -> Result<ArchiveRow, StoreError> {
    Ok(ArchiveRow {
        number: number(row, 0)?.unsigned_abs(),
        workflow: text(row, 1)?.to_owned(),
        month: text(row, 2)?.to_owned(),
        file: text(row, 3)?.to_owned(),
        sha256: kept(row.try_get(4)?)?.unwrap_or_default(),
        runs: number(row, 5)?.unsigned_abs(),
        root: kept(row.try_get(6)?)?.unwrap_or_default(),
        note: number(row, 7)?.unsigned_abs(),
        at: moment(number(row, 8)?),
    })
}

fn beside(row: &SqliteRow) -> Result<Beside, StoreError> {
    let source: Option<String> = row.try_get(3)?;
    let parent: Option<&str> = row.try_get(6)?;
    Ok(Beside {
        run_id: id(text(row, 0)?)?,
        event_id: id(text(row, 1)?)?,
        event: text(row, 2)?.to_owned(),
        origin: source.zip(row.try_get(4)?),
        received: time(text(row, 5)?)?,
        parent: parent.map(id).transpose()?,
        report: row.try_get(7)?,
        started: time(text(row, 8)?)?,
        ended: maybe_time(row, 9)?,
        files: Vec::new(),
    })
}

fn file(row: &SqliteRow) -> Result<(Uuid, FileAnswer), StoreError> {
    let file = FileAnswer {
        file: id(text(row, 1)?)?,
        name: text(row, 2)?.to_owned(),
        media: text(row, 3)?.to_owned(),
        size: number(row, 4)?.unsigned_abs(),
        sha256: text(row, 5)?.to_owned(),
    };
    Ok((id(text(row, 0)?)?, file))
}
