use clap::Args;

use super::Failed;
use super::remote::Remote;
use super::table::{Table, cell, moment, say};

/// `hms tasks`: tasks, soonest deadline first.
#[derive(Debug, Args)]
pub(super) struct Tasks {
    /// Of this actor: AI:fraud-labeler, or HUMAN:*
    #[arg(long, env = "HMS_ACTOR")]
    actor: Option<String>,

    /// In these states, parted by commas
    #[arg(long, env = "HMS_STATUS", default_value = "NEW,CLAIMED")]
    status: String,

    /// At most this many
    #[arg(long, env = "HMS_LIMIT", default_value_t = 50)]
    limit: u32,

    #[command(flatten)]
    remote: Remote,
}

/// Lists tasks.
pub(super) async fn run(args: &Tasks) -> Result<(), Failed> {
    let mut query = vec![
        ("status", args.status.clone()),
        ("limit", args.limit.to_string()),
    ];
    query.extend(args.actor.clone().map(|actor| ("actor", actor)));
    let tasks = args.remote.get("tasks", &query).await?;
    let mut table = Table::new(&["DEADLINE", "STATUS", "ACTOR", "STEP", "TAKEN BY", "TASK"]);
    for task in tasks.as_array().into_iter().flatten() {
        table.row(vec![
            moment(&task["expires"]),
            cell(&task["status"]),
            cell(&task["actor"]),
            cell(&task["step_id"]),
            cell(&task["claimed_by"]),
            cell(&task["id"]),
        ]);
    }
    say(&table.lines());
    Ok(())
}
