//! `hms transfer`: from one file to a database of many nodes.

use std::fmt;

use clap::Args;

use super::Failed;
use crate::node::{self, Place};
use crate::store::{self, Database};

/// `hms transfer`: moves an installation from SQLite to PostgreSQL. No hms may work on either meanwhile; interrupted, it goes on where it was
#[derive(Args)]
pub(super) struct Transfer {
    /// The file: sqlite://PATH
    #[arg(long, value_name = "URL")]
    from: String,

    /// An empty database: postgres://USER@HOST/NAME
    #[arg(
        long,
        env = "HMS_TRANSFER_TO",
        value_name = "URL",
        hide_env_values = true
    )]
    to: String,
}

/// Without what the addresses may hold.
impl fmt::Debug for Transfer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Transfer").finish_non_exhaustive()
    }
}

/// Moves everything, tells how far it is, and compares both sides at the end.
pub(super) async fn run(args: Transfer) -> Result<(), Failed> {
    let (Database::File(from), Database::Server(to)) = (database(&args.from)?, database(&args.to)?)
    else {
        return Err(Failed(
            "transfer goes --from sqlite://PATH --to postgres://USER@HOST/NAME".to_owned(),
        ));
    };
    if !from.exists() {
        return Err(Failed(format!("there is no file {}", from.display())));
    }
    let _lock = node::lock(&from.with_extension("lock"))?;
    let mut tell = |table: &str, rows: i64| eprintln!("{table}: {rows}");
    let moved = store::transfer(&from, &to, &mut tell).await?;
    let mut text = String::new();
    for (table, rows) in &moved.tables {
        text += &format!("{table:<16}{rows:>12}\n");
    }
    say(&format!(
        "{text}\nThe same on both sides; the audit trail is {}.\n\
         Now start hms with --database-url and the same data folder, for its server.key and its checkpoints.",
        moved.audit
    ));
    Ok(())
}

fn database(url: &str) -> Result<Database, Failed> {
    let place = Place {
        data_dir: ".".into(),
        database_url: Some(url.to_owned()),
        workflows: None,
        clock_rate: 1.0,
    };
    Ok(place.database()?)
}

#[expect(clippy::print_stdout, reason = "a command speaks to who started it")]
fn say(text: &str) {
    println!("{text}");
}
