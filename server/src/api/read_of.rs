//! What of people's data a call gave away, for the audit trail. A call that reads one case says so with its answer, and the
//! answer goes out when the entry is kept. Tasks handed out to a worker are not noted here: their claims are in the case's
//! own trail, and a look for work that finds none reads nothing. One that finds some and claims nothing is noted as a list.

use axum::response::{IntoResponse, Response};
use uuid::Uuid;

use super::Api;
use super::problem::Problem;
use crate::identity::{Grant, token_signature};
use crate::trail::Deed;

/// What an answer tells of a case, put into its extensions.
#[derive(Debug, Clone, Copy)]
pub(super) struct ReadOf {
    what: &'static str,
    id: Option<Uuid>,
    run: Option<Uuid>,
}

impl ReadOf {
    /// The run itself, its history, or the whole case as a file.
    pub(super) fn run(what: &'static str, run: Uuid) -> ReadOf {
        ReadOf {
            what,
            id: None,
            run: Some(run),
        }
    }

    /// A list with what was reported in it.
    pub(super) fn many(what: &'static str) -> ReadOf {
        ReadOf {
            what,
            id: None,
            run: None,
        }
    }

    /// A task or a file of a run.
    pub(super) fn part(what: &'static str, id: Uuid, run: Option<Uuid>) -> ReadOf {
        ReadOf {
            what,
            id: Some(id),
            run,
        }
    }
}

/// How the trail names whoever calls: by the token, never by what they call themselves.
pub(super) fn reader(grant: &Grant) -> String {
    grant
        .token
        .map_or_else(|| "api".to_owned(), token_signature)
}

/// Notes what an answer gave away, if anything, and lets it go.
pub(super) async fn noted(api: &Api, who: String, response: Response) -> Response {
    let Some(read) = response.extensions().get::<ReadOf>().copied() else {
        return response;
    };
    let mut deed = Deed::read(who, read.what);
    deed.about = read.run;
    deed.id = read.id.map(|id| id.to_string());
    match api.orchestrator.notebook().note_once(&deed).await {
        Ok(()) => response,
        Err(error) => Problem::from(error).into_response(),
    }
}
