use async_trait::async_trait;
use chrono::NaiveDate;
use hms_app::views::FileAnswer;
use hms_engine::Time;
use uuid::Uuid;

use super::chain::Hash;
use super::{Leaf, Note, StoreError};

/// What is kept of finished runs that were moved out.
#[async_trait]
pub trait Archived: Send + Sync {
    /// Where the chains of runs ended that were moved out, each with the number of its archive; the others are left out.
    async fn archived(&self, runs: &[Uuid]) -> Result<Vec<(Leaf, u64)>, StoreError>;

    /// Where a run is that was moved out; none when it was not.
    async fn moved_out(&self, run: Uuid) -> Result<Option<MovedOut>, StoreError>;

    /// Archives after this number, in their order.
    async fn archives(&self, after: u64, limit: u32) -> Result<Vec<ArchiveRow>, StoreError>;

    /// The runs of one archive, by id.
    async fn archive_leaves(&self, number: u64) -> Result<Vec<Leaf>, StoreError>;
}

/// Moving finished runs out.
#[async_trait]
pub trait Archive: Archived {
    /// Takes the right to move runs out, or keeps it, until a moment of the wall clock; whether this one has it.
    async fn may_archive(&self, lease: Lease) -> Result<bool, StoreError>;

    /// The number of the last archive; 0 before the first.
    async fn last_archive(&self) -> Result<u64, StoreError>;

    /// The archive in a file.
    async fn archive_in(&self, file: &str) -> Result<Option<ArchiveRow>, StoreError>;

    /// How runs of a workflow stand that have ended and come after one and before another, by id.
    async fn candidates(
        &self,
        workflow: &str,
        between: (Uuid, Uuid),
        limit: u32,
    ) -> Result<Vec<Candidate>, StoreError>;

    /// What there is of runs beside their histories, by id.
    async fn beside(&self, runs: &[Uuid]) -> Result<Vec<Beside>, StoreError>;

    /// Keeps what proves an archive's runs and removes these with all that is theirs, in one transaction. An event goes
    /// with the last of the runs that it started or reached. False, and nothing is done, when the right to it was lost, or a
    /// run is no longer as it was written.
    async fn move_out(&self, archive: &ArchiveWrite) -> Result<bool, StoreError>;
}

/// Where a run is that was moved out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MovedOut {
    /// Its workflow's id.
    pub workflow: String,
    /// The name of the file in the folder of archives.
    pub file: String,
    /// The month in which it ended: `2019-03`.
    pub month: String,
    /// The day on which it ended; not known of runs that were moved out before that was kept.
    pub closed: Option<NaiveDate>,
}

/// The right to move runs out, which one node at a time has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lease {
    /// Whose it is.
    pub holder: Uuid,
    /// Now, in milliseconds of the wall clock.
    pub now_ms: i64,
    /// When it ends.
    pub until_ms: i64,
}

/// A file with runs that were moved out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ArchiveRow {
    /// From 1.
    pub number: u64,
    /// The workflow's id.
    pub workflow: String,
    /// The month in which its runs ended: `2019-03`.
    pub month: String,
    /// Its name in the folder.
    pub file: String,
    /// Its SHA-256.
    pub sha256: Hash,
    /// How many runs are in it.
    pub runs: u64,
    /// The root of the Merkle tree over where their chains ended.
    pub root: Hash,
    /// The row of the house's chain that says all this.
    pub note: u64,
    /// When, in workflow time.
    pub at: Time,
}

impl ArchiveRow {
    /// What the house's chain says of it.
    pub fn command(&self) -> serde_json::Value {
        serde_json::json!({
            "order": "archive", "archive": self.number, "workflow": self.workflow, "month": self.month,
            "file": self.file, "sha256": crate::identity::hex(&self.sha256), "runs": self.runs,
            "root": crate::identity::hex(&self.root),
        })
    }
}

/// An archive to keep, and the runs to remove.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ArchiveWrite {
    /// By whose right.
    pub lease: Lease,
    /// What is kept of it; the number of its note is the store's to find.
    pub row: ArchiveRow,
    /// Its runs by id, each as its chain ended when it was written into the file.
    pub leaves: Vec<Leaf>,
    /// The days on which they ended, in the same order.
    pub closed: Vec<Option<NaiveDate>>,
    /// Events that they were started or reached by.
    pub events: Vec<Uuid>,
}

