//! What is kept beside the audit trail. Texts and bytes are hashed as they come, one row in memory at a time.

use std::collections::HashMap;

use async_trait::async_trait;
use futures_util::TryStreamExt;
use hms_app::views::FileAnswer;
use sha2::{Digest, Sha256};
use sqlx::{AssertSqlSafe, Row};
use uuid::Uuid;

use super::encode::{id, text};
use super::queries::id_list;
use super::{SqliteStore, files};
use crate::store::chain::Hash;
use crate::store::files::sql::COLUMNS;
use crate::store::reported::sql;
use crate::store::{Reported, StoreError, TaskAnswer, Texts, json_hash};

#[async_trait]
impl Reported for SqliteStore {
    async fn payloads_of_runs(&self, runs: &[Uuid]) -> Result<Vec<(Uuid, Hash)>, StoreError> {
        let found = "SELECT r.id, e.payload FROM runs r JOIN events e ON e.id = r.event_id \
                     WHERE r.id IN (SELECT value FROM json_each($1))";
        hashes(self, found, runs).await
    }

    async fn payloads_of_events(&self, events: &[Uuid]) -> Result<Vec<(Uuid, Hash)>, StoreError> {
        let found = "SELECT id, payload FROM events WHERE id IN (SELECT value FROM json_each($1))";
        hashes(self, found, events).await
    }

    async fn payload_text(&self, run: Uuid) -> Result<Option<String>, StoreError> {
        Ok(sqlx::query_scalar(sql::PAYLOAD)
            .bind(run.to_string())
            .fetch_optional(&self.read)
            .await?)
    }

    async fn files_as_kept(&self, ids: &[Uuid]) -> Result<Vec<(FileAnswer, Hash)>, StoreError> {
        let statement = format!(
            "SELECT {COLUMNS} FROM files WHERE id IN (SELECT value FROM json_each($1)) ORDER BY id"
        );
        let rows = sqlx::query(AssertSqlSafe(statement))
            .bind(id_list(ids))
            .fetch_all(&self.read)
            .await?;
        let mut bytes: HashMap<Uuid, Sha256> = HashMap::new();
        let mut pieces = sqlx::query(
            "SELECT file_id, bytes FROM file_pieces \
             WHERE file_id IN (SELECT value FROM json_each($1)) ORDER BY file_id, n",
        )
        .bind(id_list(ids))
        .fetch(&self.read);
        while let Some(row) = pieces.try_next().await? {
            let hash = bytes.entry(id(text(&row, 0)?)?).or_default();
            hash.update(row.try_get::<&[u8], _>(1)?);
        }
        let mut kept = Vec::with_capacity(rows.len());
        for row in &rows {
            let file = files::file(row)?.file;
            let own = bytes.remove(&file.file).unwrap_or_default();
            kept.push((file, own.finalize().into()));
        }
        Ok(kept)
    }

    async fn answers(&self, runs: &[Uuid]) -> Result<Vec<TaskAnswer>, StoreError> {
        let statement = format!("{} IN (SELECT value FROM json_each($1))", sql::ANSWERS);
        let mut rows = sqlx::query(AssertSqlSafe(statement))
            .bind(id_list(runs))
            .fetch(&self.read);
        let mut found = Vec::new();
        while let Some(row) = rows.try_next().await? {
            found.push(TaskAnswer {
                run_id: id(text(&row, 0)?)?,
                task: id(text(&row, 1)?)?,
                done: row.try_get(2)?,
                by: row.try_get(3)?,
                answer: row.try_get::<Option<&str>, _>(4)?.and_then(json_hash),
            });
        }
        Ok(found)
    }

    async fn texts(
        &self,
        of: Texts,
        after: &str,
        limit: u32,
    ) -> Result<Vec<(String, Hash)>, StoreError> {
        let statement = match of {
            Texts::Definitions => sql::DEFINITIONS,
            Texts::Calendars => sql::CALENDARS,
        };
        let rows = sqlx::query(statement)
            .bind(after.to_owned())
            .bind(limit)
            .fetch_all(&self.read)
            .await?;
        rows.iter()
            .map(|row| {
                Ok((
                    text(row, 0)?.to_owned(),
                    Sha256::digest(text(row, 1)?).into(),
                ))
            })
            .collect()
    }
}

/// The id and the SHA-256 of the text of each row.
async fn hashes(
    store: &SqliteStore,
    statement: &'static str,
    ids: &[Uuid],
) -> Result<Vec<(Uuid, Hash)>, StoreError> {
    let mut rows = sqlx::query(statement).bind(id_list(ids)).fetch(&store.read);
    let mut found = Vec::with_capacity(ids.len());
    while let Some(row) = rows.try_next().await? {
        found.push((id(text(&row, 0)?)?, Sha256::digest(text(&row, 1)?).into()));
    }
    Ok(found)
}
