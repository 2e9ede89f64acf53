use axum::Json;
use axum::extract::State;
use serde_json::Value;

use super::super::params::Params;
use super::super::{Api, Problem};
use super::row;

/// `GET /workflows`: the definitions in force.
pub(in crate::api) async fn list(
    State(api): State<Api>,
    params: Params,
) -> Result<Json<Vec<Value>>, Problem> {
    params.done()?;
    let all = api.orchestrator.registry().all();
    Ok(Json(all.iter().map(|workflow| row(workflow)).collect()))
}
