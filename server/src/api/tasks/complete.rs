use axum::Json;
use axum::extract::State;

use super::super::auth::Granted;
use super::super::body::Sent;
use super::super::params::{Params, TaskId};
use super::super::{Api, Problem, TaskJson};
use super::order::hands;
use crate::orchestrator::TaskOrder;

/// `POST /tasks/{id}/complete`: finishes a task; the body is the result, any JSON. The same result
/// again is answered like the first time.
pub(in crate::api) async fn complete(
    State(api): State<Api>,
    TaskId(id): TaskId,
    granted: Granted,
    params: Params,
    sent: Sent,
) -> Result<Json<TaskJson>, Problem> {
    let hands = hands(params, granted)?;
    let result = sent.json(r#"{"severity":"High"}, or null when there is no result"#)?;
    let asked = api.orchestrator.now();
    let order = TaskOrder::Complete { result };
    let row = api
        .orchestrator
        .task_order(id, hands.clone(), order)
        .await?;
    let by = hands.name(&row.task.actor);
    api.workforce.finished(&row.task, &by, asked);
    Ok(Json(TaskJson::from(row)))
}
