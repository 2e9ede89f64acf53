use std::collections::BTreeMap;

use async_trait::async_trait;
use hms_engine::Time;
use sqlx::Row;
use sqlx::postgres::{PgConnection, PgRow};
use uuid::Uuid;

use super::PostgresStore;
use super::able::Able;
use super::at_once::{self, Part};
use super::write::{column, plain};
use crate::store::StoreError;
use crate::store::retention::{Due, Erased, PersonalEnded, Plan, Reader, Retention, RetentionRule};

/// When the earliest is due: one look into the index a rule.
pub(crate) const NEXT: &str = "SELECT min((SELECT min(since_ms) FROM personal_ended k \
    WHERE k.workflow = rule.workflow) + rule.kept) \
    FROM unnest($1::text[], $2::bigint[]) AS rule (workflow, kept)";
/// What is due, and nothing else is looked at: each rule with the moment before which it is. Rows that another node
/// is at are left to it.
pub(crate) const DUE: &str = "SELECT k.workflow, k.since_ms, k.owner \
    FROM unnest($1::text[], $2::bigint[]) AS rule (workflow, before) CROSS JOIN LATERAL ( \
        SELECT workflow, since_ms, owner FROM personal_ended \
        WHERE workflow = rule.workflow AND since_ms <= rule.before \
        ORDER BY since_ms LIMIT $3 FOR UPDATE SKIP LOCKED) k LIMIT $3";
/// The cases of the events of these runs, and those they called.
const READERS: &str = "WITH peer (owner, event_id, run_id) AS ( \
        SELECT r.id, r.event_id, (g ->> 'run_id')::uuid FROM runs r \
        JOIN events e ON e.id = r.event_id CROSS JOIN json_array_elements(e.runs::json) g \
        WHERE r.id = ANY($1)) \
    SELECT peer.owner, peer.event_id, s.id, s.workflow, s.ended, FALSE \
    FROM peer JOIN runs s ON s.id = peer.run_id \
    UNION ALL SELECT peer.owner, peer.event_id, s.id, s.workflow, s.ended, TRUE \
    FROM peer JOIN runs s ON s.parent = peer.run_id";

#[async_trait]
impl Retention for PostgresStore {
    async fn next_due(&self, rules: &[RetentionRule]) -> Result<Option<i64>, StoreError> {
        let rules: Vec<&RetentionRule> = rules.iter().collect();
        Ok(sqlx::query_scalar(NEXT)
            .bind(column(&rules, |rule| rule.workflow.as_str()))
            .bind(column(&rules, |rule| rule.kept_ms))
            .fetch_one(&self.pool)
            .await?)
    }

    async fn erase_due(
        &self,
        rules: &[RetentionRule],
        now: Time,
        limit: u32,
    ) -> Result<Erased, StoreError> {
        let now_ms = now.timestamp_millis();
        let all: Vec<&RetentionRule> = rules.iter().collect();
        let mut transaction = self.short().await?;
        let due = sqlx::query(self.able.skipping(DUE))
            .bind(column(&all, |rule| rule.workflow.as_str()))
            .bind(column(&all, |rule| now_ms - rule.kept_ms))
            .bind(i64::from(limit))
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
        settle(&mut transaction, &self.able, &plan).await?;
        let notes = plan.notes(&erased, rules, now);
        if !notes.is_empty() {
            transaction.house(&notes).await?;
        }
        transaction.commit().await?;
        let values = erased.values().sum();
        Ok(Erased { values, more })
    }
}

fn due_row(row: &PgRow) -> Result<Due, StoreError> {
    Ok(Due {
        workflow: row.try_get(0)?,
        since_ms: row.try_get(1)?,
        owner: row.try_get(2)?,
    })
}

async fn readers(connection: &mut PgConnection, due: &[Due]) -> Result<Vec<Reader>, StoreError> {
    let owners: Vec<Uuid> = due.iter().map(|one| one.owner).collect();
    sqlx::query(READERS)
        .bind(owners)
        .fetch_all(connection)
        .await?
        .iter()
        .map(|row| {
            let ended: Option<Time> = row.try_get(4)?;
            Ok(Reader {
                owner: row.try_get(0)?,
                event: row.try_get(1)?,
                run: row.try_get(2)?,
                workflow: row.try_get(3)?,
                ended_ms: ended.map(|at| at.timestamp_millis()),
                called: row.try_get(5)?,
            })
        })
        .collect()
}

/// In the order of their ids, so that two nodes at the same event's values do not wait for each other in a circle.
async fn erase(
    connection: &mut PgConnection,
    owners: &[Uuid],
    now_ms: i64,
) -> Result<BTreeMap<Uuid, u64>, StoreError> {
    let rows: Vec<Uuid> = sqlx::query_scalar(
        "UPDATE personal SET sealed = NULL, erased_ms = $2 WHERE id = ANY (ARRAY( \
             SELECT id FROM personal WHERE erased_ms IS NULL AND owner = ANY($1) \
             ORDER BY id FOR UPDATE)) RETURNING owner",
    )
    .bind(owners)
    .bind(now_ms)
    .fetch_all(connection)
    .await?;
    let mut erased = BTreeMap::new();
    for owner in rows {
        *erased.entry(owner).or_default() += 1;
    }
    Ok(erased)
}

/// Takes out the rows of what is gone, and has the others wait.
async fn settle(connection: &mut PgConnection, able: &Able, plan: &Plan) -> Result<(), StoreError> {
    let gone = plan
        .gone
        .iter()
        .chain(plan.later.iter().map(|(one, _)| one));
    let gone: Vec<&Due> = gone.collect();
    sqlx::query(
        "DELETE FROM personal_ended k \
         USING unnest($1::text[], $2::bigint[], $3::uuid[]) AS gone (workflow, since_ms, owner) \
         WHERE k.workflow = gone.workflow AND k.since_ms = gone.since_ms AND k.owner = gone.owner",
    )
    .bind(column(&gone, |one| one.workflow.as_str()))
    .bind(column(&gone, |one| one.since_ms))
    .bind(column(&gone, |one| one.owner))
    .execute(&mut *connection)
    .await?;
    let later: Vec<_> = plan
        .later
        .iter()
        .map(|(one, since)| one.from(*since))
        .collect();
    let later: Vec<&PersonalEnded> = later.iter().collect();
    at_once::run(connection, able, vec![put(&later)], false).await?;
    Ok(())
}

/// Keeps from when the time of personal data counts.
pub(super) fn put<'p>(rows: &'p [&'p PersonalEnded]) -> Part<'p> {
    let sql = "INSERT INTO personal_ended (workflow, since_ms, owner) \
         SELECT * FROM unnest($1::text[], $2::bigint[], $3::uuid[]) ON CONFLICT DO NOTHING";
    let part = Part::new(
        ("cases that ended", rows.len()),
        (sql, 3),
        move |statement| {
            Ok(statement
                .bind(column(rows, |row| plain(&row.workflow)))
                .bind(column(rows, |row| row.since_ms))
                .bind(column(rows, |row| row.owner)))
        },
    );
    part.or_fewer()
}
