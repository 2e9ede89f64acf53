use clap::Args;
use serde_json::{Value, json};

use super::Failed;
use super::remote::Remote;
use super::table::{cell, say};

/// `hms emit`: sends an event.
#[derive(Debug, Args)]
pub(super) struct Emit {
    /// What happened: ComplaintLogged
    name: String,

    /// The payload: a JSON object, or @FILE with one in it
    #[arg(
        long,
        env = "HMS_PAYLOAD",
        value_name = "JSON|@FILE",
        default_value = "{}"
    )]
    payload: String,

    #[command(flatten)]
    remote: Remote,
}

/// Sends an event and says what it started and reached.
pub(super) async fn run(args: &Emit) -> Result<(), Failed> {
    let text = match args.payload.strip_prefix('@') {
        Some(path) => std::fs::read_to_string(path)
            .map_err(|error| Failed(format!("cannot read {path}: {error}")))?,
        None => args.payload.clone(),
    };
    let payload: Value = serde_json::from_str(&text)
        .map_err(|error| Failed(format!("the payload is not JSON: {error}")))?;
    let event = json!({"name": args.name, "payload": payload});
    let answer = args.remote.post("events", &event).await?;
    say(&format!("event {}\n", cell(&answer["event_id"])));
    for run in answer["runs"].as_array().into_iter().flatten() {
        say(&format!(
            "run   {}  {}\n",
            cell(&run["run_id"]),
            cell(&run["workflow"])
        ));
    }
    for run in answer["reached"].as_array().into_iter().flatten() {
        say(&format!(
            "case  {}  {}  {}\n",
            cell(&run["run_id"]),
            cell(&run["workflow"]),
            cell(&run["how"])
        ));
    }
    if let Some(note) = answer["note"].as_str() {
        say(&format!("{note}\n"));
    }
    Ok(())
}
