use async_trait::async_trait;
use sqlx::sqlite::SqliteConnection;
use sqlx::{AssertSqlSafe, Row};
use uuid::Uuid;

use super::encode::{id, json, number, text};
use super::queries::id_list;
use super::trail::{COLUMNS, trail_row};
use super::write::Bound;
use super::{SqliteStore, trail};
use crate::identity::{Sealed, hex};
use crate::store::personal::{sql, started};
use crate::store::{
    Note, Personal, PersonalKept, PersonalRow, PersonalWrite, SealedAnew, SealedRow, StoreError,
    TrailRow,
};

#[async_trait]
impl Personal for SqliteStore {
    async fn personal_of(&self, runs: &[Uuid]) -> Result<Vec<PersonalRow>, StoreError> {
        let rows = sqlx::query(
            "SELECT r.id, p.id, p.field, p.key_print, p.sealed FROM json_each($1) asked \
             JOIN runs r ON r.id = asked.value LEFT JOIN runs up ON up.id = r.parent \
             JOIN personal p ON p.owner IN (r.id, r.event_id, up.id, up.event_id)",
        )
        .bind(id_list(runs))
        .fetch_all(&self.read)
        .await?;
        rows.iter()
            .map(|row| {
                let bytes: Option<Vec<u8>> = row.try_get(4)?;
                let key_print = text(row, 3)?.to_owned();
                Ok(PersonalRow {
                    run_id: id(text(row, 0)?)?,
                    id: id(text(row, 1)?)?,
                    field: text(row, 2)?.to_owned(),
                    sealed: bytes.map(|bytes| Sealed { key_print, bytes }),
                })
            })
            .collect()
    }

    async fn erase_personal(&self, run: Uuid, note: &Note) -> Result<u64, StoreError> {
        let mut transaction = self.write.begin_with("BEGIN IMMEDIATE").await?;
        overwrite(&mut transaction, true).await?;
        let erased = sqlx::query(sql::ERASE)
            .bind(run.to_string())
            .bind(note.at.timestamp_millis())
            .execute(&mut *transaction)
            .await?
            .rows_affected();
        overwrite(&mut transaction, false).await?;
        if erased > 0 {
            trail::house(&mut transaction, std::slice::from_ref(note)).await?;
        }
        transaction.commit().await?;
        if erased > 0 {
            empty_log(self).await?;
        }
        Ok(erased)
    }

    async fn personal_kept(&self, run: Uuid) -> Result<PersonalKept, StoreError> {
        let row = sqlx::query(sql::KEPT)
            .bind(run.to_string())
            .fetch_one(&self.read)
            .await?;
        Ok(PersonalKept {
            kept: row.try_get::<i64, _>(0)?.unsigned_abs(),
            erased: row.try_get::<i64, _>(1)?.unsigned_abs(),
            erased_ms: row.try_get(2)?,
        })
    }

    async fn began_with(&self, event: Uuid) -> Result<u64, StoreError> {
        let runs: Option<String> = sqlx::query_scalar(sql::STARTED)
            .bind(event.to_string())
            .fetch_optional(&self.read)
            .await?;
        started(runs.as_deref())
    }

    async fn erasure_noted(&self, run: Uuid) -> Result<Option<TrailRow>, StoreError> {
        let sql = format!(
            "SELECT {COLUMNS} FROM audit WHERE about = $1 AND run_id IS NULL \
             AND command ->> 'order' = 'erase_personal' ORDER BY n DESC LIMIT 1"
        );
        let row = sqlx::query(AssertSqlSafe(sql))
            .bind(run.to_string())
            .fetch_optional(&self.read)
            .await?;
        row.as_ref().map(trail_row).transpose()
    }

    async fn personal_key(&self, offered: Option<&str>) -> Result<Option<String>, StoreError> {
        if let Some(print) = offered {
            sqlx::query(sql::OFFER)
                .bind(print)
                .execute(&self.write)
                .await?;
        }
        Ok(sqlx::query_scalar(sql::KEY)
            .fetch_optional(&self.write)
            .await?)
    }

