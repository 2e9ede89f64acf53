use axum::extract::State;
use axum::{Extension, Json};

use super::super::auth::Granted;
use super::super::params::{Params, TaskId};
use super::super::read_of::ReadOf;
use super::super::{Api, Problem, TaskJson};
use crate::identity::Verb;
use crate::orchestrator::Refusal;

/// `GET /tasks/{id}`: one task, open or closed.
pub(in crate::api) async fn get(
    State(api): State<Api>,
    TaskId(id): TaskId,
    Granted(grant): Granted,
    params: Params,
) -> Result<(Extension<ReadOf>, Json<TaskJson>), Problem> {
    params.done()?;
    let row = api.orchestrator.shelf().task(id).await?;
    // A task that is not the caller's to see is told like one that is not there.
    let row = row
        .filter(|row| grant.may(Verb::Read) || grant.works_as(&row.task.actor))
        .ok_or(Refusal::UnknownTask(id))?;
    let read = ReadOf::part("task", id, Some(row.run_id));
    Ok((Extension(read), Json(TaskJson::from(row))))
}
