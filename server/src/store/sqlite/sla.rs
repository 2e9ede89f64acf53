use sqlx::sqlite::SqliteConnection;

use super::write;
use crate::store::sla_figures::SlaFigures;
use crate::store::{SlaChange, StoreError};

/// Adds to the counts of the days and to the histograms of durations.
pub(super) async fn write(
    connection: &mut SqliteConnection,
    changes: &[SlaChange],
) -> Result<(), StoreError> {
    let figures = SlaFigures::of(changes);
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
        &figures.days,
        |query, ((workflow, step, day), counts)| {
            let query = query
                .bind((*workflow).to_owned())
                .bind((*step).to_owned())
                .bind(day.to_string());
            Ok(counts.iter().fold(query, |query, count| query.bind(*count)))
        },
    )
    .await?;
    for (head, durations) in [
        (
            "INSERT INTO sla_durations (workflow, step_id, day, bucket, n) VALUES",
            &figures.durations,
        ),
        (
            "INSERT INTO accept_durations (workflow, step_id, day, bucket, n) VALUES",
            &figures.accepted,
        ),
    ] {
        write::rows(
            connection,
            (head, 5, "ON CONFLICT DO UPDATE SET n = n + excluded.n"),
            durations,
            |query, (((workflow, step, day), bucket), n)| {
                Ok(query
                    .bind((*workflow).to_owned())
                    .bind((*step).to_owned())
                    .bind(day.to_string())
                    .bind(*bucket)
                    .bind(*n))
            },
        )
        .await?;
    }
    Ok(())
}
