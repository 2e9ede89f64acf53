use axum::Json;
use axum::extract::State;
use axum::http::HeaderMap;
use hms_engine::RunStatus;
use uuid::Uuid;

use super::super::params::Params;
use super::super::{Api, Problem};
use super::{RunJson, next_page};
use crate::store::{RunQuery, Waiting};

/// How many runs without `limit`, and at most.
const RUNS: (u32, u32) = (100, 1000);

/// `GET /runs`: newest first. Filters `status`, `workflow`, `waiting` (`human`, `timer`), `stuck`,
/// `stopped`, `breached`, `parent` (the run that called them), and `q` (the beginning of a report
/// number, business key or id). The header `Link` leads to the next page.
pub(in crate::api) async fn list(
    State(api): State<Api>,
    mut params: Params,
) -> Result<(HeaderMap, Json<Vec<RunJson>>), Problem> {
    let statuses = params.words("status", &RunStatus::ALL, |status| status.as_str())?;
    let waiting = params.word("waiting", &Waiting::ALL, |waiting| waiting.as_str())?;
    let stuck = params.read::<bool>("stuck")?.unwrap_or_default();
    let mut query = RunQuery {
        stopped: params.read::<bool>("stopped")?.unwrap_or_default(),
        breached: params.read::<bool>("breached")?.unwrap_or_default(),
        waiting,
        stuck: None,
        parent: params.read::<Uuid>("parent")?,
        workflows: params.text("workflow")?.map(|id| vec![id]),
        version: None,
        search: params.text("q")?,
        before: params.read::<Uuid>("before")?,
        limit: params.number("limit", RUNS.0, RUNS.1)?,
        statuses,
    };
    params.done()?;
    let shelf = api.orchestrator.shelf();
    if stuck {
        query.stuck = Some(api.workforce.unserved(shelf).await?);
    }
    let rows = shelf.runs(&query).await?;
    let full = rows.len() as u32 == query.limit;
    let last = rows.last().filter(|_| full).map(|row| row.run.id);
    let runs = rows.iter().map(RunJson::from).collect();
    Ok((next_page(last.map(|last| link(&query, last))), Json(runs)))
}

fn link(query: &RunQuery, last: Uuid) -> String {
    let mut pairs = vec![
        ("before", last.to_string()),
        ("limit", query.limit.to_string()),
    ];
    if !query.statuses.is_empty() {
        let words: Vec<_> = query
            .statuses
            .iter()
            .map(|status| status.as_str())
            .collect();
        pairs.push(("status", words.join(",")));
    }
    if let Some(waiting) = query.waiting {
        pairs.push(("waiting", waiting.as_str().to_owned()));
    }
    pairs.extend(query.parent.map(|parent| ("parent", parent.to_string())));
    for (name, set) in [
        ("stopped", query.stopped),
        ("breached", query.breached),
        ("stuck", query.stuck.is_some()),
    ] {
        if set {
            pairs.push((name, "true".to_owned()));
        }
    }
    let workflows = query.workflows.iter().flatten();
    pairs.extend(workflows.map(|id| ("workflow", id.clone())));
    pairs.extend(query.search.clone().map(|text| ("q", text)));
    let mut link = String::from("/act/runs");
    for (n, (name, value)) in pairs.iter().enumerate() {
        link.push(if n == 0 { '?' } else { '&' });
        link.push_str(name);
        link.push('=');
        for byte in value.bytes() {
            if byte.is_ascii_alphanumeric() || b"-_.,".contains(&byte) {
                link.push(byte as char);
            } else {
                link.push_str(&format!("%{byte:02X}"));
            }
        }
    }
    link
}