impl ArchiveWrite {
    /// What the house's chain is to say.
    pub(super) fn note(&self) -> Note {
        Note {
            at: self.row.at,
            who: "archive".to_owned(),
            version: None,
            about: None,
            command: self.row.command().to_string(),
        }
    }

    /// Whether these are exactly its runs, each as it was written. `found` is in no order.
    pub(super) fn still(&self, mut found: Vec<Leaf>) -> bool {
        found.sort_by_key(|leaf| leaf.run_id);
        found == self.leaves
    }
}

/// How a run stands, for whoever looks which are to be moved out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidate {
    /// The run.
    pub run_id: Uuid,
    /// When it ended.
    pub ended: Option<Time>,
    /// How many rows its history has.
    pub rows: u64,
    /// About how many bytes its state and payload have.
    pub bytes: u64,
    /// Whether others hold it back: a run that has not ended called it, or one that it called is still here and may name
    /// its files.
    pub held: bool,
}

impl Candidate {
    /// The month in which it ended, by its first day.
    pub fn month(&self) -> Option<NaiveDate> {
        use chrono::Datelike;
        self.ended?.date_naive().with_day(1)
    }
}

/// What there is of a run beside its history.
#[derive(Debug, Clone, PartialEq)]
pub struct Beside {
    /// The run.
    pub run_id: Uuid,
    /// The event that started it.
    pub event_id: Uuid,
    /// The event's name.
    pub event: String,
    /// The sender's name and its id for the event.
    pub origin: Option<(String, String)>,
    /// When the event was received.
    pub received: Time,
    /// The run that called it.
    pub parent: Option<Uuid>,
    /// The number of the report it is.
    pub report: Option<String>,
    /// When it began.
    pub started: Time,
    /// When it ended.
    pub ended: Option<Time>,
    /// The files that belong to it.
    pub files: Vec<FileAnswer>,
}

impl Beside {
    /// Gives each file to its run.
    pub(super) fn with_files(mut all: Vec<Beside>, files: Vec<(Uuid, FileAnswer)>) -> Vec<Beside> {
        for (run, file) in files {
            if let Some(beside) = all.iter_mut().find(|beside| beside.run_id == run) {
                beside.files.push(file);
            }
        }
        all
    }
}

/// The statements that both stores understand alike. `$1` and `$2` are the lists of runs and of events.
pub(super) mod sql {
    /// Runs of a workflow that have ended, between two ids: of each index in which such are, the first. `$1` to `$4`.
    pub(in crate::store) const ENDED: &str = "SELECT id FROM ( \
         SELECT * FROM (SELECT x.id FROM runs x WHERE x.status = 'COMPLETED' AND x.workflow = $1 \
          AND x.id > $2 AND x.id < $3 ORDER BY x.id LIMIT $4) whole UNION ALL \
         SELECT * FROM (SELECT x.id FROM runs x WHERE x.status IN ('CANCELLED', 'FAILED') AND x.workflow = $1 \
          AND x.id > $2 AND x.id < $3 ORDER BY x.id LIMIT $4) badly) ended ORDER BY id LIMIT $4";
    pub(in crate::store) const ARCHIVE: &str =
        "number, workflow, month, file, sha256, runs, root, note, at_ms";
    pub(in crate::store) const ADD: &str = "INSERT INTO archives \
        (number, workflow, month, file, sha256, runs, root, note, at_ms) \
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
    pub(in crate::store) const LEASE: &str = "INSERT INTO archiving (one, holder, until_ms) VALUES (1, $1, $3) \
        ON CONFLICT (one) DO UPDATE SET holder = excluded.holder, until_ms = excluded.until_ms \
        WHERE archiving.holder = excluded.holder OR archiving.until_ms < $2";
    /// Before a transaction ends: whether the right is still there, which is made longer.
    pub(in crate::store) const STILL: &str =
        "UPDATE archiving SET until_ms = $3 WHERE holder = $1 AND until_ms >= $2";
    pub(in crate::store) const MOVED_OUT: &str = "SELECT a.workflow, a.file, a.month, d.closed \
        FROM archived d JOIN archives a ON a.number = d.archive WHERE d.run_id = $1";
    pub(in crate::store) const LAST: &str = "SELECT coalesce(max(number), 0) FROM archives";
    pub(in crate::store) const LEAVES: &str =
        "SELECT run_id, number, hash FROM archived WHERE archive = $1 ORDER BY run_id";
}
