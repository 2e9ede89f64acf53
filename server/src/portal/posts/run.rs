//! Cancels a run, or sends a stopped one on. Both want a note.

use axum::extract::{Form, Path, State};
use axum::http::request::Parts;
use axum::response::Response;
use hms_app::agency::Refused;
use hms_app::functions::visitor_of;
use hms_app::posted::RunPosted;
use hms_app::views::{Fault, Rule};
use serde::Deserialize;
use uuid::Uuid;

use super::super::site::Site;
use super::lead_on;

/// The forms of a run's page. The note has two names because both forms stand on one page and a label
/// needs an id of its own.
#[derive(Deserialize)]
pub(in super::super) struct StepIn {
    #[serde(default)]
    act: String,
    #[serde(default, alias = "cancel-note")]
    note: String,
    #[serde(default)]
    to: String,
}

/// A button of the run's page was pressed.
pub(in super::super) async fn act(
    State(site): State<Site>,
    Path(id): Path<Uuid>,
    parts: Parts,
    Form(form): Form<StepIn>,
) -> Response {
    let visitor = visitor_of(&parts.headers);
    let note = form.note.trim().to_owned();
    let to = Some(form.to.clone()).filter(|to| !to.is_empty());
    let done = match form.act.as_str() {
        _ if note.is_empty() => Err(Refused::Form(vec![Fault {
            field: "note".to_owned(),
            rule: Rule::Required,
        }])),
        "cancel" => site.agency.cancel_run(&visitor, id, note).await,
        "retry" => site.agency.retry_run(&visitor, id, to, note).await,
        _ => Err(Refused::NotFound),
    };
    match done {
        Ok(_) => lead_on(&format!("/admin/runs/{id}")),
        Err(refused) => {
            let left = RunPosted {
                act: form.act,
                note: form.note,
                to: form.to,
                refused: Some(refused.clone()),
            };
            site.again(parts, left, Some(&refused)).await
        }
    }
}
