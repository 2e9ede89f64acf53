use axum::Extension;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use hms_engine::Run;
use serde_json::Value;
use uuid::Uuid;

use super::super::Api;
use super::super::auth::Granted;
use super::super::params::{FileId, Params};
use super::super::problem::{Kind, Problem};
use super::super::read_of::ReadOf;
use crate::files::{attachment, is_of_run};
use crate::identity::{Grant, Verb};
use crate::store::{FileRow, TaskRow};

/// `GET /files/{id}`: a file that belongs to a case, as it came in. A worker gets those that a task of its
/// actor names: one of the case itself, or, with `task`, this one of a run that the case called.
pub(in crate::api) async fn get(
    State(api): State<Api>,
    FileId(id): FileId,
    Granted(grant): Granted,
    mut params: Params,
) -> Result<Response, Problem> {
    let task: Option<Uuid> = params.read("task")?;
    params.done()?;
    let unknown = || Problem::new(Kind::UnknownFile, format!("There is no file {id}."));
    let file = api.cabinet.filed(id).await?.ok_or_else(unknown)?;
    // A file that is not the caller's to see is told like one that is not there.
    if !grant.may(Verb::Read) && !is_worked_on(&api, &grant, &file, task).await? {
        return Err(unknown());
    }
    let bytes = api.cabinet.bytes(&file.file).await?;
    let mut headers = HeaderMap::new();
    let media = HeaderValue::from_str(&file.file.media);
    let save = HeaderValue::from_str(&attachment(&file.file.name));
    headers.extend(media.ok().map(|media| (header::CONTENT_TYPE, media)));
    headers.extend(save.ok().map(|save| (header::CONTENT_DISPOSITION, save)));
    headers.insert(
        header::CONTENT_SECURITY_POLICY,
        HeaderValue::from_static("sandbox; default-src 'none'"),
    );
    let read = Extension(ReadOf::part("file", id, file.run_id));
    Ok((headers, read, bytes).into_response())
}

/// Whether a task of the caller's actors names a file.
async fn is_worked_on(
    api: &Api,
    grant: &Grant,
    file: &FileRow,
    task: Option<Uuid>,
) -> Result<bool, Problem> {
    let shelf = api.orchestrator.shelf();
    let tasks: Vec<TaskRow> = match (task, file.run_id) {
        (Some(task), _) => shelf.task(task).await?.into_iter().collect(),
        (None, Some(run)) => shelf.run_tasks(run).await?,
        (None, None) => Vec::new(),
    };
    let theirs = |row: &&TaskRow| grant.works_as(&row.task.actor);
    let theirs: Vec<&TaskRow> = tasks.iter().filter(theirs).collect();
    let Some(first) = theirs.first() else {
        return Ok(false);
    };
    let Some(row) = shelf.run(first.run_id).await? else {
        return Ok(false);
    };
    // Of its run a worker is handed the payload, and what the step says.
    let handed: Vec<&Value> = theirs.iter().map(|row| &row.task.input).collect();
    let mut run: Run = row.run;
    run.results.clear();
    Ok(is_of_run(shelf, file, &run, &handed).await?)
}
