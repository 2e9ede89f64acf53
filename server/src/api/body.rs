//! Reading a request's body: bounded in size and time, of a known content type, with mistakes told
//! by line and column.

use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::extract::{FromRequest, Request};
use axum::http::{HeaderMap, header};
use http_body_util::{BodyExt, LengthLimitError, Limited};
use serde_json::{Map, Value};

use super::problem::{Kind, Problem};

/// Largest body of a call for one thing, in bytes.
pub const BODY_BYTES_MAX: usize = 1024 * 1024;
/// Largest body of a call for many things, in bytes.
pub const BATCH_BYTES_MAX: usize = 8 * 1024 * 1024;
/// Most things in one call.
pub const BATCH_ITEMS_MAX: usize = 1000;

/// A body over its limit is read on and thrown away up to here, because a client that is still
/// sending would see its connection break instead of the answer.
const DISCARD_BYTES_MAX: usize = 32 * 1024 * 1024;
/// How long a body may take to arrive.
const ARRIVAL: Duration = Duration::from_secs(30);

/// What a body is, by its content type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Media {
    /// No content type at all.
    None,
    /// JSON.
    Json,
    /// A CloudEvent in structured mode.
    CloudEvent,
    /// A batch of CloudEvents.
    CloudEvents,
    /// YAML.
    Yaml,
    /// A file, whatever it holds.
    Bytes,
    /// Anything else.
    Other,
}

impl Media {
    /// By the headers of a request.
    pub(super) fn of(headers: &HeaderMap) -> Media {
        let Some(value) = headers.get(header::CONTENT_TYPE) else {
            return Media::None;
        };
        let text = value.to_str().unwrap_or("?").to_ascii_lowercase();
        match text.split(';').next().unwrap_or_default().trim() {
            "application/json" | "text/json" => Media::Json,
            "application/cloudevents+json" => Media::CloudEvent,
            "application/cloudevents-batch+json" => Media::CloudEvents,
            "application/yaml" | "application/x-yaml" | "text/yaml" | "text/x-yaml" => Media::Yaml,
            "application/octet-stream" => Media::Bytes,
            other if other.starts_with("application/") && other.ends_with("+json") => Media::Json,
            _ => Media::Other,
        }
    }
}

/// A body that arrived, with the headers it came under.
pub(super) struct Sent<const MAX: usize = BODY_BYTES_MAX> {
    /// What it is.
    pub(super) media: Media,
    /// The request's headers.
    pub(super) headers: HeaderMap,
    /// The bytes.
    pub(super) bytes: Bytes,
}

/// The body of a call for many things.
pub(super) type SentMany = Sent<BATCH_BYTES_MAX>;

impl<S: Send + Sync, const MAX: usize> FromRequest<S> for Sent<MAX> {
    type Rejection = Problem;

    async fn from_request(request: Request, _state: &S) -> Result<Self, Problem> {
        let (parts, body) = request.into_parts();
        let headers = parts.headers;
        let bytes = tokio::time::timeout(ARRIVAL, read(&headers, body, MAX))
            .await
            .map_err(|_| {
                Problem::new(
                    Kind::Slow,
                    format!("The body did not arrive within {} s.", ARRIVAL.as_secs()),
                )
            })??;
        Ok(Sent {
            media: Media::of(&headers),
            headers,
            bytes,
        })
    }
}

async fn read(headers: &HeaderMap, body: Body, max: usize) -> Result<Bytes, Problem> {
    let too_large = || {
        Problem::new(
            Kind::TooLarge,
            format!("The body is larger than {max} bytes, the limit of this call."),
        )
        .with("limit", max)
    };
    let announced = headers
        .get(header::CONTENT_LENGTH)
        .and_then(|value| value.to_str().ok()?.parse::<usize>().ok());
    if announced.is_some_and(|length| length > max) {
        // Whoever waits to be told to continue has sent nothing yet.
        if !headers.contains_key(header::EXPECT) {
            discard(body).await;
        }
        return Err(too_large());
    }
    let mut body = body;
    match Limited::new(&mut body, max).collect().await {
        Ok(collected) => Ok(collected.to_bytes()),
        Err(error) if error.is::<LengthLimitError>() => {
            discard(body).await;
            Err(too_large())
        }
        Err(_) => Err(Problem::new(Kind::Slow, "The body broke off.")),
    }
}

