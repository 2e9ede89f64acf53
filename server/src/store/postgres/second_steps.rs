use async_trait::async_trait;
use sqlx::Row;
use uuid::Uuid;

use super::accounts::log;
use super::people::PostgresPeople;
use crate::identity::signature;
use crate::store::second_steps::sql;
use crate::store::{SecondStep, SecondSteps, StoreError};

#[async_trait]
impl SecondSteps for PostgresPeople {
    async fn of(&self, person: Uuid) -> Result<Option<SecondStep>, StoreError> {
        let row = sqlx::query(sql::OF)
            .bind(person)
            .fetch_optional(&self.store.pool)
            .await?;
        row.map(|row| {
            let left: i64 = row.try_get("recovery_left")?;
            Ok(SecondStep {
                salt: row.try_get("salt")?,
                confirmed_ms: row.try_get("confirmed_ms")?,
                recovery_left: left.try_into().unwrap_or(u32::MAX),
            })
        })
        .transpose()
    }

    async fn begin(&self, person: Uuid, salt: &str) -> Result<bool, StoreError> {
        let mut tx = self.store.short().await?;
        let done = sqlx::query(sql::BEGIN)
            .bind(person)
            .bind(salt)
            .execute(&mut *tx)
            .await?;
        tx.commit().await?;
        Ok(done.rows_affected() > 0)
    }

    async fn confirm(
        &self,
        person: Uuid,
        salt: &str,
        step: i64,
        recovery: &[String],
        now_ms: i64,
    ) -> Result<bool, StoreError> {
        let mut tx = self.store.short().await?;
        let done = sqlx::query(sql::CONFIRM)
            .bind(person)
            .bind(salt)
            .bind(now_ms)
            .bind(step)
            .execute(&mut *tx)
            .await?;
        if done.rows_affected() == 0 {
            return Ok(false);
        }
        sqlx::query(sql::FORGET_RECOVERY)
            .bind(person)
            .execute(&mut *tx)
            .await?;
        sqlx::query("INSERT INTO recovery_codes (person_id, hash) SELECT $1, unnest($2::text[])")
            .bind(person)
            .bind(recovery)
            .execute(&mut *tx)
            .await?;
        let by = signature(person);
        log(&mut tx, person, now_ms, &by, ("second_step_on", None, None)).await?;
        tx.commit().await?;
        Ok(true)
    }

    async fn take(&self, person: Uuid, step: i64) -> Result<bool, StoreError> {
        let mut tx = self.store.short().await?;
        let done = sqlx::query(sql::TAKE)
            .bind(person)
            .bind(step)
            .execute(&mut *tx)
            .await?;
        tx.commit().await?;
        Ok(done.rows_affected() > 0)
    }

    async fn take_recovery(
        &self,
        person: Uuid,
        hash: &str,
        now_ms: i64,
    ) -> Result<bool, StoreError> {
        let mut tx = self.store.short().await?;
        let done = sqlx::query(sql::TAKE_RECOVERY)
            .bind(person)
            .bind(hash)
            .execute(&mut *tx)
            .await?;
        if done.rows_affected() == 0 {
            return Ok(false);
        }
        let by = signature(person);
        log(&mut tx, person, now_ms, &by, ("recovery_code", None, None)).await?;
        tx.commit().await?;
        Ok(true)
    }

    async fn end(&self, person: Uuid, by: &str, now_ms: i64) -> Result<bool, StoreError> {
        let mut tx = self.store.short().await?;
        let ended = sqlx::query(sql::END)
            .bind(person)
            .fetch_optional(&mut *tx)
            .await?;
        let confirmed: Option<i64> = match ended {
            Some(row) => row.try_get("confirmed_ms")?,
            None => None,
        };
        sqlx::query(sql::FORGET_RECOVERY)
            .bind(person)
            .execute(&mut *tx)
            .await?;
        if confirmed.is_some() {
            log(&mut tx, person, now_ms, by, ("second_step_off", None, None)).await?;
        }
        tx.commit().await?;
        Ok(confirmed.is_some())
    }
}
