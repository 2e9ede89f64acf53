//! Takes connections, and speaks HTTP/1.1 over them within limits.

use std::convert::Infallible;
use std::io;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::response::Response;
use hyper::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tower::ServiceExt;

use super::body::{Arriving, Pace};
use super::line::{Line, Place};
use super::{Crowd, Network, Peer, Tls};

/// What a listener's connections may take.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Connections open at once, live sockets among them.
    pub connections_max: usize,
    /// Of them from one address.
    pub per_address_max: usize,
    /// How long the head of a request may take to arrive, and how long a connection may be idle.
    pub head_max: Duration,
    /// Largest head of a request, in bytes.
    pub head_bytes_max: usize,
    /// Most headers of a request.
    pub headers_max: usize,
    /// How long a body may take in any case.
    pub body_grace: Duration,
    /// How fast it has to arrive after that, in bytes a second.
    pub body_bytes_per_second: u64,
    /// How long a TLS handshake may take.
    pub handshake_max: Duration,
    /// How long the other side may take nothing of what it is sent.
    pub stall_max: Duration,
}

impl Limits {
    /// For the internet at large. A page's head is under 2 KB with all its cookies; 8 KB a second is half of the
    /// slowest line a file is still sent over.
    pub const USUAL: Limits = Limits {
        connections_max: 20_000,
        // An office may share an address, and so may a city behind one of its provider's.
        per_address_max: 5_000,
        head_max: Duration::from_secs(30),
        head_bytes_max: 32 * 1024,
        headers_max: 100,
        body_grace: Duration::from_secs(30),
        body_bytes_per_second: 8 * 1024,
        handshake_max: Duration::from_secs(10),
        stall_max: Duration::from_secs(60),
    };

    /// With no more connections than so many eighths of the files this process may open. What the listeners of a
    /// process have together leaves an eighth for its own.
    pub fn within_open_files(self, eighths: usize) -> Limits {
        let allowed = std::fs::read_to_string("/proc/self/limits").ok();
        let allowed = allowed.as_deref().and_then(open_files_max);
        match allowed {
            Some(allowed) => {
                let connections_max = self.connections_max.min((allowed / 8 * eighths).max(64));
                Limits {
                    connections_max,
                    per_address_max: self.per_address_max.min(connections_max / 4),
                    ..self
                }
            }
            None => self,
        }
    }

    /// With so many from one address, when somebody said how many.
    #[must_use]
    pub fn per_address(self, max: Option<usize>) -> Limits {
        Limits {
            per_address_max: max.unwrap_or(self.per_address_max),
            ..self
        }
    }
}

/// The soft limit on open files in what Linux tells of a process.
fn open_files_max(limits: &str) -> Option<usize> {
    let line = limits
        .lines()
        .find(|line| line.starts_with("Max open files"))?;
    line.split_whitespace().nth(3)?.parse().ok()
}

/// What is said to a connection for which there is no place. It has asked nothing yet that was read.
const NO_PLACE: &[u8] =
    b"HTTP/1.1 503 Service Unavailable\r\nretry-after: 5\r\nconnection: close\r\n\
    content-type: text/plain; charset=utf-8\r\ncontent-length: 49\r\n\r\n\
    Too many connections are open. Try again shortly.";
/// After the system refused a connection for want of files or memory.
const BREATH: Duration = Duration::from_millis(200);

/// Serves a router until `stop` is cancelled, then lets what has begun end. Networks that are `exempt` have no bound of
/// their own: many people come from a proxy's address.
pub async fn serve(
    port: TcpListener,
    router: Router,
    tls: Option<Tls>,
    limits: Limits,
    exempt: Vec<Network>,
    stop: CancellationToken,
) {
    let places = Arc::new(Semaphore::new(limits.connections_max));
    let crowd = Crowd::new(limits.per_address_max, exempt);
    let open = TaskTracker::new();
    let listener = Listener {
        router,
        tls,
        limits,
        stop: stop.clone(),
    };
    loop {
        let accepted = tokio::select! {
            biased;
            () = stop.cancelled() => break,
            accepted = port.accept() => accepted,
        };
        match accepted {
            Ok((stream, peer)) => {
                let spot = crowd.enter(peer.ip());
                let place = spot.zip(places.clone().try_acquire_owned().ok());
                match place {
                    Some(place) => {
                        open.spawn(listener.clone().attend(stream, peer, place));
                    }
                    None => turn_away(stream, listener.tls.is_some()),
                }
            }
            Err(error) if of_the_peer(&error) => {}
            Err(error) => {
                tracing::warn!(%error, "a connection cannot be taken");
                sleep(BREATH).await;
            }
        }
    }
    drop(port);
    open.close();
    open.wait().await;
}

