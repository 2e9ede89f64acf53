//! A server to ask, and a way to say what is asked and what must come back.

use std::fs::File;

use axum::Router;
use axum::body::Body;
use axum::http::{HeaderMap, Request};
use hms_server::api::{self, Api, ApiAuth};
use hms_server::files::Cabinet;
use hms_server::node::{self, Place};
use hms_server::orchestrator::{Orchestrator, Workforce};
use hms_server::store::Store;
use hms_server::trail::{self, Fault};
use http_body_util::BodyExt;
use serde_json::{Value, json};
use sqlx::{AssertSqlSafe, Connection, Executor, SqliteConnection};
use tempfile::TempDir;
use tokio_util::sync::CancellationToken;
use tower::ServiceExt;

/// A server in a folder of its own.
pub(crate) struct House {
    pub(crate) orchestrator: Orchestrator,
    pub(crate) store: Store,
    pub(crate) stop: CancellationToken,
    router: Router,
    data: TempDir,
    _lock: Option<File>,
}

/// What came back.
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Value,
}

impl House {
    /// With the API open, as in the demonstration.
    pub(crate) async fn open() -> House {
        House::with(ApiAuth::open(), 1.0).await
    }

    pub(crate) async fn with(auth: ApiAuth, clock_rate: f64) -> House {
        House::by(|_| auth, clock_rate).await
    }

    /// With whom its store lets in.
    pub(crate) async fn by(auth: impl FnOnce(&Store) -> ApiAuth, clock_rate: f64) -> House {
        let data = tempfile::tempdir().unwrap();
        let place = Place {
            data_dir: data.path().to_owned(),
            database_url: None,
            workflows: None,
            clock_rate,
        };
        let opened = node::open(&place).await.unwrap();
        let (orchestrator, store, lock) = opened.start();
        let stop = CancellationToken::new();
        let workforce = Workforce::open(store.workforce(), &stop);
        let auth = auth(&store);
        let api = Api::new(
            orchestrator.clone(),
            workforce,
            Cabinet::new(store.files()),
            auth,
            stop.clone(),
        );
        House {
            router: api::router(api),
            orchestrator,
            store,
            stop,
            data,
            _lock: lock,
        }
    }

