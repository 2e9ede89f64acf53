//! What is open, counted.

use sqlx::{AssertSqlSafe, SqlitePool};

use super::encode::{text, time};
use super::queries::text_list;
use super::shelf::{count, each};
use crate::store::{ActorLoad, SlaOpen, StepLoad, StoreError, open_counts};

/// The order of the hand-out, as the index has it.
const ORDER: &str = "coalesce(t.expires, '9'), -t.priority, t.id";

pub(super) async fn load_by_actor(pool: &SqlitePool) -> Result<Vec<ActorLoad>, StoreError> {
    let rows = sqlx::query(AssertSqlSafe(open_counts::by_actor(ORDER)))
        .fetch_all(pool)
        .await?;
    each(rows, |row| {
        Ok(ActorLoad {
            actor: text(row, 0)?.to_owned(),
            waiting: count(row, 1)?,
            oldest: time(text(row, 2)?)?,
        })
    })
}

pub(super) async fn load_by_step(
    pool: &SqlitePool,
    workflow: &str,
) -> Result<Vec<StepLoad>, StoreError> {
    let rows = sqlx::query(AssertSqlSafe(open_counts::by_step()))
        .bind(workflow.to_owned())
        .fetch_all(pool)
        .await?;
    each(rows, |row| {
        Ok(StepLoad {
            step_id: text(row, 0)?.to_owned(),
            open: count(row, 1)?,
        })
    })
}

pub(super) async fn runs(pool: &SqlitePool) -> Result<Vec<(String, u64)>, StoreError> {
    let rows = sqlx::query(AssertSqlSafe(open_counts::runs()))
        .fetch_all(pool)
        .await?;
    each(rows, |row| Ok((text(row, 0)?.to_owned(), count(row, 1)?)))
}

pub(super) async fn with_sla(
    pool: &SqlitePool,
    workflows: Option<&[String]>,
) -> Result<Vec<SlaOpen>, StoreError> {
    let only = "(?1 IS NULL OR flow.id IN (SELECT value FROM json_each(?1)))";
    let sql = open_counts::with_sla(only);
    let rows = sqlx::query(AssertSqlSafe(sql))
        .bind(workflows.map(|ids| text_list(ids.iter().cloned())))
        .fetch_all(pool)
        .await?;
    let steps: Vec<SlaOpen> = each(rows, |row| {
        Ok(SlaOpen {
            workflow: text(row, 0)?.to_owned(),
            step_id: text(row, 1)?.to_owned(),
            on_time: count(row, 2)?,
            breached: count(row, 3)?,
        })
    })?;
    // Steps without an SLA are no part of the report.
    let counted = |step: &SlaOpen| step.on_time + step.breached > 0;
    Ok(steps.into_iter().filter(counted).collect())
}
