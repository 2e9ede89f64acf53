use std::collections::BTreeMap;

use hms_engine::Time;
use hms_forms::FileAnswer;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::checkpoint::signed_bytes;
use super::merkle::{self, Side};
use super::read_hex;
use crate::identity::{hex, is_sealed};
use crate::store::chain::{BEGINNING, Hash, Link};
use crate::store::{Checkpoint, Covers, Leaf, Shelf, StoreError, Trail, TrailRow, file_hash};

/// What a file of this kind begins with.
const FORMAT: &str = "hms-case-1";
/// The most rows of one file.
pub const CASE_ROWS_MAX: usize = 20_000;
/// Rows read at once.
const PAGE: u32 = 1_000;

/// One case with all that happened to it, and what it takes to see without the database that its history is whole: its
/// chain from the first row to the last, and how a signed checkpoint holds it; what was reported and which files came, by
/// the hashes that rows say of them. How the case is called and how it stands are told beside it and are not sealed.
///
/// The hash of a row is SHA-256 over: the text `hms audit row 1`; the hash of the row before, or 32 zeros; the run's id
/// (16 bytes); the number and the moment in milliseconds since 1970 (8 bytes each, big endian); the length of `who` (8
/// bytes) and `who`; the length of `version` and `version`; 16 zeros; the SHA-256 of `command`; the SHA-256 of
/// `entries`. A command's member `sha256` has the SHA-256 of `payload_text`, in the first row, and of each file over: the
/// text `hms file 1`; its id (16 bytes); its size (8 bytes, big endian); then name, type and SHA-256 in hex, each after its
/// length (8 bytes).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CaseFile {
    format: String,
    /// The run.
    pub run_id: Uuid,
    /// How people call the case.
    pub case: String,
    /// Its workflow's id.
    pub workflow: String,
    /// The SHA-256 of its definition.
    pub version: String,
    /// How it stands.
    pub status: String,
    /// When it was taken out, in workflow time.
    pub taken_out: Time,
    /// What was reported.
    pub payload: serde_json::Value,
    /// The same as the very text that is kept, whose SHA-256 the first row has. None in files from before that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub payload_text: Option<String>,
    /// The files that rows name, without their bytes: whoever has one sees by its SHA-256 whether it is that.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub files: Vec<FileAnswer>,
    /// The text of its definition.
    pub definition: String,
    /// All that happened, oldest first.
    pub rows: Vec<CaseRow>,
    /// The checkpoint that holds it; none before the first.
    pub seal: Option<CaseSeal>,
}

/// A row of the audit trail in a case's file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CaseRow {
    /// Its number, from 1.
    pub number: u64,
    /// When, in workflow time.
    pub at: Time,
    /// Who.
    pub who: String,
    /// The definition's version.
    #[serde(default)]
    pub version: Option<String>,
    /// What was asked: the very text whose SHA-256 is in the row's hash.
    pub command: String,
    /// What happened: likewise.
    pub entries: String,
    /// Its hash.
    pub hash: String,
}

/// How a signed checkpoint holds a case.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CaseSeal {
    /// The checkpoint's number.
    pub checkpoint: u64,
    /// When it was made, in workflow time.
    pub at: Time,
    after: i64,
    upto: i64,
    chains: u64,
    root: String,
    previous: String,
    public_key: String,
    signature: String,
    /// The last row that it holds.
    pub number: u64,
    /// The way from that row's hash to the root: neighbours, from the bottom up.
    path: Vec<(String, String)>,
}

/// Why a case cannot be taken out.
#[derive(Debug, thiserror::Error)]
pub enum NoCaseFile {
    /// There is none.
    #[error("there is no run {0}")]
    Unknown(Uuid),
    /// Its history is longer than one file may be.
    #[error("the run has more than {CASE_ROWS_MAX} rows, which is more than one file takes")]
    TooLong,
    /// The store did not answer.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// What was found in a case's file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CaseLook {
    /// What is not as it was written, each in words.
    pub faults: Vec<String>,
    /// The last row that a checkpoint holds, and whose key signed that.
    pub sealed: Option<(u64, [u8; 32])>,
}