    /// Sends a request; `body` is sent as it is.
    pub(crate) async fn ask(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: impl Into<Body>,
    ) -> Answer {
        let mut request = Request::builder().method(method).uri(path);
        if !headers.iter().any(|(name, _)| *name == "host") {
            request = request.header("host", "localhost:8100");
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request.body(body.into()).unwrap();
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let bytes = body.collect().await.unwrap().to_bytes();
        let body = serde_json::from_slice(&bytes)
            .unwrap_or_else(|_| Value::String(String::from_utf8_lossy(&bytes).into_owned()));
        Answer {
            status: parts.status.as_u16(),
            headers: parts.headers,
            body,
        }
    }

    /// Where its data is.
    /// What is not as it was written, in the audit trail and beside it. Every case is covered.
    pub(crate) async fn verified(&self) -> Vec<String> {
        let mut told = Vec::new();
        let mut tell = |fault: Fault| told.push(fault.to_string());
        let trail = self.store.trail();
        let looked = trail::verify(trail.as_ref(), None, None, &mut tell).await;
        assert_eq!(looked.unwrap().uncovered, 0);
        told
    }

    /// Changes what is kept behind the program's back.
    pub(crate) async fn tamper(&self, sql: &str) {
        let url = format!("sqlite://{}", self.data.path().join("hms.db").display());
        let mut connection = SqliteConnection::connect(&url).await.unwrap();
        let done = connection.execute(AssertSqlSafe(sql.to_owned())).await;
        assert!(done.unwrap().rows_affected() > 0, "nothing was changed");
        connection.close().await.unwrap();
    }

    pub(crate) fn data_dir(&self) -> &std::path::Path {
        self.data.path()
    }

    /// Its routes, to be served over a socket.
    pub(crate) fn router(&self) -> Router {
        self.router.clone()
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.ask("GET", path, &[], "").await
    }

    pub(crate) async fn post(&self, path: &str, body: &Value) -> Answer {
        let headers = [("content-type", "application/json")];
        self.ask("POST", path, &headers, body.to_string()).await
    }

    /// Files a complaint and gives its run and the labeller's task.
    pub(crate) async fn complaint(&self) -> (String, String) {
        let event = json!({"name": "ComplaintLogged", "payload": {"complaintId": "C-42", "text": "Spam calls"}});
        let answer = self.post("/act/events", &event).await;
        assert_eq!(answer.status, 202, "{}", answer.body);
        let run = text(&answer.body["runs"][0]["run_id"]);
        (run.clone(), self.task_of(&run).await)
    }

    /// The open task of a run.
    pub(crate) async fn task_of(&self, run: &str) -> String {
        let run = self.get(&format!("/act/runs/{run}")).await.body;
        let open = |task: &&Value| task["status"] == "NEW" || task["status"] == "CLAIMED";
        text(&run["tasks"].as_array().unwrap().iter().find(open).unwrap()["id"])
    }
}

/// A value's text.
pub(crate) fn text(value: &Value) -> String {
    value
        .as_str()
        .unwrap_or_else(|| panic!("no text: {value}"))
        .to_owned()
}

/// A request and what must come back: the status, and at least these members.
pub(crate) struct Case {
    pub(crate) method: &'static str,
    pub(crate) path: String,
    pub(crate) headers: &'static [(&'static str, &'static str)],
    pub(crate) body: String,
    pub(crate) status: u16,
    pub(crate) expect: Value,
}

/// A POST of JSON and its expectation.
pub(crate) fn post(path: &str, body: &str, status: u16, expect: Value) -> Case {
    Case {
        method: "POST",
        path: path.to_owned(),
        headers: &[("content-type", "application/json")],
        body: body.to_owned(),
        status,
        expect,
    }
}

/// A GET and its expectation.
pub(crate) fn get(path: &str, status: u16, expect: Value) -> Case {
    Case {
        method: "GET",
        path: path.to_owned(),
        headers: &[],
        body: String::new(),
        status,
        expect,
    }
}

/// Asks each and checks each.
pub(crate) async fn check(house: &House, cases: Vec<Case>) {
    for case in cases {
        let answer = house
            .ask(case.method, &case.path, case.headers, case.body.clone())
            .await;
        let said = format!(
            "{} {} {:.200} → {} {}",
            case.method, case.path, case.body, answer.status, answer.body
        );
        assert_eq!(answer.status, case.status, "{said}");
        if let Some(missing) = missing(&case.expect, &answer.body, "") {
            panic!("{said}\n{missing}");
        }
        if answer.status >= 400 {
            assert_eq!(
                answer.headers["content-type"], "application/problem+json",
                "{said}"
            );
            assert_eq!(answer.body["status"], case.status, "{said}");
            for member in ["type", "title", "detail"] {
                assert!(answer.body[member].is_string(), "{member}: {said}");
            }
        }
    }
}

/// Where an answer has not what is expected; texts that begin with `…` need only hold the rest.
pub(crate) fn missing(expect: &Value, have: &Value, at: &str) -> Option<String> {
    match (expect, have) {
        (Value::Object(expect), Value::Object(have)) => expect.iter().find_map(|(name, value)| {
            let at = format!("{at}/{name}");
            match have.get(name) {
                Some(have) => missing(value, have, &at),
                None => Some(format!("nothing at {at}")),
            }
        }),
        (Value::Array(expect), Value::Array(have)) if expect.len() == have.len() => expect
            .iter()
            .zip(have)
            .enumerate()
            .find_map(|(n, (expect, have))| missing(expect, have, &format!("{at}/{n}"))),
        (Value::String(expect), Value::String(have)) if expect.starts_with('…') => {
            let part = expect.trim_start_matches('…');
            (!have.contains(part)).then(|| format!("{at}: no \"{part}\" in \"{have}\""))
        }
        _ => (expect != have).then(|| format!("{at}: {have} is not {expect}")),
    }
}
