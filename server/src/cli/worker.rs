use std::path::PathBuf;

use clap::Args;
use tokio_util::sync::CancellationToken;

use super::Failed;
use super::remote::Remote;
use super::table::say;
use crate::workers::email_svc::MailSettings;
use crate::workers::{reference, work_over_http};

/// `hms worker`: a reference worker in a process of its own.
#[derive(Debug, Args)]
pub(super) struct Worker {
    /// Which one: fraud-labeler or email-svc
    name: String,

    /// What it calls itself to the server; without it NAME@MACHINE
    #[arg(long = "as", env = "HMS_WORKER_AS", value_name = "WORKER")]
    called: Option<String>,

    /// The folder where email-svc writes messages when there is no mail server
    #[arg(long, env = "HMS_DATA_DIR", value_name = "DIR", default_value = "data")]
    data_dir: PathBuf,

    #[command(flatten)]
    mail: MailSettings,

    #[command(flatten)]
    remote: Remote,
}

/// Where the pages are when nobody says.
const PORTAL_URL: &str = "http://127.0.0.1:7000";

/// Works until told to stop, then finishes what it has begun.
pub(super) async fn run(args: Worker) -> Result<(), Failed> {
    let all = reference(&args.mail, PORTAL_URL, &args.data_dir)?;
    let names: Vec<&str> = all.iter().map(|worker| worker.name()).collect();
    let names = names.join(" or ");
    let worker = all
        .into_iter()
        .find(|worker| worker.name() == args.name)
        .ok_or_else(|| {
            Failed(format!(
                "there is no worker \"{}\" – use {names}",
                args.name
            ))
        })?;
    say(&format!(
        "{} works on {} at {}\n",
        worker.name(),
        worker.actor(),
        args.remote.api
    ));
    let stop = CancellationToken::new();
    let told = stop.clone();
    let signals = tokio::spawn(async move {
        let signalled = super::told_to_stop().await;
        told.cancel();
        signalled
    });
    let Remote { api, token } = args.remote;
    work_over_http(worker, &api, token, args.called, stop).await?;
    signals.abort();
    Ok(())
}
