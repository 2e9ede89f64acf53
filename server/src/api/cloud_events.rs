//! CloudEvents 1.0 over HTTP: structured, binary and batch mode. `type` is the event's name, `data`
//! its payload; `source` and `id` are by what a repeat is known.

use axum::http::HeaderMap;
use serde_json::{Map, Value};

use super::body::{Media, Sent, noun, parse, text_of};
use super::events::{EXTERNAL_BYTES_MAX, NAME_BYTES_MAX};
use super::problem::{Kind, Problem};
use crate::orchestrator::{NewEvent, Origin};

const EXAMPLE: &str =
    r#"{"specversion":"1.0","id":"1","source":"/portal","type":"ComplaintLogged","data":{}}"#;

/// Whether the headers carry a CloudEvent in binary mode.
pub(super) fn is_binary(headers: &HeaderMap) -> bool {
    headers.contains_key("ce-specversion")
}

/// A CloudEvent in binary mode: attributes in `ce-` headers, the data in the body.
pub(super) fn binary<const MAX: usize>(sent: &Sent<MAX>) -> Result<NewEvent, Problem> {
    if !matches!(sent.media, Media::None | Media::Json) {
        return Err(super::body::wrong_media("application/json"));
    }
    let mut attributes = Map::new();
    for name in ["specversion", "id", "source", "type"] {
        if let Some(value) = sent.headers.get(format!("ce-{name}")) {
            let text = percent_decoded(value.as_bytes()).ok_or_else(|| {
                Problem::new(
                    Kind::Parameter,
                    format!("The header ce-{name} is not UTF-8."),
                )
            })?;
            attributes.insert(name.to_owned(), text.into());
        }
    }
    let data = if sent.bytes.is_empty() {
        Value::Object(Map::new())
    } else {
        parse(&sent.bytes, r#"{"complaintId":"C-42"}"#)?
    };
    attributes.insert("data".to_owned(), data);
    structured(Value::Object(attributes), "")
}

/// A CloudEvent in structured mode; `at` is where it stands in the body.
pub(super) fn structured(event: Value, at: &str) -> Result<NewEvent, Problem> {
    let Value::Object(mut members) = event else {
        return Err(Problem::shape(
            at,
            format!(
                "Here stands {}; send a CloudEvent like {EXAMPLE}.",
                noun(&event)
            ),
        ));
    };
    let mut needed = |name: &str, max| {
        text_of(&mut members, at, name, max)?.ok_or_else(|| {
            Problem::shape(
                &format!("{at}/{name}"),
                format!("A CloudEvent needs \"{name}\", like {EXAMPLE}."),
            )
        })
    };
    let version = needed("specversion", 16)?;
    let name = needed("type", NAME_BYTES_MAX)?;
    let origin = Origin {
        source: needed("source", EXTERNAL_BYTES_MAX)?,
        id: needed("id", EXTERNAL_BYTES_MAX)?,
    };
    if version != "1.0" {
        return Err(Problem::shape(
            &format!("{at}/specversion"),
            "This server takes CloudEvents of version 1.0.",
        ));
    }
    if members.contains_key("data_base64") {
        return Err(Problem::shape(
            &format!("{at}/data_base64"),
            "Send JSON in \"data\"; binary data is not taken.",
        ));
    }
    let payload = match members.remove("data") {
        None => Value::Object(Map::new()),
        Some(data @ Value::Object(_)) => data,
        Some(other) => {
            return Err(Problem::shape(
                &format!("{at}/data"),
                format!(
                    "The data must be a JSON object; here stands {}.",
                    noun(&other)
                ),
            ));
        }
    };
    Ok(NewEvent {
        name,
        payload,
        origin: Some(origin),
        report: None,
    })
}

/// A header's value as the CloudEvents HTTP binding writes it (its section 3.1.3.2).
fn percent_decoded(bytes: &[u8]) -> Option<String> {
    let hex = |byte: &u8| (*byte as char).to_digit(16);
    let mut decoded = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let pair = (
            bytes.get(at + 1).and_then(hex),
            bytes.get(at + 2).and_then(hex),
        );
        match (bytes[at], pair) {
            (b'%', (Some(high), Some(low))) => {
                decoded.push((high * 16 + low) as u8);
                at += 3;
            }
            (byte, _) => {
                decoded.push(byte);
                at += 1;
            }
        }
    }
    String::from_utf8(decoded).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn header_values_are_decoded() {
        for (sent, read) in [
            ("ComplaintLogged", Some("ComplaintLogged")),
            ("Euro%20%E2%82%AC", Some("Euro €")),
            ("100%", Some("100%")),
            ("%zz", Some("%zz")),
            ("%ff", None),
        ] {
            assert_eq!(percent_decoded(sent.as_bytes()).as_deref(), read, "{sent}");
        }
    }
}
