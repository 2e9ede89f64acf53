use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use tokio::fs::{File, OpenOptions};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader, Lines};

use crate::identity::hex;
use crate::store::{Checkpoint, StoreError, Trail};

/// Checkpoints written in one go.
const PAGE: u32 = 16;

/// A file outside the database to which checkpoints are appended, one line of JSON each: whoever has the database and
/// the key cannot make them anew unnoticed when this file is where they cannot write (another machine, a medium that
/// is written once).
#[derive(Debug)]
pub struct Outside {
    path: PathBuf,
    /// The last one in it.
    last: u64,
}

/// A checkpoint as a line.
#[derive(Debug, Serialize, Deserialize, PartialEq, Eq)]
pub(super) struct Line {
    pub(super) number: u64,
    at: String,
    upto: i64,
    chains: usize,
    root: String,
    previous: String,
    public_key: String,
    signature: String,
}

impl Line {
    pub(super) fn of(checkpoint: &Checkpoint) -> Line {
        Line {
            number: checkpoint.number,
            at: checkpoint.at.to_rfc3339(),
            upto: checkpoint.upto_n,
            chains: checkpoint.leaves.len(),
            root: hex(&checkpoint.root),
            previous: hex(&checkpoint.previous),
            public_key: hex(&checkpoint.public_key),
            signature: hex(&checkpoint.signature),
        }
    }
}

impl Outside {
    /// Reads how far a file has come; it is made when it is not there.
    pub async fn open(path: &Path) -> io::Result<Outside> {
        let mut last = 0;
        if let Some(mut lines) = OutsideLines::open(path).await? {
            while let Some(line) = lines.next().await? {
                last = last.max(line.number);
            }
        }
        Ok(Outside {
            path: path.to_owned(),
            last,
        })
    }

    /// Appends all that the file does not have yet, also what could not be written before.
    pub(super) async fn catch_up(&mut self, trail: &dyn Trail) -> Result<(), OutsideError> {
        loop {
            let page = trail.checkpoints(self.last, PAGE).await?;
            let Some(last) = page.last() else {
                return Ok(());
            };
            let mut text = String::new();
            for checkpoint in &page {
                text += &serde_json::to_string(&Line::of(checkpoint)).map_err(io::Error::other)?;
                text.push('\n');
            }
            let mut options = OpenOptions::new();
            let mut file = options.create(true).append(true).open(&self.path).await?;
            file.write_all(text.as_bytes()).await?;
            file.sync_data().await?;
            self.last = last.number;
        }
    }
}

/// Why the file outside does not have everything.
#[derive(Debug, thiserror::Error)]
pub enum OutsideError {
    /// It cannot be written.
    #[error("the file of checkpoints cannot be written: {0}")]
    Io(#[from] io::Error),
    /// The store did not answer.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// The lines of such a file.
pub(super) struct OutsideLines(Lines<BufReader<File>>);

impl OutsideLines {
    /// Opens it; none when there is none.
    pub(super) async fn open(path: &Path) -> io::Result<Option<OutsideLines>> {
        match File::open(path).await {
            Ok(file) => Ok(Some(OutsideLines(BufReader::new(file).lines()))),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// The next line. One that a crash cut off is passed over: it is written again behind it.
    pub(super) async fn next(&mut self) -> io::Result<Option<Line>> {
        while let Some(text) = self.0.next_line().await? {
            if let Ok(line) = serde_json::from_str(&text) {
                return Ok(Some(line));
            }
        }
        Ok(None)
    }
}
