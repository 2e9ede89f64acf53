use async_trait::async_trait;
use hms_app::views::FileAnswer;
use sqlx::postgres::{PgConnection, PgRow};
use sqlx::{AssertSqlSafe, Row};
use uuid::Uuid;

use super::PostgresStore;
use super::decode::each;
use crate::store::files::{pieces, sql};
use crate::store::{Claim, FileRow, Files, StoreError, Unclaimed};

#[async_trait]
impl Files for PostgresStore {
    async fn keep(&self, row: &FileRow, bytes: &[u8]) -> Result<(), StoreError> {
        let id = row.file.file;
        let mut transaction = self.pool.begin().await?;
        sqlx::query(sql::ADD)
            .bind(id)
            .bind(&row.owner)
            .bind(&row.sender)
            .bind(&row.file.name)
            .bind(&row.file.media)
            .bind(row.file.size.cast_signed())
            .bind(&row.file.sha256)
            .bind(row.created_ms)
            .execute(&mut *transaction)
            .await?;
        for (n, piece) in pieces(bytes) {
            sqlx::query(sql::ADD_PIECE)
                .bind(id)
                .bind(n)
                .bind(piece)
                .execute(&mut *transaction)
                .await?;
        }
        sqlx::query(sql::WHOLE)
            .bind(id)
            .execute(&mut *transaction)
            .await?;
        transaction.commit().await?;
        Ok(())
    }

    async fn files(&self, ids: &[Uuid]) -> Result<Vec<FileRow>, StoreError> {
        let statement = format!(
            "SELECT {} FROM files WHERE whole AND id = ANY($1)",
            sql::COLUMNS
        );
        let rows = sqlx::query(AssertSqlSafe(statement))
            .bind(ids)
            .fetch_all(&self.pool)
            .await?;
        each(&rows, file)
    }

    async fn bytes(&self, id: Uuid) -> Result<Vec<u8>, StoreError> {
        let pieces: Vec<Vec<u8>> = sqlx::query_scalar(sql::PIECES)
            .bind(id)
            .fetch_all(&self.pool)
            .await?;
        Ok(pieces.concat())
    }

    async fn waiting(&self, sender: &str) -> Result<[Unclaimed; 2], StoreError> {
        let row = sqlx::query(sql::WAITING)
            .bind(sender)
            .fetch_one(&self.pool)
            .await?;
        let waiting = |files: usize, bytes: usize| {
            Ok::<_, StoreError>(Unclaimed {
                files: row.try_get::<i64, _>(files)?.unsigned_abs(),
                bytes: row.try_get::<i64, _>(bytes)?.unsigned_abs(),
            })
        };
        Ok([waiting(0, 1)?, waiting(2, 3)?])
    }

    async fn remove_unclaimed(&self, before_ms: i64, limit: u32) -> Result<u64, StoreError> {
        // One that a turn is just naming is passed over: it will have a case.
        let old = "SELECT id FROM files WHERE run_id IS NULL AND created_ms < $1 \
            ORDER BY created_ms LIMIT $2 FOR UPDATE SKIP LOCKED";
        let mut transaction = self.short().await?;
        let old: Vec<Uuid> = sqlx::query_scalar(self.able.skipping(old))
            .bind(before_ms)
            .bind(i64::from(limit))
            .fetch_all(&mut *transaction)
            .await?;
        if old.is_empty() {
            return Ok(0);
        }
        for remove in [
            "DELETE FROM file_pieces WHERE file_id = ANY($1)",
            "DELETE FROM files WHERE id = ANY($1)",
        ] {
            sqlx::query(remove)
                .bind(&old)
                .execute(&mut *transaction)
                .await?;
        }
        transaction.commit().await?;
        Ok(old.len() as u64)
    }
}

/// Files by their ids, locked in their order: none of them is removed or named elsewhere before this
/// transaction ends.
pub(super) async fn locked(
    connection: &mut PgConnection,
    ids: &[Uuid],
) -> Result<Vec<FileRow>, StoreError> {
    let statement = format!(
        "SELECT {} FROM files WHERE whole AND id = ANY($1) ORDER BY id FOR UPDATE",
        sql::COLUMNS
    );
    let rows = sqlx::query(AssertSqlSafe(statement))
        .bind(ids)
        .fetch_all(connection)
        .await?;
    each(&rows, file)
}

/// Files that belong to a case from now on.
pub(super) async fn claim(
    connection: &mut PgConnection,
    claims: &[Claim],
) -> Result<(), StoreError> {
    if claims.is_empty() {
        return Ok(());
    }
    let (files, runs): (Vec<Uuid>, Vec<Uuid>) = claims
        .iter()
        .map(|claim| (claim.file, claim.run_id))
        .unzip();
    sqlx::query(
        "UPDATE files SET run_id = claims.run_id \
         FROM unnest($1::uuid[], $2::uuid[]) AS claims (id, run_id) WHERE files.id = claims.id",
    )
    .bind(files)
    .bind(runs)
    .execute(connection)
    .await?;
    Ok(())
}

/// A file, from [`sql::COLUMNS`].
pub(super) fn file(row: &PgRow) -> Result<FileRow, StoreError> {
    Ok(FileRow {
        file: FileAnswer {
            file: row.try_get(0)?,
            name: row.try_get(3)?,
            media: row.try_get(4)?,
            size: row.try_get::<i64, _>(5)?.unsigned_abs(),
            sha256: row.try_get(6)?,
        },
        owner: row.try_get(1)?,
        sender: row.try_get(2)?,
        created_ms: row.try_get(7)?,
        run_id: row.try_get(8)?,
    })
}
