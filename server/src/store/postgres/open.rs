//! What is open, counted.

use sqlx::{AssertSqlSafe, Row};

use super::PostgresStore;
use super::decode::{count, each};
use super::write::{plain, plain_list};
use crate::store::{ActorLoad, SlaOpen, StepLoad, StoreError, open_counts};

/// The order of the hand-out, as the index has it.
const ORDER: &str = "coalesce(t.expires, 'infinity'), (-t.priority), t.id";

pub(super) async fn load_by_actor(store: &PostgresStore) -> Result<Vec<ActorLoad>, StoreError> {
    let mut list = store.listing().await?;
    let rows = sqlx::query(AssertSqlSafe(open_counts::by_actor(ORDER)))
        .fetch_all(&mut *list)
        .await?;
    list.end().await?;
    each(&rows, |row| {
        Ok(ActorLoad {
            actor: row.try_get(0)?,
            waiting: count(row, 1)?,
            oldest: row.try_get(2)?,
        })
    })
}

pub(super) async fn load_by_step(
    store: &PostgresStore,
    workflow: &str,
) -> Result<Vec<StepLoad>, StoreError> {
    let mut list = store.listing().await?;
    let rows = sqlx::query(AssertSqlSafe(open_counts::by_step()))
        .bind(plain(workflow))
        .fetch_all(&mut *list)
        .await?;
    list.end().await?;
    each(&rows, |row| {
        Ok(StepLoad {
            step_id: row.try_get(0)?,
            open: count(row, 1)?,
        })
    })
}

pub(super) async fn runs(store: &PostgresStore) -> Result<Vec<(String, u64)>, StoreError> {
    let mut list = store.listing().await?;
    let rows = sqlx::query(AssertSqlSafe(open_counts::runs()))
        .fetch_all(&mut *list)
        .await?;
    list.end().await?;
    each(&rows, |row| Ok((row.try_get(0)?, count(row, 1)?)))
}

pub(super) async fn with_sla(
    store: &PostgresStore,
    workflows: Option<&[String]>,
) -> Result<Vec<SlaOpen>, StoreError> {
    let only = "($1::text[] IS NULL OR flow.id = ANY($1))";
    let sql = open_counts::with_sla(only);
    let mut list = store.listing().await?;
    let rows = sqlx::query(AssertSqlSafe(sql))
        .bind(plain_list(workflows))
        .fetch_all(&mut *list)
        .await?;
    list.end().await?;
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
