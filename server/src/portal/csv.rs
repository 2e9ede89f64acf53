use std::sync::Arc;

use axum::Router;
use axum::extract::{Query, State};
use axum::http::{HeaderMap, header};
use axum::middleware::from_fn;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use chrono::NaiveDate;
use hms_app::agency::SlaAsked;
use hms_app::functions::{status_code, visitor_of};
use serde::Deserialize;

use super::{Desk, access, audit_csv};

/// The tables to download: `/admin/sla.csv`, `/admin/audit.csv`.
pub fn csv(desk: Arc<Desk>) -> Router {
    Router::new()
        .route("/admin/sla.csv", get(sla))
        .route("/admin/audit.csv", get(audit_csv::audit))
        .layer(from_fn(access::gate))
        .with_state(desk)
}

/// As on the page `/admin`, so that a link can take its query over.
#[derive(Deserialize)]
struct Asked {
    from: Option<NaiveDate>,
    to: Option<NaiveDate>,
    #[serde(default)]
    workflow: String,
}

async fn sla(
    State(desk): State<Arc<Desk>>,
    Query(asked): Query<Asked>,
    headers: HeaderMap,
) -> Response {
    let query = SlaAsked {
        from: asked.from,
        to: asked.to,
        workflow: Some(asked.workflow).filter(|id| !id.is_empty()),
    };
    let query = query.at(desk.orchestrator.now());
    match desk.sla_csv(&visitor_of(&headers), &query).await {
        Ok(text) => {
            let name = format!(
                "attachment; filename=\"sla-{}-{}.csv\"",
                query.from, query.to
            );
            let headers = [
                (header::CONTENT_TYPE, "text/csv; charset=utf-8".to_owned()),
                (header::CONTENT_DISPOSITION, name),
                (header::CACHE_CONTROL, "no-store".to_owned()),
            ];
            (headers, text).into_response()
        }
        Err(refused) => status_code(&refused).into_response(),
    }
}
