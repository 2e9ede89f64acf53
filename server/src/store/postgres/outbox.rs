use async_trait::async_trait;
use sqlx::Row;
use sqlx::postgres::{PgPool, PgRow};
use uuid::Uuid;

use super::PostgresStore;
use super::decode::from_json;
use crate::clock::moment;
use crate::store::{Notice, Outbox, Receiver, Receivers, StoreError, Told};

#[async_trait]
impl Outbox for PostgresStore {
    async fn take(&self, now_ms: i64, hold_ms: i64, limit: u32) -> Result<Vec<Notice>, StoreError> {
        let take = "UPDATE outbox o SET next_ms = $1 + $2, tries = tries + 1 WHERE id IN \
            (SELECT id FROM outbox WHERE closed IS NULL AND next_ms <= $1 \
             ORDER BY next_ms LIMIT $3 FOR UPDATE SKIP LOCKED) \
            RETURNING id, task_id, workflow, step_id, who::text, at_percent, deadline, created, \
            tries, array(SELECT s.person_id FROM outbox_sent s WHERE s.outbox_id = o.id)";
        let rows = sqlx::query(self.able.skipping(take))
            .bind(now_ms)
            .bind(hold_ms)
            .bind(i64::from(limit))
            .fetch_all(&self.pool)
            .await?;
        rows.iter().map(notice).collect()
    }

    async fn next(&self) -> Result<Option<i64>, StoreError> {
        Ok(
            sqlx::query_scalar("SELECT min(next_ms) FROM outbox WHERE closed IS NULL")
                .fetch_one(&self.pool)
                .await?,
        )
    }

    async fn receivers(&self, to: &Receivers) -> Result<Vec<Receiver>, StoreError> {
        let query = match to {
            Receivers::Person(person) => {
                sqlx::query("SELECT id, email, language FROM people WHERE id = $1 AND disabled_ms IS NULL").bind(*person)
            }
            Receivers::Roles(roles) => sqlx::query(
                "SELECT id, email, language FROM people WHERE roles && $1 AND disabled_ms IS NULL ORDER BY id",
            )
            .bind(roles.clone()),
        };
        let rows = query.fetch_all(&self.pool).await?;
        let receiver = |row: &PgRow| {
            Ok(Receiver {
                person: row.try_get(0)?,
                email: row.try_get(1)?,
                language: row.try_get(2)?,
            })
        };
        rows.iter().map(receiver).collect()
    }

    async fn sent(&self, notice: Uuid, person: Uuid, now_ms: i64) -> Result<(), StoreError> {
        sqlx::query(
            "INSERT INTO outbox_sent (outbox_id, person_id, sent) VALUES ($1, $2, $3) \
             ON CONFLICT DO NOTHING",
        )
        .bind(notice)
        .bind(person)
        .bind(moment(now_ms))
        .execute(&self.pool)
        .await?;
        Ok(())
    }

    async fn close(&self, notice: Uuid, now_ms: i64) -> Result<(), StoreError> {
        sqlx::query("UPDATE outbox SET closed = $1 WHERE id = $2 AND closed IS NULL")
            .bind(moment(now_ms))
            .bind(notice)
            .execute(&self.pool)
            .await?;
        Ok(())
    }

    async fn put_off(&self, notice: Uuid, until_ms: i64) -> Result<(), StoreError> {
        sqlx::query("UPDATE outbox SET next_ms = $1 WHERE id = $2 AND closed IS NULL")
            .bind(until_ms)
            .bind(notice)
            .execute(&self.pool)
            .await?;
        Ok(())
    }
}

fn notice(row: &PgRow) -> Result<Notice, StoreError> {
    Ok(Notice {
        id: row.try_get(0)?,
        task_id: row.try_get(1)?,
        workflow: row.try_get(2)?,
        step_id: row.try_get(3)?,
        who: from_json(row.try_get(4)?)?,
        at_percent: row.try_get::<i32, _>(5)?.cast_unsigned(),
        deadline: row.try_get(6)?,
        created: row.try_get(7)?,
        tries: row.try_get::<i32, _>(8)?.cast_unsigned(),
        told: row.try_get(9)?,
    })
}

/// What people were to be told about a task, the first first.
pub(super) async fn about(pool: &PgPool, task: Uuid) -> Result<Vec<Told>, StoreError> {
    let rows = sqlx::query(
        "SELECT who::text, at_percent, closed IS NOT NULL, \
         (SELECT count(*) FROM outbox_sent s WHERE s.outbox_id = o.id) \
         FROM outbox o WHERE task_id = $1 ORDER BY created, id",
    )
    .bind(task)
    .fetch_all(pool)
    .await?;
    let told = |row: &PgRow| {
        Ok(Told {
            who: from_json(row.try_get(0)?)?,
            at_percent: row.try_get::<i32, _>(1)?.cast_unsigned(),
            closed: row.try_get(2)?,
            people: u32::try_from(row.try_get::<i64, _>(3)?).unwrap_or(u32::MAX),
        })
    };
    rows.iter().map(told).collect()
}
