use async_trait::async_trait;
use sqlx::Row;
use sqlx::sqlite::{SqlitePool, SqliteRow};
use uuid::Uuid;

use super::SqliteStore;
use super::encode::{from_json, id, maybe_time, stamp, text, time};
use super::queries::text_list;
use crate::clock::moment;
use crate::store::{Notice, Outbox, Receiver, Receivers, StoreError, Told};

#[async_trait]
impl Outbox for SqliteStore {
    async fn take(&self, now_ms: i64, hold_ms: i64, limit: u32) -> Result<Vec<Notice>, StoreError> {
        let rows = sqlx::query(
            "UPDATE outbox SET next_ms = ?1 + ?2, tries = tries + 1 WHERE id IN \
             (SELECT id FROM outbox WHERE closed IS NULL AND next_ms <= ?1 \
              ORDER BY next_ms LIMIT ?3) \
             RETURNING id, task_id, workflow, step_id, who, at_percent, deadline, created, tries, \
             (SELECT json_group_array(s.person_id) FROM outbox_sent s WHERE s.outbox_id = outbox.id)",
        )
        .bind(now_ms)
        .bind(hold_ms)
        .bind(limit)
        .fetch_all(&self.write)
        .await?;
        rows.iter().map(notice).collect()
    }

    async fn next(&self) -> Result<Option<i64>, StoreError> {
        Ok(
            sqlx::query_scalar("SELECT min(next_ms) FROM outbox WHERE closed IS NULL")
                .fetch_one(&self.read)
                .await?,
        )
    }

    async fn receivers(&self, to: &Receivers) -> Result<Vec<Receiver>, StoreError> {
        let query = match to {
            Receivers::Person(person) => sqlx::query(
                "SELECT id, email, language FROM people WHERE id = ? AND disabled_ms IS NULL",
            )
            .bind(person.to_string()),
            Receivers::Roles(roles) => sqlx::query(
                "SELECT id, email, language FROM people \
                 WHERE disabled_ms IS NULL \
                 AND EXISTS (SELECT 1 FROM json_each(roles) h JOIN json_each(?) w \
                 ON w.value = h.value) ORDER BY id",
            )
            .bind(text_list(roles.iter().cloned())),
        };
        let rows = query.fetch_all(&self.read).await?;
        let receiver = |row: &SqliteRow| {
            Ok(Receiver {
                person: id(text(row, 0)?)?,
                email: text(row, 1)?.to_owned(),
                language: row.try_get(2)?,
            })
        };
        rows.iter().map(receiver).collect()
    }

    async fn sent(&self, notice: Uuid, person: Uuid, now_ms: i64) -> Result<(), StoreError> {
        sqlx::query(
            "INSERT INTO outbox_sent (outbox_id, person_id, sent) VALUES (?, ?, ?) \
             ON CONFLICT DO NOTHING",
        )
        .bind(notice.to_string())
        .bind(person.to_string())
        .bind(stamp(moment(now_ms)))
        .execute(&self.write)
        .await?;
        Ok(())
    }

    async fn close(&self, notice: Uuid, now_ms: i64) -> Result<(), StoreError> {
        sqlx::query("UPDATE outbox SET closed = ? WHERE id = ? AND closed IS NULL")
            .bind(stamp(moment(now_ms)))
            .bind(notice.to_string())
            .execute(&self.write)
            .await?;
        Ok(())
    }

    async fn put_off(&self, notice: Uuid, until_ms: i64) -> Result<(), StoreError> {
        sqlx::query("UPDATE outbox SET next_ms = ? WHERE id = ? AND closed IS NULL")
            .bind(until_ms)
            .bind(notice.to_string())
            .execute(&self.write)
            .await?;
        Ok(())
    }
}

fn notice(row: &SqliteRow) -> Result<Notice, StoreError> {
    let told: Vec<String> = from_json(text(row, 9)?)?;
    Ok(Notice {
        id: id(text(row, 0)?)?,
        task_id: id(text(row, 1)?)?,
        workflow: text(row, 2)?.to_owned(),
        step_id: text(row, 3)?.to_owned(),
        who: from_json(text(row, 4)?)?,
        at_percent: row.try_get(5)?,
        deadline: maybe_time(row, 6)?,
        created: time(text(row, 7)?)?,
        tries: row.try_get(8)?,
        told: told
            .iter()
            .map(|person| id(person))
            .collect::<Result<_, _>>()?,
    })
}

/// What people were to be told about a task, the first first.
pub(super) async fn about(pool: &SqlitePool, task: Uuid) -> Result<Vec<Told>, StoreError> {
    let rows = sqlx::query(
        "SELECT who, at_percent, closed IS NOT NULL, \
         (SELECT count(*) FROM outbox_sent s WHERE s.outbox_id = outbox.id) \
         FROM outbox WHERE task_id = ? ORDER BY created, id",
    )
    .bind(task.to_string())
    .fetch_all(pool)
    .await?;
    let told = |row: &SqliteRow| {
        Ok(Told {
            who: from_json(text(row, 0)?)?,
            at_percent: row.try_get(1)?,
            closed: row.try_get(2)?,
            people: row.try_get(3)?,
        })
    };
    rows.iter().map(told).collect()
}
