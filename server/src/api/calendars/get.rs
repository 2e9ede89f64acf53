use axum::Json;
use axum::extract::State;
use serde_json::{Value, json};

use super::super::Api;
use super::super::params::{CalendarId, Params};
use super::super::problem::{Kind, Problem};
use super::row;

/// The most versions that are told.
const VERSIONS_MAX: u32 = 100;

/// `GET /calendars/{id}`: the version in force with its text, and those before it. `moving` says whether
/// open cases are still counted by another version.
pub(in crate::api) async fn get(
    State(api): State<Api>,
    CalendarId(id): CalendarId,
    params: Params,
) -> Result<Json<Value>, Problem> {
    params.done()?;
    let shelf = api.orchestrator.shelf();
    let versions = shelf.calendar_versions(&id, VERSIONS_MAX).await?;
    let Some(in_force) = versions.iter().find(|version| version.in_force) else {
        let kept = shelf.calendars().await?;
        let known: Vec<_> = kept.into_iter().map(|calendar| calendar.id).collect();
        let detail = format!(
            "There is no calendar of this id; known: {}.",
            known.join(", ")
        );
        return Err(Problem::new(Kind::UnknownCalendar, detail).with("known", known));
    };
    let behind = shelf
        .counted_otherwise(&id, &in_force.version, None, 1)
        .await?;
    let calendar = api.orchestrator.registry().calendar(&id);
    let mut answer = row(&api, in_force, calendar.as_deref());
    answer["moving"] = json!(!behind.is_empty());
    answer["versions"] = versions
        .iter()
        .map(|version| {
            json!({
                "version": version.version,
                "deployed": version.deployed,
                "deployed_by": version.deployed_by,
                "in_force": version.in_force,
            })
        })
        .collect();
    answer["source"] = json!(in_force.source);
    Ok(Json(answer))
}
