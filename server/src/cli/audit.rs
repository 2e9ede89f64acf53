//! `hms audit …`: whether anybody bent the audit trail.

use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use uuid::Uuid;

use super::Failed;
use super::table::say;
use crate::archive::{self, Folder};
use crate::clock::{moment, wall_ms};
use crate::identity::{ServerKey, hex};
use crate::node::Place;
use crate::store::{Database, Store, StoreError, Trail};
use crate::trail::{
    self, CHECKPOINTS_FILE, CaseFile, Fault, Looked, NoCaseFile, OutsideError, What,
};

/// `hms audit …`: the audit trail
#[derive(Debug, Args)]
pub(super) struct Audit {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Look at every row, every checkpoint, what was reported and the files, and name what was changed, removed or put in. Works beside a running server
    Verify(Verify),
    /// Take one case out as a file that shows by itself whether it is whole: JSON, or a page with that in it
    Export(Export),
    /// Print the public key that checkpoints are signed with: keep it where nobody who has the database can write
    Key(DataDir),
}

/// `hms audit verify`: exit 1 when anything is not as it was written.
#[derive(Debug, Args)]
struct Verify {
    /// A case that was taken out, looked at without any database: what `hms audit export` wrote, or a file of an archive
    #[arg(value_name = "FILE", conflicts_with = "run")]
    file: Option<PathBuf>,

    /// Only this run
    #[arg(long, value_name = "ID")]
    run: Option<Uuid>,

    /// The key that checkpoints must be signed with, as `hms audit key` prints it. Without it, the data folder's own
    #[arg(long, env = "HMS_AUDIT_PUBLIC_KEY", value_name = "HEX", value_parser = public_key)]
    public_key: Option<[u8; 32]>,

    /// The folder that `hms serve --archive-dir DIR` moved finished runs into: every file in it is looked at too
    #[arg(long, env = "HMS_ARCHIVE_DIR", value_name = "DIR", conflicts_with_all = ["file", "run"])]
    archive: Option<PathBuf>,

    /// The file to which `hms serve --audit-checkpoints FILE` appended them. Without it, audit-checkpoints.jsonl in the data folder, when it is there
    #[arg(long, env = "HMS_AUDIT_CHECKPOINTS", value_name = "FILE")]
    checkpoints: Option<PathBuf>,

    #[command(flatten)]
    kept: Kept,
}

/// `hms audit export`: one case in one file.
#[derive(Debug, Args)]
struct Export {
    /// The run
    run: Uuid,

    /// Where to write it: a name that ends in .html gives the page. Without it, JSON to standard output
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,

    /// The folder that `hms serve --archive-dir DIR` moved finished runs into: a run that was moved out is taken from there
    #[arg(long, env = "HMS_ARCHIVE_DIR", value_name = "DIR")]
    archive: Option<PathBuf>,

    #[command(flatten)]
    kept: Kept,
}

/// Where runs are kept.
#[derive(Debug, Args)]
struct Kept {
    /// Where runs are kept: sqlite://PATH or postgres://USER@HOST/NAME. Without it, hms.db in the data folder
    #[arg(
        long,
        env = "HMS_DATABASE_URL",
        value_name = "URL",
        hide_env_values = true
    )]
    database_url: Option<String>,

    #[command(flatten)]
    data: DataDir,
}

#[derive(Debug, Args)]
struct DataDir {
    /// The folder where data is kept
    #[arg(long, env = "HMS_DATA_DIR", value_name = "DIR", default_value = "data")]
    data_dir: PathBuf,
}

fn public_key(text: &str) -> Result<[u8; 32], String> {
    trail::read_hex(text)
        .ok_or_else(|| "write 64 hexadecimal digits, as `hms audit key` prints them".to_owned())
}

/// Does what `hms audit …` was told.
pub(super) async fn run(audit: Audit) -> Result<(), Failed> {
    match audit.verb {
        Verb::Verify(args) => verify(args).await,
        Verb::Export(args) => export(args).await,
        Verb::Key(data) => {
            let key = ServerKey::kept_in(&data.data_dir)?.ok_or_else(|| {
                Failed(format!(
                    "there is no server.key in {} – name the data folder of a node with --data-dir",
                    data.data_dir.display()
                ))
            })?;
            say(&format!("{}\n", hex(&key.seal().public_key())));
            Ok(())
        }
    }
}

