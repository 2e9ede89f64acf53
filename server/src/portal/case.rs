use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};
use hms_app::agency::Refused;
use hms_app::functions::{status_code, visitor_of};
use uuid::Uuid;

use super::Desk;
use crate::files::attachment;
use crate::trail;

/// `GET /admin/runs/{run}/case.json`: the whole case as a file, to verify.
pub(super) async fn json(
    State(desk): State<Arc<Desk>>,
    Path(run): Path<String>,
    headers: HeaderMap,
) -> Response {
    file(&desk, &run, &headers, false).await
}

/// `GET /admin/runs/{run}/case.html`: the same as a page, to read.
pub(super) async fn html(
    State(desk): State<Arc<Desk>>,
    Path(run): Path<String>,
    headers: HeaderMap,
) -> Response {
    file(&desk, &run, &headers, true).await
}

async fn file(desk: &Desk, run: &str, headers: &HeaderMap, html: bool) -> Response {
    let taken = async {
        let run = run.parse::<Uuid>().map_err(|_| Refused::NotFound)?;
        let file = desk.case_of(&visitor_of(headers), run).await?;
        let text = match html {
            true => trail::page(&file),
            false => trail::json(&file),
        };
        let text = text.map_err(|error| {
            tracing::error!(%error, run.id = %run, "a case could not be written");
            Refused::NotNow
        })?;
        Ok((run, text))
    };
    let (run, text) = match taken.await {
        Ok(taken) => taken,
        Err(refused) => return status_code(&refused).into_response(),
    };
    let (kind, ending) = match html {
        true => ("text/html; charset=utf-8", "html"),
        false => ("application/json", "json"),
    };
    let headers = [
        (header::CONTENT_TYPE, kind.to_owned()),
        (
            header::CONTENT_DISPOSITION,
            attachment(&format!("run-{run}.{ending}")),
        ),
        (header::CONTENT_SECURITY_POLICY, "sandbox".to_owned()),
        (header::CACHE_CONTROL, "private, no-store".to_owned()),
    ];
    (headers, text).into_response()
}