async fn discard(mut body: Body) {
    let mut seen = 0;
    while let Some(Ok(frame)) = body.frame().await {
        seen += frame.data_ref().map_or(0, Bytes::len);
        if seen > DISCARD_BYTES_MAX {
            return;
        }
    }
}

impl<const MAX: usize> Sent<MAX> {
    /// The body as JSON of any shape; `example` is what the call takes.
    pub(super) fn json(&self, example: &str) -> Result<Value, Problem> {
        if !matches!(self.media, Media::None | Media::Json) {
            return Err(wrong_media("application/json"));
        }
        parse(&self.bytes, example)
    }

    /// The body as a JSON object with these members and no others; no body is an empty object.
    pub(super) fn members(
        &self,
        example: &str,
        known: &[&str],
    ) -> Result<Map<String, Value>, Problem> {
        if self.bytes.is_empty() {
            return Ok(Map::new());
        }
        members_of(self.json(example)?, "", example, known)
    }

    /// The body as YAML text.
    pub(super) fn yaml(&self) -> Result<&str, Problem> {
        if !matches!(self.media, Media::None | Media::Yaml) {
            return Err(wrong_media("application/yaml"));
        }
        std::str::from_utf8(&self.bytes).map_err(|error| {
            Problem::new(
                Kind::Shape,
                format!("The text is not UTF-8: byte {}.", error.valid_up_to()),
            )
        })
    }
}

/// Says which content type the call takes.
pub(super) fn wrong_media(right: &str) -> Problem {
    Problem::new(
        Kind::MediaType,
        format!("Send it with the header \"Content-Type: {right}\", or with no content type."),
    )
    .with("takes", right)
}

/// Reads JSON; a mistake is told by line and column.
pub(super) fn parse(bytes: &[u8], example: &str) -> Result<Value, Problem> {
    if bytes.iter().all(u8::is_ascii_whitespace) {
        return Err(Problem::new(
            Kind::NotJson,
            format!("The body is empty. Send JSON like {example}."),
        ));
    }
    serde_json::from_slice(bytes).map_err(|error| {
        let (line, column) = (error.line(), error.column());
        // serde_json ends its words with the place, which stands before them here.
        let words = error.to_string();
        let words = words.split(" at line ").next().unwrap_or_default();
        Problem::new(
            Kind::NotJson,
            format!("Line {line}, column {column}: {words}. Send JSON like {example}."),
        )
        .with("line", line)
        .with("column", column)
    })
}

/// The members of an object that has no others; `at` is where it stands in the body.
pub(super) fn members_of(
    value: Value,
    at: &str,
    example: &str,
    known: &[&str],
) -> Result<Map<String, Value>, Problem> {
    let Value::Object(members) = value else {
        return Err(Problem::shape(
            at,
            format!(
                "Here stands {}; send an object like {example}.",
                noun(&value)
            ),
        ));
    };
    match members.keys().find(|key| !known.contains(&key.as_str())) {
        None => Ok(members),
        Some(key) => Err(Problem::shape(
            &format!("{at}/{}", escaped(key)),
            format!("\"{key}\" is not known here; known: {}.", known.join(", ")),
        )),
    }
}

/// A member that must be a text with something in it, at most `max` bytes long.
pub(super) fn text_of(
    members: &mut Map<String, Value>,
    at: &str,
    name: &str,
    max: usize,
) -> Result<Option<String>, Problem> {
    match members.remove(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) if !text.trim().is_empty() && text.len() <= max => Ok(Some(text)),
        Some(_) => Err(Problem::shape(
            &format!("{at}/{name}"),
            format!("\"{name}\" must be a text of 1 to {max} bytes."),
        )),
    }
}

/// What a JSON value is, in words.
pub(super) fn noun(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "true or false",
        Value::Number(_) => "a number",
        Value::String(_) => "a text",
        Value::Array(_) => "an array",
        Value::Object(_) => "an object",
    }
}

/// A key as a part of a JSON pointer.
pub(super) fn escaped(key: &str) -> String {
    key.replace('~', "~0").replace('/', "~1")
}
