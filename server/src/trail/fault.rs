use std::fmt;

use uuid::Uuid;

use crate::store::Stand;
use crate::store::chain::HOUSE;

/// Something that is not as it was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// In whose chain; none where a checkpoint itself is at fault.
    pub chain: Option<Uuid>,
    /// What it is.
    pub what: What,
}

/// What is not as it was written. Numbers are those of rows in their chain, from 1.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum What {
    /// A row does not fit its hash, or not the row before it.
    Changed(u64),
    /// Rows are missing between others: from, to.
    Removed(u64, u64),
    /// Rows are missing at the end: from, to.
    Cut(u64, u64),
    /// A row stands behind what its run says is the last.
    Added(u64),
    /// A row at this place among all has no number or no hash.
    Unchained(i64),
    /// The last row is not the one that the run says.
    OtherEnd(u64),
    /// All rows of a run are missing, so many.
    AllRowsGone(u64),
    /// There are rows of a run that is not there.
    RunGone,
    /// A row at this place among all is in no checkpoint and stands where one was made: it was put in later.
    PutIn {
        /// The row's place.
        n: i64,
        /// The checkpoint.
        checkpoint: u64,
    },
    /// A row that a checkpoint holds is not there.
    SealedGone {
        /// The row.
        number: u64,
        /// The checkpoint.
        checkpoint: u64,
    },
    /// A row is another than the one a checkpoint holds.
    SealedOther {
        /// The row.
        number: u64,
        /// The checkpoint.
        checkpoint: u64,
    },
    /// Checkpoints are missing: from, to.
    CheckpointsGone(u64, u64),
    /// A checkpoint does not go on where the one before ended.
    CheckpointOutOfLine(u64),
    /// A checkpoint's chains do not give its root.
    CheckpointRoot(u64),
    /// A checkpoint's signature is not of what it says.
    CheckpointSignature(u64),
    /// A checkpoint was signed with another key than it should be.
    CheckpointKey(u64),
    /// A checkpoint is another in the file outside, or is missing there between others.
    CheckpointOutside(u64),
    /// Checkpoints at the end are in the file outside only: from, to.
    CheckpointsCut(u64, u64),
    /// What is kept of the runs in an archive does not give its root.
    ArchiveRuns(u64),
    /// The house's chain does not say what is kept of an archive.
    ArchiveNote(u64),
    /// What was reported is not what the run's first row says.
    ReportChanged,
    /// What was reported is not there.
    ReportGone,
    /// What an event that reached the run brought is not what the row that took it says.
    EventChanged(Uuid),
    /// An event that reached the run is not there.
    EventGone(Uuid),
    /// A file is not what the row that names it says.
    FileChanged(Uuid),
    /// A file that a row names is not there.
    FileGone(Uuid),
    /// A task's answer, or who gave it, is not what the row that took it says.
    AnswerChanged(Uuid),
    /// A task that was answered is not there.
    AnswerGone(Uuid),
    /// A task is done or has an answer, and no row says so.
    AnswerPutIn(Uuid),
    /// A definition's text does not give its version.
    DefinitionChanged(String),
    /// The definition of a version that rows name is not there.
    DefinitionGone(String),
    /// A calendar's text does not give its version.
    CalendarChanged(String),
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.chain {
            Some(HOUSE) => write!(f, "house: ")?,
            Some(run) => write!(f, "run {run}: ")?,
            None => {}
        }
        match &self.what {
            What::Changed(n) => write!(f, "row {n} was changed, or the one before it"),
            What::Removed(from, to) if from == to => write!(f, "row {from} was removed"),
            What::Removed(from, to) => write!(f, "rows {from} to {to} were removed"),
            What::Cut(from, to) if from == to => {
                write!(f, "row {from}, the last, was removed")
            }
            What::Cut(from, to) => {
                write!(f, "rows {from} to {to}, the last, were removed")
            }
            What::Added(n) => write!(f, "row {n} was put in behind the last"),
            What::Unchained(n) => write!(f, "the row at n = {n} is in no chain: it was put in"),
            What::OtherEnd(n) => write!(f, "row {n} is not the one the run ended with"),
            What::AllRowsGone(n) => write!(f, "all of its {n} rows were removed"),
            What::RunGone => write!(f, "the run itself was removed"),
            What::PutIn { n, checkpoint } => write!(
                f,
                "the row at n = {n} was put in after checkpoint {checkpoint} was made, or its run taken out of that"
            ),
            What::SealedGone { number, checkpoint } => {
                write!(
                    f,
                    "row {number} was removed; checkpoint {checkpoint} holds it"
                )
            }
            What::SealedOther { number, checkpoint } => write!(
                f,
                "row {number} is another than checkpoint {checkpoint} holds"
            ),
            What::CheckpointsGone(from, to) if from == to => {
                write!(f, "checkpoint {from} was removed")
            }
            What::CheckpointsGone(from, to) => {
                write!(f, "checkpoints {from} to {to} were removed")
            }
            What::CheckpointOutOfLine(n) => {
                write!(f, "checkpoint {n} does not follow the one before it")
            }
            What::CheckpointRoot(n) => {
                write!(
                    f,
                    "checkpoint {n} was changed: its chains do not give its root"
                )
            }
            What::CheckpointSignature(n) => {
                write!(f, "checkpoint {n} was changed: its signature does not fit")
            }
            What::CheckpointKey(n) => write!(f, "checkpoint {n} was signed with another key"),
            What::ArchiveRuns(n) => {
                write!(f, "archive {n} was changed: its runs do not give its root")
            }
            What::ArchiveNote(n) => write!(
                f,
                "archive {n} was changed or put in: the house's chain does not say it"
            ),
            What::CheckpointOutside(n) => {
                write!(
                    f,
                    "checkpoint {n} is not the same in the database and in the file"
                )
            }
            What::CheckpointsCut(from, to) if from == to => write!(
                f,
                "checkpoint {from}, the last, is in the file and was removed from the database"
            ),
            What::CheckpointsCut(from, to) => write!(
                f,
                "checkpoints {from} to {to}, the last, are in the file and were removed from the database"
            ),
            What::ReportChanged => {
                write!(f, "what was reported was changed after it was received")
            }
            What::ReportGone => write!(f, "what was reported was removed"),
            What::EventChanged(id) => {
                write!(
                    f,
                    "event {id}, which reached it, was changed after it was received"
                )
            }
            What::EventGone(id) => write!(f, "event {id}, which reached it, was removed"),
            What::FileChanged(id) => write!(f, "file {id} was changed after it was handed in"),
            What::FileGone(id) => write!(f, "file {id} was removed"),
            What::AnswerChanged(task) => {
                write!(f, "what was decided of task {task} was changed afterwards")
            }
            What::AnswerGone(task) => write!(f, "task {task}, which was decided, was removed"),
            What::AnswerPutIn(task) => {
                write!(
                    f,
                    "task {task} was made to look decided, and nobody decided it"
                )
            }
            What::DefinitionChanged(version) => write!(f, "definition {version} was changed"),
            What::DefinitionGone(version) => {
                write!(
                    f,
                    "definition {version}, by which cases are done, was removed"
                )
            }
            What::CalendarChanged(version) => write!(f, "calendar {version} was changed"),
        }
    }
}

impl Stand {
    pub(super) fn is_chained(&self) -> bool {
        self.seq.is_some() && self.hash.is_some()
    }

    pub(super) fn unchained(&self) -> Fault {
        Fault {
            chain: Some(self.run_id.unwrap_or(HOUSE)),
            what: What::Unchained(self.n),
        }
    }
}
