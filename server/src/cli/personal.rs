//! `hms personal …`: what is kept of people, apart from their cases.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use serde_json::json;
use uuid::Uuid;

use super::Failed;
use super::table::say;
use crate::clock::{moment, wall_ms};
use crate::node::Place;
use crate::store::Note;

/// `hms personal …`: personal data
#[derive(Debug, Args)]
pub(super) struct Personal {
    #[command(subcommand)]
    verb: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Erase the personal data of a run. The run, its figures and its audit trail stay as they are. Works beside a running server
    Erase(Erase),
}

#[derive(Debug, Args)]
struct Erase {
    /// The run
    #[arg(long, value_name = "ID")]
    run: Uuid,

    /// Why, for the audit trail; nothing personal
    #[arg(long, value_name = "TEXT")]
    reason: String,

    /// Where runs are kept: sqlite://PATH or postgres://USER@HOST/NAME. Without it, hms.db in the data folder
    #[arg(
        long,
        env = "HMS_DATABASE_URL",
        value_name = "URL",
        hide_env_values = true
    )]
    database_url: Option<String>,

    /// The folder where data is kept
    #[arg(long, env = "HMS_DATA_DIR", value_name = "DIR", default_value = "data")]
    data_dir: PathBuf,
}

/// The longest reason.
const REASON_CHARS_MAX: usize = 500;

/// Does what `hms personal …` was told.
pub(super) async fn run(personal: Personal) -> Result<(), Failed> {
    match personal.verb {
        What::Erase(args) => erase(args).await,
    }
}

async fn erase(args: Erase) -> Result<(), Failed> {
    let reason = args.reason.trim();
    if reason.is_empty() || reason.chars().count() > REASON_CHARS_MAX {
        return Err(Failed(format!(
            "--reason wants 1 to {REASON_CHARS_MAX} characters"
        )));
    }
    let place = Place {
        data_dir: args.data_dir,
        database_url: args.database_url,
        workflows: None,
        clock_rate: 1.0,
    };
    let store = place.database()?.open().await?;
    if store.shelf().run(args.run).await?.is_none() {
        return Err(Failed(format!("there is no run {}", args.run)));
    }
    let mut journal = store.journal().await?;
    let clock = journal.clock().await?;
    let at = match clock {
        Some((anchor, latest)) => moment(anchor.at(wall_ms()).max(latest)),
        None => moment(wall_ms()),
    };
    drop(journal);
    let command = json!({"order": "erase_personal", "run": args.run, "reason": reason});
    let note = Note {
        at,
        who: "hms personal erase".to_owned(),
        version: None,
        about: Some(args.run),
        command: command.to_string(),
    };
    let erased = store.personal().erase_personal(args.run, &note).await?;
    store.close().await;
    let told = match erased {
        0 => "There was nothing left to erase.\n".to_owned(),
        1 => "Erased 1 value. Copies in backups stay until those are gone.\n".to_owned(),
        many => format!("Erased {many} values. Copies in backups stay until those are gone.\n"),
    };
    say(&told);
    Ok(())
}
