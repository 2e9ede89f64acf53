//! What holds at the edge, over real sockets: too much, too slow, too many, encrypted, and through a proxy.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::routing::get;
use hms_server::api::ApiAuth;
use hms_server::edge::{self, Limits, Proxies, ProxyHeader, Tls};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::CertificateDer;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::{ClientConfig, RootCertStore};
use tokio_util::sync::{CancellationToken, DropGuard};

use crate::house::House;

/// Longer than any limit here; what is not over by then hangs.
const PATIENCE: Duration = Duration::from_secs(20);

/// So tight that each can be reached in a test.
const TIGHT: Limits = Limits {
    connections_max: 2,
    per_address_max: 2,
    head_max: Duration::from_millis(400),
    head_bytes_max: 8 * 1024,
    headers_max: 20,
    body_grace: Duration::from_millis(400),
    body_bytes_per_second: 1024 * 1024,
    handshake_max: Duration::from_millis(400),
    stall_max: Duration::from_millis(400),
};

struct Edge {
    address: String,
    _stop: DropGuard,
}

async fn edge_of(router: Router, tls: Option<Tls>, limits: Limits, trusted: &[&str]) -> Edge {
    let port = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = port.local_addr().unwrap().to_string();
    let stop = CancellationToken::new();
    let trusted = trusted.iter().map(|one| one.parse().unwrap()).collect();
    let proxies = Proxies::new(trusted, ProxyHeader::XForwarded);
    let router = edge::around(router, proxies);
    tokio::spawn(edge::serve(
        port,
        router,
        tls,
        limits,
        Vec::new(),
        stop.clone(),
    ));
    Edge {
        address,
        _stop: stop.drop_guard(),
    }
}

impl Edge {
    async fn line(&self) -> TcpStream {
        TcpStream::connect(&self.address).await.unwrap()
    }

    /// Sends this as it is, and gives all that comes back until the other side closes.
    async fn told(&self, sent: &str) -> String {
        let mut line = self.line().await;
        line.write_all(sent.as_bytes()).await.unwrap();
        heard(&mut line).await
    }
}

/// All that comes until the other side closes; a reset counts as that.
async fn heard(line: &mut (impl AsyncRead + Unpin)) -> String {
    let mut bytes = Vec::new();
    let ended = timeout(PATIENCE, line.read_to_end(&mut bytes)).await;
    let _broke_or_closed = ended.expect("the connection stays open");
    String::from_utf8_lossy(&bytes).into_owned()
}

fn get_with(headers: &str) -> String {
    format!("GET /healthz HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n{headers}\r\n")
}

fn header<'t>(told: &'t str, name: &str) -> Option<&'t str> {
    let head = told.split("\r\n\r\n").next()?;
    head.lines().find_map(|line| {
        let (known, value) = line.split_once(':')?;
        known.eq_ignore_ascii_case(name).then(|| value.trim())
    })
}

#[tokio::test]
async fn what_is_too_large_or_too_slow_is_ended() {
    let house = House::open().await;
    let edge = edge_of(house.router(), None, TIGHT, &[]).await;

    let plain = edge.told(&get_with("")).await;
    assert!(plain.starts_with("HTTP/1.1 200"), "{plain}");

    // A head that comes in drops, and a connection on which nothing comes.
    for begun in ["GET /healthz HTTP/1.1\r\nhost: loc", "", "GET"] {
        let told = edge.told(begun).await;
        assert!(!told.contains("200"), "{begun}: {told}");
    }
    // A head that is too large, and one of too many lines.
    let large = edge
        .told(&get_with(&format!("x: {}\r\n", "a".repeat(9 * 1024))))
        .await;
    assert!(large.starts_with("HTTP/1.1 431"), "{large}");
    let many: String = (0..25).map(|n| format!("x-{n}: 1\r\n")).collect();
    let many = edge.told(&get_with(&many)).await;
    assert!(many.starts_with("HTTP/1.1 431"), "{many}");
    // A body that is announced and never comes.
    let slow = "POST /act/events HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n\
                content-length: 100\r\n\r\n{\"name\":";
    let slow = edge.told(slow).await;
    assert!(slow.starts_with("HTTP/1.1 408"), "{slow}");
    assert!(slow.contains("/act/problems/slow"), "{slow}");
    // One that is larger than the call takes.
    let large = format!(
        "POST /act/events HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\nexpect: 100-continue\r\n\
         content-type: application/json\r\ncontent-length: {}\r\n\r\n",
        200 * 1024 * 1024
    );
    let large = edge.told(&large).await;
    assert!(large.starts_with("HTTP/1.1 413"), "{large}");
    // Neither a second length nor a made-up encoding smuggles a request past another reader.
    for framing in [
        "content-length: 5\r\ncontent-length: 6\r\n",
        "transfer-encoding: chunked, identity\r\n",
        "content-length: +5\r\n",
    ] {
        let sent = format!("POST /act/events HTTP/1.1\r\nhost: localhost\r\n{framing}\r\nhello");
        let told = edge.told(&sent).await;
        assert!(told.starts_with("HTTP/1.1 400"), "{framing}: {told}");
    }
    let after = edge.told(&get_with("")).await;
    assert!(after.starts_with("HTTP/1.1 200"), "{after}");
}

