use std::io::{self, ErrorKind, SeekFrom};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use tokio::fs::{File, OpenOptions};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncSeekExt, AsyncWriteExt, BufReader, Lines};

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
    /// Whether its last line is whole, so that the next begins a new one.
    whole: bool,
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
        let whole = ends_whole(path).await?;
        if let Some(mut lines) = OutsideLines::open(path).await? {
            while let Some(line) = lines.next().await? {
                last = last.max(line.number);
            }
        }
        Ok(Outside {
            path: path.to_owned(),
            last,
            whole,
        })
    }

    /// Appends all that the file does not have yet, also what could not be written before.
    pub(super) async fn catch_up(&mut self, trail: &dyn Trail) -> Result<(), OutsideError> {
        loop {
            let page = trail.checkpoints(self.last, PAGE).await?;
            let Some(last) = page.last() else {
                return Ok(());
            };
            // Behind a line that was cut off what comes next would be lost with it.
            let mut text = if self.whole { "" } else { "\n" }.to_owned();
            for checkpoint in &page {
                text += &serde_json::to_string(&Line::of(checkpoint)).map_err(io::Error::other)?;
                text.push('\n');
            }
            let mut options = OpenOptions::new();
            let mut file = options.create(true).append(true).open(&self.path).await?;
            // Until it is known to be all there, it may be cut off: on a full disk.
            self.whole = false;
            file.write_all(text.as_bytes()).await?;
            file.sync_data().await?;
            self.whole = true;
            self.last = last.number;
        }
    }
}

/// Whether a file is empty, is not there, or ends with the end of a line.
async fn ends_whole(path: &Path) -> io::Result<bool> {
    let mut file = match File::open(path).await {
        Ok(file) => file,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(true),
        Err(error) => return Err(error),
    };
    if file.metadata().await?.len() == 0 {
        return Ok(true);
    }
    let mut last = [0; 1];
    file.seek(SeekFrom::End(-1)).await?;
    file.read_exact(&mut last).await?;
    Ok(last == *b"\n")
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
pub(super) struct OutsideLines {
    lines: Lines<BufReader<File>>,
    /// The next one, where it was looked at and left.
    left: Option<Line>,
}

impl OutsideLines {
    /// Opens it; none when there is none.
    pub(super) async fn open(path: &Path) -> io::Result<Option<OutsideLines>> {
        match File::open(path).await {
            Ok(file) => Ok(Some(OutsideLines {
                lines: BufReader::new(file).lines(),
                left: None,
            })),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// The next line. One that a crash cut off is passed over: it is written again behind it.
    pub(super) async fn next(&mut self) -> io::Result<Option<Line>> {
        if let Some(line) = self.left.take() {
            return Ok(Some(line));
        }
        while let Some(text) = self.lines.next_line().await? {
            if let Ok(line) = serde_json::from_str(&text) {
                return Ok(Some(line));
            }
        }
        Ok(None)
    }

    /// The line of a checkpoint; lines come in the order of their numbers, some twice. Where it is missing, the one
    /// behind it is left for its own checkpoint.
    pub(super) async fn of(&mut self, number: u64) -> io::Result<Option<Line>> {
        while let Some(line) = self.next().await? {
            if line.number > number {
                self.left = Some(line);
                return Ok(None);
            }
            if line.number == number {
                return Ok(Some(line));
            }
        }
        Ok(None)
    }
}
