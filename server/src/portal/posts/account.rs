//! The buttons of one's own account.

use axum::extract::{Form, State};
use axum::http::request::Parts;
use axum::response::Response;
use hms_app::agency::Refused;
use hms_app::functions::visitor_of;
use hms_app::posted::OwnPosted;
use serde::Deserialize;

use super::super::site::Site;
use super::lead_on;

#[derive(Deserialize)]
pub(in super::super) struct Own {
    #[serde(default)]
    act: String,
    #[serde(default)]
    code: String,
}

/// Sets up, turns on or turns off the second step of who is signed in.
pub(in super::super) async fn act(
    State(site): State<Site>,
    parts: Parts,
    Form(form): Form<Own>,
) -> Response {
    let visitor = visitor_of(&parts.headers);
    let agency = &site.agency;
    let mut left = OwnPosted::default();
    let done = match form.act.as_str() {
        "begin" => agency.begin_second_step(&visitor).await.map(|()| true),
        "confirm" => match agency.confirm_second_step(&visitor, &form.code).await {
            // Shown in the answer itself: they are nowhere else.
            Ok(Some(codes)) => {
                left.codes = codes;
                return site.again(parts, left, None).await;
            }
            Ok(None) => Ok(false),
            Err(refused) => Err(refused),
        },
        "end" => agency.end_second_step(&visitor, &form.code).await,
        _ => Err(Refused::NotFound),
    };
    match done {
        Ok(true) => return lead_on("/account"),
        Ok(false) => {
            left.wrong_code = true;
            left.refused = Some(Refused::Form(vec![]));
        }
        Err(refused) => left.refused = Some(refused),
    }
    let refused = left.refused.clone();
    site.again(parts, left, refused.as_ref()).await
}
