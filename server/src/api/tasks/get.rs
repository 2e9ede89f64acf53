use axum::Json;
use axum::extract::State;

use super::super::params::{Params, TaskId};
use super::super::{Api, Problem, TaskJson};
use crate::orchestrator::Refusal;

/// `GET /tasks/{id}`: one task, open or closed.
pub(in crate::api) async fn get(
    State(api): State<Api>,
    TaskId(id): TaskId,
    params: Params,
) -> Result<Json<TaskJson>, Problem> {
    params.done()?;
    let row = api.orchestrator.shelf().task(id).await?;
    let row = row.ok_or(Refusal::UnknownTask(id))?;
    Ok(Json(TaskJson::from(row)))
}
