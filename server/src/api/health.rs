use axum::Json;
use axum::extract::State;
use axum::http::header;
use axum::response::IntoResponse;
use serde_json::{Value, json};

use super::problem::KINDS;
use super::{Api, Kind, Problem};
use crate::metrics::OPEN_METRICS;

/// `GET /healthz`: the process answers.
pub(super) async fn alive() -> Json<Value> {
    Json(json!({"status": "ok", "version": env!("CARGO_PKG_VERSION")}))
}

/// `GET /readyz`: the store answers, its last commit was made, and the server is not stopping.
pub(super) async fn ready(State(api): State<Api>) -> Result<Json<Value>, Problem> {
    if api.stopping.is_cancelled() {
        return Err(Problem::new(Kind::Unavailable, "The server is stopping.").retry_after(2));
    }
    api.orchestrator.shelf().ready().await?;
    if api.orchestrator.metrics().store_is_away() {
        let why = "The store can be read but takes no commit; its disk may be full.";
        return Err(Problem::new(Kind::Unavailable, why).retry_after(2));
    }
    Ok(Json(json!({"status": "ready"})))
}

/// `GET /metrics`: what this node counts about itself, in the OpenMetrics text format.
pub(super) async fn metrics(State(api): State<Api>) -> impl IntoResponse {
    let queued = api.orchestrator.queued();
    let text = api.orchestrator.metrics().text(queued);
    ([(header::CONTENT_TYPE, OPEN_METRICS)], text)
}

/// `GET /act/problems`: every type of problem there is.
pub(super) async fn problems() -> Json<Value> {
    let rows = KINDS.iter().map(|kind| {
        let (code, status, title) = kind.parts();
        json!({
            "type": format!("/act/problems/{code}"),
            "status": status.as_u16(),
            "title": title,
        })
    });
    Json(rows.collect())
}