async fn verify(args: Verify) -> Result<(), Failed> {
    let key = match args.public_key {
        Some(key) => Some(key),
        None => ServerKey::kept_in(&args.kept.data.data_dir)?.map(|key| key.seal().public_key()),
    };
    if let Some(file) = &args.file {
        return verify_file(file, key);
    }
    let folder = folder_of(args.archive.as_deref())?;
    let store = args.kept.open().await?;
    let trail = store.trail();
    let outside = outside_of(&args)?;
    let mut not_outside = false;
    let mut tell = |fault: Fault| {
        not_outside |= matches!(
            fault.what,
            What::CheckpointOutside(_) | What::CheckpointsCut(..)
        );
        say(&format!("{fault}\n"));
    };
    let looked = match args.run {
        Some(run) => match trail::verify_run(trail.as_ref(), run, key, &mut tell).await? {
            Some(looked) => looked,
            None => return Err(no_trace(trail.as_ref(), run).await?),
        },
        None => {
            let looked = trail::verify(trail.as_ref(), key, outside.as_deref(), &mut tell).await;
            looked.map_err(|error| match (error, &outside) {
                (OutsideError::Io(error), Some(path)) => {
                    Failed(format!("{} cannot be read: {error}", path.display()))
                }
                (error, _) => error.into(),
            })?
        }
    };
    let mut faults = looked.faults;
    if let Some(folder) = &folder {
        let mut tell = |fault: String| say(&format!("{fault}\n"));
        let in_files = archive::look(trail.as_ref(), folder, key, &mut tell).await?;
        faults += in_files.faults;
        say(&format!(
            "{} runs in {} files of the archive looked at.\n",
            in_files.runs, in_files.archives
        ));
    }
    store.close().await;
    say(&summary(&looked, key.is_some(), outside.as_deref()));
    if let Some(path) = outside.filter(|_| not_outside) {
        say(&format!(
            "The file is {}. When this database is meant to be another one than it was written for, or was brought back \
             from a backup: keep it somewhere else, and the server begins another.\n",
            path.display()
        ));
    }
    failed(faults)
}

/// The file that checkpoints are compared with: the one that was named, or the data folder's, when there is one.
fn outside_of(args: &Verify) -> Result<Option<PathBuf>, Failed> {
    if let Some(path) = &args.checkpoints {
        return match path.exists() {
            true => Ok(Some(path.clone())),
            false => Err(Failed(format!("there is no file {}", path.display()))),
        };
    }
    let path = args.kept.data.data_dir.join(CHECKPOINTS_FILE);
    Ok(path.exists().then_some(path))
}

/// Why a run cannot be looked at: it was moved out, or never was.
async fn no_trace(trail: &dyn Trail, run: Uuid) -> Result<Failed, StoreError> {
    Ok(Failed(match trail.moved_out(run).await? {
        Some(moved) => format!(
            "run {run} was moved out into {} – look at it with --archive DIR",
            moved.file
        ),
        None => format!("there is no trace of a run {run}"),
    }))
}

/// The folder of archives, where one was named.
fn folder_of(path: Option<&Path>) -> Result<Option<Folder>, Failed> {
    let Some(path) = path else { return Ok(None) };
    match Folder::existing(path) {
        Ok(folder) => Ok(Some(folder)),
        Err(error) => Err(Failed(format!("--archive {}: {error}", path.display()))),
    }
}

/// A case, from the database or, when it was moved out, from its file.
async fn case_of(store: &Store, folder: Option<&Folder>, run: Uuid) -> Result<CaseFile, Failed> {
    let (shelf, trail) = (store.shelf(), store.trail());
    let now = moment(wall_ms());
    match trail::take_out(shelf.as_ref(), trail.as_ref(), run, now).await {
        Err(NoCaseFile::Unknown(_)) => {}
        taken => return Ok(taken?),
    }
    match folder {
        Some(folder) => match archive::find(trail.as_ref(), folder, run).await? {
            Some(case) => Ok(case),
            None => Err(no_trace(trail.as_ref(), run).await?),
        },
        None => Err(no_trace(trail.as_ref(), run).await?),
    }
}

