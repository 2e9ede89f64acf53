//! An event as it is sent: the plain shape, or a CloudEvent.

use serde_json::{Map, Value};

use super::super::body::{members_of, noun, text_of};
use super::super::cloud_events;
use super::super::problem::Problem;
use super::{EXTERNAL_BYTES_MAX, NAME_BYTES_MAX};
use crate::orchestrator::{NewEvent, Origin};

/// What the call takes.
pub(super) const EXAMPLE: &str = r#"{"name":"ComplaintLogged","payload":{"complaintId":"C-42"}}"#;

/// Reads one event; `at` is where it stands in the body. A CloudEvent under a plain JSON content
/// type is known by its `specversion`.
pub(super) fn event(value: Value, at: &str) -> Result<NewEvent, Problem> {
    if value.get("specversion").is_some() {
        return cloud_events::structured(value, at);
    }
    let mut members = members_of(value, at, EXAMPLE, &["name", "payload", "id", "source"])?;
    let name = text_of(&mut members, at, "name", NAME_BYTES_MAX)?.ok_or_else(|| {
        Problem::shape(
            &format!("{at}/name"),
            format!("An event needs a name, like {EXAMPLE}."),
        )
    })?;
    let payload = match members.remove("payload") {
        None => Value::Object(Map::new()),
        Some(payload @ Value::Object(_)) => payload,
        Some(other) => {
            return Err(Problem::shape(
                &format!("{at}/payload"),
                format!(
                    "The payload must be a JSON object; here stands {}.",
                    noun(&other)
                ),
            ));
        }
    };
    let id = text_of(&mut members, at, "id", EXTERNAL_BYTES_MAX)?;
    let source = text_of(&mut members, at, "source", EXTERNAL_BYTES_MAX)?;
    let origin = match (source, id) {
        (None, None) => None,
        (Some(source), Some(id)) => Some(Origin { source, id }),
        (Some(_), None) => return Err(lone(at, "id", "source")),
        (None, Some(_)) => return Err(lone(at, "source", "id")),
    };
    Ok(NewEvent {
        name,
        payload,
        origin,
        report: None,
    })
}

fn lone(at: &str, missing: &str, given: &str) -> Problem {
    Problem::shape(
        &format!("{at}/{missing}"),
        format!("\"{given}\" needs \"{missing}\" beside it: a repeat is known by both."),
    )
}
