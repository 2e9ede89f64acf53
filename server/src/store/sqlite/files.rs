use async_trait::async_trait;
use hms_app::views::FileAnswer;
use sqlx::sqlite::{SqliteConnection, SqliteRow};
use sqlx::{AssertSqlSafe, Row};
use uuid::Uuid;

use super::encode::{id, number, text};
use super::{SqliteStore, queries, write};
use crate::store::files::{pieces, sql};
use crate::store::{Claim, FileRow, Files, StoreError, Unclaimed};

#[async_trait]
impl Files for SqliteStore {
    async fn keep(&self, row: &FileRow, bytes: &[u8]) -> Result<(), StoreError> {
        let id = row.file.file.to_string();
        sqlx::query(sql::ADD)
            .bind(&id)
            .bind(&row.owner)
            .bind(&row.sender)
            .bind(&row.file.name)
            .bind(&row.file.media)
            .bind(row.file.size.cast_signed())
            .bind(&row.file.sha256)
            .bind(row.created_ms)
            .execute(&self.write)
            .await?;
        // Each piece has a transaction of its own: runs are written in between.
        for (n, piece) in pieces(bytes) {
            sqlx::query(sql::ADD_PIECE)
                .bind(&id)
                .bind(n)
                .bind(piece)
                .execute(&self.write)
                .await?;
        }
        sqlx::query(sql::WHOLE)
            .bind(&id)
            .execute(&self.write)
            .await?;
        Ok(())
    }

    async fn files(&self, ids: &[Uuid]) -> Result<Vec<FileRow>, StoreError> {
        let mut connection = self.read.acquire().await?;
        by_id(&mut connection, ids).await
    }

    async fn bytes(&self, id: Uuid) -> Result<Vec<u8>, StoreError> {
        let pieces: Vec<Vec<u8>> = sqlx::query_scalar(sql::PIECES)
            .bind(id.to_string())
            .fetch_all(&self.read)
            .await?;
        Ok(pieces.concat())
    }

    async fn waiting(&self, sender: &str) -> Result<[Unclaimed; 2], StoreError> {
        let row = sqlx::query(sql::WAITING)
            .bind(sender)
            .fetch_one(&self.read)
            .await?;
        let waiting = |files: usize, bytes: usize| {
            Ok::<_, StoreError>(Unclaimed {
                files: number(&row, files)?.unsigned_abs(),
                bytes: number(&row, bytes)?.unsigned_abs(),
            })
        };
        Ok([waiting(0, 1)?, waiting(2, 3)?])
    }

    async fn remove_unclaimed(&self, before_ms: i64, limit: u32) -> Result<u64, StoreError> {
        let mut transaction = self.write.begin_with("BEGIN IMMEDIATE").await?;
        let gone: Vec<String> = sqlx::query_scalar(
            "DELETE FROM files WHERE id IN (SELECT id FROM files WHERE run_id IS NULL \
             AND created_ms < $1 ORDER BY created_ms LIMIT $2) RETURNING id",
        )
        .bind(before_ms)
        .bind(limit)
        .fetch_all(&mut *transaction)
        .await?;
        let removed = gone.len() as u64;
        sqlx::query("DELETE FROM file_pieces WHERE file_id IN (SELECT value FROM json_each($1))")
            .bind(queries::text_list(gone))
            .execute(&mut *transaction)
            .await?;
        transaction.commit().await?;
        Ok(removed)
    }
}

/// Files by their ids.
pub(super) async fn by_id(
    connection: &mut SqliteConnection,
    ids: &[Uuid],
) -> Result<Vec<FileRow>, StoreError> {
    let statement = format!(
        "SELECT {} FROM files WHERE whole AND id IN (SELECT value FROM json_each($1))",
        sql::COLUMNS
    );
    let rows = sqlx::query(AssertSqlSafe(statement))
        .bind(queries::text_list(ids.iter().map(Uuid::to_string)))
        .fetch_all(connection)
        .await?;
    rows.iter().map(file).collect()
}

/// Files that belong to a case from now on.
pub(super) async fn claim(
    connection: &mut SqliteConnection,
    claims: &[Claim],
) -> Result<(), StoreError> {
    write::rows(
        connection,
        (
            "UPDATE files SET run_id = claims.column2 FROM (VALUES",
            2,
            ") AS claims WHERE files.id = claims.column1",
        ),
        claims,
        |query, claim| {
            Ok(query
                .bind(claim.file.to_string())
                .bind(claim.run_id.to_string()))
        },
    )
    .await
}

/// A file, from [`sql::COLUMNS`].
pub(super) fn file(row: &SqliteRow) -> Result<FileRow, StoreError> {
    let run: Option<&str> = row.try_get(8)?;
    Ok(FileRow {
        file: FileAnswer {
            file: id(text(row, 0)?)?,
            name: text(row, 3)?.to_owned(),
            media: text(row, 4)?.to_owned(),
            size: number(row, 5)?.unsigned_abs(),
            sha256: text(row, 6)?.to_owned(),
        },
        owner: text(row, 1)?.to_owned(),
        sender: text(row, 2)?.to_owned(),
        created_ms: number(row, 7)?,
        run_id: run.map(id).transpose()?,
    })
}
