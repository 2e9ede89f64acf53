//! What came of SLA clocks, by day.

use chrono::NaiveDate;
use sqlx::postgres::PgPool;
use sqlx::{Row, query};

use super::at_once::Part;
use super::decode::{self, count, each};
use super::write::{column, plain_list};
use crate::store::sla_figures::{OfDay, SlaFigures};
use crate::store::{Outcomes, SlaDay, StoreError};

/// What came of the clocks from one day to another, both included.
pub(super) async fn days(
    pool: &PgPool,
    from: NaiveDate,
    to: NaiveDate,
    workflows: Option<&[String]>,
) -> Result<Vec<SlaDay>, StoreError> {
    let rows = query(
        "SELECT d.workflow, d.step_id, d.day, d.met, d.breached, d.cancelled, \
         (SELECT coalesce(json_agg(json_build_array(b.bucket, b.n)), '[]')::text \
          FROM sla_durations b \
          WHERE b.workflow = d.workflow AND b.step_id = d.step_id AND b.day = d.day), \
         d.accept_met, d.accept_breached, d.accept_cancelled, \
         (SELECT coalesce(json_agg(json_build_array(b.bucket, b.n)), '[]')::text \
          FROM accept_durations b \
          WHERE b.workflow = d.workflow AND b.step_id = d.step_id AND b.day = d.day) \
         FROM sla_days d WHERE d.day >= $1 AND d.day <= $2 \
         AND ($3::text[] IS NULL OR d.workflow = ANY($3)) \
         ORDER BY d.day, d.workflow, d.step_id",
    )
    .bind(from)
    .bind(to)
    .bind(plain_list(workflows))
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

/// A figure of durations: whose, the day, the bucket; and how many.
type Durations<'c> = [((OfDay<'c>, i64), i64)];

/// Adds what came of clocks to the figures of their days, in the order of their keys.
pub(super) fn parts<'p>(figures: &'p SlaFigures<'p>) -> [Part<'p>; 3] {
    let finished = "INSERT INTO sla_durations AS old (workflow, step_id, day, bucket, n) \
         SELECT * FROM unnest($1::text[], $2::text[], $3::date[], $4::bigint[], $5::bigint[]) \
         ON CONFLICT (workflow, step_id, day, bucket) DO UPDATE SET n = old.n + excluded.n";
    let accepted = "INSERT INTO accept_durations AS old (workflow, step_id, day, bucket, n) \
         SELECT * FROM unnest($1::text[], $2::text[], $3::date[], $4::bigint[], $5::bigint[]) \
         ON CONFLICT (workflow, step_id, day, bucket) DO UPDATE SET n = old.n + excluded.n";
    [
        of_days(&figures.days),
        durations(finished, &figures.durations),
        durations(accepted, &figures.accepted),
    ]
}

fn of_days<'p>(rows: &'p [(OfDay<'p>, [i64; 6])]) -> Part<'p> {
    let sql = "INSERT INTO sla_days (workflow, step_id, day, met, breached, cancelled, accept_met, \
         accept_breached, accept_cancelled) \
         SELECT * FROM unnest($1::text[], $2::text[], $3::date[], $4::bigint[], $5::bigint[], \
         $6::bigint[], $7::bigint[], $8::bigint[], $9::bigint[]) \
         ON CONFLICT (workflow, step_id, day) DO UPDATE SET met = sla_days.met + excluded.met, \
         breached = sla_days.breached + excluded.breached, \
         cancelled = sla_days.cancelled + excluded.cancelled, \
         accept_met = sla_days.accept_met + excluded.accept_met, \
         accept_breached = sla_days.accept_breached + excluded.accept_breached, \
         accept_cancelled = sla_days.accept_cancelled + excluded.accept_cancelled";
    Part::new(("days of SLAs", rows.len()), (sql, 9), move |statement| {
        let rows: Vec<_> = rows.iter().collect();
        Ok(statement
            .bind(column(&rows, |(of, _)| of.0))
            .bind(column(&rows, |(of, _)| of.1))
            .bind(column(&rows, |(of, _)| of.2))
            .bind(column(&rows, |(_, counts)| counts[0]))
            .bind(column(&rows, |(_, counts)| counts[1]))
            .bind(column(&rows, |(_, counts)| counts[2]))
            .bind(column(&rows, |(_, counts)| counts[3]))
            .bind(column(&rows, |(_, counts)| counts[4]))
            .bind(column(&rows, |(_, counts)| counts[5])))
    })
}

fn durations<'p>(sql: &'static str, rows: &'p Durations<'p>) -> Part<'p> {
    Part::new(("durations", rows.len()), (sql, 5), move |statement| {
        let rows: Vec<_> = rows.iter().collect();
        Ok(statement
            .bind(column(&rows, |((of, _), _)| of.0))
            .bind(column(&rows, |((of, _), _)| of.1))
            .bind(column(&rows, |((of, _), _)| of.2))
            .bind(column(&rows, |((_, bucket), _)| *bucket))
            .bind(column(&rows, |(_, n)| *n)))
    })
}
