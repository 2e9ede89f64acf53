use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use hms_engine::Calendar;
use serde_json::{Value, json};

use super::super::auth::Granted;
use super::super::body::Sent;
use super::super::params::{Params, in_name_of};
use super::super::{Api, Problem};
use super::moves_json::moves_json;
use super::named_by;
use crate::orchestrator::Refusal;

/// The most moves that are told one by one, and how many are without being asked.
const MOVES_MAX: u32 = 1_000;
const MOVES: u32 = 50;

/// `POST /calendars` with the YAML text as body: in force at all nodes for what is counted from now on, and
/// the open cases it counts are counted anew, each with its entry. 201 for another version, 200 when it is
/// in force already. The answer says which moments of which cases move, how far, the biggest `limit` of
/// them one by one. With `?dry_run=true` it is all that happens.
pub(in crate::api) async fn deploy(
    State(api): State<Api>,
    Granted(grant): Granted,
    mut params: Params,
    sent: Sent,
) -> Result<(StatusCode, Json<Value>), Problem> {
    let by = in_name_of(&grant, params.caller()?);
    let dry_run = params.read::<bool>("dry_run")?.unwrap_or_default();
    let limit = params.number("limit", MOVES, MOVES_MAX)?;
    params.done()?;
    let calendar = Calendar::parse(sent.yaml()?).map_err(Refusal::BadCalendar)?;
    let calendar = Arc::new(calendar);
    let most = usize::try_from(limit).unwrap_or(usize::MAX);
    // Said first, and then done.
    let foretold = api.orchestrator.foretell(&calendar, most).await?;
    let changed = match dry_run {
        true => {
            let in_force = api.orchestrator.registry().calendar(&calendar.id);
            in_force.is_none_or(|known| known.version != calendar.version)
        }
        false => {
            let deployed = api
                .orchestrator
                .deploy_calendar(&calendar.source, &by)
                .await?;
            deployed.changed
        }
    };
    let status = if changed && !dry_run {
        StatusCode::CREATED
    } else {
        StatusCode::OK
    };
    let answer = json!({
        "id": calendar.id,
        "version": calendar.version,
        "changed": changed,
        "dry_run": dry_run,
        "workflows": named_by(&api, &calendar.id),
        "moves": moves_json(&foretold),
    });
    Ok((status, Json(answer)))
}
