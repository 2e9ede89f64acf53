use axum::Json;
use axum::extract::State;
use serde_json::Value;

use super::super::auth::Granted;
use super::super::body::{Sent, text_of};
use super::super::params::{Params, RunId, in_name_of};
use super::super::{Api, Problem};
use super::not_here::ordered;
use super::{NOTE_BYTES_MAX, RunJson};

const EXAMPLE: &str = r#"{"incident":12,"to":"human_review","note":"severity was missing"}"#;

/// `POST /runs/{id}/retry` with `{"incident","to","note"}` or nothing: sends a stopped run on, again
/// at the step that stopped or at another of its list. Without `incident`, wherever it stopped.
pub(in crate::api) async fn retry(
    State(api): State<Api>,
    RunId(id): RunId,
    Granted(grant): Granted,
    mut params: Params,
    sent: Sent,
) -> Result<Json<RunJson>, Problem> {
    let by = in_name_of(&grant, params.caller()?);
    params.done()?;
    let mut members = sent.members(EXAMPLE, &["incident", "to", "note"])?;
    let incident = match members.remove("incident") {
        None | Some(Value::Null) => None,
        Some(number) => Some(
            number
                .as_u64()
                .and_then(|number| u32::try_from(number).ok())
                .ok_or_else(|| {
                    let told = "An incident is named by its number, as the run's `incidents` say.";
                    Problem::shape("/incident", told.to_owned())
                })?,
        ),
    };
    let to = text_of(&mut members, "", "to", 64)?;
    let note = text_of(&mut members, "", "note", NOTE_BYTES_MAX)?.unwrap_or_default();
    let done = api.orchestrator.retry(id, &by, incident, to, note).await;
    let row = ordered(api.orchestrator.shelf(), done).await?;
    Ok(Json(RunJson::from(&row)))
}
