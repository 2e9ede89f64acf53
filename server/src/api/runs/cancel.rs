use axum::Json;
use axum::extract::State;

use super::super::auth::Granted;
use super::super::body::{Sent, text_of};
use super::super::params::{Params, RunId, in_name_of};
use super::super::{Api, Problem};
use super::not_here::ordered;
use super::{NOTE_BYTES_MAX, RunJson};

/// `POST /runs/{id}/cancel` with `{"note"}` or nothing: ends a run and closes what is open in it.
pub(in crate::api) async fn cancel(
    State(api): State<Api>,
    RunId(id): RunId,
    Granted(grant): Granted,
    mut params: Params,
    sent: Sent,
) -> Result<Json<RunJson>, Problem> {
    let by = in_name_of(&grant, params.caller()?);
    params.done()?;
    let mut members = sent.members(r#"{"note":"filed twice"}"#, &["note"])?;
    let note = text_of(&mut members, "", "note", NOTE_BYTES_MAX)?.unwrap_or_default();
    let done = api.orchestrator.cancel(id, &by, note).await;
    let row = ordered(api.orchestrator.shelf(), done).await?;
    Ok(Json(RunJson::from(&row)))
}
