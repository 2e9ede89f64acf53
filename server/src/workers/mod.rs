//! Workers that come with the program: a labeller of fraud reports and a sender of mail. The same
//! worker runs inside the server or as a process of its own that talks HTTP like anybody's.

pub mod email_svc;
pub mod fraud_labeler;
mod inside;
mod link_mail;
mod notifier;
mod over_http;
mod runner;

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use hms_engine::{Actor, ActorKind};
use serde_json::Value;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use self::email_svc::{BadMail, EmailSvc, MailSettings};
use self::fraud_labeler::FraudLabeler;
use self::inside::Inside;
pub use self::link_mail::mail_links;
use self::over_http::OverHttp;
use crate::api::TaskJson;
use crate::config::Serve;
use crate::orchestrator::{Orchestrator, Workforce};
use crate::store::Outbox;

/// Does the tasks of one actor.
#[async_trait]
pub trait Worker: Send + Sync + 'static {
    /// Its name on the command line: `fraud-labeler`.
    fn name(&self) -> &'static str;

    /// Whose tasks it does.
    fn actor(&self) -> Actor;

    /// How many tasks it does at the same time.
    fn at_once(&self) -> u32;

    /// Does a task and answers its result. It may be asked again for the same task.
    async fn work(&self, task: &TaskJson) -> Result<Value, WorkFailed>;
}

/// Why an attempt went wrong. The text is shown to administrators and never holds people's data.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct WorkFailed(pub String);

/// How long a worker inside a stopping server may take to finish what it has begun.
const DRAIN_INSIDE: Duration = Duration::from_millis(2_500);
/// The same for a worker in a process of its own.
const DRAIN_OUTSIDE: Duration = Duration::from_secs(20);

/// Every reference worker.
pub fn reference(
    mail: &MailSettings,
    portal_url: &str,
    data_dir: &Path,
) -> Result<Vec<Arc<dyn Worker>>, BadMail> {
    let email = EmailSvc::new(mail, portal_url, data_dir)?;
    Ok(vec![Arc::new(FraudLabeler), Arc::new(email)])
}

/// Workers at work inside the server.
pub struct Running(JoinSet<()>);

impl Running {
    /// Waits until all have finished what they had begun when the server was told to stop.
    pub async fn finished(mut self) {
        while self.0.join_next().await.is_some() {}
    }
}

/// Starts the reference workers that `hms serve` was told to run inside.
pub fn start(
    args: &Serve,
    orchestrator: &Orchestrator,
    workforce: &Workforce,
    outbox: Arc<dyn Outbox>,
    stop: &CancellationToken,
) -> Result<Running, BadMail> {
    let portal_url = format!("http://{}", args.portal_addr);
    let by = format!("built-in@{}", this_machine());
    let mut running = JoinSet::new();
    for worker in reference(&args.mail, &portal_url, &args.data_dir)? {
        if args.builtin_workers.has(worker.name()) {
            let (orchestrator, workforce) = (orchestrator.clone(), workforce.clone());
            let source = Inside::new(orchestrator, workforce, worker.actor(), by.clone());
            running.spawn(runner::run(
                worker,
                Arc::new(source),
                stop.clone(),
                DRAIN_INSIDE,
            ));
        }
    }
    if args.builtin_workers.has("email-svc") {
        let mail = EmailSvc::new(&args.mail, &portal_url, &args.data_dir)?;
        let orchestrator = orchestrator.clone();
        running.spawn(notifier::run(orchestrator, outbox, mail, stop.clone()));
    }
    Ok(Running(running))
}

/// Works over HTTP until told to stop.
pub async fn work_over_http(
    worker: Arc<dyn Worker>,
    api: &str,
    token: Option<String>,
    by: Option<String>,
    stop: CancellationToken,
) -> Result<(), reqwest::Error> {
    let by = by.unwrap_or_else(|| format!("{}@{}", worker.name(), this_machine()));
    let source = OverHttp::new(api, token, worker.actor(), by)?;
    runner::run(worker, Arc::new(source), stop, DRAIN_OUTSIDE).await;
    Ok(())
}

/// The actor of a worker whose name is one, as those of this module are.
fn actor(kind: ActorKind, name: &str) -> Actor {
    Actor {
        kind,
        name: name.to_owned(),
    }
}

/// The machine's name as far as a worker's name can hold it.
fn this_machine() -> String {
    let name = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    let name: String = name
        .chars()
        .filter(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '.'))
        .take(60)
        .collect();
    if name.is_empty() {
        "localhost".to_owned()
    } else {
        name
    }
}