/// Takes a case out, as it is now.
pub async fn take_out(
    shelf: &dyn Shelf,
    trail: &dyn Trail,
    run_id: Uuid,
    now: Time,
) -> Result<CaseFile, NoCaseFile> {
    let row = shelf
        .run(run_id)
        .await?
        .ok_or(NoCaseFile::Unknown(run_id))?;
    let definition = trail.definition(&row.run.version).await?;
    let rows = all_rows(trail, run_id).await?;
    let seal = seal_of(trail, run_id, &rows).await?;
    let named: Vec<Uuid> = rows.iter().flat_map(|row| named(&row.command)).collect();
    let files = match named.is_empty() {
        true => Vec::new(),
        false => trail.files_as_kept(&named).await?,
    };
    Ok(CaseFile {
        format: FORMAT.to_owned(),
        run_id,
        case: row.case(),
        workflow: row.run.workflow.clone(),
        version: row.run.version.clone(),
        status: row.run.status.as_str().to_owned(),
        taken_out: now,
        payload: row.run.payload,
        payload_text: trail.payload_text(run_id).await?,
        files: files.into_iter().map(|(file, _)| file).collect(),
        definition: definition.unwrap_or_default(),
        rows: rows.into_iter().map(CaseRow::of).collect(),
        seal,
    })
}

/// The files that a command names.
fn named(command: &str) -> Vec<Uuid> {
    let covers = Covers::read_from(command).map(|(covers, _)| covers);
    covers.map_or_else(Vec::new, |covers| covers.files.into_keys().collect())
}

async fn all_rows(trail: &dyn Trail, run: Uuid) -> Result<Vec<TrailRow>, NoCaseFile> {
    let mut rows: Vec<TrailRow> = Vec::new();
    loop {
        let after = rows.last().and_then(|row| row.seq).unwrap_or_default();
        let page = trail.trail_of(Some(run), after, PAGE).await?;
        let full = page.len() == PAGE as usize;
        rows.extend(page);
        if rows.len() > CASE_ROWS_MAX {
            return Err(NoCaseFile::TooLong);
        }
        if !full {
            return Ok(rows);
        }
    }
}

/// How the newest checkpoint that holds a row of the run holds it.
async fn seal_of(
    trail: &dyn Trail,
    run: Uuid,
    rows: &[TrailRow],
) -> Result<Option<CaseSeal>, StoreError> {
    let Some(last) = trail.last_checkpoint().await? else {
        return Ok(None);
    };
    let Some(row) = rows.iter().rfind(|row| row.n <= last.upto_n) else {
        return Ok(None);
    };
    let checkpoint = if row.n > last.after_n {
        Some(last)
    } else {
        trail.checkpoint_over(row.n).await?
    };
    Ok(checkpoint.and_then(|checkpoint| CaseSeal::of(&checkpoint, run)))
}

impl CaseRow {
    fn of(row: TrailRow) -> CaseRow {
        CaseRow {
            number: row.seq.unwrap_or_default(),
            at: row.at,
            who: row.who,
            version: row.version,
            command: row.command,
            entries: row.entries,
            hash: row.hash.map(|hash| hex(&hash)).unwrap_or_default(),
        }
    }

    fn link(&self, chain: Uuid) -> Link<'_> {
        Link {
            chain,
            number: self.number,
            at_ms: self.at.timestamp_millis(),
            who: &self.who,
            version: self.version.as_deref(),
            about: None,
            command: &self.command,
            entries: &self.entries,
        }
    }
}

impl CaseSeal {
    fn of(checkpoint: &Checkpoint, run: Uuid) -> Option<CaseSeal> {
        let at = checkpoint
            .leaves
            .iter()
            .position(|leaf| leaf.run_id == run)?;
        let leaves: Vec<_> = checkpoint.leaves.iter().map(Leaf::bytes).collect();
        let path = merkle::proof(&leaves, at)?;
        let word = |side| match side {
            Side::Left => "left".to_owned(),
            Side::Right => "right".to_owned(),
        };
        Some(CaseSeal {
            checkpoint: checkpoint.number,
            at: checkpoint.at,
            after: checkpoint.after_n,
            upto: checkpoint.upto_n,
            chains: leaves.len() as u64,
            root: hex(&checkpoint.root),
            previous: hex(&checkpoint.previous),
            public_key: hex(&checkpoint.public_key),
            signature: hex(&checkpoint.signature),
            number: checkpoint.leaves[at].number,
            path: path
                .into_iter()
                .map(|(side, hash)| (word(side), hex(&hash)))
                .collect(),
        })
    }

    /// Whether it holds a row with this hash, by the signature of the key it names.
    fn holds(&self, run_id: Uuid, hash: Hash) -> Option<[u8; 32]> {
        let leaf = Leaf {
            run_id,
            number: self.number,
            hash,
        };
        let side = |word: &str| match word {
            "left" => Some(Side::Left),
            "right" => Some(Side::Right),
            _ => None,
        };
        let path: Vec<(Side, Hash)> = self
            .path
            .iter()
            .map(|(word, hash)| Some((side(word)?, read_hex(hash)?)))
            .collect::<Option<_>>()?;
        let (root, key) = (read_hex(&self.root)?, read_hex(&self.public_key)?);
        let message = signed_bytes(
            (self.checkpoint, self.at.timestamp_millis()),
            (self.after, self.upto),
            self.chains,
            &root,
            &read_hex(&self.previous)?,
        );
        let sound = merkle::proven(&leaf.bytes(), &path) == root
            && is_sealed(&key, &message, &read_hex(&self.signature)?);
        sound.then_some(key)
    }
}

