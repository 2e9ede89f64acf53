use axum::extract::State;
use axum::http::StatusCode;
use hms_engine::ActorPattern;

use super::super::Api;
use super::super::auth::Granted;
use super::super::body::{Sent, text_of};
use super::super::params::{Params, checked_caller};
use super::super::problem::{Kind, Problem};

const EXAMPLE: &str = r#"{"actor":"AI:fraud-labeler","worker":"labeler-1","version":"1.2"}"#;
const VERSION_BYTES_MAX: usize = 100;

/// `POST /workers/heartbeat`: a worker says that it is there, and which version it is.
pub(in crate::api) async fn heartbeat(
    State(api): State<Api>,
    Granted(grant): Granted,
    mut params: Params,
    sent: Sent,
) -> Result<StatusCode, Problem> {
    let caller = params.caller()?;
    params.done()?;
    let mut members = sent.members(EXAMPLE, &["actor", "worker", "version"])?;
    let actor = text_of(&mut members, "", "actor", 100)?
        .ok_or_else(|| Problem::shape("/actor", format!("Say for which actor, like {EXAMPLE}.")))?;
    let actor = actor
        .parse::<ActorPattern>()
        .map_err(|bad| Problem::new(Kind::Actor, bad.to_string()).with("actor", &actor))?;
    if !grant.covers(&actor) {
        let told = format!("This token does not work as {actor}.");
        return Err(Problem::new(Kind::NotAllowed, told));
    }
    let named = text_of(&mut members, "", "worker", 100)?
        .map(checked_caller)
        .transpose()?;
    let version = text_of(&mut members, "", "version", VERSION_BYTES_MAX)?;
    let worker = named.or(caller).unwrap_or_else(|| actor.prefix());
    api.workforce.seen(&actor.to_string(), &worker, version);
    Ok(StatusCode::NO_CONTENT)
}
