use async_trait::async_trait;
use sqlx::{AssertSqlSafe, Row};
use uuid::Uuid;

use super::PostgresStore;
use super::at_once::Part;
use super::trail::{COLUMNS, trail_row};
use super::write::{column, plain};
use crate::identity::Sealed;
use crate::store::personal::{sql, started};
use crate::store::{
    Note, Personal, PersonalKept, PersonalRow, PersonalWrite, SealedAnew, SealedRow, StoreError,
    TrailRow,
};

#[async_trait]
impl Personal for PostgresStore {
    async fn personal_of(&self, runs: &[Uuid]) -> Result<Vec<PersonalRow>, StoreError> {
        let rows = sqlx::query(
            "SELECT r.id, p.id, p.field, p.key_print, p.sealed \
             FROM runs r LEFT JOIN runs up ON up.id = r.parent \
             JOIN personal p ON p.owner = ANY(ARRAY[r.id, r.event_id, up.id, up.event_id]) \
             WHERE r.id = ANY($1)",
        )
        .bind(runs)
        .fetch_all(&self.pool)
        .await?;
        rows.iter()
            .map(|row| {
                let bytes: Option<Vec<u8>> = row.try_get(4)?;
                let key_print = row.try_get(3)?;
                Ok(PersonalRow {
                    run_id: row.try_get(0)?,
                    id: row.try_get(1)?,
                    field: row.try_get(2)?,
                    sealed: bytes.map(|bytes| Sealed { key_print, bytes }),
                })
            })
            .collect()
    }

    async fn erase_personal(&self, run: Uuid, note: &Note) -> Result<u64, StoreError> {
        let mut transaction = self.short().await?;
        let erased = sqlx::query(sql::ERASE)
            .bind(run)
            .bind(note.at.timestamp_millis())
            .execute(&mut *transaction)
            .await?
            .rows_affected();
        if erased > 0 {
            transaction.house(std::slice::from_ref(note)).await?;
        }
        transaction.commit().await?;
        Ok(erased)
    }

    async fn personal_kept(&self, run: Uuid) -> Result<PersonalKept, StoreError> {
        let row = sqlx::query(sql::KEPT)
            .bind(run)
            .fetch_one(&self.pool)
            .await?;
        Ok(PersonalKept {
            kept: row.try_get::<i64, _>(0)?.unsigned_abs(),
            erased: row.try_get::<i64, _>(1)?.unsigned_abs(),
            erased_ms: row.try_get(2)?,
        })
    }

    async fn began_with(&self, event: Uuid) -> Result<u64, StoreError> {
        let runs: Option<String> = sqlx::query_scalar(sql::STARTED)
            .bind(event)
            .fetch_optional(&self.pool)
            .await?;
        started(runs.as_deref())
    }

    async fn erasure_noted(&self, run: Uuid) -> Result<Option<TrailRow>, StoreError> {
        let sql = format!(
            "SELECT {COLUMNS} FROM audit WHERE about = $1 AND run_id IS NULL \
             AND command::json ->> 'order' = 'erase_personal' ORDER BY n DESC LIMIT 1"
        );
        let row = sqlx::query(AssertSqlSafe(sql))
            .bind(run)
            .fetch_optional(&self.pool)
            .await?;
        row.as_ref().map(trail_row).transpose()
    }

    async fn personal_key(&self, offered: Option<&str>) -> Result<Option<String>, StoreError> {
        if let Some(print) = offered {
            sqlx::query(sql::OFFER)
                .bind(print)
                .execute(&self.pool)
                .await?;
        }
        Ok(sqlx::query_scalar(sql::KEY)
            .fetch_optional(&self.pool)
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
            .bind(after)
            .bind(i64::from(limit))
            .fetch_all(&self.pool)
            .await?;
        rows.iter()
            .map(|row| {
                Ok(SealedRow {
                    id: row.try_get(0)?,
                    field: row.try_get(1)?,
                    sealed: Sealed {
                        key_print: row.try_get(2)?,
                        bytes: row.try_get(3)?,
                    },
                    created_ms: row.try_get(4)?,
                })
            })
            .collect()
    }

    async fn seal_anew(&self, values: &[SealedAnew]) -> Result<u64, StoreError> {
        let values: Vec<&SealedAnew> = values.iter().collect();
        let done = sqlx::query(
            "UPDATE personal p SET key_print = new.key_print, sealed = new.sealed \
             FROM unnest($1::uuid[], $2::bytea[], $3::text[], $4::bytea[]) \
             AS new (id, before, key_print, sealed) \
             WHERE p.id = new.id AND p.sealed = new.before",
        )
        .bind(column(&values, |one| one.id))
        .bind(column(&values, |one| one.before.as_slice()))
        .bind(column(&values, |one| one.now.key_print.as_str()))
        .bind(column(&values, |one| one.now.bytes.as_slice()))
        .execute(&self.pool)
        .await?;
        Ok(done.rows_affected())
    }

    async fn go_over_to(&self, print: &str, note: &Note) -> Result<(), StoreError> {
        let mut transaction = self.short().await?;
        let done = sqlx::query(sql::GO_OVER)
            .bind(print)
            .execute(&mut *transaction)
            .await?;
        if done.rows_affected() > 0 {
            transaction.house(std::slice::from_ref(note)).await?;
        }
        transaction.commit().await?;
        Ok(())
    }
}

/// Keeps what came with events.
pub(super) fn put<'p>(rows: &'p [&'p PersonalWrite]) -> Part<'p> {
    let sql = "INSERT INTO personal (id, owner, field, key_print, sealed, created_ms) \
         SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::bytea[], \
         $6::bigint[])";
    Part::new(
        ("personal values", rows.len()),
        (sql, 6),
        move |statement| {
            Ok(statement
                .bind(column(rows, |value| value.id))
                .bind(column(rows, |value| value.owner))
                .bind(column(rows, |value| plain(&value.field)))
                .bind(column(rows, |value| value.sealed.key_print.as_str()))
                .bind(column(rows, |value| value.sealed.bytes.as_slice()))
                .bind(column(rows, |value| value.created_ms)))
        },
    )
}
