use clap::Args;
use serde_json::Value;

use super::Failed;
use super::remote::Remote;
use super::table::{Table, cell, moment, say};

/// How many rows of a history one call asks for.
const PAGE: u64 = 500;

/// `hms runs`: runs, newest first.
#[derive(Debug, Args)]
pub(super) struct Runs {
    /// In these states, parted by commas: RUNNING, COMPLETED, FAILED, CANCELLED
    #[arg(long, env = "HMS_STATUS")]
    status: Option<String>,

    /// Of this workflow
    #[arg(long, env = "HMS_WORKFLOW")]
    workflow: Option<String>,

    /// Waiting for this: human, or timer (the end of a wait, or the next attempt of a task)
    #[arg(long, env = "HMS_WAITING", value_name = "WHAT")]
    waiting: Option<String>,

    /// Only those in which nothing moves until somebody steps in: all that is left of them has stopped,
    /// or nobody works for an actor with an open task
    #[arg(long)]
    stuck: bool,

    /// Only those that stopped at an incident
    #[arg(long)]
    stopped: bool,

    /// Only those with a missed deadline
    #[arg(long)]
    breached: bool,

    /// Only those that this run called
    #[arg(long, env = "HMS_PARENT", value_name = "RUN")]
    parent: Option<String>,

    /// Whose report number, business key or id begins with this
    #[arg(long, short, env = "HMS_QUERY", value_name = "TEXT")]
    query: Option<String>,

    /// At most this many
    #[arg(long, env = "HMS_LIMIT", default_value_t = 50)]
    limit: u32,

    #[command(flatten)]
    remote: Remote,
}

/// `hms run`: one run with its tasks and its history.
#[derive(Debug, Args)]
pub(super) struct Run {
    /// Its id
    id: String,

    #[command(flatten)]
    remote: Remote,
}

/// Lists runs.
pub(super) async fn list(args: &Runs) -> Result<(), Failed> {
    let mut query = vec![("limit", args.limit.to_string())];
    let filters = [
        ("status", &args.status),
        ("workflow", &args.workflow),
        ("waiting", &args.waiting),
        ("parent", &args.parent),
        ("q", &args.query),
    ];
    query.extend(
        filters
            .into_iter()
            .filter_map(|(name, text)| Some((name, text.clone()?))),
    );
    let flags = [
        ("stuck", args.stuck),
        ("stopped", args.stopped),
        ("breached", args.breached),
    ];
    query.extend(
        flags
            .into_iter()
            .filter(|(_, set)| *set)
            .map(|(name, _)| (name, "true".to_owned())),
    );
    let runs = args.remote.get("runs", &query).await?;
    let mut table = Table::new(&[
        "STARTED",
        "STATUS",
        "WORKFLOW",
        "CASE",
        "AT",
        "WAITS FOR",
        "RUN",
    ]);
    for run in runs.as_array().into_iter().flatten() {
        table.row(vec![
            moment(&run["started"]),
            standing(run),
            cell(&run["workflow"]),
            cell(&run["case"]),
            steps(&run["at"]),
            steps(&run["waits_for"]),
            cell(&run["id"]),
        ]);
    }
    say(&table.lines());
    Ok(())
}

/// Shows a run.
pub(super) async fn one(args: &Run) -> Result<(), Failed> {
    let path = format!("runs/{}", args.id);
    let run = args.remote.get(&path, &[]).await?;
    say(&format!(
        "{}  {}  {}  since {}\n",
        cell(&run["workflow"]),
        cell(&run["case"]),
        standing(&run),
        moment(&run["started"]),
    ));
    for incident in run["incidents"].as_array().into_iter().flatten() {
        say(&format!(
            "stopped at {}: {}\n",
            cell(&incident["step"]),
            cell(&incident["message"])
        ));
    }
    let mut history = Table::new(&["WHEN", "WHO", "WHAT", "STEP", "DETAIL"]);
    let mut after = 0;
    loop {
        let query = [("after", after.to_string()), ("limit", PAGE.to_string())];
        let page = args.remote.get(&format!("{path}/history"), &query).await?;
        let rows = page.as_array().map_or(&[][..], Vec::as_slice);
        for row in rows {
            for entry in row["entries"].as_array().into_iter().flatten() {
                history.row(vec![
                    moment(&row["at"]),
                    cell(&row["who"]),
                    cell(&entry["kind"]).replace('_', " "),
                    cell(&entry["step"]),
                    detail(entry),
                ]);
            }
        }
        match rows.last().and_then(|row| row["seq"].as_u64()) {
            Some(last) if rows.len() as u64 == PAGE => after = last,
            _ => break,
        }
    }
    say(&format!("\n{}", history.lines()));
    Ok(())
}

fn standing(run: &Value) -> String {
    let mut words = cell(&run["status"]);
    for (flag, word) in [("stopped", "stopped"), ("breached", "breached")] {
        if run[flag] == true {
            words += &format!(", {word}");
        }
    }
    words
}

fn steps(at: &Value) -> String {
    let steps: Vec<String> = at.as_array().into_iter().flatten().map(cell).collect();
    if steps.is_empty() {
        "–".to_owned()
    } else {
        steps.join(", ")
    }
}

/// An entry's own members, short.
fn detail(entry: &Value) -> String {
    let known = ["kind", "step", "task"];
    let members = entry.as_object().into_iter().flatten();
    let parts: Vec<String> = members
        .filter(|(name, _)| !known.contains(&name.as_str()))
        .map(|(name, value)| format!("{name}={}", cell(value)))
        .collect();
    parts.join(" ").chars().take(100).collect()
}