    async fn sealed_otherwise(
        &self,
        print: &str,
        after: Uuid,
        limit: u32,
    ) -> Result<Vec<SealedRow>, StoreError> {
        let rows = sqlx::query(sql::OTHERWISE)
            .bind(print)
            .bind(after.to_string())
            .bind(limit)
            .fetch_all(&self.read)
            .await?;
        rows.iter()
            .map(|row| {
                Ok(SealedRow {
                    id: id(text(row, 0)?)?,
                    field: text(row, 1)?.to_owned(),
                    sealed: Sealed {
                        key_print: text(row, 2)?.to_owned(),
                        bytes: row.try_get(3)?,
                    },
                    created_ms: number(row, 4)?,
                })
            })
            .collect()
    }

    async fn seal_anew(&self, values: &[SealedAnew]) -> Result<u64, StoreError> {
        let values: Vec<_> = values
            .iter()
            .map(|one| {
                (
                    one.id,
                    hex(&one.before),
                    &one.now.key_print,
                    hex(&one.now.bytes),
                )
            })
            .collect();
        let mut transaction = self.write.begin_with("BEGIN IMMEDIATE").await?;
        overwrite(&mut transaction, true).await?;
        let done = sqlx::query(
            "UPDATE personal SET key_print = v.value ->> 2, sealed = unhex(v.value ->> 3) \
             FROM json_each(?) v \
             WHERE personal.id = v.value ->> 0 AND personal.sealed = unhex(v.value ->> 1)",
        )
        .bind(json(&values)?)
        .execute(&mut *transaction)
        .await?;
        overwrite(&mut transaction, false).await?;
        transaction.commit().await?;
        Ok(done.rows_affected())
    }

    async fn go_over_to(&self, print: &str, note: &Note) -> Result<(), StoreError> {
        let mut transaction = self.write.begin_with("BEGIN IMMEDIATE").await?;
        let done = sqlx::query(sql::GO_OVER)
            .bind(print)
            .execute(&mut *transaction)
            .await?;
        if done.rows_affected() > 0 {
            trail::house(&mut transaction, std::slice::from_ref(note)).await?;
        }
        transaction.commit().await?;
        // What was sealed by the former key is in the log still.
        empty_log(self).await
    }
}

/// Whether pages that this connection frees are overwritten from now on, or, as usual, only what is removed from pages that
/// are written in any case. A value longer than about a kilobyte has pages of its own, which would stay as they are: sealed,
/// and with the key there is still.
pub(super) async fn overwrite(
    connection: &mut SqliteConnection,
    freed: bool,
) -> Result<(), StoreError> {
    let how = match freed {
        true => "PRAGMA secure_delete = on",
        false => "PRAGMA secure_delete = fast",
    };
    sqlx::query(how).fetch_optional(connection).await?;
    Ok(())
}

/// Folds the log in and empties it: it still has what the pages held before. A reader may keep that from being done
/// now; then it is done by a later checkpoint.
pub(super) async fn empty_log(store: &SqliteStore) -> Result<(), StoreError> {
    sqlx::query("PRAGMA wal_checkpoint(TRUNCATE)")
        .fetch_optional(&store.write)
        .await?;
    Ok(())
}

/// Keeps what came with events.
pub(super) const INSERT: (&str, usize, &str) = (
    "INSERT INTO personal (id, owner, field, key_print, sealed, created_ms) SELECT * FROM (VALUES",
    6,
    ") WHERE column1 IS NOT NULL",
);

/// Binds a value that came with an event.
pub(super) fn bind(
    query: Bound<'static>,
    value: &PersonalWrite,
) -> Result<Bound<'static>, StoreError> {
    Ok(query
        .bind(value.id.to_string())
        .bind(value.owner.to_string())
        .bind(value.field.clone())
        .bind(value.sealed.key_print.clone())
        .bind(value.sealed.bytes.clone())
        .bind(value.created_ms))
}
