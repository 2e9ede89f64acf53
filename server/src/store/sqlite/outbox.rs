use sqlx::sqlite::SqliteConnection;

use super::encode::{json, stamp};
use super::write;
use crate::store::{NoticeWrite, StoreError};

/// Keeps what people are to be told.
pub(super) async fn write(
    connection: &mut SqliteConnection,
    notices: &[NoticeWrite],
) -> Result<(), StoreError> {
    write::rows(
        connection,
        (
            "INSERT INTO outbox (id, run_id, task_id, workflow, step_id, who, at_percent, \
             deadline, created) VALUES",
            9,
            "",
        ),
        notices,
        |query, notice| {
            Ok(query
                .bind(notice.id.to_string())
                .bind(notice.run_id.to_string())
                .bind(notice.about.task.to_string())
                .bind(notice.workflow.clone())
                .bind(notice.about.step.clone())
                .bind(json(&notice.who)?)
                .bind(notice.about.at)
                .bind(notice.about.deadline.map(stamp))
                .bind(stamp(notice.created)))
        },
    )
    .await
}
