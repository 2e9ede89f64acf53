//! Tasks for a worker in a process of its own, over the HTTP API like anybody's.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use hms_engine::Actor;
use reqwest::{RequestBuilder, Response, StatusCode};
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::runner::{LEASE, NotNow, Source};
use crate::api::TaskJson;

/// How long one question waits for tasks.
const WAIT: Duration = Duration::from_secs(30);
/// How long any other call may take.
const CALL: Duration = Duration::from_secs(20);

/// The HTTP API as a worker's source.
pub(super) struct OverHttp {
    client: reqwest::Client,
    api: String,
    token: Option<String>,
    actor: Actor,
    by: String,
    announced: AtomicBool,
}

impl OverHttp {
    /// For one actor's tasks at an API, under a worker's name.
    pub(super) fn new(
        api: &str,
        token: Option<String>,
        actor: Actor,
        by: String,
    ) -> Result<OverHttp, reqwest::Error> {
        Ok(OverHttp {
            client: reqwest::Client::builder().connect_timeout(CALL).build()?,
            api: api.trim_end_matches('/').to_owned(),
            token,
            actor,
            by,
            announced: AtomicBool::new(false),
        })
    }

    async fn send(&self, request: RequestBuilder, limit: Duration) -> Result<Response, NotNow> {
        let request = match &self.token {
            Some(token) => request.bearer_auth(token),
            None => request,
        };
        let answer = request
            .header("x-worker", &self.by)
            .timeout(limit)
            .send()
            .await?;
        // Refusals that pass; every other one is for the caller to judge.
        match answer.status() {
            StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => Err(NotNow(
                "the API asks for a token – set HMS_API_TOKEN".to_owned(),
            )),
            status if status.is_server_error() || status == StatusCode::TOO_MANY_REQUESTS => {
                Err(NotNow(format!("the API answers {status}")))
            }
            _ => Ok(answer),
        }
    }

    async fn post(&self, path: &str, body: &Value) -> Result<Response, NotNow> {
        let url = format!("{}/act/{path}", self.api);
        self.send(self.client.post(url).json(body), CALL).await
    }

    async fn announce(&self) -> Result<(), NotNow> {
        if !self.announced.load(Ordering::Relaxed) {
            let body = json!({
                "actor": self.actor, "worker": self.by, "version": env!("CARGO_PKG_VERSION"),
            });
            self.post("workers/heartbeat", &body).await?;
            self.announced.store(true, Ordering::Relaxed);
        }
        Ok(())
    }
}

#[async_trait]
impl Source for OverHttp {
    async fn take(&self, limit: u32, stop: &CancellationToken) -> Result<Vec<TaskJson>, NotNow> {
        self.announce().await?;
        let request = self.client.get(format!("{}/act/tasks", self.api)).query(&[
            ("actor", self.actor.to_string()),
            ("limit", limit.to_string()),
            ("wait", format!("{}s", WAIT.as_secs())),
            ("lease", format!("{}s", LEASE.as_secs())),
        ]);
        let answer = tokio::select! {
            () = stop.cancelled() => return Ok(Vec::new()),
            answer = self.send(request, WAIT + CALL) => answer?,
        };
        let status = answer.status();
        if !status.is_success() {
            return Err(NotNow(format!("the API answers {status}")));
        }
        Ok(answer.json().await?)
    }

    async fn done(&self, results: &[(Uuid, Value)]) -> Result<(), NotNow> {
        let items: Vec<Value> = results
            .iter()
            .map(|(id, result)| json!({"id": id, "result": result}))
            .collect();
        let answer = self.post("tasks/complete", &Value::Array(items)).await?;
        let answers: Vec<Value> = answer.json().await?;
        let mut later = Ok(());
        for (answer, (task, _)) in answers.iter().zip(results) {
            match answer["status"].as_u64() {
                Some(200) => {}
                Some(429 | 503) => later = Err(NotNow("the API is busy".to_owned())),
                _ => {
                    tracing::info!(task.id = %task, why = %answer["detail"], "a result came too late")
                }
            }
        }
        later
    }

    async fn failed(&self, task: Uuid, error: &str) -> Result<(), NotNow> {
        let path = format!("tasks/{task}/fail");
        let answer = self.post(&path, &json!({"error": error})).await?;
        if !answer.status().is_success() {
            tracing::info!(task.id = %task, status = %answer.status(), "a failure came too late");
        }
        Ok(())
    }

    async fn renew(&self, task: Uuid) -> Result<bool, NotNow> {
        let path = format!("tasks/{task}/heartbeat?lease={}s", LEASE.as_secs());
        let answer = self.post(&path, &Value::Null).await?;
        Ok(answer.status().is_success())
    }
}

impl From<reqwest::Error> for NotNow {
    fn from(error: reqwest::Error) -> NotNow {
        let what = if error.is_timeout() {
            "the API does not answer in time"
        } else if error.is_connect() {
            "no connection to the API"
        } else {
            "the connection to the API broke off"
        };
        NotNow(what.to_owned())
    }
}
