//! What is known of the request being answered: its id, where it comes from, whether it was encrypted.

use std::future::Future;
use std::net::{IpAddr, SocketAddr};

use axum::http::{HeaderMap, HeaderName, HeaderValue};
use uuid::{Builder, Uuid};

use super::{Came, neighbourhood};
use crate::clock::wall_ms;

/// The header a request's id goes out in.
pub(super) const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
/// Longest id taken from a proxy.
const ID_BYTES_MAX: usize = 64;

tokio::task_local! {
    static HERE: Here;
}

/// Who is at the other end of a connection.
#[derive(Debug, Clone, Copy)]
pub struct Peer {
    /// The address.
    pub address: SocketAddr,
    /// Whether the connection is TLS.
    pub encrypted: bool,
}

#[derive(Debug, Clone)]
pub(super) struct Here {
    pub(super) id: String,
    from: Option<IpAddr>,
    encrypted: bool,
}

impl Here {
    /// Of a request: its id is a proxy's when a trusted one gave it, else a fresh one.
    pub(super) fn of(came: Option<Came>, headers: &HeaderMap) -> Here {
        let given = came
            .filter(|came| came.handed_on)
            .and_then(|_| headers.get(REQUEST_ID))
            .and_then(|id| id.to_str().ok())
            .filter(|id| id.len() <= ID_BYTES_MAX && !id.is_empty() && id.bytes().all(plain));
        Here {
            id: given.map_or_else(|| fresh().to_string(), str::to_owned),
            from: came.map(|came| came.from),
            encrypted: came.is_some_and(|came| came.encrypted),
        }
    }

    /// The id as a header.
    pub(super) fn header(&self) -> Option<HeaderValue> {
        HeaderValue::from_str(&self.id).ok()
    }

    /// Answers a request, which is then the current one.
    pub(super) async fn answer<T>(self, answer: impl Future<Output = T>) -> T {
        HERE.scope(self, answer).await
    }
}

/// A UUIDv7 of this moment. Its chance comes from this thread's own generator: the system's is a call for each.
fn fresh() -> Uuid {
    let ms = u64::try_from(wall_ms()).unwrap_or_default();
    Builder::from_unix_timestamp_millis(ms, &rand::random()).into_uuid()
}

fn plain(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.')
}

/// The id of the request being answered.
pub fn id() -> Option<String> {
    HERE.try_with(|here| here.id.clone()).ok()
}

/// The address the request being answered comes from, when it is known. This machine's own is left out: a
/// proxy that is not named in `--trusted-proxy` gives it to everybody, who would slow each other down.
pub fn address() -> Option<String> {
    let from = HERE.try_with(|here| here.from).ok().flatten()?;
    (!from.is_loopback()).then(|| from.to_string())
}

/// What tries from an address are counted by: an IPv6 subscriber's whole network is one.
pub fn counted_as(address: &str) -> String {
    match address.parse() {
        Ok(address) => neighbourhood(address).to_string(),
        Err(_) => address.to_owned(),
    }
}

/// Whether the request being answered came over TLS, here or at a trusted proxy.
pub fn encrypted() -> bool {
    HERE.try_with(|here| here.encrypted).unwrap_or(false)
}
