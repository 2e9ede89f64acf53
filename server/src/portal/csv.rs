use std::sync::Arc;

use axum::Router;
use axum::extract::{Query, State};
use axum::http::{HeaderMap, header};
use axum::middleware::from_fn;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use chrono::NaiveDate;
use hms_app::agency::SlaQuery;
use hms_app::functions::{status_code, visitor_of};
use serde::Deserialize;

use super::{Desk, access};

/// The files to download: `/admin/sla.csv`.
pub fn csv(desk: Arc<Desk>) -> Router {
    Router::new()
        .route("/admin/sla.csv", get(sla))
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

/// Days without `from`.
const DAYS: u64 = 30;

async fn sla(
    State(desk): State<Arc<Desk>>,
    Query(asked): Query<Asked>,
    headers: HeaderMap,
) -> Response {
    let recent = SlaQuery::last_days(desk.orchestrator.now(), DAYS);
    let query = SlaQuery {
        from: asked.from.unwrap_or(recent.from),
        to: asked.to.unwrap_or(recent.to),
        workflow: Some(asked.workflow).filter(|id| !id.is_empty()),
    };
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
