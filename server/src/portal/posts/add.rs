//! Adds to a report that was sent. What was typed is never lost.

use axum::extract::{Form, Path, State};
use axum::http::request::Parts;
use axum::response::Response;
use hms_app::functions::visitor_of;
use hms_app::posted::AddPosted;
use serde::Deserialize;

use super::super::site::Site;
use super::lead_on;

/// The form.
#[derive(Deserialize)]
pub(in super::super) struct Added {
    #[serde(default)]
    information: String,
}

/// Leads to the report, or shows the form again.
pub(in super::super) async fn send(
    State(site): State<Site>,
    Path(number): Path<String>,
    parts: Parts,
    Form(added): Form<Added>,
) -> Response {
    let visitor = visitor_of(&parts.headers);
    let text = added.information;
    let done = site.agency.add_information(&visitor, &number, text.clone());
    match done.await {
        Ok(number) => lead_on(&format!("/status/{number}?added=yes")),
        Err(refused) => {
            let left = AddPosted {
                text,
                refused: Some(refused.clone()),
            };
            site.again(parts, left, Some(&refused)).await
        }
    }
}
