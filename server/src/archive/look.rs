use std::collections::BTreeMap;
use std::io;
use std::time::Duration;

use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::{ArchivedCase, Folder};
use crate::identity::hex;
use crate::store::{ArchiveRow, Leaf, StoreError, Trail};

/// Archives read at once.
const PAGE: u32 = 16;
/// How long a node may take to put a file in its place.
const PLACED_IN: Duration = Duration::from_millis(300);

/// What was looked at.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ArchivesLooked {
    /// Files of archives.
    pub archives: u64,
    /// Runs in them.
    pub runs: u64,
    /// Faults told.
    pub faults: u64,
}

/// Looks at every file in a folder of archives: whether it is the one that was written, whether each run in it is whole
/// and ends where its chain ended in the database, and whether the files that belong to it are there. What the database
/// keeps of archives is looked at by [`crate::trail::verify`]. `key` is the one checkpoints must be signed with.
pub async fn look(
    trail: &dyn Trail,
    folder: &Folder,
    key: Option<[u8; 32]>,
    tell: &mut (dyn FnMut(String) + Send),
) -> Result<ArchivesLooked, StoreError> {
    let mut looked = ArchivesLooked::default();
    let mut after = 0;
    loop {
        let page = trail.archives(after, PAGE).await?;
        let Some(last) = page.last() else {
            return Ok(looked);
        };
        after = last.number;
        for archive in page {
            let leaves = trail.archive_leaves(archive.number).await?;
            if !folder.has(&archive.file) {
                // It gets its place right after the transaction that says it.
                tokio::time::sleep(PLACED_IN).await;
            }
            let faults = of_archive(folder, &archive, leaves, key);
            looked.archives += 1;
            looked.runs += archive.runs;
            looked.faults += faults.len() as u64;
            for fault in faults {
                tell(format!("archive {}: {fault}", archive.number));
            }
        }
    }
}

/// Looks at one file by itself, without the database: every case in it; and how many these are.
pub fn look_at_file(text: &str, key: Option<[u8; 32]>) -> (u64, Vec<String>) {
    let mut faults = Vec::new();
    let mut cases = 0;
    for (line, text) in (1..).zip(text.lines()) {
        cases += 1;
        match ArchivedCase::read(text) {
            Ok(case) => {
                let run = case.case.run_id;
                let found = case.case.look(key).faults;
                faults.extend(found.iter().map(|fault| format!("run {run}: {fault}")));
            }
            Err(error) => faults.push(format!("line {line}: {error}")),
        }
    }
    (cases, faults)
}

fn of_archive(
    folder: &Folder,
    archive: &ArchiveRow,
    leaves: Vec<Leaf>,
    key: Option<[u8; 32]>,
) -> Vec<String> {
    let name = &archive.file;
    let content = match folder.read(name) {
        Ok(content) => content,
        Err(error) => return vec![unread(name, &error)],
    };
    let mut faults = Vec::new();
    if <[u8; 32]>::from(Sha256::digest(&content)) != archive.sha256 {
        faults.push(format!("{name} is not the file that was written"));
    }
    let Ok(text) = std::str::from_utf8(&content) else {
        return faults;
    };
    let (_, of_cases) = look_at_file(text, key);
    faults.extend(of_cases.iter().map(|fault| format!("{name}: {fault}")));
    let mut ends: BTreeMap<Uuid, Leaf> =
        leaves.into_iter().map(|leaf| (leaf.run_id, leaf)).collect();
    for case in text
        .lines()
        .filter_map(|line| ArchivedCase::read(line).ok())
    {
        let run = case.case.run_id;
        match ends.remove(&run) {
            None => faults.push(format!("{name}: run {run} was put in")),
            end if end != case.end() => faults.push(format!(
                "{name}: run {run} does not end as its chain did in the database"
            )),
            Some(_) => {}
        }
        for file in &case.beside.attached {
            match folder.bytes(&file.sha256) {
                Ok(bytes) if hex(&Sha256::digest(&bytes)) == file.sha256 => {}
                Ok(_) => faults.push(format!("run {run}: file {} was changed", file.sha256)),
                Err(error) => faults.push(format!("run {run}: {}", unread(&file.sha256, &error))),
            }
        }
    }
    let gone = ends.into_keys();
    faults.extend(gone.map(|run| format!("{name}: run {run} is missing")));
    faults
}

fn unread(name: &str, error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::NotFound => format!("{name} is missing"),
        _ => format!("{name} cannot be read: {error}"),
    }
}
