//! Erases the personal data of a run, in two steps: a reason, then yes. What was typed is never lost.

use axum::extract::{Form, Path, State};
use axum::http::request::Parts;
use axum::response::Response;
use hms_app::functions::visitor_of;
use hms_app::posted::ErasePosted;
use serde::Deserialize;
use uuid::Uuid;

use super::super::site::Site;
use super::lead_on;

/// The form of either step.
#[derive(Deserialize)]
pub(in super::super) struct Step {
    #[serde(default)]
    act: String,
    #[serde(default)]
    reason: String,
}

/// Asks once more, or erases and leads to the run.
pub(in super::super) async fn step(
    State(site): State<Site>,
    Path(id): Path<Uuid>,
    parts: Parts,
    Form(Step { act, reason }): Form<Step>,
) -> Response {
    let visitor = visitor_of(&parts.headers);
    let sure = act == "erase";
    let done = match sure {
        true => site.agency.erase_personal(&visitor, id, &reason).await,
        false => site.agency.look_at_erasure(&visitor, id, &reason).await,
    };
    match done {
        Ok(()) if sure => lead_on(&format!("/admin/runs/{id}")),
        Ok(()) => {
            let left = ErasePosted {
                reason,
                sure: true,
                refused: None,
            };
            site.again(parts, left, None).await
        }
        Err(refused) => {
            let left = ErasePosted {
                reason,
                sure: false,
                refused: Some(refused.clone()),
            };
            site.again(parts, left, Some(&refused)).await
        }
    }
}
