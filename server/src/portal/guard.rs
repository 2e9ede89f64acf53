//! What holds for every page: who may post to it, its language, its headers.

use axum::extract::Request;
use axum::http::header::{
    CACHE_CONTROL, HOST, LOCATION, ORIGIN, REFERRER_POLICY, SET_COOKIE, X_CONTENT_TYPE_OPTIONS,
    X_FRAME_OPTIONS,
};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use hms_app::functions::{known, language_cookie};

/// Refuses what another site's page sends. Browsers say where a request comes from; a program that
/// says nothing has no cookies to misuse.
pub(super) async fn own_forms_only(request: Request, next: Next) -> Response {
    let reads = matches!(
        *request.method(),
        Method::GET | Method::HEAD | Method::OPTIONS
    );
    if reads || from_here(request.headers()) {
        next.run(request).await
    } else {
        (
            StatusCode::FORBIDDEN,
            "This form was sent from another site. Open the page here and send it again.\n",
        )
            .into_response()
    }
}

/// Whether a request comes from a page of this site, or from a program that is no browser.
pub(super) fn from_here(headers: &HeaderMap) -> bool {
    let text = |name| {
        headers
            .get(name)
            .and_then(|value: &HeaderValue| value.to_str().ok())
    };
    if let Some(site) = text("sec-fetch-site") {
        return matches!(site, "same-origin" | "none");
    }
    match text(ORIGIN.as_str()) {
        None => true,
        Some(origin) => origin
            .split_once("://")
            .is_some_and(|(_, origin)| text(HOST.as_str()) == Some(origin)),
    }
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

/// Pages hold personal data: no cache keeps them, no other site learns their address or frames them.
pub(super) async fn headers(request: Request, next: Next) -> Response {
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
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(X_FRAME_OPTIONS, HeaderValue::from_static("DENY"));
    response
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::body::Body;

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        pairs
            .iter()
            .map(|(name, value)| {
                (
                    axum::http::HeaderName::from_static(name),
                    HeaderValue::from_static(value),
                )
            })
            .collect()
    }

    #[test]
    fn forms_of_other_sites_are_refused() {
        let cases: [(&[(&'static str, &'static str)], bool); 8] = [
            (&[("sec-fetch-site", "same-origin")], true),
            (&[("sec-fetch-site", "none")], true),
            (&[("sec-fetch-site", "cross-site")], false),
            (&[("sec-fetch-site", "same-site")], false),
            (&[("origin", "http://a:1"), ("host", "a:1")], true),
            (&[("origin", "http://b:1"), ("host", "a:1")], false),
            (&[("origin", "null"), ("host", "a:1")], false),
            (&[("host", "a:1")], true),
        ];
        for (pairs, expected) in cases {
            assert_eq!(from_here(&headers(pairs)), expected, "{pairs:?}");
        }
    }

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
