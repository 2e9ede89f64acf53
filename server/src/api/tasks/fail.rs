use axum::Json;
use axum::extract::State;

use super::super::auth::Granted;
use super::super::body::{Sent, text_of};
use super::super::params::{Params, TaskId};
use super::super::{Api, Problem, TaskJson};
use super::order::hands;
use crate::orchestrator::TaskOrder;

const EXAMPLE: &str = r#"{"error":"the mail server did not answer"}"#;
/// Longest text of an error, in bytes.
const ERROR_BYTES_MAX: usize = 2000;

/// `POST /tasks/{id}/fail`: says that an attempt went wrong. The text is shown to administrators
/// and must not hold people's data.
pub(in crate::api) async fn fail(
    State(api): State<Api>,
    TaskId(id): TaskId,
    granted: Granted,
    params: Params,
    sent: Sent,
) -> Result<Json<TaskJson>, Problem> {
    let hands = hands(params, granted)?;
    let mut members = sent.members(EXAMPLE, &["error"])?;
    let error = text_of(&mut members, "", "error", ERROR_BYTES_MAX)?
        .ok_or_else(|| Problem::shape("/error", format!("Say what went wrong, like {EXAMPLE}.")))?;
    let order = TaskOrder::Fail { error };
    let row = api
        .orchestrator
        .task_order(id, hands.clone(), order)
        .await?;
    let by = hands.name(&row.task.actor);
    api.workforce.failed(&row.task.actor.to_string(), &by);
    Ok(Json(TaskJson::from(row)))
}
