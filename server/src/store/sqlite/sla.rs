use sqlx::sqlite::SqliteConnection;

use super::write;
use crate::store::sla_figures::SlaFigures;
use crate::store::{SlaChange, StoreError};

/// Adds to the counts of the days and to the histogram of durations.
pub(super) async fn write(
    connection: &mut SqliteConnection,
    changes: &[SlaChange],
) -> Result<(), StoreError> {
    let figures = SlaFigures::of(changes);
    write::rows(
        connection,
        (
            "INSERT INTO sla_days (workflow, step_id, day, met, breached, cancelled) VALUES",
            6,
            "ON CONFLICT DO UPDATE SET met = met + excluded.met, \
             breached = breached + excluded.breached, cancelled = cancelled + excluded.cancelled",
        ),
        &figures.days,
        |query, ((workflow, step, day), [met, breached, cancelled])| {
            Ok(query
                .bind((*workflow).to_owned())
                .bind((*step).to_owned())
                .bind(day.to_string())
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
        &figures.durations,
        |query, (((workflow, step, day), bucket), n)| {
            Ok(query
                .bind((*workflow).to_owned())
                .bind((*step).to_owned())
                .bind(day.to_string())
                .bind(*bucket)
                .bind(*n))
        },
    )
    .await
}
