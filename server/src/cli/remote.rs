//! Asking a running server over its HTTP API.

use std::time::Duration;

use clap::Args;
use reqwest::RequestBuilder;
use serde_json::Value;

use super::Failed;

/// How long an answer may take.
const ANSWER: Duration = Duration::from_secs(30);

/// Which server to ask, and as whom.
#[derive(Clone, Args)]
pub(super) struct Remote {
    /// Where the server's HTTP API is
    #[arg(
        long,
        env = "HMS_API",
        value_name = "URL",
        default_value = "http://127.0.0.1:8100"
    )]
    pub(super) api: String,

    /// The token to call it with; the demonstration needs none
    #[arg(
        long,
        env = "HMS_API_TOKEN",
        value_name = "TOKEN",
        hide_env_values = true
    )]
    pub(super) token: Option<String>,
}

impl std::fmt::Debug for Remote {
    /// Without the token.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Remote").field("api", &self.api).finish()
    }
}

impl Remote {
    /// What stands at a path.
    pub(super) async fn get(&self, path: &str, query: &[(&str, String)]) -> Result<Value, Failed> {
        let request = reqwest::Client::new().get(self.url(path)).query(query);
        self.ask(request).await
    }

    /// The answer to a body.
    pub(super) async fn post(&self, path: &str, body: &Value) -> Result<Value, Failed> {
        let request = reqwest::Client::new().post(self.url(path)).json(body);
        self.ask(request).await
    }

    /// The answer to a definition.
    pub(super) async fn post_yaml(
        &self,
        path: &str,
        query: &[(&str, String)],
        text: String,
    ) -> Result<Value, Failed> {
        let request = reqwest::Client::new().post(self.url(path)).query(query);
        let request = request
            .header("content-type", "application/yaml")
            .body(text);
        self.ask(request).await
    }

    fn url(&self, path: &str) -> String {
        format!("{}/act/{path}", self.api.trim_end_matches('/'))
    }

    async fn ask(&self, request: RequestBuilder) -> Result<Value, Failed> {
        let request = match &self.token {
            Some(token) => request.bearer_auth(token),
            None => request,
        };
        let unreachable = |error: reqwest::Error| {
            let api = &self.api;
            Failed(if error.is_connect() {
                format!("nobody answers at {api} – is `hms serve` running there? (--api URL)")
            } else {
                format!("no answer from {api}: {error}")
            })
        };
        let answer = request.timeout(ANSWER).send().await.map_err(unreachable)?;
        let good = answer.status().is_success();
        let body: Value = answer.json().await.map_err(unreachable)?;
        if good {
            return Ok(body);
        }
        let word = |name: &str| body[name].as_str().unwrap_or_default().to_owned();
        Err(Failed(format!("{}: {}", word("title"), word("detail"))))
    }
}
