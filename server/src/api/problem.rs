//! What went wrong, as RFC 9457 `application/problem+json`: one kind each, with a stable `type`.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use serde_json::{Map, Value, json};

use crate::edge;

/// The media type of an answer that is a problem.
pub const PROBLEM_JSON: &str = "application/problem+json";

/// Every kind of problem the API answers with. Its code is the last part of `type`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// No token, or an unknown one.
    SignIn,
    /// The token is not good for this.
    NotAllowed,
    /// A browser page of another site asks, or asks under another name than this server's.
    OtherSite,
    /// No such path.
    UnknownPath,
    /// The path knows other methods.
    Method,
    /// A query parameter that is unknown or unreadable.
    Parameter,
    /// An actor that is none.
    Actor,
    /// The body is not JSON.
    NotJson,
    /// JSON of another shape than the call takes.
    Shape,
    /// A content type the call does not take.
    MediaType,
    /// The body, a payload or a result is over its limit.
    TooLarge,
    /// The body did not arrive in time.
    Slow,
    /// No workflow starts on this event or waits for it.
    UnknownEvent,
    /// The event is for more running cases than one may reach.
    TooManyCases,
    /// The payload breaks the input of a workflow that starts on the event.
    Payload,
    /// No such task.
    UnknownTask,
    /// No such run.
    UnknownRun,
    /// The run ended long ago and was moved out into a file.
    Archived,
    /// No such workflow.
    UnknownWorkflow,
    /// No such file.
    UnknownFile,
    /// A file that is not taken.
    File,
    /// No such calendar.
    UnknownCalendar,
    /// The task was finished or closed before.
    TaskClosed,
    /// Somebody else has the task.
    TaskHeld,
    /// Nobody has the task.
    TaskNotHeld,
    /// The task waits for its next attempt.
    TaskNotYet,
    /// The result is not one the step takes.
    Result,
    /// The run has ended.
    RunEnded,
    /// Nothing stopped the run.
    NoIncident,
    /// The run cannot be sent to this step.
    NoStep,
    /// The state changed in a way that leaves nothing to do.
    Conflict,
    /// The definition has errors.
    Definition,
    /// The calendar has errors.
    Calendar,
    /// Too much at once.
    Overloaded,
    /// Not now.
    Unavailable,
    /// Nobody knows whether it was kept.
    OutcomeUnknown,
}

/// All kinds, for the page that explains them.
pub(super) const KINDS: [Kind; 36] = [
    Kind::SignIn,
    Kind::NotAllowed,
    Kind::OtherSite,
    Kind::UnknownPath,
    Kind::Method,
    Kind::Parameter,
    Kind::Actor,
    Kind::NotJson,
    Kind::Shape,
    Kind::MediaType,
    Kind::TooLarge,
    Kind::Slow,
    Kind::UnknownEvent,
    Kind::TooManyCases,
    Kind::Payload,
    Kind::UnknownTask,
    Kind::UnknownRun,
    Kind::Archived,
    Kind::UnknownWorkflow,
    Kind::UnknownFile,
    Kind::File,
    Kind::UnknownCalendar,
    Kind::TaskClosed,
    Kind::TaskHeld,
    Kind::TaskNotHeld,
    Kind::TaskNotYet,
    Kind::Result,
    Kind::RunEnded,
    Kind::NoIncident,
    Kind::NoStep,
    Kind::Conflict,
    Kind::Definition,
    Kind::Calendar,
    Kind::Overloaded,
    Kind::Unavailable,
    Kind::OutcomeUnknown,
];