#[tokio::test]
async fn more_connections_than_there_are_places_are_told_so() {
    let house = House::open().await;
    let patient = Limits {
        head_max: PATIENCE * 2,
        ..TIGHT
    };
    let edge = edge_of(house.router(), None, patient, &[]).await;
    let mut open = Vec::new();
    for _ in 0..patient.connections_max {
        let mut line = edge.line().await;
        // Answered, so that it is known to have its place.
        let asked = "GET /healthz HTTP/1.1\r\nhost: localhost\r\n\r\n";
        line.write_all(asked.as_bytes()).await.unwrap();
        let mut first = [0; 12];
        line.read_exact(&mut first).await.unwrap();
        assert_eq!(&first, b"HTTP/1.1 200");
        open.push(line);
    }
    let mut late = edge.line().await;
    let told = heard(&mut late).await;
    assert!(told.starts_with("HTTP/1.1 503"), "{told}");
    assert_eq!(header(&told, "retry-after"), Some("5"));
    drop(open.pop());
    // Its place is free as soon as the server has seen it go.
    let again = async {
        while !edge.told(&get_with("")).await.starts_with("HTTP/1.1 200") {
            tokio::task::yield_now().await;
        }
    };
    timeout(PATIENCE, again)
        .await
        .expect("the place comes free");
}

#[tokio::test]
async fn who_takes_nothing_of_the_answer_is_given_up() {
    let endless = get(async || {
        let piece = vec![b'.'; 64 * 1024];
        let pieces =
            futures_util::stream::repeat_with(move || Ok::<_, std::io::Error>(piece.clone()));
        Body::from_stream(pieces)
    });
    let router = Router::new()
        .route("/endless", endless)
        .route("/healthz", get(async || ""));
    let limits = Limits {
        connections_max: 1,
        ..TIGHT
    };
    let edge = edge_of(router, None, limits, &[]).await;
    let mut line = edge.line().await;
    line.write_all(b"GET /endless HTTP/1.1\r\nhost: localhost\r\n\r\n")
        .await
        .unwrap();
    let mut first = [0; 12];
    line.read_exact(&mut first).await.unwrap();
    let free = async {
        while !edge.told(&get_with("")).await.starts_with("HTTP/1.1 200") {
            tokio::task::yield_now().await;
        }
    };
    timeout(PATIENCE, free).await.expect("its place comes free");
}

#[tokio::test]
async fn a_proxy_is_believed_when_it_is_named() {
    let house = House::with(ApiAuth::token("a-token-of-some-length").unwrap(), 1.0).await;
    let said = "x-forwarded-for: 192.0.2.7\r\nx-forwarded-proto: https\r\nx-request-id: from-the-proxy\r\n";
    let sent = get_with(said);
    let unnamed = edge_of(house.router(), None, Limits::USUAL, &[])
        .await
        .told(&sent)
        .await;
    assert_eq!(header(&unnamed, "strict-transport-security"), None);
    assert_ne!(header(&unnamed, "x-request-id"), Some("from-the-proxy"));
    let named = edge_of(house.router(), None, Limits::USUAL, &["127.0.0.0/8"]).await;
    let told = named.told(&sent).await;
    assert_eq!(
        header(&told, "strict-transport-security"),
        Some("max-age=31536000")
    );
    assert_eq!(header(&told, "x-request-id"), Some("from-the-proxy"));
    // What could break a log line is not taken over.
    let told = named.told(&get_with("x-request-id: a b\tc\r\n")).await;
    assert_ne!(header(&told, "x-request-id"), Some("a b\tc"));
}

#[tokio::test]
async fn a_problem_names_its_request_and_every_answer_is_protected() {
    let house = House::with(ApiAuth::token("a-token-of-some-length").unwrap(), 1.0).await;
    let edge = edge_of(house.router(), None, Limits::USUAL, &[]).await;
    for path in ["/act/tasks", "/nowhere", "/healthz"] {
        let sent = get_with("").replace("/healthz", path);
        let told = edge.told(&sent).await;
        let id = header(&told, "x-request-id").unwrap();
        assert_eq!(id.len(), 36, "{told}");
        if path != "/healthz" {
            assert!(told.contains(&format!("\"request_id\":\"{id}\"")), "{told}");
        }
        for (name, value) in [
            ("x-content-type-options", "nosniff"),
            ("x-frame-options", "DENY"),
            ("referrer-policy", "same-origin"),
            ("cross-origin-opener-policy", "same-origin"),
            ("cross-origin-resource-policy", "same-origin"),
            ("cache-control", "no-store"),
        ] {
            assert_eq!(header(&told, name), Some(value), "{path}: {told}");
        }
        let policy = header(&told, "content-security-policy").unwrap();
        assert!(policy.contains("default-src 'none'") && policy.contains("frame-ancestors 'none'"));
    }
}

