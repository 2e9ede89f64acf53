use std::fs::{File, OpenOptions};
use std::io::{self, ErrorKind, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, BufReader, Lines, Take};
use tokio::task::spawn_blocking;

use crate::identity::hex;
use crate::identity::private_file::sync_folder;
use crate::store::{Checkpoint, StoreError, Trail};

/// How the file is called in a data folder, where no other was named.
pub const CHECKPOINTS_FILE: &str = "audit-checkpoints.jsonl";
/// Checkpoints written in one go, and as often before others are looked after.
const PAGE: u32 = 16;
const PAGES: u32 = 64;
/// The last checkpoint of a file is looked for in its last bytes, in more and more of them, and no further than this:
/// lines have some 500.
const BACK_BYTES: u64 = 8 * 1024;
const BACK_BYTES_MAX: u64 = 1024 * 1024;

/// A file outside the database to which checkpoints are appended, one line of JSON each. With it, who has the database
/// alone cannot cut off the end of the trail unnoticed; and where it is out of their reach (another machine, a medium that
/// is written once), whoever has the database and the key cannot make checkpoints anew.
///
/// All that is known of it is read from it each time. So several processes may append to one, and one that is taken away
/// is begun again.
#[derive(Debug)]
pub struct Outside {
    path: PathBuf,
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
    /// Of a file that may not be there, and may not be writable.
    pub fn at(path: PathBuf) -> Outside {
        Outside { path }
    }

    /// Of a file that can be appended to; it is made when it is not there.
    pub async fn open(path: &Path) -> io::Result<Outside> {
        let outside = Outside::at(path.to_owned());
        outside.held().await?;
        Ok(outside)
    }

    /// Where it is.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Appends what the file does not have yet, up to a thousand; whether there is more. Nothing is appended where it
    /// ends with another checkpoint than the database has at that number: it would no longer show what was.
    pub(super) async fn catch_up(&self, trail: &dyn Trail) -> Result<bool, OutsideError> {
        let Some(mut held) = self.held().await? else {
            // Another process is at it, and appends the same.
            return Ok(false);
        };
        let mut last = held.last.as_ref().map_or(0, |line| line.number);
        if let Some(line) = &held.last {
            let same = trail.checkpoints(last.saturating_sub(1), 1).await?;
            if same.first().map(Line::of).as_ref() != Some(line) {
                return Err(OutsideError::Other(last));
            }
        }
        for _ in 0..PAGES {
            let page = trail.checkpoints(last, PAGE).await?;
            let Some(end) = page.last() else {
                return Ok(false);
            };
            last = end.number;
            let mut text = String::new();
            for checkpoint in &page {
                text += &serde_json::to_string(&Line::of(checkpoint)).map_err(io::Error::other)?;
                text.push('\n');
            }
            held = blocking(move || held.append(&text)).await?;
        }
        Ok(true)
    }

    async fn held(&self) -> io::Result<Option<Held>> {
        let path = self.path.clone();
        blocking(move || Held::open(&path)).await
    }
}

async fn blocking<T: Send + 'static>(
    what: impl FnOnce() -> io::Result<T> + Send + 'static,
) -> io::Result<T> {
    spawn_blocking(what).await.map_err(io::Error::other)?
}

/// Such a file, open, and kept from other processes as long as this is held.
struct Held {
    file: File,
    /// The last checkpoint in it.
    last: Option<Line>,
    /// Whether its last line is whole, so that the next begins a new one.
    whole: bool,
}

impl Held {
    /// Opens it, and makes it for its owner only; none when another process holds it.
    fn open(path: &Path) -> io::Result<Option<Held>> {
        let mut options = OpenOptions::new();
        options.read(true).append(true).create(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut file = options.open(path)?;
        // Where files cannot be locked, two processes append the same twice, which is no fault.
        if matches!(file.try_lock(), Err(std::fs::TryLockError::WouldBlock)) {
            return Ok(None);
        }
        let length = file.metadata()?.len();
        if length == 0 {
            sync_folder(path)?;
            return Ok(Some(Held {
                file,
                last: None,
                whole: true,
            }));
        }
        let mut back = BACK_BYTES;
        loop {
            let from = length.saturating_sub(back);
            file.seek(SeekFrom::Start(from))?;
            let mut bytes = Vec::new();
            (&mut file).take(length - from).read_to_end(&mut bytes)?;
            let mut lines = bytes.rsplit(|byte| *byte == b'\n');
            let last = lines.find_map(|line| serde_json::from_slice::<Line>(line).ok());
            if last.is_none() && from > 0 {
                if back >= BACK_BYTES_MAX {
                    return Err(io::Error::new(
                        ErrorKind::InvalidData,
                        "it holds something else than checkpoints",
                    ));
                }
                back *= 2;
                continue;
            }
            let whole = bytes.ends_with(b"\n");
            return Ok(Some(Held { file, last, whole }));
        }
    }

    /// Appends lines and waits for the disk.
    fn append(mut self, lines: &str) -> io::Result<Held> {
        // Behind a line that a crash or a full disk cut off what comes next would be lost with it.
        let begin = if self.whole { "" } else { "\n" };
        self.file.write_all(format!("{begin}{lines}").as_bytes())?;
        self.file.sync_data()?;
        self.whole = true;
        Ok(self)
    }
}

/// Why the file outside does not have everything.
#[derive(Debug, thiserror::Error)]
pub enum OutsideError {
    /// It cannot be written.
    #[error("it cannot be written: {0}")]
    Io(#[from] io::Error),
    /// It ends with another checkpoint than the database has.
    #[error(
        "it ends with checkpoint {0}, and the database has another one there or none: the end of the audit trail was cut \
         off, or this is another database, or an earlier state of it"
    )]
    Other(u64),
    /// The store did not answer.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// The lines of such a file, as far as it went when it was opened: what is appended meanwhile may be of checkpoints that
/// were not there either.
pub(super) struct OutsideLines {
    lines: Lines<BufReader<Take<tokio::fs::File>>>,
    /// The next one, where it was looked at and left.
    left: Option<Line>,
}

/// What such a file says of a checkpoint.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Said {
    /// This.
    Line(Box<Line>),
    /// Nothing, and something of a later one.
    Nothing,
    /// Nothing, and it ends before.
    End,
}

impl OutsideLines {
    /// Opens it; none when there is none.
    pub(super) async fn open(path: &Path) -> io::Result<Option<OutsideLines>> {
        match tokio::fs::File::open(path).await {
            Ok(file) => {
                let length = file.metadata().await?.len();
                Ok(Some(OutsideLines {
                    lines: BufReader::new(file.take(length)).lines(),
                    left: None,
                }))
            }
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

    /// What it says of a checkpoint; lines come in the order of their numbers, some twice. Where one is missing, the one
    /// behind it is left for its own checkpoint.
    pub(super) async fn of(&mut self, number: u64) -> io::Result<Said> {
        while let Some(line) = self.next().await? {
            if line.number > number {
                self.left = Some(line);
                return Ok(Said::Nothing);
            }
            if line.number == number {
                return Ok(Said::Line(Box::new(line)));
            }
        }
        Ok(Said::End)
    }
}
