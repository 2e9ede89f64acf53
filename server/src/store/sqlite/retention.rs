use std::collections::BTreeMap;

use async_trait::async_trait;
use hms_engine::Time;
use sqlx::Row;
use sqlx::sqlite::{SqliteConnection, SqliteRow};
use uuid::Uuid;

use super::encode::{id, json, number, text, time};
use super::queries::id_list;
use super::write::{self, Bound};
use super::{SqliteStore, personal, trail};
use crate::store::StoreError;
use crate::store::retention::{Due, Erased, PersonalEnded, Plan, Reader, Retention, RetentionRule};

/// When the earliest is due: one look into the index a rule.
pub(crate) const NEXT: &str = "SELECT min((SELECT min(since_ms) FROM personal_ended \
    WHERE workflow = rule.value ->> 0) + (rule.value ->> 1)) FROM json_each($1) rule";
/// What is due, and nothing else is looked at: each rule with the moment before which it is.
pub(crate) const DUE: &str = "SELECT k.workflow, k.since_ms, k.owner FROM json_each($1) rule \
    CROSS JOIN personal_ended k ON k.workflow = rule.value ->> 0 AND k.since_ms <= rule.value ->> 1 \
    LIMIT $2";
/// The cases of the events of these runs, and those they called.
const READERS: &str = "WITH peer (owner, event_id, run_id) AS ( \
        SELECT r.id, r.event_id, g.value ->> 'run_id' FROM json_each($1) asked \
        JOIN runs r ON r.id = asked.value JOIN events e ON e.id = r.event_id \
        JOIN json_each(e.runs) g) \
    SELECT peer.owner, peer.event_id, s.id, s.workflow, s.ended, FALSE \
    FROM peer JOIN runs s ON s.id = peer.run_id \
    UNION ALL SELECT peer.owner, peer.event_id, s.id, s.workflow, s.ended, TRUE \
    FROM peer JOIN runs s ON s.parent = peer.run_id";

#[async_trait]
impl Retention for SqliteStore {
    async fn next_due(&self, rules: &[RetentionRule]) -> Result<Option<i64>, StoreError> {
        let rules: Vec<_> = rules
            .iter()
            .map(|one| (&one.workflow, one.kept_ms))
            .collect();
        Ok(sqlx::query_scalar(NEXT)
            .bind(json(&rules)?)
            .fetch_one(&self.read)
            .await?)
    }

    async fn erase_due(
        &self,
        rules: &[RetentionRule],
        now: Time,
        limit: u32,
    ) -> Result<Erased, StoreError> {
        let now_ms = now.timestamp_millis();
        let before = rules
            .iter()
            .map(|one| (&one.workflow, now_ms - one.kept_ms));
        let mut transaction = self.write.begin_with("BEGIN IMMEDIATE").await?;
        let due = sqlx::query(DUE)
            .bind(json(&before.collect::<Vec<_>>())?)
            .bind(limit)
            .fetch_all(&mut *transaction)
            .await?;
        let due: Vec<Due> = due.iter().map(due_row).collect::<Result<_, _>>()?;
        if due.is_empty() {
            return Ok(Erased::default());
        }
        let more = due.len() >= limit as usize;
        let readers = readers(&mut transaction, &due).await?;
        let plan = Plan::of(due, &readers, rules, now_ms);
        let erased = erase(&mut transaction, &plan.owners(), now_ms).await?;
        settle(&mut transaction, &plan).await?;
        let notes = plan.notes(&erased, rules, now);
        if !notes.is_empty() {
            trail::house(&mut transaction, &notes).await?;
        }
        transaction.commit().await?;
        let values = erased.values().sum();
        if values > 0 {
            personal::empty_log(self).await?;
        }
        Ok(Erased { values, more })
    }
}

fn due_row(row: &SqliteRow) -> Result<Due, StoreError> {
    Ok(Due {
        workflow: text(row, 0)?.to_owned(),
        since_ms: number(row, 1)?,
        owner: id(text(row, 2)?)?,
    })
}

async fn readers(
    connection: &mut SqliteConnection,
    due: &[Due],
) -> Result<Vec<Reader>, StoreError> {
    sqlx::query(READERS)
        .bind(id_list(due.iter().map(|one| &one.owner)))
        .fetch_all(connection)
        .await?
        .iter()
        .map(|row| {
            let ended = row.try_get::<Option<&str>, _>(4)?.map(time).transpose()?;
            Ok(Reader {
                owner: id(text(row, 0)?)?,
                event: id(text(row, 1)?)?,
                run: id(text(row, 2)?)?,
                workflow: text(row, 3)?.to_owned(),
                ended_ms: ended.map(|at| at.timestamp_millis()),
                called: row.try_get(5)?,
            })
        })
        .collect()
}

async fn erase(
    connection: &mut SqliteConnection,
    owners: &[Uuid],
    now_ms: i64,
) -> Result<BTreeMap<Uuid, u64>, StoreError> {
    personal::overwrite(connection, true).await?;
    let rows = sqlx::query(
        "UPDATE personal SET sealed = NULL, erased_ms = $2 WHERE erased_ms IS NULL \
         AND owner IN (SELECT value FROM json_each($1)) RETURNING owner",
    )
    .bind(id_list(owners))
    .bind(now_ms)
    .fetch_all(&mut *connection)
    .await?;
    personal::overwrite(connection, false).await?;
    let mut erased = BTreeMap::new();
    for row in &rows {
        *erased.entry(id(text(row, 0)?)?).or_default() += 1;
    }
    Ok(erased)
}

/// Takes out the rows of what is gone, and has the others wait.
async fn settle(connection: &mut SqliteConnection, plan: &Plan) -> Result<(), StoreError> {
    let gone = plan
        .gone
        .iter()
        .chain(plan.later.iter().map(|(one, _)| one));
    let gone: Vec<_> = gone
        .map(|one| (&one.workflow, one.since_ms, one.owner))
        .collect();
    sqlx::query(
        "DELETE FROM personal_ended WHERE (workflow, since_ms, owner) IN \
         (SELECT value ->> 0, value ->> 1, value ->> 2 FROM json_each(?))",
    )
    .bind(json(&gone)?)
    .execute(&mut *connection)
    .await?;
    let later: Vec<_> = plan
        .later
        .iter()
        .map(|(one, since)| one.from(*since))
        .collect();
    write::rows(connection, INSERT, &later, bind).await
}

/// Keeps from when the time of personal data counts.
pub(super) const INSERT: (&str, usize, &str) = (
    "INSERT INTO personal_ended (workflow, since_ms, owner) SELECT * FROM (VALUES",
    3,
    ") WHERE column1 IS NOT NULL ON CONFLICT DO NOTHING",
);

/// Binds a case that ended, or an event that reached none.
pub(super) fn bind<'q>(query: Bound<'q>, row: &PersonalEnded) -> Result<Bound<'q>, StoreError> {
    Ok(query
        .bind(row.workflow.clone())
        .bind(row.since_ms)
        .bind(row.owner.to_string()))
}
