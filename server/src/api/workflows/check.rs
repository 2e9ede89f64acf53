use axum::Json;
use axum::extract::State;
use hms_engine::Workflow;
use serde_json::{Value, json};

use super::super::body::Sent;
use super::super::params::Params;
use super::super::{Api, Problem};

/// `POST /workflows/check` with the YAML text as body: what is wrong with it, and nothing is kept.
/// The answer is 200 also for a wrong definition: the check worked.
pub(in crate::api) async fn check(
    State(api): State<Api>,
    params: Params,
    sent: Sent,
) -> Result<Json<Value>, Problem> {
    params.done()?;
    let calendars = api.orchestrator.registry().calendars();
    Ok(Json(match Workflow::parse_with(sent.yaml()?, &calendars) {
        Ok(parsed) => json!({
            "valid": true,
            "id": parsed.workflow.id,
            "version": parsed.workflow.version,
            "diagnostics": parsed.warnings,
        }),
        Err(diagnostics) => json!({"valid": false, "diagnostics": diagnostics}),
    }))
}
