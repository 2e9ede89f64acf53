use axum::Extension;
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};

use super::super::Api;
use super::super::params::{Params, RunId};
use super::super::problem::{Kind, Problem};
use super::super::read_of::ReadOf;
use super::not_here::not_here;
use crate::files::attachment;
use crate::orchestrator::Refusal;
use crate::trail::{self, NoCaseFile};

/// `GET /runs/{id}/export[?format=html]`: the case with all that happened to it, its chain and the checkpoint that holds
/// it, as one file that `hms audit verify FILE` looks at without the database.
pub(in crate::api) async fn export(
    State(api): State<Api>,
    RunId(id): RunId,
    mut params: Params,
) -> Result<Response, Problem> {
    let format = params.words("format", &["json", "html"], |word| *word)?;
    params.done()?;
    let shelf = api.orchestrator.shelf();
    let file = match trail::take_out(shelf, shelf, id, api.orchestrator.now()).await {
        Ok(file) => file,
        Err(NoCaseFile::Unknown(id)) => return Err(not_here(shelf, id).await),
        Err(NoCaseFile::Store(error)) => return Err(error.into()),
        Err(long @ NoCaseFile::TooLong) => {
            return Err(Problem::new(Kind::TooLarge, format!("{long}.")));
        }
    };
    let (kind, ending, text) = if format == ["html"] {
        ("text/html; charset=utf-8", "html", trail::page(&file))
    } else {
        ("application/json", "json", serde_json::to_string(&file))
    };
    let text = text.map_err(|error| Refusal::Unavailable(error.to_string()))?;
    let headers = [
        (header::CONTENT_TYPE, kind.to_owned()),
        (
            header::CONTENT_DISPOSITION,
            attachment(&format!("run-{id}.{ending}")),
        ),
        (header::CONTENT_SECURITY_POLICY, "sandbox".to_owned()),
    ];
    let read = Extension(ReadOf::run("case", id));
    Ok((headers, read, text).into_response())
}
