use axum::Json;
use axum::extract::State;

use super::super::body::{Sent, text_of};
use super::super::params::{Params, RunId};
use super::super::{Api, Problem};
use super::{CALLER, NOTE_BYTES_MAX, RunJson};

const EXAMPLE: &str = r#"{"to":"human_review","note":"severity was missing"}"#;

/// `POST /runs/{id}/retry` with `{"to","note"}` or nothing: sends a stopped run on, again at the
/// step that stopped or at another.
pub(in crate::api) async fn retry(
    State(api): State<Api>,
    RunId(id): RunId,
    mut params: Params,
    sent: Sent,
) -> Result<Json<RunJson>, Problem> {
    let by = params.caller()?.unwrap_or_else(|| CALLER.to_owned());
    params.done()?;
    let mut members = sent.members(EXAMPLE, &["to", "note"])?;
    let to = text_of(&mut members, "", "to", 64)?;
    let note = text_of(&mut members, "", "note", NOTE_BYTES_MAX)?.unwrap_or_default();
    let row = api.orchestrator.retry(id, &by, to, note).await?;
    Ok(Json(RunJson::from(&row)))
}
