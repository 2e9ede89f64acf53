use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde_json::{Value, json};

use super::super::body::Sent;
use super::super::params::Params;
use super::super::{Api, Problem};

/// `POST /workflows` with the YAML text as body: in force for the runs that begin from now on. 201
/// for a new version, 200 when it is in force already.
pub(in crate::api) async fn deploy(
    State(api): State<Api>,
    mut params: Params,
    sent: Sent,
) -> Result<(StatusCode, Json<Value>), Problem> {
    let by = params.caller()?.unwrap_or_else(|| "api".to_owned());
    params.done()?;
    let deployed = api.orchestrator.deploy(sent.yaml()?, &by).await?;
    let status = if deployed.changed {
        StatusCode::CREATED
    } else {
        StatusCode::OK
    };
    let answer = json!({
        "id": deployed.id,
        "version": deployed.version,
        "changed": deployed.changed,
        "diagnostics": deployed.warnings,
    });
    Ok((status, Json(answer)))
}
