use axum::extract::State;
use axum::http::HeaderMap;
use axum::{Extension, Json};

use super::super::params::{Params, RunId};
use super::super::read_of::ReadOf;
use super::super::{Api, Problem};
use super::next_page;
use super::not_here::not_here;
use crate::store::AuditRow;

/// How many rows without `limit`, and at most.
const ROWS: (u32, u32) = (100, 1000);

/// `GET /runs/{id}/history[?after=SEQ]`: each command the run took and what it did, oldest first.
/// A history has no end to its length: the header `Link` leads to the next page.
pub(in crate::api) async fn history(
    State(api): State<Api>,
    RunId(id): RunId,
    mut params: Params,
) -> Result<(HeaderMap, Extension<ReadOf>, Json<Vec<AuditRow>>), Problem> {
    let after = params.read::<u64>("after")?.unwrap_or_default();
    let limit = params.number("limit", ROWS.0, ROWS.1)?;
    params.done()?;
    let shelf = api.orchestrator.shelf();
    let rows = shelf.history(id, after, limit).await?;
    if rows.is_empty() && shelf.run(id).await?.is_none() {
        return Err(not_here(shelf, id).await);
    }
    let full = rows.len() as u32 == limit;
    let last = rows.last().filter(|_| full).and_then(|row| row.seq);
    let link = last.map(|seq| format!("/act/runs/{id}/history?after={seq}&limit={limit}"));
    let read = ReadOf::run("history", id);
    Ok((next_page(link), Extension(read), Json(rows)))
}
