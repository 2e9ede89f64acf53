use async_trait::async_trait;
use sqlx::Row;

use super::SqliteStore;
use super::encode::{stamp, text, time};
use crate::store::{StoreError, WorkerRecord, WorkforceStore};

#[async_trait]
impl WorkforceStore for SqliteStore {
    async fn load(&self, limit: u32) -> Result<Vec<WorkerRecord>, StoreError> {
        let rows = sqlx::query(
            "SELECT actor, worker, version, last_seen, done, failed FROM workers \
             ORDER BY last_seen DESC LIMIT ?",
        )
        .bind(limit)
        .fetch_all(&self.read)
        .await?;
        rows.iter()
            .map(|row| {
                Ok(WorkerRecord {
                    actor: text(row, 0)?.to_owned(),
                    worker: text(row, 1)?.to_owned(),
                    version: row.try_get(2)?,
                    last_seen: time(text(row, 3)?)?,
                    done: row.try_get::<i64, _>(4)?.unsigned_abs(),
                    failed: row.try_get::<i64, _>(5)?.unsigned_abs(),
                })
            })
            .collect()
    }

    async fn add(&self, rows: &[WorkerRecord], keep: u32) -> Result<(), StoreError> {
        let mut transaction = self.write.begin_with("BEGIN IMMEDIATE").await?;
        for row in rows {
            sqlx::query(
                "INSERT INTO workers (actor, worker, version, last_seen, done, failed) \
                 VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (actor, worker) DO UPDATE SET \
                 version = coalesce(excluded.version, version), \
                 last_seen = max(last_seen, excluded.last_seen), \
                 done = done + excluded.done, failed = failed + excluded.failed",
            )
            .bind(&row.actor)
            .bind(&row.worker)
            .bind(&row.version)
            .bind(stamp(row.last_seen))
            .bind(row.done.cast_signed())
            .bind(row.failed.cast_signed())
            .execute(&mut *transaction)
            .await?;
        }
        sqlx::query(
            "DELETE FROM workers WHERE last_seen < \
             (SELECT last_seen FROM workers ORDER BY last_seen DESC LIMIT 1 OFFSET ?)",
        )
        .bind(keep.saturating_sub(1))
        .execute(&mut *transaction)
        .await?;
        transaction.commit().await?;
        Ok(())
    }
}
