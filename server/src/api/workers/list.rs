use axum::Json;
use axum::extract::State;
use hms_app::views::WorkerRow;

use super::super::params::Params;
use super::super::{Api, Problem};

/// `GET /workers`: who polls for which actor, and the actors with open tasks that nobody polls for.
pub(in crate::api) async fn list(
    State(api): State<Api>,
    params: Params,
) -> Result<Json<Vec<WorkerRow>>, Problem> {
    params.done()?;
    let now = api.orchestrator.now();
    let roster = api.workforce.roster(api.orchestrator.shelf(), now).await?;
    Ok(Json(roster))
}
