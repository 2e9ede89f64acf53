//! What holds for every page: who may post to it, its language, its headers.

use axum::extract::Request;
use axum::http::header::{CACHE_CONTROL, LOCATION, REFERRER_POLICY, SET_COOKIE};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use hms_app::functions::{known, language_cookie};

use crate::edge::{self, Asked};

/// Refuses what another site's page sends or loads. A link there may lead here, and changes nothing.
pub(super) async fn own_forms_only(request: Request, next: Next) -> Response {
    match edge::asked(request.method(), request.headers(), edge::encrypted()) {
        Asked::Here | Asked::Led => next.run(request).await,
        Asked::Elsewhere => {
            let told = "This was sent from another site. Open the page here and send it again.\n\
                 Esto se envió desde otro sitio. Abra la página aquí y envíelo otra vez.\n";
            (StatusCode::FORBIDDEN, told).into_response()
        }
    }
}

/// Whether a socket is opened by a page of this site. It is held to what a change is held to: who opens one
/// listens for long.
pub(super) fn from_here(headers: &HeaderMap) -> bool {
    edge::asked(&Method::POST, headers, edge::encrypted()) == Asked::Here
}

/// `?lang=es` chooses a language: it is remembered, and the address is clean again.
pub(super) async fn language(request: Request, next: Next) -> Response {
    match chosen(&request) {
        Some((address, cookie)) => {
            let mut response = StatusCode::SEE_OTHER.into_response();
            response.headers_mut().insert(LOCATION, address);
            response.headers_mut().insert(SET_COOKIE, cookie);
            response
        }
        None => next.run(request).await,
    }
}

fn chosen(request: &Request) -> Option<(HeaderValue, HeaderValue)> {
    if request.method() != Method::GET {
        return None;
    }
    let query = request.uri().query()?;
    let code = query
        .split('&')
        .find_map(|pair| pair.strip_prefix("lang="))?;
    let cookie = language_cookie(known(code)?)?;
    let rest: Vec<&str> = query
        .split('&')
        .filter(|pair| !pair.starts_with("lang="))
        .collect();
    // One slash only: two would name another site.
    let path = format!("/{}", request.uri().path().trim_start_matches('/'));
    let address = if rest.is_empty() {
        path
    } else {
        format!("{path}?{}", rest.join("&"))
    };
    Some((HeaderValue::from_str(&address).ok()?, cookie))
}

/// Pages hold personal data: no cache keeps them, and no other site learns their address.
pub(super) async fn private(request: Request, next: Next) -> Response {
    // The address of such a page is a secret: not even this site's own pages are told it. (Not
    // `no-referrer`: with it browsers do not say where a form was sent from.)
    let referrer = if request.uri().path().starts_with("/password/set/") {
        "strict-origin"
    } else {
        "same-origin"
    };
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    headers
        .entry(CACHE_CONTROL)
        .or_insert(HeaderValue::from_static("no-store"));
    headers.insert(REFERRER_POLICY, HeaderValue::from_static(referrer));
    response
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::body::Body;

    fn address(uri: &str) -> Option<String> {
        let request = Request::get(uri).body(Body::empty()).expect("a request");
        let (address, _) = chosen(&request)?;
        address.to_str().ok().map(str::to_owned)
    }

    #[test]
    fn a_chosen_language_leaves_the_address_clean() {
        let cases = [
            ("/?lang=es", Some("/")),
            ("/report?lang=en", Some("/report")),
            ("/inbox?tab=mine&lang=es", Some("/inbox?tab=mine")),
            ("//evil.example/?lang=es", Some("/evil.example/")),
            ("/?lang=xx", None),
            ("/?language=es", None),
            ("/", None),
        ];
        for (uri, expected) in cases {
            assert_eq!(address(uri).as_deref(), expected, "{uri}");
        }
    }
}
