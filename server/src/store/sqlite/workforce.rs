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

    async fn save(
        &self,
        rows: &[WorkerRecord],
        gone: &[(String, String)],
    ) -> Result<(), StoreError> {
        let mut transaction = self.write.begin_with("BEGIN IMMEDIATE").await?;
        for row in rows {
            sqlx::query(
                "INSERT INTO workers (actor, worker, version, last_seen, done, failed) \
                 VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (actor, worker) DO UPDATE SET \
                 version = excluded.version, last_seen = excluded.last_seen, \
                 done = excluded.done, failed = excluded.failed",
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
        for (actor, worker) in gone {
            sqlx::query("DELETE FROM workers WHERE actor = ? AND worker = ?")
                .bind(actor)
                .bind(worker)
                .execute(&mut *transaction)
                .await?;
        }
        transaction.commit().await?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::moment;

    #[tokio::test]
    async fn the_workforce_is_kept_between_two_lives() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("hms.db");
        let record = |worker: &str, seen, done| WorkerRecord {
            actor: "AI:fraud-labeler".into(),
            worker: worker.into(),
            version: Some("1.2".into()),
            last_seen: moment(seen),
            done,
            failed: 1,
        };
        let store = SqliteStore::open(&path).await.unwrap();
        let rows = [record("a", 1_000, 1), record("b", 2_000, 2)];
        store.save(&rows, &[]).await.unwrap();
        let gone = ("AI:fraud-labeler".to_owned(), "a".to_owned());
        store.save(&[record("b", 3_000, 5)], &[gone]).await.unwrap();
        store.close().await;
        let again = SqliteStore::open(&path).await.unwrap();
        assert_eq!(again.load(10).await.unwrap(), [record("b", 3_000, 5)]);
    }
}
