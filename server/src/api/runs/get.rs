use axum::extract::State;
use axum::{Extension, Json};
use hms_engine::Results;
use serde::Serialize;
use serde_json::Value;

use super::super::params::{Params, RunId};
use super::super::read_of::ReadOf;
use super::super::{Api, Problem, TaskJson};
use super::RunJson;
use super::not_here::not_here;
use crate::store::RunQuery;

/// A run with all that belongs to it, but its history.
#[derive(Serialize)]
pub(in crate::api) struct RunWithTasks {
    #[serde(flatten)]
    run: RunJson,
    payload: Value,
    results: Results,
    tasks: Vec<Value>,
    /// The newest of the runs that it called; `GET /runs?parent=` has them all.
    children: Vec<RunJson>,
}

/// The most called runs shown with a run.
const CHILDREN_MAX: u32 = 100;

/// `GET /runs/{id}`: a run, its payload, the results of its steps, its tasks, oldest first, and the runs
/// that it called, newest first.
pub(in crate::api) async fn get(
    State(api): State<Api>,
    RunId(id): RunId,
    params: Params,
) -> Result<(Extension<ReadOf>, Json<RunWithTasks>), Problem> {
    params.done()?;
    let shelf = api.orchestrator.shelf();
    let Some(row) = shelf.run(id).await? else {
        return Err(not_here(shelf, id).await);
    };
    let tasks = shelf.run_tasks(id).await?;
    let called = RunQuery {
        parent: Some(id),
        limit: CHILDREN_MAX,
        ..RunQuery::default()
    };
    let children = shelf.runs(&called).await?;
    let tasks = tasks.into_iter().map(|row| {
        let mut task = serde_json::to_value(TaskJson::from(row)).unwrap_or_default();
        // It is the run's, which stands beside it once.
        if let Some(members) = task.as_object_mut() {
            members.remove("payload");
        }
        task
    });
    let answer = Json(RunWithTasks {
        run: RunJson::from(&row),
        tasks: tasks.collect(),
        children: children.iter().map(RunJson::from).collect(),
        payload: row.run.payload,
        results: row.run.results,
    });
    Ok((Extension(ReadOf::run("run", id)), answer))
}
