mod cancel;
mod export;
mod get;
mod history;
mod list;
mod not_here;
mod retry;
mod run_json;

pub(super) use cancel::cancel;
pub(super) use export::export;
pub(super) use get::get;
pub(super) use history::history;
pub(super) use list::list;
pub(super) use retry::retry;
pub use run_json::RunJson;

use axum::http::{HeaderMap, HeaderValue, header};

/// Longest note for the audit trail, in bytes.
const NOTE_BYTES_MAX: usize = 1000;

/// The header that leads to the next page (RFC 8288); none after the last.
fn next_page(link: Option<String>) -> HeaderMap {
    let mut headers = HeaderMap::new();
    if let Some(value) =
        link.and_then(|link| HeaderValue::try_from(format!("<{link}>; rel=\"next\"")).ok())
    {
        headers.insert(header::LINK, value);
    }
    headers
}
