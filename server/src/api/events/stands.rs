//! Where the parts of an event stand in the body it came in, so that a fault names its place there.

use serde_json::Value;

use super::super::Problem;

/// The pointers (RFC 6901) of an event's name and payload in a body.
pub(super) struct Stands {
    name: String,
    payload: String,
}

impl Stands {
    /// Of an event in JSON that stands at `at`: plain, or a CloudEvent.
    pub(super) fn of(event: &Value, at: &str) -> Stands {
        let (name, payload) = match event.get("specversion") {
            Some(_) => ("type", "data"),
            None => ("name", "payload"),
        };
        Stands {
            name: format!("{at}/{name}"),
            payload: format!("{at}/{payload}"),
        }
    }

    /// Of a CloudEvent in binary mode: the body is the payload, and the name is a header.
    pub(super) fn binary() -> Stands {
        Stands {
            name: String::new(),
            payload: String::new(),
        }
    }

    /// A problem that tells of `/name` and `/payload` as one that tells of this body.
    pub(super) fn tell(&self, problem: Problem) -> Problem {
        problem.pointing(|pointer| {
            let moved = |part: &str, to: &str| {
                let rest = pointer.strip_prefix(part)?;
                (rest.is_empty() || rest.starts_with('/')).then(|| format!("{to}{rest}"))
            };
            moved("/name", &self.name).or_else(|| moved("/payload", &self.payload))
        })
    }
}
