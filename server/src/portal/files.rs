//! Files to download, each below the page that shows it. For whoever may not have one it is not there.

use std::sync::Arc;

use axum::Router;
use axum::extract::{Path, State};
use axum::http::header::{
    CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_SECURITY_POLICY, CONTENT_TYPE, REFERRER_POLICY,
    X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use axum::middleware::from_fn;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use hms_app::agency::Refused;
use hms_app::functions::visitor_of;
use uuid::Uuid;

use super::desk::FileOut;
use super::{Desk, access, case};
use crate::files::attachment;

/// The files to download.
pub fn files(desk: Arc<Desk>) -> Router {
    Router::new()
        .route("/inbox/{task}/files/{file}", get(of_task))
        .route("/admin/runs/{run}/files/{file}", get(of_run))
        .route("/status/{number}/files/{file}", get(of_report))
        .route("/admin/runs/{run}/case.json", get(case::json))
        .route("/admin/runs/{run}/case.html", get(case::html))
        .layer(from_fn(access::gate))
        .with_state(desk)
}

async fn of_task(
    State(desk): State<Arc<Desk>>,
    Path((task, file)): Path<(String, String)>,
    headers: HeaderMap,
) -> Response {
    let (Ok(task), Ok(file)) = (task.parse::<Uuid>(), file.parse::<Uuid>()) else {
        return answer(Err(Refused::NotFound));
    };
    let visitor = visitor_of(&headers);
    answer(desk.file_at_task(&visitor, task, file).await)
}

async fn of_run(
    State(desk): State<Arc<Desk>>,
    Path((run, file)): Path<(String, String)>,
    headers: HeaderMap,
) -> Response {
    let (Ok(run), Ok(file)) = (run.parse::<Uuid>(), file.parse::<Uuid>()) else {
        return answer(Err(Refused::NotFound));
    };
    let visitor = visitor_of(&headers);
    answer(desk.file_at_run(&visitor, run, file).await)
}

async fn of_report(
    State(desk): State<Arc<Desk>>,
    Path((number, file)): Path<(String, String)>,
    headers: HeaderMap,
) -> Response {
    let Ok(file) = file.parse::<Uuid>() else {
        return answer(Err(Refused::NotFound));
    };
    let visitor = visitor_of(&headers);
    answer(desk.file_at_report(&visitor, &number, file).await)
}

/// What a browser may do with a file: save it. Even where one shows it all the same, nothing in it
/// runs, and it can load nothing and reach no page of this site.
const KEPT_APART: [(HeaderName, HeaderValue); 6] = [
    (
        CONTENT_SECURITY_POLICY,
        HeaderValue::from_static("sandbox; default-src 'none'"),
    ),
    (X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
    (X_FRAME_OPTIONS, HeaderValue::from_static("DENY")),
    (REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
    (CACHE_CONTROL, HeaderValue::from_static("private, no-store")),
    (
        HeaderName::from_static("cross-origin-resource-policy"),
        HeaderValue::from_static("same-origin"),
    ),
];

/// Not signed in, not allowed and not there are told the same.
fn answer(file: Result<FileOut, Refused>) -> Response {
    let mut response = match file {
        Ok(out) => {
            let mut response = out.bytes.into_response();
            let headers = response.headers_mut();
            let media = HeaderValue::from_str(&out.file.media);
            let save = HeaderValue::from_str(&attachment(&out.file.name));
            headers.insert(
                CONTENT_TYPE,
                media.unwrap_or(HeaderValue::from_static("application/octet-stream")),
            );
            headers.insert(
                CONTENT_DISPOSITION,
                save.unwrap_or(HeaderValue::from_static("attachment")),
            );
            response
        }
        Err(Refused::NotNow | Refused::NotKnown) => {
            (StatusCode::SERVICE_UNAVAILABLE, NOT_NOW).into_response()
        }
        Err(_) => (StatusCode::NOT_FOUND, NOT_THERE).into_response(),
    };
    response.headers_mut().extend(KEPT_APART);
    response
}

const NOT_THERE: &str = "There is no such file here for you. If your sign-in has ended, sign in again.\n\
     No hay aquí tal archivo para usted. Si su sesión terminó, entre otra vez.\n";
const NOT_NOW: &str = "The file cannot be read right now. Try again in a moment.\n\
     El archivo no se puede leer ahora. Inténtelo otra vez en un momento.\n";