/// Looks at a case's file.
fn verify_file(path: &Path, key: Option<[u8; 32]>) -> Result<(), Failed> {
    let text = std::fs::read_to_string(path)
        .map_err(|error| Failed(format!("{} cannot be read: {error}", path.display())))?;
    if path.extension().is_some_and(|ending| ending == "jsonl") {
        let (cases, faults) = archive::look_at_file(&text, key);
        for fault in &faults {
            say(&format!("{fault}\n"));
        }
        say(&format!("{cases} cases looked at.\n"));
        return failed(faults.len() as u64);
    }
    let file =
        CaseFile::read(&text).map_err(|error| Failed(format!("{}: {error}", path.display())))?;
    let look = file.look(key);
    let faults: String = look
        .faults
        .iter()
        .map(|fault| format!("{fault}\n"))
        .collect();
    say(&faults);
    if let Some((number, signed)) = look.sealed {
        say(&format!(
            "Case {}: {} rows, sealed up to row {number}{}.{}\n",
            file.case,
            file.rows.len(),
            known(&signed, key.is_some()),
            match file.covers_report() {
                true => "",
                false => " It began before rows covered what is reported; that was not looked at.",
            },
        ));
    }
    failed(look.faults.len() as u64)
}

async fn export(args: Export) -> Result<(), Failed> {
    let folder = folder_of(args.archive.as_deref())?;
    let store = args.kept.open().await?;
    let file = case_of(&store, folder.as_ref(), args.run).await?;
    store.close().await;
    let Some(path) = args.out else {
        say(&serde_json::to_string_pretty(&file)?);
        say("\n");
        return Ok(());
    };
    let text = if path.extension().is_some_and(|ending| ending == "html") {
        trail::page(&file)?
    } else {
        serde_json::to_string_pretty(&file)?
    };
    std::fs::write(&path, text)
        .map_err(|error| Failed(format!("{} cannot be written: {error}", path.display())))
}

impl Kept {
    async fn open(&self) -> Result<Store, Failed> {
        let place = Place {
            data_dir: self.data.data_dir.clone(),
            database_url: self.database_url.clone(),
            workflows: None,
            clock_rate: 1.0,
        };
        let database = place.database()?;
        // A mistyped path is no empty trail.
        if let Database::File(path) = &database
            && !path.exists()
        {
            return Err(Failed(format!("there is no file {}", path.display())));
        }
        Ok(database.open().await?)
    }
}

fn failed(faults: u64) -> Result<(), Failed> {
    match faults {
        0 => Ok(()),
        1 => Err(Failed("1 thing is not as it was written".to_owned())),
        more => Err(Failed(format!(
            "{more} things are not as they were written"
        ))),
    }
}

/// What is to be said of a key that nobody compared.
fn known(key: &[u8; 32], compared: bool) -> String {
    if compared {
        return String::new();
    }
    format!(
        ", signed with {}; whether that is yours was not looked at: give --public-key or --data-dir",
        hex(key)
    )
}

fn summary(looked: &Looked, key_known: bool, outside: Option<&Path>) -> String {
    let sealed = match looked.sealed {
        None => "nothing is sealed by a checkpoint yet".to_owned(),
        Some((number, at, key)) => {
            let known = known(&key, key_known);
            format!(
                "the last checkpoint is {number} of {}{known}",
                at.format("%Y-%m-%d %H:%M:%S UTC")
            )
        }
    };
    let compared = match (outside, looked.sealed) {
        (Some(path), Some(_)) if looked.outside == 0 => format!("; {} has none", path.display()),
        (Some(path), Some(_)) => format!(
            "; those up to {} were compared with {}",
            looked.outside,
            path.display()
        ),
        _ => String::new(),
    };
    let moved_out = match looked.moved_out {
        0 => String::new(),
        runs => format!(", and what is kept of {runs} runs that were moved out"),
    };
    let uncovered = match looked.uncovered {
        0 => String::new(),
        1 => {
            "1 run began before the trail covered what is reported; there that was not looked at.\n"
                .to_owned()
        }
        many => format!(
            "{many} runs began before the trail covered what is reported; there that was not looked at.\n"
        ),
    };
    format!(
        "{} runs, {} rows and {} checkpoints looked at{moved_out}; {sealed}{compared}.\n{uncovered}",
        looked.runs, looked.rows, looked.checkpoints
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_public_key_is_64_digits() {
        assert_eq!(public_key(&"0f".repeat(32)), Ok([15; 32]));
        for wrong in ["", "0f", &"0g".repeat(32), &"é".repeat(32)] {
            assert!(public_key(wrong).is_err(), "{wrong}");
        }
    }
}