/// Says no without waiting for anything: what is said is small enough for any socket's buffer.
fn turn_away(stream: TcpStream, encrypted: bool) {
    if !encrypted && let Err(error) = stream.try_write(NO_PLACE) {
        tracing::debug!(%error, "a connection turned away did not hear it");
    }
}

fn of_the_peer(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::ConnectionRefused
            | io::ErrorKind::ConnectionAborted
            | io::ErrorKind::ConnectionReset
    )
}

#[derive(Clone)]
struct Listener {
    router: Router,
    tls: Option<Tls>,
    limits: Limits,
    stop: CancellationToken,
}

impl Listener {
    async fn attend(self, stream: TcpStream, address: SocketAddr, place: Place) {
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(%error, "a connection broke before it was used");
            return;
        }
        let Some(tls) = &self.tls else {
            let peer = Peer {
                address,
                encrypted: false,
            };
            return self.speak(stream, peer, place).await;
        };
        let shaken = timeout(self.limits.handshake_max, tls.acceptor().accept(stream)).await;
        match shaken {
            Ok(Ok(stream)) => {
                let peer = Peer {
                    address,
                    encrypted: true,
                };
                self.speak(stream, peer, place).await;
            }
            Ok(Err(error)) => tracing::debug!(%error, "no TLS"),
            Err(_) => tracing::debug!("no TLS in time"),
        }
    }

    async fn speak<S>(&self, stream: S, peer: Peer, place: Place)
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let limits = self.limits;
        let pace = Pace {
            grace: limits.body_grace,
            bytes_per_second: limits.body_bytes_per_second,
        };
        let router = self.router.clone();
        let service = service_fn(move |request: Request<Incoming>| {
            let mut request = request.map(|body| Body::new(Arriving::new(body, pace)));
            request.extensions_mut().insert(peer);
            let router = router.clone();
            async move { Ok::<Response, Infallible>(answered(router, request).await) }
        });
        let mut http = http1::Builder::new();
        http.timer(TokioTimer::new())
            .header_read_timeout(limits.head_max)
            .max_buf_size(limits.head_bytes_max);
        if limits.headers_max != Limits::USUAL.headers_max {
            // The usual number is hyper's own, and costs nothing.
            http.max_headers(limits.headers_max);
        }
        let line = Line::new(stream, limits.stall_max, place);
        let connection = http.serve_connection(TokioIo::new(line), service);
        let mut connection = pin!(connection.with_upgrades());
        let ended = tokio::select! {
            biased;
            ended = connection.as_mut() => ended,
            () = self.stop.cancelled() => {
                connection.as_mut().graceful_shutdown();
                connection.await
            }
        };
        if let Err(error) = ended {
            tracing::debug!(%error, "a connection broke");
        }
    }
}

async fn answered(router: Router, request: Request<Body>) -> Response {
    match router.oneshot(request).await {
        Ok(response) => response,
        Err(never) => match never {},
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_said_to_those_turned_away_is_as_long_as_it_says() {
        let text = std::str::from_utf8(NO_PLACE).unwrap();
        let (head, body) = text.split_once("\r\n\r\n").unwrap();
        assert!(head.contains(&format!("content-length: {}", body.len())));
    }

    #[test]
    fn open_files_are_read_as_linux_writes_them() {
        let told = "Limit                     Soft Limit           Hard Limit           Units     \n\
                    Max processes             95000                95000                processes \n\
                    Max open files            1024                 1048576              files     \n";
        assert_eq!(open_files_max(told), Some(1024));
        assert_eq!(open_files_max("nothing"), None);
        assert!(Limits::USUAL.within_open_files(1).connections_max >= 64);
        let (few, many) = (
            Limits::USUAL.within_open_files(2),
            Limits::USUAL.within_open_files(5),
        );
        assert!(few.connections_max <= many.connections_max);
    }
}
