//! Who may call. Health is open; everything else needs a token, or the demonstration's open door.

use std::fmt;
use std::sync::Arc;

use axum::extract::{FromRequestParts, MatchedPath, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, Method, Uri, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use hms_app::agency::Token;
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use super::Api;
use super::access::{self, Needs};
use super::body::{Media, wrong_media};
use super::problem::{Kind, Problem};
use super::read_of;
use crate::edge::{self, Asked, Hosts};
use crate::identity::{Grant, KnownTokens, token_hash};

/// Who may call the API.
#[derive(Debug)]
pub enum ApiAuth {
    /// Everybody on this machine, for the demonstration. Pages of other sites are kept out: the
    /// host asked for must be a local one, and a browser must come from this very origin.
    Open(Hosts),
    /// Whoever sends a token as `Authorization: Bearer`.
    Tokens {
        /// The one in the environment, which is good for everything.
        fixed: Option<TokenHash>,
        /// Those that were made with `hms token create`; each is good for what it says.
        kept: Option<KnownTokens>,
    },
}

/// The SHA-256 of a token. Comparing hashes takes the same time wherever two tokens differ.
#[derive(Clone)]
pub struct TokenHash([u8; 32]);

impl fmt::Debug for TokenHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TokenHash(…)")
    }
}

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
        ApiAuth::open_to(Hosts::local())
    }

    /// Everybody who reaches this machine under one of these names.
    pub fn open_to(hosts: Hosts) -> ApiAuth {
        ApiAuth::Open(hosts)
    }

    /// Whoever has the token in `HMS_API_TOKEN`, when it is set, or one that the store keeps.
    pub fn from_env(kept: KnownTokens) -> Result<ApiAuth, BadToken> {
        let fixed = match std::env::var("HMS_API_TOKEN") {
            Ok(token) => Some(long_enough(&token)?),
            Err(std::env::VarError::NotPresent) => None,
            Err(std::env::VarError::NotUnicode(_)) => return Err(BadToken::Unreadable),
        };
        Ok(ApiAuth::Tokens {
            fixed,
            kept: Some(kept),
        })
    }

    /// Whoever has this token.
    pub fn token(token: &str) -> Result<ApiAuth, BadToken> {
        Ok(ApiAuth::Tokens {
            fixed: Some(long_enough(token)?),
            kept: None,
        })
    }

    /// Whoever has a token that the store keeps.
    pub fn kept(kept: KnownTokens) -> ApiAuth {
        ApiAuth::Tokens {
            fixed: None,
            kept: Some(kept),
        }
    }

    async fn check(
        &self,
        method: &Method,
        uri: &Uri,
        headers: &HeaderMap,
    ) -> Result<Arc<Grant>, Problem> {
        match self {
            ApiAuth::Open(hosts) => {
                local(hosts, method, uri, headers).map(|()| Arc::new(Grant::all()))
            }
            ApiAuth::Tokens { fixed, kept } => {
                own_site(method, headers)?;
                bearer(fixed.as_ref(), kept.as_ref(), headers).await
            }
        }
    }
}

fn long_enough(token: &str) -> Result<TokenHash, BadToken> {
    match token.len() < TOKEN_BYTES_MIN {
        true => Err(BadToken::Short),
        false => Ok(TokenHash::of(token)),
    }
}

/// Lets through who may call, and tells the call what its caller is good for. Answers are about now and about people:
/// nobody between keeps them.
pub(super) async fn guard(State(api): State<Api>, request: Request, next: Next) -> Response {
    let mut response = let_through(&api, request, next).await;
    let headers = response.headers_mut();
    headers
        .entry(header::CACHE_CONTROL)
        .or_insert(HeaderValue::from_static("no-store"));
    headers.insert(
        header::X_CONTENT_TYPE_OPTIONS,
        HeaderValue::from_static("nosniff"),
    );
    response
}

async fn let_through(api: &Api, request: Request, next: Next) -> Response {
    let (mut parts, body) = request.into_parts();
    let path = parts.extensions.get::<MatchedPath>().cloned();
    let path = path.as_ref().map(MatchedPath::as_str);
    let needs = path.and_then(|path| access::needs(&parts.method, path));
    if needs == Some(Needs::Nothing) {
        return next.run(Request::from_parts(parts, body)).await;
    }
    let checked = api
        .auth
        .check(&parts.method, &parts.uri, &parts.headers)
        .await;
    let grant = match checked {
        Ok(grant) => grant,
        Err(problem) => return problem.into_response(),
    };
    match (needs, path) {
        (Some(needs), _) if !needs.met_by(&grant) => {
            let told = format!(
                "This token is not good for that; it takes {}.",
                needs.wanted()
            );
            return Problem::new(Kind::NotAllowed, told).into_response();
        }
        // Other methods are known there, or none at all: the answer says so.
        (Some(_), _) | (None, None) => {}
        (None, Some(path)) if access::knows(path) => {}
        (None, Some(path)) => {
            tracing::error!(path, "a call that stands in no row of the access table");
            return Problem::new(Kind::NotAllowed, "Nobody may do that.").into_response();
        }
    }
    let who = read_of::reader(&grant);
    parts.extensions.insert(grant);
    let response = next.run(Request::from_parts(parts, body)).await;
    read_of::noted(api, who, response).await
}

