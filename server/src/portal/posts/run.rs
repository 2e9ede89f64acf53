//! Cancels a run, or sends a stopped one on. Both want a note.

use axum::extract::{Form, Path, State};
use axum::http::request::Parts;
use axum::response::Response;
use hms_app::agency::Refused;
use hms_app::functions::visitor_of;
use hms_app::posted::RunPosted;
use hms_app::views::{Fault, Pairs, Rule, SendOn};
use uuid::Uuid;

use super::super::site::Site;
use super::lead_on;

/// What one of the forms of a run's page sent. Several stand on the page, and a label needs an id of its
/// own, so the note's name says whose it is: `cancel-note`, or `note-12` of the incident 12.
struct StepIn {
    act: String,
    incident: Option<u32>,
    note: String,
    to: String,
}

impl StepIn {
    fn of(pairs: &Pairs) -> StepIn {
        let control = |wanted: &dyn Fn(&str) -> bool| {
            let found = pairs.iter().find(|(name, _)| wanted(name));
            found.map_or_else(String::new, |(_, value)| value.clone())
        };
        let is_note = |name: &str| name == "cancel-note" || name.starts_with("note");
        StepIn {
            act: control(&|name| name == "act"),
            incident: control(&|name| name == "incident").parse().ok(),
            note: control(&is_note),
            to: control(&|name| name == "to"),
        }
    }
}

/// A button of the run's page was pressed.
pub(in super::super) async fn act(
    State(site): State<Site>,
    Path(id): Path<Uuid>,
    parts: Parts,
    Form(pairs): Form<Pairs>,
) -> Response {
    let form = StepIn::of(&pairs);
    let visitor = visitor_of(&parts.headers);
    let note = form.note.trim().to_owned();
    let done = match form.act.as_str() {
        _ if note.is_empty() => Err(Refused::Form(vec![Fault {
            field: "note".to_owned(),
            rule: Rule::Required,
        }])),
        "cancel" => site.agency.cancel_run(&visitor, id, note).await,
        // What stopped is named, so that nothing else is sent on with it.
        "retry" if form.incident.is_some() => {
            let send = SendOn {
                incident: form.incident,
                to: Some(form.to.clone()).filter(|to| !to.is_empty()),
                note,
            };
            site.agency.retry_run(&visitor, id, send).await
        }
        _ => Err(Refused::NotFound),
    };
    match done {
        Ok(_) => lead_on(&format!("/admin/runs/{id}")),
        Err(refused) => {
            let left = RunPosted {
                act: form.act,
                incident: form.incident,
                note: form.note,
                to: form.to,
                refused: Some(refused.clone()),
            };
            site.again(parts, left, Some(&refused)).await
        }
    }
}
