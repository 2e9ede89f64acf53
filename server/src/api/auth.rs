//! Who may call. Health is open; everything else needs a token, or the demonstration's open door.

use axum::extract::{Request, State};
use axum::http::{HeaderMap, Method, Uri, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use super::Api;
use super::body::{Media, wrong_media};
use super::problem::{Kind, Problem};

/// Who may call the API.
#[derive(Debug, Clone)]
pub enum ApiAuth {
    /// Everybody on this machine, for the demonstration. Pages of other sites are kept out: the
    /// host asked for must be a local one, and a browser must come from this very origin.
    Open,
    /// Whoever sends one of these tokens as `Authorization: Bearer`. None: nobody.
    Tokens(Vec<TokenHash>),
}

/// The SHA-256 of a token. Comparing hashes takes the same time wherever two tokens differ.
#[derive(Debug, Clone)]
pub struct TokenHash([u8; 32]);

impl TokenHash {
    /// Of a token as sent.
    pub fn of(token: &str) -> TokenHash {
        TokenHash(Sha256::digest(token.as_bytes()).into())
    }
}

/// Why the environment's token cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum BadToken {
    /// Not UTF-8.
    #[error("HMS_API_TOKEN is not UTF-8")]
    Unreadable,
    /// Easy to guess.
    #[error("HMS_API_TOKEN is too short – use {TOKEN_BYTES_MIN} characters or more")]
    Short,
}

/// Shortest token, in bytes.
const TOKEN_BYTES_MIN: usize = 16;

impl ApiAuth {
    /// Everybody on this machine.
    pub fn open() -> ApiAuth {
        ApiAuth::Open
    }

    /// Whoever has the token in `HMS_API_TOKEN`; nobody when it is not set.
    pub fn from_env() -> Result<ApiAuth, BadToken> {
        match std::env::var("HMS_API_TOKEN") {
            Ok(token) => ApiAuth::token(&token),
            Err(std::env::VarError::NotPresent) => Ok(ApiAuth::Tokens(Vec::new())),
            Err(std::env::VarError::NotUnicode(_)) => Err(BadToken::Unreadable),
        }
    }

    /// Whoever has this token.
    pub fn token(token: &str) -> Result<ApiAuth, BadToken> {
        if token.len() < TOKEN_BYTES_MIN {
            return Err(BadToken::Short);
        }
        Ok(ApiAuth::Tokens(vec![TokenHash::of(token)]))
    }

    fn check(&self, method: &Method, uri: &Uri, headers: &HeaderMap) -> Result<(), Problem> {
        match self {
            ApiAuth::Open => local(method, uri, headers),
            ApiAuth::Tokens(known) => bearer(known, headers),
        }
    }
}

/// Lets through who may call.
pub(super) async fn guard(State(api): State<Api>, request: Request, next: Next) -> Response {
    let open = matches!(
        request.uri().path(),
        "/healthz" | "/readyz" | "/act/healthz" | "/act/readyz"
    );
    if !open {
        let checked = api
            .auth
            .check(request.method(), request.uri(), request.headers());
        if let Err(problem) = checked {
            return problem.into_response();
        }
    }
    next.run(request).await
}

fn bearer(known: &[TokenHash], headers: &HeaderMap) -> Result<(), Problem> {
    let sent = headers
        .get(header::AUTHORIZATION)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.split_once(' '))
        .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"))
        .map(|(_, token)| TokenHash::of(token.trim()));
    let Some(sent) = sent else {
        return Err(Problem::new(
            Kind::SignIn,
            "Send the header \"Authorization: Bearer TOKEN\".",
        ));
    };
    // Every known token is compared, so the time tells nothing about which came close.
    let fits = known
        .iter()
        .fold(0u8, |fits, token| fits | token.0.ct_eq(&sent.0).unwrap_u8());
    if fits == 1 {
        Ok(())
    } else {
        Err(Problem::new(Kind::SignIn, "This token is not known."))
    }
}

