//! What the provider says of itself (OpenID Connect Discovery 1.0) and its keys: asked for when they are needed,
//! remembered for a while.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HOST};
use axum::http::{Method, Request};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http_body_util::{BodyExt, Full, Limited};
use hyper::body::Bytes;
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use rustls::pki_types::ServerName;
use serde_json::Value;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::sync::Mutex;
use tokio_rustls::TlsConnector;
use url::{Host, Position, Url};

use super::id_token::{Jwk, Jwks};
use super::{ANSWER_BYTES_MAX, OidcError};

/// How long the provider may take for an answer.
const ANSWER: Duration = Duration::from_secs(10);
/// How long what it said is believed.
const BELIEVED: Duration = Duration::from_secs(3600);
/// Keys that are not known are asked for at most this often.
const KEYS_AT_MOST_EVERY: Duration = Duration::from_secs(30);

/// What is known of a provider.
#[derive(Debug)]
pub(super) struct Known {
    pub(super) authorization_endpoint: String,
    pub(super) token_endpoint: String,
    pub(super) keys: Vec<Jwk>,
    jwks_uri: String,
    since: Instant,
    keys_since: Instant,
}

pub(super) struct Provider {
    issuer: String,
    tls: TlsConnector,
    known: Mutex<Option<Arc<Known>>>,
}

impl std::fmt::Debug for Provider {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Provider({})", self.issuer)
    }
}

impl Provider {
    pub(super) fn new(issuer: &str) -> Result<Provider, OidcError> {
        guarded(issuer)?;
        Ok(Provider {
            issuer: issuer.to_owned(),
            tls: tls()?,
            known: Mutex::new(None),
        })
    }

    /// What is known, asked for when it is not or too old. Who comes meanwhile waits for the same answer.
    pub(super) async fn known(&self) -> Result<Arc<Known>, OidcError> {
        let mut held = self.known.lock().await;
        if let Some(known) = held.as_ref()
            && known.since.elapsed() < BELIEVED
        {
            return Ok(known.clone());
        }
        let known = Arc::new(self.discover().await?);
        *held = Some(known.clone());
        Ok(known)
    }

    /// The same with the keys as they are now.
    pub(super) async fn fresh_keys(&self) -> Result<Arc<Known>, OidcError> {
        let known = self.known().await?;
        let mut held = self.known.lock().await;
        if let Some(now) = held.as_ref()
            && (now.keys_since.elapsed() < KEYS_AT_MOST_EVERY || !Arc::ptr_eq(now, &known))
        {
            return Ok(now.clone());
        }
        let fresh = Arc::new(Known {
            authorization_endpoint: known.authorization_endpoint.clone(),
            token_endpoint: known.token_endpoint.clone(),
            keys: self.keys(&known.jwks_uri).await?,
            jwks_uri: known.jwks_uri.clone(),
            since: known.since,
            keys_since: Instant::now(),
        });
        *held = Some(fresh.clone());
        Ok(fresh)
    }

    async fn discover(&self) -> Result<Known, OidcError> {
        let at = self.issuer.trim_end_matches('/');
        let about = format!("{at}/.well-known/openid-configuration");
        let about = self.read(Method::GET, &about, None, String::new()).await?;
        if about["issuer"].as_str() != Some(&self.issuer) {
            return Err(OidcError::Provider(
                "calls itself something else than --oidc-issuer says".to_owned(),
            ));
        }
        let address = |name: &str| {
            let address = about[name].as_str().unwrap_or_default();
            guarded(address).map(|()| address.to_owned())
        };
        let jwks_uri = address("jwks_uri")?;
        let now = Instant::now();
        Ok(Known {
            authorization_endpoint: address("authorization_endpoint")?,
            token_endpoint: address("token_endpoint")?,
            keys: self.keys(&jwks_uri).await?,
            jwks_uri,
            since: now,
            keys_since: now,
        })
    }

    async fn keys(&self, at: &str) -> Result<Vec<Jwk>, OidcError> {
        let keys = self.read(Method::GET, at, None, String::new()).await?;
        let keys: Jwks = serde_json::from_value(keys)
            .map_err(|_| OidcError::Provider("has keys that cannot be read".to_owned()))?;
        Ok(keys.readable())
    }

    /// Gives a code for tokens.
    pub(super) async fn token(
        &self,
        at: &str,
        form: String,
        client: Option<(&str, &str)>,
    ) -> Result<Value, OidcError> {
        let basic = client.map(|(id, secret)| {
            // RFC 6749, 2.3.1: both are form-encoded first.
            let encoded = |text: &str| -> String {
                url::form_urlencoded::byte_serialize(text.as_bytes()).collect()
            };
            let pair = format!("{}:{}", encoded(id), encoded(secret));
            format!("Basic {}", STANDARD.encode(pair))
        });
        self.read(Method::POST, at, basic, form).await
    }

