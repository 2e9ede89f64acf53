use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde_json::{Value, json};

use super::super::auth::Granted;
use super::super::body::Sent;
use super::super::params::{Params, in_name_of};
use super::super::{Api, Problem};

/// Of so many open runs, the newest, it is told where they stand.
const STANDING_MAX: u32 = 10_000;

/// `POST /workflows` with the YAML text as body: in force for the runs that begin from now on. 201
/// for a new version, 200 when it is in force already. The answer says which steps change, and at
/// which step of which version open runs stand. With `?dry_run=true` it is all that happens.
pub(in crate::api) async fn deploy(
    State(api): State<Api>,
    Granted(grant): Granted,
    mut params: Params,
    sent: Sent,
) -> Result<(StatusCode, Json<Value>), Problem> {
    let by = in_name_of(&grant, params.caller()?);
    let dry_run = params.read::<bool>("dry_run")?.unwrap_or_default();
    params.done()?;
    let deployed = match dry_run {
        true => api.orchestrator.try_deploy(sent.yaml()?).await?,
        false => api.orchestrator.deploy(sent.yaml()?, &by).await?,
    };
    let status = if deployed.changed && !dry_run {
        StatusCode::CREATED
    } else {
        StatusCode::OK
    };
    let shelf = api.orchestrator.shelf();
    let open = shelf.standing(&deployed.id, STANDING_MAX).await?;
    let removed = deployed.changes.as_ref().map(|changes| &changes.removed);
    let open = open.into_iter().map(|at| {
        json!({
            "version": at.version,
            "removed": removed.is_some_and(|removed| removed.contains(&at.step_id)),
            "step": at.step_id,
            "runs": at.runs,
        })
    });
    let answer = json!({
        "id": deployed.id,
        "version": deployed.version,
        "changed": deployed.changed,
        "dry_run": dry_run,
        "changes": deployed.changes,
        "open": open.collect::<Vec<_>>(),
        "diagnostics": deployed.warnings,
    });
    Ok((status, Json(answer)))
}
