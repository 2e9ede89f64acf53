use std::collections::BTreeMap;

use sqlx::sqlite::SqliteConnection;

use super::write;
use crate::store::{SlaChange, SlaOutcome, StoreError, histogram};

/// Adds to the counts of the days and to the histogram of durations.
pub(super) async fn write(
    connection: &mut SqliteConnection,
    changes: &[SlaChange],
) -> Result<(), StoreError> {
    let mut days: BTreeMap<(&str, &str, String), [i64; 3]> = BTreeMap::new();
    let mut durations: BTreeMap<(&str, &str, String, i64), i64> = BTreeMap::new();
    for change in changes {
        let day = change.at.date_naive().to_string();
        let key = (
            change.workflow.as_str(),
            change.step_id.as_str(),
            day.clone(),
        );
        let counts = days.entry(key).or_default();
        let took = match change.outcome {
            SlaOutcome::Met(took) => {
                counts[0] += 1;
                Some(took)
            }
            SlaOutcome::Breached => {
                counts[1] += 1;
                None
            }
            SlaOutcome::Late(took) => Some(took),
            SlaOutcome::Cancelled => {
                counts[2] += 1;
                None
            }
        };
        if let Some(took) = took {
            let bucket = histogram::bucket(took);
            *durations
                .entry((&change.workflow, &change.step_id, day, bucket))
                .or_default() += 1;
        }
    }
    write::rows(
        connection,
        (
            "INSERT INTO sla_days (workflow, step_id, day, met, breached, cancelled) VALUES",
            6,
            "ON CONFLICT DO UPDATE SET met = met + excluded.met, \
             breached = breached + excluded.breached, cancelled = cancelled + excluded.cancelled",
        ),
        &days.into_iter().collect::<Vec<_>>(),
        |query, ((workflow, step, day), [met, breached, cancelled])| {
            Ok(query
                .bind((*workflow).to_owned())
                .bind((*step).to_owned())
                .bind(day.clone())
                .bind(*met)
                .bind(*breached)
                .bind(*cancelled))
        },
    )
    .await?;
    write::rows(
        connection,
        (
            "INSERT INTO sla_durations (workflow, step_id, day, bucket, n) VALUES",
            5,
            "ON CONFLICT DO UPDATE SET n = n + excluded.n",
        ),
        &durations.into_iter().collect::<Vec<_>>(),
        |query, ((workflow, step, day, bucket), n)| {
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
