//! Plain form posts. Each does what its form asks through the same [`Agency`](hms_app::agency::Agency)
//! the server functions use, then leads on, or renders the form's page again with what was typed and
//! why it was refused.

pub(super) mod account;
pub(super) mod add;
pub(super) mod clock;
pub(super) mod erase;
pub(super) mod find;
pub(super) mod password;
pub(super) mod people;
pub(super) mod provider;
pub(super) mod report;
pub(super) mod run;
pub(super) mod service;
pub(super) mod session;
pub(super) mod task;
pub(super) mod workflow;

use axum::http::header::{LOCATION, SET_COOKIE};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use hms_app::agency::{SESSION_COOKIE, SignedIn, Token};
use hms_app::functions::{browser_cookie, cookie};

/// Leads on to a page of this site, read with GET. An address that is none leads to the first page.
fn lead_on(address: &str) -> Response {
    let address =
        HeaderValue::from_str(own(address).unwrap_or("/")).unwrap_or(HeaderValue::from_static("/"));
    let mut response = StatusCode::SEE_OTHER.into_response();
    response.headers_mut().insert(LOCATION, address);
    response
}

/// An address of this site: a path. `//evil.example` and `/\evil.example` name other sites.
fn own(address: &str) -> Option<&str> {
    let path = address.strip_prefix('/')?;
    (!path.starts_with(['/', '\\']) && !address.chars().any(char::is_control)).then_some(address)
}

/// Puts a secret's cookie on an answer; without a token it is forgotten.
fn leave(mut response: Response, name: &str, token: Option<&Token>) -> Response {
    if let Some(cookie) = cookie(name, token) {
        response.headers_mut().append(SET_COOKIE, cookie);
    }
    response
}

/// Puts the cookies of who has just signed in on an answer.
fn leave_signed_in(response: Response, came: &SignedIn) -> Response {
    let mut response = leave(response, SESSION_COOKIE, Some(&came.session));
    if let Some(cookie) = browser_cookie(&came.browser) {
        response.headers_mut().append(SET_COOKIE, cookie);
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_this_site_is_led_on_to() {
        let cases = [
            ("/inbox?tab=mine", "/inbox?tab=mine"),
            ("//evil.example", "/"),
            ("/\\evil.example", "/"),
            ("https://evil.example", "/"),
            ("/\t/evil.example", "/"),
            ("", "/"),
        ];
        for (address, expected) in cases {
            assert_eq!(lead_on(address).headers()[LOCATION], expected, "{address}");
        }
    }
}
