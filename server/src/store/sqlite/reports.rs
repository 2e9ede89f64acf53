use sqlx::sqlite::SqliteConnection;

use super::encode::stamp;
use super::write;
use crate::store::{ReportRow, StoreError};

/// Keeps the numbers and receipts of reports that were filed.
pub(super) async fn write(
    connection: &mut SqliteConnection,
    reports: &[ReportRow],
) -> Result<(), StoreError> {
    write::rows(
        connection,
        (
            "INSERT INTO reports (number, receipt_hash, event_id, run_id, filed) VALUES",
            5,
            "",
        ),
        reports,
        |query, report| {
            Ok(query
                .bind(report.number.clone())
                .bind(report.receipt_hash.clone())
                .bind(report.event_id.to_string())
                .bind(report.run_id.to_string())
                .bind(stamp(report.filed)))
        },
    )
    .await
}
