use std::io;

use uuid::Uuid;

use super::{ArchivedCase, Folder};
use crate::store::{Leaf, StoreError, Trail};
use crate::trail::CaseFile;

/// Why a case cannot be taken out of the archive.
#[derive(Debug, thiserror::Error)]
pub enum NotTaken {
    /// The file cannot be read.
    #[error("{file} in the folder of archives cannot be read: {error}")]
    Unread {
        /// Its name.
        file: String,
        /// Why.
        error: io::Error,
    },
    /// The case is not in it, or not as it was.
    #[error(
        "run {run} is not in {file} as it was written – `hms audit verify --archive DIR` says more"
    )]
    Changed {
        /// The run.
        run: Uuid,
        /// The file's name.
        file: String,
    },
    /// The store did not answer.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The thread that reads files ended.
    #[error("the thread that reads files ended")]
    Ended,
}

/// Takes a case that was moved out from its file, where its chain ends as the database says; none when no such run was
/// moved out. No more than one line of the file is held at a time.
pub async fn find(
    trail: &dyn Trail,
    folder: &Folder,
    run: Uuid,
) -> Result<Option<CaseFile>, NotTaken> {
    let Some(moved) = trail.moved_out(run).await? else {
        return Ok(None);
    };
    let end = trail.archived(&[run]).await?.first().map(|(end, _)| *end);
    let (folder, file) = (folder.clone(), moved.file);
    let found = tokio::task::spawn_blocking(move || read(&folder, file, run, end));
    Ok(Some(found.await.map_err(|_| NotTaken::Ended)??))
}

fn read(folder: &Folder, file: String, run: Uuid, end: Option<Leaf>) -> Result<CaseFile, NotTaken> {
    let id = run.to_string();
    let lines = match folder.lines(&file) {
        Ok(lines) => lines,
        Err(error) => return Err(NotTaken::Unread { file, error }),
    };
    for line in lines {
        let line = match line {
            Ok(line) => line,
            Err(error) => return Err(NotTaken::Unread { file, error }),
        };
        if !line.contains(&id) {
            continue;
        }
        let case = ArchivedCase::read(&line).ok();
        let case = case.filter(|case| case.case.run_id == run);
        if let Some(case) = case.filter(|case| case.end() == end) {
            return Ok(case.case);
        }
    }
    Err(NotTaken::Changed { run, file })
}
