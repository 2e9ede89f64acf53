use clap::Args;
use serde_json::json;
use uuid::Uuid;

use super::Where;
use crate::cli::Failed;
use crate::cli::table::say;
use crate::store::Note;

#[derive(Debug, Args)]
pub(super) struct Erase {
    /// The run
    #[arg(long, value_name = "ID")]
    run: Uuid,

    /// Why, for the audit trail; nothing personal
    #[arg(long, value_name = "TEXT")]
    reason: String,

    #[command(flatten)]
    at: Where,
}

/// The longest reason.
const REASON_CHARS_MAX: usize = 500;

/// Erases what came with a run, and notes it.
pub(super) async fn run(args: Erase) -> Result<(), Failed> {
    let reason = args.reason.trim();
    if reason.is_empty() || reason.chars().count() > REASON_CHARS_MAX {
        return Err(Failed(format!(
            "--reason wants 1 to {REASON_CHARS_MAX} characters"
        )));
    }
    let store = args.at.open().await?;
    if store.shelf().run(args.run).await?.is_none() {
        return Err(Failed(format!("there is no run {}", args.run)));
    }
    let command = json!({"order": "erase_personal", "run": args.run, "reason": reason});
    let note = Note {
        at: super::now(&store).await?,
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