fn local(method: &Method, uri: &Uri, headers: &HeaderMap) -> Result<(), Problem> {
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
    // A name that a foreign site points at this machine still arrives as that name.
    let host = text(header::HOST.as_str())
        .or_else(|| uri.authority().map(|authority| authority.as_str()))
        .unwrap_or_default();
    if !matches!(name_of(host), "localhost" | "127.0.0.1" | "[::1]" | "act") {
        return Err(Problem::new(
            Kind::OtherSite,
            "The demonstration answers only as localhost, 127.0.0.1, [::1] or act.",
        ));
    }
    let other_origin = headers.get(header::ORIGIN).is_some_and(|origin| {
        let origin = origin.to_str().unwrap_or_default();
        origin.split_once("://").map(|(_, origin)| origin) != Some(host)
    });
    let other_site =
        text("sec-fetch-site").is_some_and(|site| !matches!(site, "same-origin" | "none"));
    if other_origin || other_site {
        return Err(Problem::new(
            Kind::OtherSite,
            "A page of another origin may not call the demonstration's API.",
        ));
    }
    // The types a browser sends across sites without asking first.
    let changes = !matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS);
    if changes && Media::of(headers) == Media::Other {
        return Err(wrong_media("application/json"));
    }
    Ok(())
}

/// The name in a host with or without a port.
fn name_of(host: &str) -> &str {
    match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|b| b.is_ascii_digit()) && !name.is_empty() => name,
        _ => host,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TOKEN: &str = "a-token-of-some-length";

    fn told(auth: &ApiAuth, method: Method, headers: &[(&str, &str)]) -> u16 {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            let name: header::HeaderName = name.parse().unwrap();
            map.insert(name, value.parse().unwrap());
        }
        match auth.check(&method, &Uri::from_static("/act/tasks"), &map) {
            Ok(()) => 200,
            Err(problem) => problem.status().as_u16(),
        }
    }

    #[test]
    fn the_open_door_is_for_this_machine_only() {
        for (method, headers, status) in [
            (Method::GET, &[("host", "localhost:8100")][..], 200),
            (Method::GET, &[("host", "127.0.0.1")], 200),
            (Method::GET, &[("host", "[::1]:8100")], 200),
            (Method::GET, &[("host", "[::1]")], 200),
            (Method::GET, &[("host", "act:8100")], 200),
            (Method::GET, &[], 403),
            (Method::GET, &[("host", "evil.example:8100")], 403),
            (Method::GET, &[("host", "localhost.evil.example")], 403),
            (
                Method::POST,
                &[("host", "localhost:1"), ("origin", "http://localhost:1")],
                200,
            ),
            (
                Method::POST,
                &[("host", "localhost:1"), ("origin", "http://localhost:2")],
                403,
            ),
            (
                Method::POST,
                &[("host", "localhost:1"), ("origin", "null")],
                403,
            ),
            (
                Method::GET,
                &[("host", "localhost:1"), ("sec-fetch-site", "cross-site")],
                403,
            ),
            (
                Method::GET,
                &[("host", "localhost:1"), ("sec-fetch-site", "same-site")],
                403,
            ),
            (
                Method::GET,
                &[("host", "localhost:1"), ("sec-fetch-site", "none")],
                200,
            ),
            (
                Method::POST,
                &[
                    ("host", "localhost:1"),
                    ("content-type", "application/json; charset=utf-8"),
                ],
                200,
            ),
            (
                Method::POST,
                &[("host", "localhost:1"), ("content-type", "text/plain")],
                415,
            ),
            (
                Method::POST,
                &[
                    ("host", "localhost:1"),
                    ("content-type", "application/x-www-form-urlencoded"),
                ],
                415,
            ),
            (
                Method::POST,
                &[
                    ("host", "localhost:1"),
                    ("content-type", "multipart/form-data; boundary=x"),
                ],
                415,
            ),
        ] {
            assert_eq!(told(&ApiAuth::Open, method, headers), status, "{headers:?}");
        }
    }

    #[test]
    fn without_the_demonstration_a_token_is_needed() {
        let closed = ApiAuth::Tokens(Vec::new());
        let kept = ApiAuth::token(TOKEN).unwrap();
        for (auth, header, status) in [
            (&closed, None, 401),
            (&closed, Some("Bearer a-token-of-some-length"), 401),
            (&closed, Some("Bearer "), 401),
            (&kept, None, 401),
            (&kept, Some("Bearer a-token-of-some-length"), 200),
            (&kept, Some("bearer a-token-of-some-length"), 200),
            (&kept, Some("Bearer a-token-of-some-lengt"), 401),
            (&kept, Some("Basic a-token-of-some-length"), 401),
        ] {
            let headers: Vec<_> = header
                .map(|value| ("authorization", value))
                .into_iter()
                .collect();
            assert_eq!(told(auth, Method::GET, &headers), status, "{header:?}");
        }
        assert!(matches!(ApiAuth::token(""), Err(BadToken::Short)));
    }
}
