use async_trait::async_trait;
use sqlx::Row;

use super::PostgresStore;
use super::decode::{count, each};
use super::write::plain;
use crate::store::{StoreError, WorkerRecord, WorkforceStore};

#[async_trait]
impl WorkforceStore for PostgresStore {
    async fn load(&self, limit: u32) -> Result<Vec<WorkerRecord>, StoreError> {
        let rows = sqlx::query(
            "SELECT actor, worker, version, last_seen, done, failed FROM workers \
             ORDER BY last_seen DESC LIMIT $1",
        )
        .bind(i64::from(limit))
        .fetch_all(&self.pool)
        .await?;
        each(&rows, |row| {
            Ok(WorkerRecord {
                actor: row.try_get(0)?,
                worker: row.try_get(1)?,
                version: row.try_get(2)?,
                last_seen: row.try_get(3)?,
                done: count(row, 4)?,
                failed: count(row, 5)?,
            })
        })
    }

    async fn add(&self, rows: &[WorkerRecord], keep: u32) -> Result<(), StoreError> {
        // In the order of their keys: two nodes that write the same rows wait in no circle.
        let mut rows: Vec<&WorkerRecord> = rows.iter().collect();
        rows.sort_by_key(|row| (&row.actor, &row.worker));
        let texts = |of: fn(&WorkerRecord) -> &str| -> Vec<_> {
            rows.iter().map(|row| plain(of(row))).collect()
        };
        let counts = |of: fn(&WorkerRecord) -> u64| -> Vec<i64> {
            rows.iter().map(|row| of(row).cast_signed()).collect()
        };
        let mut tx = self.pool.begin().await?;
        sqlx::query(
            "INSERT INTO workers (actor, worker, version, last_seen, done, failed) \
             SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::timestamptz[], \
             $5::bigint[], $6::bigint[]) ON CONFLICT (actor, worker) DO UPDATE SET \
             version = coalesce(excluded.version, workers.version), \
             last_seen = greatest(workers.last_seen, excluded.last_seen), \
             done = workers.done + excluded.done, failed = workers.failed + excluded.failed",
        )
        .bind(texts(|row| &row.actor))
        .bind(texts(|row| &row.worker))
        .bind(
            rows.iter()
                .map(|row| row.version.as_deref().map(plain))
                .collect::<Vec<_>>(),
        )
        .bind(rows.iter().map(|row| row.last_seen).collect::<Vec<_>>())
        .bind(counts(|row| row.done))
        .bind(counts(|row| row.failed))
        .execute(&mut *tx)
        .await?;
        // Those another node is writing stay for now.
        let sweep = "DELETE FROM workers WHERE (actor, worker) IN (SELECT actor, worker FROM workers \
            WHERE last_seen < (SELECT last_seen FROM workers \
            ORDER BY last_seen DESC LIMIT 1 OFFSET $1) FOR UPDATE SKIP LOCKED)";
        sqlx::query(self.able.skipping(sweep))
            .bind(i64::from(keep.saturating_sub(1)))
            .execute(&mut *tx)
            .await?;
        tx.commit().await?;
        Ok(())
    }
}
