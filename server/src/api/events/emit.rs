use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use uuid::Uuid;

use super::super::auth::Granted;
use super::super::body::{Media, Sent, parse, wrong_media};
use super::super::params::Params;
use super::super::{Api, Problem, cloud_events};
use super::emit_many::accept_many;
use super::message::{self, EXAMPLE};
use super::stands::Stands;
use crate::orchestrator::Emitted;
use crate::store::{ReachedRun, StartedRun};

/// `POST /events`: accepts one event, or a CloudEvents batch.
pub(in crate::api) async fn emit(
    State(api): State<Api>,
    Granted(grant): Granted,
    params: Params,
    sent: Sent,
) -> Result<Response, Problem> {
    params.done()?;
    let orchestrator = api.orchestrator.for_token(grant.token);
    let (event, stands) = if cloud_events::is_binary(&sent.headers) {
        (cloud_events::binary(&sent)?, Stands::binary())
    } else {
        if matches!(sent.media, Media::Yaml | Media::Bytes | Media::Other) {
            return Err(wrong_media("application/json"));
        }
        if sent.media == Media::CloudEvents {
            return accept_many(&orchestrator, parse(&sent.bytes, "[…]")?).await;
        }
        let body = parse(&sent.bytes, EXAMPLE)?;
        let stands = Stands::of(&body, "");
        let event = match sent.media {
            Media::CloudEvent => cloud_events::structured(body, "")?,
            _ => message::event(body, "")?,
        };
        (event, stands)
    };
    let emitted = orchestrator
        .emit(event)
        .await
        .map_err(|refusal| stands.tell(refusal.into()))?;
    Ok((status_of(&emitted), Json(Accepted::of(emitted))).into_response())
}

/// 202 for what is new, 200 for a repeat.
pub(super) fn status_of(emitted: &Emitted) -> StatusCode {
    if emitted.repeated {
        StatusCode::OK
    } else {
        StatusCode::ACCEPTED
    }
}

/// What the sender is told; the same for a repeat.
#[derive(Debug, Serialize)]
pub(super) struct Accepted {
    event_id: Uuid,
    #[serde(skip_serializing_if = "Option::is_none")]
    note: Option<&'static str>,
    reached: Vec<ReachedRun>,
    runs: Vec<StartedRun>,
    /// That of the single call, in an answer among others.
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<u16>,
}

impl Accepted {
    /// What came of an event.
    pub(super) fn of(emitted: Emitted) -> Accepted {
        let nobody = emitted.runs.is_empty() && emitted.reached.is_empty();
        Accepted {
            event_id: emitted.event_id,
            note: nobody.then_some("No running case waits for this event."),
            reached: emitted.reached,
            runs: emitted.runs,
            status: None,
        }
    }

    /// The same as one answer of many.
    pub(super) fn among_others(emitted: Emitted) -> Accepted {
        Accepted {
            status: Some(status_of(&emitted).as_u16()),
            ..Accepted::of(emitted)
        }
    }
}
