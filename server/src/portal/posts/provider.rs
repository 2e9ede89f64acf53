//! To the agency's own provider of sign-ins, and back from it.

use axum::extract::{Query, State};
use axum::http::header::{LOCATION, SET_COOKIE};
use axum::http::request::Parts;
use axum::http::{HeaderValue, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use hms_app::agency::{PROVIDER_COOKIE, Refused, SESSION_COOKIE, Token};
use hms_app::functions::{cookie, provider_seed};
use hms_app::posted::SignInPosted;
use serde::Deserialize;

use super::super::site::Site;
use super::session::{end_before, first_page};
use super::{lead_on, leave, own};

#[derive(Deserialize)]
pub(in super::super) struct To {
    #[serde(default)]
    next: String,
}

/// Sends the browser to the provider, with a seed by which it is known when it comes back.
pub(in super::super) async fn to(
    State(site): State<Site>,
    Query(to): Query<To>,
    parts: Parts,
) -> Response {
    let next = own(&to.next).unwrap_or_default();
    match site.agency.provider_address(next).await {
        Ok((address, seed)) => {
            let mut response = StatusCode::SEE_OTHER.into_response();
            let address = HeaderValue::from_str(&address);
            let headers = response.headers_mut();
            headers.insert(
                LOCATION,
                address.unwrap_or(HeaderValue::from_static("/sign-in")),
            );
            if let Some(cookie) = cookie(PROVIDER_COOKIE, Some(&seed)) {
                headers.append(SET_COOKIE, cookie);
            }
            response
        }
        Err(refused) => refuse(&site, parts, refused).await,
    }
}

#[derive(Deserialize)]
pub(in super::super) struct Back {
    #[serde(default)]
    code: String,
    #[serde(default)]
    state: String,
}

/// Longest code and state that are looked at, in bytes.
const WORD_BYTES_MAX: usize = 4096;

/// Signs in whoever comes back as who the provider says they are.
pub(in super::super) async fn back(
    State(site): State<Site>,
    Query(back): Query<Back>,
    parts: Parts,
) -> Response {
    let seed = provider_seed(&parts.headers);
    let long = back.code.len() > WORD_BYTES_MAX || back.state.len() > WORD_BYTES_MAX;
    let signed_in = match seed {
        Some(seed) if !long && !back.code.is_empty() => {
            let agency = &site.agency;
            agency
                .sign_in_from_provider(&seed, &back.state, &back.code)
                .await
        }
        // Not begun in this browser, or given up at the provider.
        _ => Err(Refused::WrongSecret),
    };
    match signed_in {
        Ok((token, next)) => {
            end_before(&site, &parts.headers).await;
            let address = match own(&next) {
                Some(next) => next.to_owned(),
                None => first_page(&site, &token).await.to_owned(),
            };
            let response = leave(lead_on(&address), SESSION_COOKIE, Some(&token));
            leave(response, PROVIDER_COOKIE, None::<&Token>)
        }
        Err(refused) => {
            let page = refuse(&site, parts, refused).await;
            leave(page, PROVIDER_COOKIE, None::<&Token>)
        }
    }
}

/// The page of sign-in, with why it came to nothing.
async fn refuse(site: &Site, mut parts: Parts, refused: Refused) -> Response {
    if refused == Refused::NotFound {
        return StatusCode::NOT_FOUND.into_response();
    }
    // The code of the provider is in no page and no log.
    parts.uri = Uri::from_static("/sign-in");
    let left = SignInPosted {
        by_provider: true,
        refused: Some(refused.clone()),
        ..SignInPosted::default()
    };
    site.again(parts, left, Some(&refused)).await
}