    /// The answer to a request as JSON, of a bounded size and in bounded time. Nothing is followed anywhere
    /// else than where it was sent.
    async fn read(
        &self,
        method: Method,
        at: &str,
        basic: Option<String>,
        form: String,
    ) -> Result<Value, OidcError> {
        guarded(at)?;
        let url = Url::parse(at).map_err(|_| away())?;
        let request = request(&url, method, basic, form)?;
        let asked = tokio::time::timeout(ANSWER, self.ask(&url, request));
        let bytes = asked.await.map_err(|_| away())??;
        serde_json::from_slice(&bytes)
            .map_err(|_| OidcError::Provider("answers no JSON".to_owned()))
    }

    async fn ask(&self, url: &Url, request: Request<Full<Bytes>>) -> Result<Bytes, OidcError> {
        let host = url.host_str().ok_or_else(away)?;
        let host = host.trim_start_matches('[').trim_end_matches(']');
        let port = url.port_or_known_default().ok_or_else(away)?;
        let line = TcpStream::connect((host, port)).await.map_err(|_| away())?;
        if url.scheme() == "http" {
            return answer(line, request).await;
        }
        let name = ServerName::try_from(host.to_owned()).map_err(|_| away())?;
        let line = self.tls.connect(name, line).await.map_err(|error| {
            OidcError::Provider(format!("cannot be reached over TLS: {}", error.kind()))
        })?;
        answer(line, request).await
    }
}

fn away() -> OidcError {
    OidcError::Provider("cannot be reached".to_owned())
}

fn request(
    url: &Url,
    method: Method,
    basic: Option<String>,
    form: String,
) -> Result<Request<Full<Bytes>>, OidcError> {
    let authority = &url[Position::BeforeHost..Position::AfterPort];
    let mut request = Request::builder()
        .uri(&url[Position::BeforePath..Position::AfterQuery])
        .header(HOST, authority)
        .header(ACCEPT, "application/json");
    if method == Method::POST {
        request = request.header(CONTENT_TYPE, "application/x-www-form-urlencoded");
    }
    if let Some(basic) = basic {
        request = request.header(AUTHORIZATION, basic);
    }
    request
        .method(method)
        .body(Full::new(Bytes::from(form)))
        .map_err(|_| away())
}

/// Sends one request down a line, and reads the whole answer.
async fn answer<L>(line: L, request: Request<Full<Bytes>>) -> Result<Bytes, OidcError>
where
    L: AsyncRead + AsyncWrite + Send + Unpin + 'static,
{
    let (mut sender, connection) = http1::handshake(TokioIo::new(line))
        .await
        .map_err(|_| away())?;
    // It ends with the sender.
    let driven = tokio::spawn(connection);
    let answer = sender.send_request(request).await.map_err(|_| away())?;
    let status = answer.status();
    if !status.is_success() {
        return Err(OidcError::Provider(format!("answers {}", status.as_u16())));
    }
    let body = Limited::new(answer.into_body(), ANSWER_BYTES_MAX)
        .collect()
        .await;
    driven.abort();
    body.map(|body| body.to_bytes())
        .map_err(|_| OidcError::Provider("answers too much, or broke off".to_owned()))
}

/// Only over TLS, but for this machine itself.
fn guarded(address: &str) -> Result<(), OidcError> {
    let wrong = || {
        OidcError::Provider(
            "has an address that is not https:// – nothing else is trusted".to_owned(),
        )
    };
    let url = Url::parse(address).map_err(|_| wrong())?;
    let here = match url.host() {
        Some(Host::Ipv4(ip)) => IpAddr::V4(ip).is_loopback(),
        Some(Host::Ipv6(ip)) => IpAddr::V6(ip).is_loopback(),
        Some(Host::Domain(name)) => name == "localhost",
        None => return Err(wrong()),
    };
    match url.scheme() {
        "https" => Ok(()),
        "http" if here => Ok(()),
        _ => Err(wrong()),
    }
}

fn tls() -> Result<TlsConnector, OidcError> {
    let roots = rustls::RootCertStore::from_iter(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|_| OidcError::Provider("cannot be asked over TLS".to_owned()))?;
    let config = config.with_root_certificates(roots).with_no_client_auth();
    Ok(TlsConnector::from(Arc::new(config)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_tls_or_this_machine_is_asked() {
        for (address, good) in [
            ("https://id.example", true),
            ("http://127.0.0.1:3000", true),
            ("http://localhost:3000/x", true),
            ("http://[::1]:3000", true),
            ("http://id.example", false),
            ("http://localhost.evil.example", false),
            ("file:///etc/passwd", false),
            ("", false),
        ] {
            assert_eq!(guarded(address).is_ok(), good, "{address}");
        }
    }
}
