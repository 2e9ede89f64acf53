//! Which call needs what. A call that stands in no row is for nobody: closed by default.

use axum::http::Method;

use crate::identity::{Grant, Verb};

/// What a caller must be good for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Needs {
    /// Nothing: whoever watches the process calls it.
    Nothing,
    /// Any token.
    Token,
    /// To work on the tasks of some actor; which ones, the call itself looks at.
    Work,
    /// To work, or to read: a worker sees its actor's tasks, a reader all of them.
    WorkOrRead,
    /// This.
    May(Verb),
}

use Needs::{May, Nothing, Token, Work, WorkOrRead};
use Verb::{Change, Deploy, Emit, Read};

/// Every call, by method and path; each also stands under `/act`.
pub(super) const ACCESS: [(&str, &str, Needs); 39] = [
    ("GET", "/healthz", Nothing),
    ("GET", "/readyz", Nothing),
    // What is told about the calls is the same everywhere, and about nobody.
    ("GET", "/openapi.json", Nothing),
    ("GET", "/docs", Nothing),
    ("GET", "/docs.css", Nothing),
    ("GET", "/metrics", May(Read)),
    ("GET", "/problems", Token),
    ("POST", "/events", May(Emit)),
    ("POST", "/events/batch", May(Emit)),
    ("POST", "/files", May(Emit)),
    ("GET", "/files/{id}", WorkOrRead),
    ("GET", "/tasks", WorkOrRead),
    ("GET", "/tasks/{id}", WorkOrRead),
    ("POST", "/tasks/complete", Work),
    ("POST", "/tasks/{id}/claim", Work),
    ("POST", "/tasks/{id}/release", Work),
    ("POST", "/tasks/{id}/heartbeat", Work),
    ("POST", "/tasks/{id}/complete", Work),
    ("POST", "/tasks/{id}/fail", Work),
    ("POST", "/tasks/{id}/pause", Work),
    ("POST", "/tasks/{id}/resume", Work),
    ("POST", "/tasks/{id}/extend", May(Change)),
    ("GET", "/workers", May(Read)),
    ("POST", "/workers/heartbeat", Work),
    ("GET", "/runs", May(Read)),
    ("GET", "/runs/{id}", May(Read)),
    ("GET", "/runs/{id}/history", May(Read)),
    // It holds what was reported and every answer, as the run and its history do.
    ("GET", "/runs/{id}/export", May(Read)),
    ("POST", "/runs/{id}/cancel", May(Change)),
    ("POST", "/runs/{id}/retry", May(Change)),
    ("GET", "/workflows", May(Read)),
    ("GET", "/workflows/{id}", May(Read)),
    ("POST", "/workflows", May(Deploy)),
    ("POST", "/workflows/check", May(Deploy)),
    // Which version a case runs by is decided where versions are put in force; `change` is for one case
    // at a time.
    ("POST", "/workflows/{id}/migrate", May(Deploy)),
    ("GET", "/calendars", May(Read)),
    ("GET", "/calendars/{id}", May(Read)),
    ("POST", "/calendars", May(Deploy)),
    ("GET", "/reports/sla", May(Read)),
];

/// What a call needs; none when the path knows other methods only, or nothing stands there.
pub(super) fn needs(method: &Method, path: &str) -> Option<Needs> {
    let path = path.strip_prefix("/act").unwrap_or(path);
    let method = match *method {
        Method::HEAD => "GET",
        _ => method.as_str(),
    };
    ACCESS
        .iter()
        .find(|(known, at, _)| *known == method && *at == path)
        .map(|(_, _, needs)| *needs)
}

/// Whether a path stands in any row.
pub(super) fn knows(path: &str) -> bool {
    let path = path.strip_prefix("/act").unwrap_or(path);
    ACCESS.iter().any(|(_, at, _)| *at == path)
}

impl Needs {
    /// Whether a grant is enough.
    pub(super) fn met_by(self, grant: &Grant) -> bool {
        match self {
            Nothing | Token => true,
            Work => grant.works(),
            WorkOrRead => grant.works() || grant.may(Read),
            May(verb) => grant.may(verb),
        }
    }

    /// What to ask for when it is not.
    pub(super) fn wanted(self) -> String {
        match self {
            Nothing | Token => "a token".to_owned(),
            Work => "a token for an actor: hms token create --actor AI:NAME".to_owned(),
            WorkOrRead => {
                "a token for an actor, or one that may read: hms token create --may read".to_owned()
            }
            May(verb) => format!(
                "a token that may {verb}: hms token create --may {verb}",
                verb = verb.as_str()
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_call_is_known_by_method_and_path() {
        for (method, path, expect) in [
            (Method::GET, "/act/tasks/{id}", Some(WorkOrRead)),
            (Method::HEAD, "/healthz", Some(Nothing)),
            (Method::POST, "/act/workflows", Some(May(Deploy))),
            (Method::DELETE, "/act/workflows", None),
            (Method::GET, "/act/nowhere", None),
        ] {
            assert_eq!(needs(&method, path), expect, "{method} {path}");
        }
        assert!(knows("/act/workflows") && !knows("/nowhere"));
    }

    #[test]
    fn each_need_is_met_by_what_it_says_and_no_more() {
        let grant = |actors: &[&str], verbs: &[Verb]| Grant {
            token: None,
            actors: actors.iter().map(|actor| actor.parse().unwrap()).collect(),
            verbs: verbs.to_vec(),
        };
        let worker = grant(&["AI:x"], &[]);
        let reader = grant(&[], &[Read]);
        for (needs, by_worker, by_reader) in [
            (Nothing, true, true),
            (Token, true, true),
            (Work, true, false),
            (WorkOrRead, true, true),
            (May(Read), false, true),
            (May(Emit), false, false),
            (May(Deploy), false, false),
            (May(Change), false, false),
        ] {
            assert_eq!(needs.met_by(&worker), by_worker, "{needs:?}");
            assert_eq!(needs.met_by(&reader), by_reader, "{needs:?}");
            assert!(needs.met_by(&Grant::all()), "{needs:?}");
        }
    }
}
