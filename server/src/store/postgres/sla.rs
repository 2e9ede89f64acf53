//! What came of SLA clocks, by day.

use chrono::NaiveDate;
use sqlx::Row;
use sqlx::postgres::PgPool;

use super::decode::{self, count, each};
use super::write::plain;
use crate::store::{Outcomes, SlaDay, StoreError};

/// What came of the clocks from one day to another, both included.
pub(super) async fn days(
    pool: &PgPool,
    from: NaiveDate,
    to: NaiveDate,
    workflow: Option<&str>,
) -> Result<Vec<SlaDay>, StoreError> {
    let rows = sqlx::query(
        "SELECT d.workflow, d.step_id, d.day, d.met, d.breached, d.cancelled, \
         (SELECT coalesce(json_agg(json_build_array(b.bucket, b.n)), '[]')::text \
          FROM sla_durations b \
          WHERE b.workflow = d.workflow AND b.step_id = d.step_id AND b.day = d.day), \
         d.accept_met, d.accept_breached, d.accept_cancelled, \
         (SELECT coalesce(json_agg(json_build_array(b.bucket, b.n)), '[]')::text \
          FROM accept_durations b \
          WHERE b.workflow = d.workflow AND b.step_id = d.step_id AND b.day = d.day) \
         FROM sla_days d WHERE d.day >= $1 AND d.day <= $2 \
         AND ($3::text IS NULL OR d.workflow = $3) \
         ORDER BY d.day, d.workflow, d.step_id",
    )
    .bind(from)
    .bind(to)
    .bind(workflow.map(plain))
    .fetch_all(pool)
    .await?;
    each(&rows, |row| {
        let outcomes = |first: usize| -> Result<Outcomes, StoreError> {
            Ok(Outcomes {
                met: count(row, first)?,
                breached: count(row, first + 1)?,
                cancelled: count(row, first + 2)?,
                durations: decode::from_json(row.try_get(first + 3)?)?,
            })
        };
        Ok(SlaDay {
            workflow: row.try_get(0)?,
            step_id: row.try_get(1)?,
            day: row.try_get(2)?,
            finish: outcomes(3)?,
            accept: outcomes(7)?,
        })
    })
}
