use std::time::Duration;

use clap::Args;
use serde_json::json;
use uuid::Uuid;

use super::Where;
use crate::cli::Failed;
use crate::cli::table::say;
use crate::clock::moment;
use crate::identity::{KeyText, VAULT_FILE, Vault};
use crate::node;
use crate::store::{Note, Personal, SealedAnew, SealedRow};

#[derive(Debug, Args)]
pub(super) struct Rotate {
    /// The keys of personal data, the new one first, with commas between. Without it, personal.key in the data folder
    #[arg(
        long,
        env = "HMS_PERSONAL_KEY",
        value_name = "KEYS",
        hide_env_values = true
    )]
    personal_key: Option<KeyText>,

    #[command(flatten)]
    at: Where,
}

/// Values sealed anew in one transaction; other work goes on in between.
const VALUES_MAX: u32 = 500;
/// How long to leave the store to others between two of them.
const PAUSE: Duration = Duration::from_millis(10);
/// How often all values are looked through. A second time finds what a node sealed by a former key meanwhile; one that
/// still does so at the last was not told of the new key.
const PASSES: u32 = 3;

/// Seals everything anew by the first key.
pub(super) async fn run(args: Rotate) -> Result<(), Failed> {
    let store = args.at.open().await?;
    let keys = args.personal_key.as_ref();
    let vault = node::vault(&args.at.data_dir, keys, &store).await?;
    // A node that starts from now on and has not the new key is told so.
    let command = json!({"order": "rotate_personal_key", "key": vault.print()});
    let note = Note {
        at: super::now(&store).await?,
        who: "hms personal rotate".to_owned(),
        version: None,
        about: None,
        command: command.to_string(),
    };
    store.personal().go_over_to(vault.print(), &note).await?;
    let done = rotate(store.personal().as_ref(), &vault).await;
    // What is sealed by a former key is taken out of SQLite's log, too.
    store.personal().go_over_to(vault.print(), &note).await?;
    store.close().await;
    let done = done?;
    let place = match keys {
        Some(_) => "HMS_PERSONAL_KEY".to_owned(),
        None => args.at.data_dir.join(VAULT_FILE).display().to_string(),
    };
    tell(&done, &place)
}

/// What came of it.
#[derive(Debug, Default, PartialEq, Eq)]
struct Rotated {
    values: u64,
    /// How many did not open, and one of them.
    closed: Option<(u64, SealedRow)>,
    /// Whether a node still seals by a former key.
    still: bool,
}

async fn rotate(personal: &dyn Personal, vault: &Vault) -> Result<Rotated, Failed> {
    let mut rotated = Rotated::default();
    for pass in 1..=PASSES {
        let (mut after, mut found) = (Uuid::nil(), 0);
        rotated.closed = None;
        loop {
            let rows = personal
                .sealed_otherwise(vault.print(), after, VALUES_MAX)
                .await?;
            let Some(last) = rows.last() else { break };
            after = last.id;
            let came = moment(last.created_ms).date_naive();
            let mut anew = Vec::with_capacity(rows.len());
            for row in rows {
                match vault.open(row.id, &row.field, &row.sealed) {
                    Some(value) => anew.push(SealedAnew {
                        id: row.id,
                        before: row.sealed.bytes,
                        now: vault.seal(row.id, &row.field, &value),
                    }),
                    None => {
                        let closed = rotated.closed.get_or_insert((0, row));
                        closed.0 += 1;
                    }
                }
            }
            found += anew.len();
            rotated.values += personal.seal_anew(&anew).await?;
            eprintln!("{} values, up to those that came on {came}", rotated.values);
            tokio::time::sleep(PAUSE).await;
        }
        rotated.still = found > 0 && pass == PASSES;
        if found == 0 {
            break;
        }
    }
    Ok(rotated)
}

fn tell(done: &Rotated, place: &str) -> Result<(), Failed> {
    if let Some((values, row)) = &done.closed {
        return Err(Failed(format!(
            "{} values were sealed anew; {values} do not open, such as {}, sealed by the key {} – it is not in {place}, or the \
             value was changed in the database. Keep all keys and add the one that is missing, then do this again",
            done.values, row.id, row.sealed.key_print
        )));
    }
    if done.still {
        return Err(Failed(format!(
            "{} values were sealed anew, and a node goes on sealing by a former key: give every node the new one first in {place} \
             and send it SIGHUP, or start it again, then do this again. Keep all keys until then",
            done.values
        )));
    }
    say(&format!(
        "{} values were sealed anew: everything is sealed by the first key. Take the others out of {place}, at every node, and \
         keep them where backups from before today are kept: those need them. Then send each node SIGHUP, or start it again.\n",
        done.values
    ));
    Ok(())
}
