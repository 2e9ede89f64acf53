use axum::Json;
use axum::extract::State;
use serde_json::Value;

use super::super::params::Params;
use super::super::{Api, Problem};
use super::row;

/// `GET /calendars`: the working calendars in force, and the workflows that count by each.
pub(in crate::api) async fn list(
    State(api): State<Api>,
    params: Params,
) -> Result<Json<Vec<Value>>, Problem> {
    params.done()?;
    let kept = api.orchestrator.shelf().calendars().await?;
    let rows = kept.iter().map(|kept| {
        let calendar = api.orchestrator.registry().calendar(&kept.id);
        row(&api, kept, calendar.as_deref())
    });
    Ok(Json(rows.collect()))
}
