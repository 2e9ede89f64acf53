use axum::extract::State;
use axum::{Extension, Json};
use hms_engine::Results;
use serde::Serialize;
use serde_json::Value;
use uuid::Uuid;

use super::super::params::{Params, RunId};
use super::super::problem::Kind;
use super::super::read_of::ReadOf;
use super::super::{Api, Problem, TaskJson};
use super::RunJson;
use crate::orchestrator::Refusal;
use crate::store::{RunQuery, Shelf};

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

/// Why there is no such run: it was moved out into a file, or never was.
async fn not_here(shelf: &dyn Shelf, id: Uuid) -> Result<Problem, Problem> {
    let moved_out = shelf.archived(&[id]).await?;
    let Some((_, number)) = moved_out.first() else {
        return Ok(Refusal::UnknownRun(id).into());
    };
    let archive = shelf.archives(number.saturating_sub(1), 1).await?;
    let file = archive.into_iter().next().map(|archive| archive.file);
    let file = file.unwrap_or_default();
    let detail = format!("The run {id} ended long ago and was moved out into the file {file}.");
    Ok(Problem::new(Kind::UnknownRun, detail).with("archive", file))
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
        return Err(not_here(shelf, id).await?);
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
