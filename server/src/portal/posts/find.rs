//! Opens a report with its number and receipt.

use axum::extract::{Form, State};
use axum::http::request::Parts;
use axum::response::Response;
use hms_app::agency::{REPORTER_COOKIE, Refused};
use hms_app::posted::FindPosted;
use hms_app::views::{Fault, Rule};
use serde::Deserialize;

use super::super::site::Site;
use super::{lead_on, leave};

/// The look-up form.
#[derive(Deserialize)]
pub(in super::super) struct Find {
    #[serde(default)]
    number: String,
    #[serde(default)]
    receipt: String,
}

/// Leads to the report, or shows the form again.
pub(in super::super) async fn open(
    State(site): State<Site>,
    parts: Parts,
    Form(find): Form<Find>,
) -> Response {
    let empty: Vec<Fault> = [("number", &find.number), ("receipt", &find.receipt)]
        .into_iter()
        .filter(|(_, typed)| typed.trim().is_empty())
        .map(|(field, _)| Fault {
            field: field.to_owned(),
            rule: Rule::Required,
        })
        .collect();
    let opened = if empty.is_empty() {
        site.agency
            .open_report(find.number.trim(), find.receipt.trim())
            .await
    } else {
        Err(Refused::Form(empty))
    };
    match opened {
        Ok(opened) => leave(
            lead_on(&format!("/status/{}", opened.number)),
            REPORTER_COOKIE,
            Some(&opened.token),
        ),
        Err(refused) => {
            let left = FindPosted {
                number: find.number,
                receipt: find.receipt,
                refused: Some(refused.clone()),
            };
            site.again(parts, left, Some(&refused)).await
        }
    }
}
