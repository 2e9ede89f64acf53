//! The complaint form with scripts off: turns its pages, sends the report, hands out the receipt.
//!
//! The page with number and receipt is the answer to the post itself. A redirect would need the receipt
//! in an address, a cookie or a store; loading this page again sends the same draft, which is the same
//! report with the same receipt.

use axum::extract::{Form, State};
use axum::http::header::{CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::http::request::Parts;
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use hms_app::agency::{REPORTER_COOKIE, Refused};
use hms_app::functions::visitor_of;
use hms_app::journey::{Confirmation, Go, Journey, Posted};
use hms_app::views::{Language, Receipt};
use hms_app::words::words;
use serde::Deserialize;
use uuid::Uuid;

use super::super::site::Site;
use super::{lead_on, leave};

/// The form's fields, and those of the receipt page, which posts to the same address.
#[derive(Deserialize)]
pub(in super::super) struct Sent {
    #[serde(flatten)]
    posted: Posted,
    #[serde(default)]
    number: String,
    #[serde(default)]
    receipt: String,
    #[serde(default)]
    saved: String,
}

/// A button of the form was pressed.
pub(in super::super) async fn turn(
    State(site): State<Site>,
    parts: Parts,
    Form(sent): Form<Sent>,
) -> Response {
    let language = visitor_of(&parts.headers).language;
    let (mut journey, go) = sent.posted.clone().journey(language);
    if go == Go::Saved {
        return left_receipt(site, parts, sent, journey).await;
    }
    if journey.draft.id.is_nil() {
        journey.draft.id = site.agency.new_draft();
    }
    if !journey.turn(go) {
        let refused = (!journey.faults.is_empty()).then(|| Refused::Form(journey.faults.clone()));
        let mut page = site.again(parts, journey, refused.as_ref()).await;
        // The browser's own Back works on the form's pages. The page with the receipt is kept nowhere.
        page.headers_mut()
            .insert(CACHE_CONTROL, HeaderValue::from_static("private, no-cache"));
        return page;
    }
    match site.agency.file_report(journey.draft.clone()).await {
        Ok(filed) => {
            journey.sent = Some(Confirmation {
                number: filed.number,
                receipt: filed.receipt,
                unsaved: false,
            });
            let page = site.again(parts, journey, None).await;
            leave(page, REPORTER_COOKIE, Some(&filed.token))
        }
        Err(refused) => {
            journey.refuse(refused.clone());
            site.again(parts, journey, Some(&refused)).await
        }
    }
}

/// Leaving the receipt: on to the status, or back to the tick that is missing.
async fn left_receipt(site: Site, parts: Parts, sent: Sent, mut journey: Journey) -> Response {
    if sent.saved == "1" {
        let number: String = sent.number.chars().filter(|c| plain(*c)).collect();
        return lead_on(&format!("/status/{number}"));
    }
    journey.draft.id = Uuid::nil();
    journey.sent = Some(Confirmation {
        number: sent.number,
        receipt: Receipt(sent.receipt),
        unsaved: true,
    });
    let refused = Refused::Form(Vec::new());
    site.again(parts, journey, Some(&refused)).await
}

/// What the receipt page posts to get its two lines as a file.
#[derive(Deserialize)]
pub(in super::super) struct Lines {
    number: String,
    receipt: String,
}

/// Number and receipt as a text file. It only gives back what it is sent; only letters, digits and
/// dashes, so that nobody can make it say something else.
pub(in super::super) async fn receipt(parts: Parts, Form(lines): Form<Lines>) -> Response {
    let fits = |text: &str| (1..=80).contains(&text.len()) && text.chars().all(plain);
    if !fits(&lines.number) || !fits(&lines.receipt) {
        return StatusCode::UNPROCESSABLE_ENTITY.into_response();
    }
    let language: Language = visitor_of(&parts.headers).language;
    let texts = &words(language).receipt;
    let mut response = (texts.file)(&lines.number, &lines.receipt).into_response();
    let headers = response.headers_mut();
    headers.insert(
        CONTENT_TYPE,
        HeaderValue::from_static("text/plain; charset=utf-8"),
    );
    if let Ok(name) =
        HeaderValue::from_str(&format!("attachment; filename=\"{}\"", texts.file_name))
    {
        headers.insert(CONTENT_DISPOSITION, name);
    }
    response
}

fn plain(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '-'
}
