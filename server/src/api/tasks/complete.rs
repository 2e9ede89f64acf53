use axum::Json;
use axum::extract::State;

use super::super::body::Sent;
use super::super::params::{Params, TaskId};
use super::super::{Api, Problem, TaskJson};
use super::order::{by, only_caller};
use crate::orchestrator::TaskOrder;

/// `POST /tasks/{id}/complete`: finishes a task; the body is the result, any JSON. The same result
/// again is answered like the first time.
pub(in crate::api) async fn complete(
    State(api): State<Api>,
    TaskId(id): TaskId,
    params: Params,
    sent: Sent,
) -> Result<Json<TaskJson>, Problem> {
    let caller = only_caller(params)?;
    let result = sent.json(r#"{"severity":"High"}, or null when there is no result"#)?;
    let by = by(&api, id, caller).await?;
    let asked = api.orchestrator.now();
    let order = TaskOrder::Complete { result };
    let row = api.orchestrator.task_order(id, &by, order).await?;
    api.workforce.finished(&row.task, &by, asked);
    Ok(Json(TaskJson::from(row)))
}