/// What the caller is good for, as [`guard`] found it.
pub(super) struct Granted(pub(super) Arc<Grant>);

impl<S: Send + Sync> FromRequestParts<S> for Granted {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Problem> {
        // The guard stands before every call; without it nobody may.
        parts
            .extensions
            .get::<Arc<Grant>>()
            .cloned()
            .map(Granted)
            .ok_or_else(|| Problem::new(Kind::NotAllowed, "Nobody may do that."))
    }
}

async fn bearer(
    fixed: Option<&TokenHash>,
    kept: Option<&KnownTokens>,
    headers: &HeaderMap,
) -> Result<Arc<Grant>, Problem> {
    let sent = headers
        .get(header::AUTHORIZATION)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.split_once(' '))
        .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"))
        .map(|(_, token)| token.trim());
    let Some(sent) = sent else {
        return Err(Problem::new(
            Kind::SignIn,
            "Send the header \"Authorization: Bearer TOKEN\".",
        ));
    };
    let hash = TokenHash::of(sent);
    if fixed.is_some_and(|fixed| bool::from(fixed.0.ct_eq(&hash.0))) {
        return Ok(Arc::new(Grant::all()));
    }
    if let Some(kept) = kept
        && let Some(grant) = kept.grant(&token_hash(&Token(sent.to_owned()))).await?
    {
        return Ok(grant);
    }
    Err(Problem::new(
        Kind::SignIn,
        "This token is not known, or it has ended.",
    ))
}

fn local(hosts: &Hosts, method: &Method, uri: &Uri, headers: &HeaderMap) -> Result<(), Problem> {
    if !hosts.have(uri, headers) {
        let told = format!("The demonstration answers only as {}.", hosts.told());
        return Err(Problem::new(Kind::OtherSite, told));
    }
    own_site(method, headers)?;
    // The types a browser sends across sites without asking first.
    let changes = !matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS);
    if changes && Media::of(headers) == Media::Other {
        return Err(wrong_media("application/json"));
    }
    Ok(())
}

/// Keeps pages of other sites out, whatever token they may have got hold of; not even a link there leads here.
fn own_site(method: &Method, headers: &HeaderMap) -> Result<(), Problem> {
    match edge::asked(method, headers, edge::encrypted()) {
        Asked::Here => Ok(()),
        Asked::Led | Asked::Elsewhere => Err(Problem::new(
            Kind::OtherSite,
            "A page of another origin may not call this API.",
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TOKEN: &str = "a-token-of-some-length";

    async fn told(auth: &ApiAuth, method: Method, headers: &[(&str, &str)]) -> u16 {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            let name: header::HeaderName = name.parse().unwrap();
            map.insert(name, value.parse().unwrap());
        }
        let uri = Uri::from_static("/act/tasks");
        match auth.check(&method, &uri, &map).await {
            Ok(_) => 200,
            Err(problem) => problem.status().as_u16(),
        }
    }

    #[tokio::test]
    async fn the_open_door_is_for_this_machine_only() {
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
            let told = told(&ApiAuth::open(), method, headers).await;
            assert_eq!(told, status, "{headers:?}");
        }
    }

    #[tokio::test]
    async fn without_the_demonstration_a_token_is_needed() {
        let closed = ApiAuth::Tokens {
            fixed: None,
            kept: None,
        };
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
            let told = told(auth, Method::GET, &headers).await;
            assert_eq!(told, status, "{header:?}");
        }
        assert!(matches!(ApiAuth::token(""), Err(BadToken::Short)));
        let sent = ("authorization", "Bearer a-token-of-some-length");
        for (site, status) in [
            ("same-origin", 200),
            ("cross-site", 403),
            ("same-site", 403),
        ] {
            let headers = [sent, ("sec-fetch-site", site)];
            assert_eq!(told(&kept, Method::POST, &headers).await, status, "{site}");
        }
        let headers = [sent, ("origin", "https://other.example"), ("host", "a")];
        assert_eq!(told(&kept, Method::GET, &headers).await, 403);
        assert!(!format!("{kept:?}").contains(|c: char| c.is_ascii_digit()));
    }
}