impl CaseFile {
    /// Reads a file that was taken out, as JSON or as the page that holds it.
    pub fn read(text: &str) -> Result<CaseFile, String> {
        let json = match text.split_once(super::case_page::BEFORE_JSON) {
            Some((_, rest)) => rest
                .split_once(super::case_page::AFTER_JSON)
                .map_or(rest, |(json, _)| json),
            None => text,
        };
        let file: CaseFile =
            serde_json::from_str(json).map_err(|error| format!("it is no case's file: {error}"))?;
        if file.format != FORMAT {
            return Err(format!(
                "it is of the kind {:?}, and this program reads {FORMAT}",
                file.format
            ));
        }
        Ok(file)
    }

    /// Looks whether it is whole, with nothing but itself and, where it is known, the key it must be signed with.
    pub fn look(&self, key: Option<[u8; 32]>) -> CaseLook {
        let mut look = CaseLook::default();
        let mut add = |fault: String| look.faults.push(fault);
        let (mut before, mut number, mut held) = (BEGINNING, 0, None);
        for row in &self.rows {
            let own = row.link(self.run_id).after(&before);
            if row.number != number + 1 {
                add(format!("row {} does not follow row {number}", row.number));
            } else if row.hash != hex(&own) {
                add(format!("row {number} or {} was changed", row.number));
            }
            number = row.number;
            before = read_hex(&row.hash).unwrap_or(own);
            if self.seal.as_ref().is_some_and(|seal| seal.number == number) {
                held = Some(before);
            }
        }
        self.reported(&mut look.faults);
        let mut add = |fault: String| look.faults.push(fault);
        if hex(&Sha256::digest(&self.definition)) != self.version {
            add("the definition was changed".to_owned());
        }
        let by = self.rows.iter().rev().find_map(|row| row.version.as_ref());
        if by.is_none_or(|version| *version != self.version) {
            add("the definition is not the one that the last row was done by".to_owned());
        }
        match &self.seal {
            None => add("no checkpoint holds it yet".to_owned()),
            Some(seal) => match held.and_then(|hash| seal.holds(self.run_id, hash)) {
                None => add(format!(
                    "checkpoint {} does not hold row {}",
                    seal.checkpoint, seal.number
                )),
                Some(signed) if key.is_some_and(|key| key != signed) => add(format!(
                    "checkpoint {} was signed with another key",
                    seal.checkpoint
                )),
                Some(signed) => look.sealed = Some((seal.number, signed)),
            },
        }
        look
    }

    /// Whether what was reported and the files are what the rows say of them.
    fn reported(&self, faults: &mut Vec<String>) {
        let mut files: BTreeMap<Uuid, &FileAnswer> =
            self.files.iter().map(|file| (file.file, file)).collect();
        for row in &self.rows {
            let Some((covers, event)) = Covers::read_from(&row.command) else {
                continue;
            };
            if let (1, None, Some(hash)) = (row.number, event, &covers.payload) {
                let text = self.payload_text.as_deref().unwrap_or_default();
                if hex(&Sha256::digest(text)) != *hash || !self.payload_is(text) {
                    faults.push("what was reported was changed after it was received".to_owned());
                }
            }
            for (id, hash) in &covers.files {
                match files.remove(id) {
                    None => faults.push(format!("file {id} is missing in the list of files")),
                    Some(file) if file_hash(file) != *hash => {
                        faults.push(format!("file {id} was changed after it was handed in"));
                    }
                    Some(_) => {}
                }
            }
        }
        let strange = files.into_keys();
        faults.extend(strange.map(|id| format!("no row names file {id}")));
    }

    /// Whether what was reported is what this text says. A number with many digits may be read as its neighbour each time
    /// it is written and read, so it is compared with the text read once, as when it is taken out, and twice, as when
    /// the file was read.
    fn payload_is(&self, text: &str) -> bool {
        let Ok(once) = serde_json::from_str::<serde_json::Value>(text) else {
            return false;
        };
        let twice = serde_json::from_str(&once.to_string());
        once == self.payload || twice.is_ok_and(|twice: serde_json::Value| twice == self.payload)
    }

    /// Whether its rows cover what was reported: not those of a case from before they did.
    pub fn covers_report(&self) -> bool {
        let first = self
            .rows
            .first()
            .and_then(|row| Covers::read_from(&row.command));
        first.is_some_and(|(covers, _)| covers.payload.is_some())
    }
}