/// A connection from another address of this machine.
async fn line_from(edge: &Edge, address: &str) -> TcpStream {
    let socket = TcpSocket::new_v4().unwrap();
    socket
        .bind(format!("{address}:0").parse().unwrap())
        .unwrap();
    socket.connect(edge.address.parse().unwrap()).await.unwrap()
}

#[tokio::test]
async fn who_keeps_many_connections_open_shuts_out_nobody_else() {
    let house = House::open().await;
    let patient = Limits {
        connections_max: 20,
        per_address_max: 4,
        head_max: PATIENCE,
        ..TIGHT
    };
    let edge = edge_of(house.router(), None, patient, &[]).await;
    // Heads that come in drops, as many as there is place for and more.
    let mut slow = Vec::new();
    for _ in 0..30 {
        let mut line = line_from(&edge, "127.0.0.2").await;
        line.write_all(b"GET /healthz HTTP/1.1\r\nhost: loc")
            .await
            .ok();
        slow.push(line);
    }
    let mut kept = 0;
    for line in &mut slow {
        let mut byte = [0; 12];
        match timeout(Duration::from_millis(50), line.read(&mut byte)).await {
            Err(_) => kept += 1,
            Ok(Ok(0) | Err(_)) => {}
            Ok(Ok(_)) => assert_eq!(&byte, b"HTTP/1.1 503"),
        }
    }
    assert_eq!(kept, 4);
    for other in ["127.0.0.1", "127.0.0.3"] {
        let mut line = line_from(&edge, other).await;
        line.write_all(get_with("").as_bytes()).await.unwrap();
        let told = heard(&mut line).await;
        assert!(told.starts_with("HTTP/1.1 200"), "{other}: {told}");
    }
    // Once they let go there is place for them too.
    drop(slow);
    let again = async {
        loop {
            let mut line = line_from(&edge, "127.0.0.2").await;
            line.write_all(get_with("").as_bytes()).await.unwrap();
            if heard(&mut line).await.starts_with("HTTP/1.1 200") {
                break;
            }
        }
    };
    timeout(PATIENCE, again)
        .await
        .expect("places are given back");
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/api/tls")
}

/// Asks over TLS, knowing this certificate only; none when it is shown another.
async fn over_tls(edge: &Edge, certificate: &str) -> Option<String> {
    let known = CertificateDer::from_pem_file(folder().join(certificate)).unwrap();
    let mut roots = RootCertStore::empty();
    roots.add(known).unwrap();
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let name = "localhost".try_into().unwrap();
    let connector = TlsConnector::from(Arc::new(config));
    let mut line = connector.connect(name, edge.line().await).await.ok()?;
    ask(&mut line).await
}

async fn ask(line: &mut (impl AsyncRead + AsyncWrite + Unpin)) -> Option<String> {
    line.write_all(get_with("").as_bytes()).await.ok()?;
    Some(heard(line).await)
}

#[tokio::test]
async fn tls_is_spoken_and_its_certificate_read_again() {
    let house = House::open().await;
    let data = tempfile::tempdir().unwrap();
    let (certificate, key) = (data.path().join("cert.pem"), data.path().join("key.pem"));
    let put = |name: &str| {
        std::fs::copy(folder().join(format!("{name}.cert.pem")), &certificate).unwrap();
        std::fs::copy(folder().join(format!("{name}.key.pem")), &key).unwrap();
    };
    put("first");
    let tls = Tls::of_files(&certificate, &key).unwrap();
    let edge = edge_of(house.router(), Some(tls.clone()), TIGHT, &[]).await;

    let told = over_tls(&edge, "first.cert.pem")
        .await
        .expect("the certificate is known");
    assert!(told.starts_with("HTTP/1.1 200"), "{told}");
    assert_eq!(
        header(&told, "strict-transport-security"),
        Some("max-age=31536000")
    );
    assert_eq!(over_tls(&edge, "second.cert.pem").await, None);
    // Whoever does not speak TLS, or says nothing, is told nothing and let go.
    for sent in [get_with(""), String::new()] {
        let told = edge.told(&sent).await;
        assert!(!told.contains("HTTP"), "{told}");
    }

    // Files that do not fit each other change nothing.
    std::fs::copy(folder().join("second.key.pem"), &key).unwrap();
    let refused = tls.reload().unwrap_err().to_string();
    assert!(refused.contains("cert.pem"), "{refused}");
    assert!(over_tls(&edge, "first.cert.pem").await.is_some());
    put("second");
    tls.reload().unwrap();
    assert!(over_tls(&edge, "second.cert.pem").await.is_some());
    assert_eq!(over_tls(&edge, "first.cert.pem").await, None);

    std::fs::write(&certificate, "no certificate").unwrap();
    let refused = tls.reload().unwrap_err().to_string();
    assert!(refused.contains("cannot"), "{refused}");
}
