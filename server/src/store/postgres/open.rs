//! What is open, counted.

use sqlx::{AssertSqlSafe, PgPool, Row};

use super::decode::{count, each};
use super::write::plain_list;
use crate::store::open_counts::{self, PAST, TimeOf, UNTIMED, WITHIN};
use crate::store::{ActorLoad, SlaOpen, StepLoad, StoreError};

/// The order of the hand-out, as the index has it.
const ORDER: &str = "coalesce(t.expires, 'infinity'), (-t.priority), t.id";

/// Whether a task's time counts, as the index `tasks_open_at` has it.
const TIME: TimeOf = "(CASE WHEN t.expires IS NULL AND (t.clock IS NULL OR t.clock ->> 'dormant' = 'true') \
    THEN 0 WHEN t.breached_at IS NULL THEN 1 ELSE 2 END)";

pub(super) async fn load_by_actor(pool: &PgPool) -> Result<Vec<ActorLoad>, StoreError> {
    let rows = sqlx::query(AssertSqlSafe(open_counts::by_actor(ORDER)))
        .fetch_all(pool)
        .await?;
    each(&rows, |row| {
        Ok(ActorLoad {
            actor: row.try_get(0)?,
            waiting: count(row, 1)?,
            oldest: row.try_get(2)?,
        })
    })
}

pub(super) async fn load_by_step(pool: &PgPool) -> Result<Vec<StepLoad>, StoreError> {
    let sql = open_counts::by_step(TIME, &[UNTIMED, WITHIN, PAST], "TRUE");
    let rows = sqlx::query(AssertSqlSafe(sql)).fetch_all(pool).await?;
    each(&rows, |row| {
        Ok(StepLoad {
            workflow: row.try_get(0)?,
            step_id: row.try_get(1)?,
            open: count(row, 2)? + count(row, 3)? + count(row, 4)?,
        })
    })
}

pub(super) async fn runs(pool: &PgPool) -> Result<Vec<(String, u64)>, StoreError> {
    let rows = sqlx::query(AssertSqlSafe(open_counts::runs()))
        .fetch_all(pool)
        .await?;
    each(&rows, |row| Ok((row.try_get(0)?, count(row, 1)?)))
}

pub(super) async fn with_sla(
    pool: &PgPool,
    workflows: Option<&[String]>,
) -> Result<Vec<SlaOpen>, StoreError> {
    let only = "($1::text[] IS NULL OR flow.id = ANY($1))";
    let sql = open_counts::by_step(TIME, &[WITHIN, PAST], only);
    let rows = sqlx::query(AssertSqlSafe(sql))
        .bind(plain_list(workflows))
        .fetch_all(pool)
        .await?;
    let steps: Vec<SlaOpen> = each(&rows, |row| {
        Ok(SlaOpen {
            workflow: row.try_get(0)?,
            step_id: row.try_get(1)?,
            on_time: count(row, 2)?,
            breached: count(row, 3)?,
        })
    })?;
    // Steps without an SLA are no part of the report.
    let counted = |step: &SlaOpen| step.on_time + step.breached > 0;
    Ok(steps.into_iter().filter(counted).collect())
}
