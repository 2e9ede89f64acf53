//! The HTTP API of ACT: events come in, tasks go out, runs and definitions are read and changed.
//!
//! **Who asks.** A caller names itself by the header `X-Worker` or the parameter `worker`. One that
//! does not is taken for the actor of the task it works on (`AI:fraud-labeler`), for leases too, so
//! the plainest loop of GET and POST needs no name. Whoever has a task must finish it under the
//! name it was taken by.
//!
//! **Durations** in requests (`wait`, `lease`) are durations of the wall clock, whatever the rate of
//! workflow time; moments in answers are workflow time.

mod access;
mod auth;
mod body;
mod calendars;
mod cloud_events;
mod durations;
mod events;
mod files;
mod health;
mod openapi;
mod params;
mod problem;
mod read_of;
mod refused;
mod reports;
mod runs;
mod task_json;
mod tasks;
mod workers;
mod workflows;
mod written;

pub use auth::{ApiAuth, BadToken, TokenHash};
pub use body::{BATCH_BYTES_MAX, BATCH_ITEMS_MAX, BODY_BYTES_MAX};
pub use problem::{Kind, PROBLEM_JSON, Problem};
pub use runs::RunJson;
pub use task_json::TaskJson;

use std::ops::Deref;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::http::{Method, Uri};
use axum::middleware::from_fn_with_state;
use axum::routing::{get, post};
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;

use crate::files::Cabinet;
use crate::orchestrator::{Orchestrator, Workforce};

/// Most callers that may wait for tasks at once.
const WAITING_MAX: usize = 10_000;

/// What the API works with. Cheap to clone: it is, several times a request.
#[derive(Clone)]
pub struct Api(Arc<Parts>);

/// What an [`Api`] has.
pub struct Parts {
    orchestrator: Orchestrator,
    workforce: Workforce,
    cabinet: Cabinet,
    auth: ApiAuth,
    stopping: CancellationToken,
    waiting: Arc<Semaphore>,
}

impl Deref for Api {
    type Target = Parts;

    fn deref(&self) -> &Parts {
        &self.0
    }
}

impl Api {
    /// An API over an orchestrator. Long polls end when `stopping` is cancelled.
    pub fn new(
        orchestrator: Orchestrator,
        workforce: Workforce,
        cabinet: Cabinet,
        auth: ApiAuth,
        stopping: CancellationToken,
    ) -> Api {
        Api(Arc::new(Parts {
            orchestrator,
            workforce,
            cabinet,
            auth,
            stopping,
            waiting: Arc::new(Semaphore::new(WAITING_MAX)),
        }))
    }

    /// A wall-clock duration in milliseconds of workflow time.
    fn workflow_ms(&self, duration: Duration) -> u64 {
        (duration.as_millis() as f64 * self.orchestrator.clock().rate()).round() as u64
    }
}

/// The API's routes.
pub fn router(api: Api) -> Router {
    let short = Router::new()
        .route("/events", post(events::emit))
        .route("/events/batch", post(events::emit_many))
        .route("/tasks", get(tasks::list))
        .route("/tasks/complete", post(tasks::complete_many))
        .route("/tasks/{id}", get(tasks::get))
        .route("/tasks/{id}/claim", post(tasks::claim))
        .route("/tasks/{id}/release", post(tasks::release))
        .route("/tasks/{id}/heartbeat", post(tasks::heartbeat))
        .route("/tasks/{id}/complete", post(tasks::complete))
        .route("/tasks/{id}/fail", post(tasks::fail))
        .route("/tasks/{id}/pause", post(tasks::pause))
        .route("/tasks/{id}/resume", post(tasks::resume))
        .route("/tasks/{id}/extend", post(tasks::extend))
        .route("/workers", get(workers::list))
        .route("/workers/heartbeat", post(workers::heartbeat))
        .route("/runs", get(runs::list))
        .route("/runs/{id}", get(runs::get))
        .route("/runs/{id}/history", get(runs::history))
        .route("/runs/{id}/export", get(runs::export))
        .route("/runs/{id}/cancel", post(runs::cancel))
        .route("/runs/{id}/retry", post(runs::retry))
        .route("/metrics", get(health::metrics))
        .route("/healthz", get(health::alive))
        .route("/readyz", get(health::ready));
    let full = short
        .clone()
        .route("/workflows", get(workflows::list).post(workflows::deploy))
        .route("/workflows/check", post(workflows::check))
        .route("/workflows/{id}", get(workflows::get))
        .route("/workflows/{id}/migrate", post(workflows::migrate))
        .route("/files", post(files::hand_in))
        .route("/files/{id}", get(files::get))
        .route("/calendars", get(calendars::list).post(calendars::deploy))
        .route("/calendars/{id}", get(calendars::get))
        .route("/reports/sla", get(reports::sla))
        .route("/problems", get(health::problems))
        .route("/openapi.json", get(openapi::json))
        .route("/docs", get(openapi::docs))
        .route("/docs.css", get(openapi::style));
    Router::new()
        .nest("/act", full)
        .merge(short)
        .fallback(unknown_path)
        .method_not_allowed_fallback(other_method)
        .layer(from_fn_with_state(api.clone(), auth::guard))
        .with_state(api)
}

async fn unknown_path(uri: Uri) -> Problem {
    Problem::new(
        Kind::UnknownPath,
        format!("There is nothing at {}.", uri.path()),
    )
}

async fn other_method(method: Method, uri: Uri) -> Problem {
    Problem::new(
        Kind::Method,
        format!(
            "{} does not take {method}; the header Allow says what it takes.",
            uri.path()
        ),
    )
}