impl Kind {
    /// Code, status and title.
    pub(super) fn parts(self) -> (&'static str, StatusCode, &'static str) {
        use StatusCode as S;
        match self {
            Kind::SignIn => ("sign-in", S::UNAUTHORIZED, "A token is needed"),
            Kind::NotAllowed => (
                "not-allowed",
                S::FORBIDDEN,
                "The token is not good for this",
            ),
            Kind::OtherSite => ("other-site", S::FORBIDDEN, "Asked from another site"),
            Kind::UnknownPath => ("unknown-path", S::NOT_FOUND, "No such path"),
            Kind::Method => (
                "method",
                S::METHOD_NOT_ALLOWED,
                "The path knows other methods",
            ),
            Kind::Parameter => (
                "parameter",
                S::BAD_REQUEST,
                "A query parameter is not understood",
            ),
            Kind::Actor => ("actor", S::BAD_REQUEST, "Not an actor"),
            Kind::NotJson => ("not-json", S::BAD_REQUEST, "The body is not JSON"),
            Kind::Shape => (
                "shape",
                S::UNPROCESSABLE_ENTITY,
                "The body has another shape than this call takes",
            ),
            Kind::MediaType => (
                "media-type",
                S::UNSUPPORTED_MEDIA_TYPE,
                "This call does not take this content type",
            ),
            Kind::TooLarge => ("too-large", S::PAYLOAD_TOO_LARGE, "Too large"),
            Kind::Slow => (
                "slow",
                S::REQUEST_TIMEOUT,
                "The body did not arrive in time",
            ),
            Kind::UnknownEvent => (
                "unknown-event",
                S::UNPROCESSABLE_ENTITY,
                "No workflow starts on this event or waits for it",
            ),
            Kind::TooManyCases => (
                "too-many-cases",
                S::UNPROCESSABLE_ENTITY,
                "The event is for too many running cases",
            ),
            Kind::Payload => (
                "payload",
                S::UNPROCESSABLE_ENTITY,
                "The payload breaks the workflow's input",
            ),
            Kind::UnknownTask => ("unknown-task", S::NOT_FOUND, "No such task"),
            Kind::UnknownRun => ("unknown-run", S::NOT_FOUND, "No such run"),
            Kind::Archived => ("archived", S::GONE, "The run is in the archive"),
            Kind::UnknownWorkflow => ("unknown-workflow", S::NOT_FOUND, "No such workflow"),
            Kind::UnknownFile => ("unknown-file", S::NOT_FOUND, "No such file"),
            Kind::File => ("file", S::UNPROCESSABLE_ENTITY, "This file is not taken"),
            Kind::UnknownCalendar => ("unknown-calendar", S::NOT_FOUND, "No such calendar"),
            Kind::TaskClosed => ("task-closed", S::CONFLICT, "The task is no longer open"),
            Kind::TaskHeld => ("task-held", S::CONFLICT, "Somebody else has the task"),
            Kind::TaskNotHeld => ("task-not-held", S::CONFLICT, "Nobody has the task"),
            Kind::TaskNotYet => (
                "task-not-yet",
                S::CONFLICT,
                "The task waits for its next attempt",
            ),
            Kind::Result => (
                "result",
                S::UNPROCESSABLE_ENTITY,
                "The step does not take this result",
            ),
            Kind::RunEnded => ("run-ended", S::CONFLICT, "The run has ended"),
            Kind::NoIncident => ("no-incident", S::CONFLICT, "Nothing stopped the run"),
            Kind::NoStep => (
                "no-step",
                S::UNPROCESSABLE_ENTITY,
                "The run cannot go to this step",
            ),
            Kind::Conflict => ("conflict", S::CONFLICT, "Somebody was faster"),
            Kind::Definition => (
                "definition",
                S::UNPROCESSABLE_ENTITY,
                "The definition has errors",
            ),
            Kind::Calendar => (
                "calendar",
                S::UNPROCESSABLE_ENTITY,
                "The calendar has errors",
            ),
            Kind::Overloaded => ("overloaded", S::TOO_MANY_REQUESTS, "Too much at once"),
            Kind::Unavailable => ("unavailable", S::SERVICE_UNAVAILABLE, "Not now"),
            Kind::OutcomeUnknown => (
                "outcome-unknown",
                S::SERVICE_UNAVAILABLE,
                "Not known whether it was kept",
            ),
        }
    }
}

/// A problem to answer with.
#[derive(Debug, Clone)]
pub struct Problem {
    kind: Kind,
    detail: String,
    extensions: Map<String, Value>,
    retry_after_s: Option<u32>,
}

impl Problem {
    /// A problem of a kind; the detail says what is wrong here and what would be right.
    pub fn new(kind: Kind, detail: impl Into<String>) -> Problem {
        Problem {
            kind,
            detail: detail.into(),
            extensions: Map::new(),
            retry_after_s: None,
        }
    }

    /// With one more member.
    pub fn with(mut self, name: &str, value: impl Serialize) -> Problem {
        // Only maps with keys that are no text fail to become JSON, and none is put here.
        let value = serde_json::to_value(value).unwrap_or_default();
        self.extensions.insert(name.to_owned(), value);
        self
    }

    /// The same with the pointers of its errors changed, where `to` gives another one.
    pub(super) fn pointing(mut self, to: impl Fn(&str) -> Option<String>) -> Problem {
        let errors = self.extensions.get_mut("errors");
        for error in errors.and_then(Value::as_array_mut).into_iter().flatten() {
            let moved = error.get("pointer").and_then(Value::as_str).and_then(&to);
            if let Some(pointer) = moved {
                error["pointer"] = pointer.into();
            }
        }
        self
    }

    /// JSON of another shape than the call takes: what is wrong, and where (RFC 6901).
    pub fn shape(pointer: &str, detail: impl Into<String>) -> Problem {
        let detail = detail.into();
        Problem::new(Kind::Shape, detail.clone())
            .with("errors", json!([{"pointer": pointer, "detail": detail}]))
    }

    /// With the seconds after which another try makes sense.
    pub fn retry_after(mut self, seconds: u32) -> Problem {
        self.retry_after_s = Some(seconds);
        self
    }

    /// Its HTTP status.
    pub fn status(&self) -> StatusCode {
        self.kind.parts().1
    }

    /// The members as sent.
    pub fn to_json(&self) -> Value {
        let (code, status, title) = self.kind.parts();
        let mut members = Map::new();
        members.insert("type".into(), format!("/act/problems/{code}").into());
        members.insert("title".into(), title.into());
        members.insert("status".into(), status.as_u16().into());
        members.insert("detail".into(), self.detail.clone().into());
        members.extend(self.extensions.clone());
        Value::Object(members)
    }

    /// The members as sent when it is the whole answer: with the id of the request, by which its log lines are found.
    fn to_answer(&self) -> Value {
        let mut members = self.to_json();
        if let Some(id) = edge::id() {
            members["request_id"] = id.into();
        }
        members
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut response = (self.status(), self.to_answer().to_string()).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(PROBLEM_JSON));
        if let Some(seconds) = self.retry_after_s {
            headers.insert(header::RETRY_AFTER, seconds.into());
        }
        if self.kind == Kind::SignIn {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        response
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_has_its_own_code() {
        let mut codes: Vec<_> = KINDS.iter().map(|kind| kind.parts().0).collect();
        codes.sort_unstable();
        codes.dedup();
        assert_eq!(codes.len(), KINDS.len());
    }
}
