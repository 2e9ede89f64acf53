use axum::Router;
use axum::extract::{Request, State};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::Response;

use super::harden::harden;
use super::request::{Here, REQUEST_ID};
use super::{Peer, Proxies};

/// Puts around a router what holds for every request: where it comes from and under which id are known while it
/// is answered, its log lines name the id, and its answer leaves with the headers that protect whoever reads it.
pub fn around(router: Router, proxies: Proxies) -> Router {
    router.layer(from_fn_with_state(proxies, answered))
}

async fn answered(State(proxies): State<Proxies>, request: Request, next: Next) -> Response {
    let peer = request.extensions().get::<Peer>().copied();
    let came = peer.map(|peer| proxies.came(peer.address, peer.encrypted, request.headers()));
    let here = Here::of(came, request.headers());
    let id = here.header();
    let mut response = here.answer(next.run(request)).await;
    if let Some(id) = id {
        response.headers_mut().insert(REQUEST_ID, id);
    }
    harden(
        response.headers_mut(),
        came.is_some_and(|came| came.encrypted),
    );
    response
}
