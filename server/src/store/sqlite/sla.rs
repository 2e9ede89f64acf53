use std::collections::BTreeMap;

use sqlx::sqlite::SqliteConnection;

use super::write;
use crate::store::{SlaChange, SlaOutcome, StoreError, histogram};

/// The counts of a step on a day, in the order of the columns.
type Counts = [i64; 6];
/// Workflow, step and day.
type Key<'a> = (&'a str, &'a str, String);

/// Adds outcomes to the figures of their steps and days.
pub(super) async fn write(
    connection: &mut SqliteConnection,
    changes: &[SlaChange],
) -> Result<(), StoreError> {
    let mut days: BTreeMap<Key<'_>, Counts> = BTreeMap::new();
    let mut finished: BTreeMap<(Key<'_>, i64), i64> = BTreeMap::new();
    let mut accepted: BTreeMap<(Key<'_>, i64), i64> = BTreeMap::new();
    for change in changes {
        let day = change.at.date_naive().to_string();
        let key: Key<'_> = (&change.workflow, &change.step_id, day);
        let (column, took) = match change.outcome {
            SlaOutcome::Met(took) => (Some(0), Some((&mut finished, took))),
            SlaOutcome::Breached => (Some(1), None),
            SlaOutcome::Late(took) => (None, Some((&mut finished, took))),
            SlaOutcome::Cancelled => (Some(2), None),
            SlaOutcome::AcceptMet(took) => (Some(3), Some((&mut accepted, took))),
            SlaOutcome::AcceptBreached => (Some(4), None),
            SlaOutcome::AcceptLate(took) => (None, Some((&mut accepted, took))),
            SlaOutcome::AcceptCancelled => (Some(5), None),
        };
        if let Some((durations, took)) = took {
            let bucket = histogram::bucket(took);
            *durations.entry((key.clone(), bucket)).or_default() += 1;
        }
        let counts = days.entry(key).or_default();
        if let Some(column) = column {
            counts[column] += 1;
        }
    }
    write::rows(
        connection,
        (
            "INSERT INTO sla_days (workflow, step_id, day, met, breached, cancelled, accept_met, \
             accept_breached, accept_cancelled) VALUES",
            9,
            "ON CONFLICT DO UPDATE SET met = met + excluded.met, \
             breached = breached + excluded.breached, cancelled = cancelled + excluded.cancelled, \
             accept_met = accept_met + excluded.accept_met, \
             accept_breached = accept_breached + excluded.accept_breached, \
             accept_cancelled = accept_cancelled + excluded.accept_cancelled",
        ),
        &days.into_iter().collect::<Vec<_>>(),
        |mut query, ((workflow, step, day), counts)| {
            query = query
                .bind((*workflow).to_owned())
                .bind((*step).to_owned())
                .bind(day.clone());
            Ok(counts.iter().fold(query, |query, count| query.bind(*count)))
        },
    )
    .await?;
    let finish = "INSERT INTO sla_durations (workflow, step_id, day, bucket, n) VALUES";
    write_durations(connection, finish, finished).await?;
    let accept = "INSERT INTO accept_durations (workflow, step_id, day, bucket, n) VALUES";
    write_durations(connection, accept, accepted).await
}

async fn write_durations(
    connection: &mut SqliteConnection,
    head: &'static str,
    durations: BTreeMap<(Key<'_>, i64), i64>,
) -> Result<(), StoreError> {
    write::rows(
        connection,
        (head, 5, "ON CONFLICT DO UPDATE SET n = n + excluded.n"),
        &durations.into_iter().collect::<Vec<_>>(),
        |query, (((workflow, step, day), bucket), n)| {
            Ok(query
                .bind((*workflow).to_owned())
                .bind((*step).to_owned())
                .bind(day.clone())
                .bind(*bucket)
                .bind(*n))
        },
    )
    .await
}
