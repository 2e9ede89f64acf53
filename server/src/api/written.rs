//! Long answers, written into room that is had at once: one that grows is moved each time.

use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;

use super::problem::{Kind, Problem};

/// How long a task usually is as JSON, its payload with it.
pub(super) const TASK_BYTES: usize = 800;
/// Most room that is had before anything is written.
const ROOM_MAX: usize = 1024 * 1024;

/// An answer of JSON that will be about so many bytes long.
pub(super) fn written<T: Serialize>(answer: &T, bytes: usize) -> Result<Response, Problem> {
    let mut body = Vec::with_capacity(bytes.min(ROOM_MAX));
    serde_json::to_writer(&mut body, answer).map_err(|error| {
        // What is answered has text keys, and can always be written.
        tracing::error!(%error, "an answer that cannot be written");
        Problem::new(Kind::Unavailable, "The answer cannot be written.")
    })?;
    let json = HeaderValue::from_static("application/json");
    Ok(([(header::CONTENT_TYPE, json)], body).into_response())
}
