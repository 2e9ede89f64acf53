use axum::extract::State;
use axum::response::Response;
use serde::Serialize;
use serde_json::Value;

use super::super::auth::Granted;
use super::super::body::{BATCH_ITEMS_MAX, Media, SentMany, noun, parse, wrong_media};
use super::super::params::Params;
use super::super::problem::{Kind, Problem};
use super::super::written::written;
use super::super::{Api, cloud_events};
use super::emit::Accepted;
use super::message;
use super::stands::Stands;
use crate::orchestrator::Orchestrator;

const EXAMPLE: &str = r#"[{"name":"ComplaintLogged","payload":{"complaintId":"C-42"}}]"#;

/// How long one answer usually is.
const ANSWER_BYTES: usize = 200;

/// `POST /events/batch`: accepts many events in one commit; one answer each, in order. An answer is
/// that of the single call with its `status` beside it; what is refused leaves the others alone.
pub(in crate::api) async fn emit_many(
    State(api): State<Api>,
    Granted(grant): Granted,
    params: Params,
    sent: SentMany,
) -> Result<Response, Problem> {
    params.done()?;
    if matches!(
        sent.media,
        Media::Yaml | Media::Bytes | Media::Other | Media::CloudEvent
    ) || cloud_events::is_binary(&sent.headers)
    {
        return Err(wrong_media("application/json"));
    }
    let orchestrator = api.orchestrator.for_token(grant.token);
    accept_many(&orchestrator, parse(&sent.bytes, EXAMPLE)?).await
}

/// Accepts an array of events.
pub(super) async fn accept_many(
    orchestrator: &Orchestrator,
    body: Value,
) -> Result<Response, Problem> {
    let items = items_of(body, EXAMPLE)?;
    let mut events = Vec::with_capacity(items.len());
    let mut refused: Vec<Option<Value>> = Vec::with_capacity(items.len());
    let mut stands = Vec::with_capacity(items.len());
    for (n, item) in items.into_iter().enumerate() {
        let at = format!("/{n}");
        let place = Stands::of(&item, &at);
        match message::event(item, &at) {
            Ok(event) => {
                events.push(event);
                stands.push(place);
                refused.push(None);
            }
            Err(problem) => refused.push(Some(problem.to_json())),
        }
    }
    let emitted = orchestrator.emit_many(events).await;
    let mut emitted = emitted.into_iter().zip(stands);
    let answers: Vec<Answer> = refused
        .into_iter()
        .map(|refused| match refused {
            Some(problem) => Answer::Refused(problem),
            None => match emitted.next() {
                Some((Ok(emitted), _)) => Answer::Accepted(Accepted::among_others(emitted)),
                Some((Err(refusal), place)) => {
                    Answer::Refused(place.tell(refusal.into()).to_json())
                }
                None => Answer::Refused(
                    Problem::new(Kind::Unavailable, "No answer came; send it again.").to_json(),
                ),
            },
        })
        .collect();
    written(&answers, answers.len() * ANSWER_BYTES)
}

/// What came of one of many events.
#[derive(Serialize)]
#[serde(untagged)]
enum Answer {
    Accepted(Accepted),
    /// A problem, as JSON.
    Refused(Value),
}

/// The items of a call for many things.
pub(in crate::api) fn items_of(body: Value, example: &str) -> Result<Vec<Value>, Problem> {
    match body {
        Value::Array(items) if items.len() <= BATCH_ITEMS_MAX => Ok(items),
        Value::Array(items) => Err(Problem::new(
            Kind::TooLarge,
            format!(
                "There are {} items; one call takes at most {BATCH_ITEMS_MAX}.",
                items.len()
            ),
        )
        .with("limit", BATCH_ITEMS_MAX)),
        other => Err(Problem::shape(
            "",
            format!(
                "Here stands {}; send an array like {example}.",
                noun(&other)
            ),
        )),
    }
}
