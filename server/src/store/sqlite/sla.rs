use chrono::NaiveDate;
use sqlx::sqlite::SqlitePool;

use super::encode::{self, number, text};
use super::queries::text_list;
use super::write::Bound;
use crate::store::sla_figures::OfDay;
use crate::store::{Outcomes, SlaDay, StoreError};

/// Adds to the counts of the days.
pub(super) const DAYS: (&str, usize, &str) = (
    "INSERT INTO sla_days (workflow, step_id, day, met, breached, cancelled, accept_met, \
     accept_breached, accept_cancelled) SELECT * FROM (VALUES",
    9,
    ") WHERE column1 IS NOT NULL ON CONFLICT DO UPDATE SET met = met + excluded.met, \
     breached = breached + excluded.breached, cancelled = cancelled + excluded.cancelled, \
     accept_met = accept_met + excluded.accept_met, \
     accept_breached = accept_breached + excluded.accept_breached, \
     accept_cancelled = accept_cancelled + excluded.accept_cancelled",
);
/// Adds to the histograms of how long tasks took.
pub(super) const DURATIONS: (&str, usize, &str) = (
    "INSERT INTO sla_durations (workflow, step_id, day, bucket, n) SELECT * FROM (VALUES",
    5,
    ") WHERE column1 IS NOT NULL ON CONFLICT DO UPDATE SET n = n + excluded.n",
);
/// Adds to the histograms of how long they waited for their first claim.
pub(super) const ACCEPTED: (&str, usize, &str) = (
    "INSERT INTO accept_durations (workflow, step_id, day, bucket, n) SELECT * FROM (VALUES",
    5,
    ") WHERE column1 IS NOT NULL ON CONFLICT DO UPDATE SET n = n + excluded.n",
);

/// Binds the counts of a day.
pub(super) fn bind_day(
    query: Bound<'static>,
    ((workflow, step, day), counts): &(OfDay<'_>, [i64; 6]),
) -> Result<Bound<'static>, StoreError> {
    let query = query
        .bind((*workflow).to_owned())
        .bind((*step).to_owned())
        .bind(day.to_string());
    Ok(counts.iter().fold(query, |query, count| query.bind(*count)))
}

/// Binds what a bucket of a histogram has more.
pub(super) fn bind_duration(
    query: Bound<'static>,
    (((workflow, step, day), bucket), n): &((OfDay<'_>, i64), i64),
) -> Result<Bound<'static>, StoreError> {
    Ok(query
        .bind((*workflow).to_owned())
        .bind((*step).to_owned())
        .bind(day.to_string())
        .bind(*bucket)
        .bind(*n))
}

/// What came of the clocks from one day to another, both included.
pub(super) async fn days(
    pool: &SqlitePool,
    from: NaiveDate,
    to: NaiveDate,
    workflows: Option<&[String]>,
) -> Result<Vec<SlaDay>, StoreError> {
    let rows = sqlx::query(
        "SELECT d.workflow, d.step_id, d.day, d.met, d.breached, d.cancelled, \
         (SELECT json_group_array(json_array(b.bucket, b.n)) FROM sla_durations b \
          WHERE b.workflow = d.workflow AND b.step_id = d.step_id AND b.day = d.day), \
         d.accept_met, d.accept_breached, d.accept_cancelled, \
         (SELECT json_group_array(json_array(b.bucket, b.n)) FROM accept_durations b \
          WHERE b.workflow = d.workflow AND b.step_id = d.step_id AND b.day = d.day) \
         FROM sla_days d WHERE d.day >= ?1 AND d.day <= ?2 \
         AND (?3 IS NULL OR d.workflow IN (SELECT value FROM json_each(?3))) \
         ORDER BY d.day, d.workflow, d.step_id",
    )
    .bind(from.to_string())
    .bind(to.to_string())
    .bind(workflows.map(|ids| text_list(ids.iter().cloned())))
    .fetch_all(pool)
    .await?;
    let day = |row| {
        let written = text(row, 2)?;
        let day = written.parse();
        let outcomes = |first: usize| -> Result<Outcomes, StoreError> {
            let count = |column| Ok::<u64, StoreError>(number(row, column)?.unsigned_abs());
            Ok(Outcomes {
                met: count(first)?,
                breached: count(first + 1)?,
                cancelled: count(first + 2)?,
                durations: encode::from_json(text(row, first + 3)?)?,
            })
        };
        Ok(SlaDay {
            workflow: text(row, 0)?.to_owned(),
            step_id: text(row, 1)?.to_owned(),
            day: day.map_err(|_| StoreError::Unreadable(format!("a day: {written}")))?,
            finish: outcomes(3)?,
            accept: outcomes(7)?,
        })
    };
    rows.iter().map(day).collect()
}
