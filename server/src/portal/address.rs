use std::net::SocketAddr;

use axum::extract::{ConnectInfo, Request};
use axum::middleware::Next;
use axum::response::Response;

tokio::task_local! {
    /// Where the request that this task answers comes from.
    static ADDRESS: String;
}

/// Makes the address a request comes from known to what answers it, so that guessing secrets is
/// slowed down by address too. This machine's own address is left out: behind a proxy everybody
/// has it, and they would slow each other down.
pub async fn address_known(request: Request, next: Next) -> Response {
    let from = request.extensions().get::<ConnectInfo<SocketAddr>>();
    match from.map(|ConnectInfo(address)| address.ip().to_canonical()) {
        Some(address) if !address.is_loopback() => {
            ADDRESS.scope(address.to_string(), next.run(request)).await
        }
        _ => next.run(request).await,
    }
}

/// The address the request being answered comes from, when it is known.
pub(super) fn current() -> Option<String> {
    ADDRESS.try_with(String::clone).ok()
}

#[cfg(test)]
mod tests {
    use axum::body::{Body, to_bytes};
    use axum::middleware::from_fn;
    use axum::routing::get;
    use axum::{Extension, Router};
    use tower::ServiceExt;

    use super::*;

    async fn seen_from(address: &str) -> String {
        let address: SocketAddr = address.parse().unwrap();
        let app = Router::new()
            .route("/", get(async || format!("{:?}", current())))
            .layer(from_fn(address_known))
            .layer(Extension(ConnectInfo(address)));
        let answer = app.oneshot(Request::new(Body::empty())).await.unwrap();
        let body = to_bytes(answer.into_body(), 1024).await.unwrap();
        String::from_utf8(body.to_vec()).unwrap()
    }

    #[tokio::test]
    async fn the_address_is_known_while_its_request_is_answered() {
        assert_eq!(seen_from("192.0.2.7:1234").await, "Some(\"192.0.2.7\")");
        assert_eq!(
            seen_from("[::ffff:192.0.2.7]:99").await,
            "Some(\"192.0.2.7\")"
        );
        assert_eq!(seen_from("127.0.0.1:1234").await, "None");
        assert_eq!(seen_from("[::1]:1234").await, "None");
        assert_eq!(current(), None);
    }
}
