use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::io;
use std::sync::Arc;
use std::time::{Duration, Instant};

use chrono::NaiveDate;
use hms_engine::{Keep, Time};
use sha2::{Digest, Sha256};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::{ArchivedCase, Folder, KeepRules};
use crate::clock::wall_ms;
use crate::identity::hex;
use crate::orchestrator::Orchestrator;
use crate::store::{
    Archive, ArchiveRow, ArchiveWrite, Beside, Candidate, Files, Leaf, Lease, Shelf, Store,
    StoreError, Trail,
};
use crate::trail::{CASE_ROWS_MAX, NoCaseFile, root_of, take_out};

/// How often it is looked what has become old enough. It becomes so a month at a time.
const EVERY: Duration = Duration::from_secs(3_600);
/// So long the other nodes leave it to this one, from its last sign of life.
const LEASE_MS: i64 = 600_000;
/// Runs looked at in one question.
const PAGE: u32 = 500;
/// The most of one file, and so of one transaction: runs, rows of their histories, and bytes of their states.
const RUNS_MAX: usize = 250;
const ROWS_MAX: u64 = 5_000;
const BYTES_MAX: u64 = 8 * 1024 * 1024;

/// Moves finished runs out when they are older than they are to be kept.
pub struct Archivist {
    shelf: Arc<dyn Shelf>,
    trail: Arc<dyn Trail>,
    files: Arc<dyn Files>,
    archive: Arc<dyn Archive>,
    folder: Folder,
    rules: KeepRules,
    /// Whose definitions may say how long runs are kept, and whose figures tell what was done.
    orchestrator: Option<Orchestrator>,
    /// Whose the right is to move runs out. A file has one node, which has it again when it is started again.
    holder: Uuid,
}

/// What was done.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Swept {
    /// Runs moved out.
    pub runs: u64,
    /// Files they are in.
    pub files: u64,
    /// Runs that are old enough and stay, because their histories are not whole, not sealed yet, or too long for a file.
    pub left: u64,
}

/// Why no more was moved out; the next time goes on.
#[derive(Debug, thiserror::Error)]
pub enum ArchiveError {
    /// The store did not answer.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The folder cannot be read or written.
    #[error("the folder of archives: {0}")]
    Folder(#[from] io::Error),
    /// A case cannot be written as text; a mistake of this program.
    #[error("a case cannot be written: {0}")]
    Text(#[from] serde_json::Error),
    /// Another node has begun to move runs out.
    #[error("another node moves runs out")]
    Elsewhere,
    /// Files that were written cannot be read again as what they were.
    #[error("the thread that writes files ended")]
    Ended,
}

impl Archivist {
    /// Over a store, into a folder.
    pub fn new(store: &Store, folder: Folder, rules: KeepRules) -> Archivist {
        Archivist {
            shelf: store.shelf(),
            trail: store.trail(),
            files: store.files(),
            archive: store.archive(),
            folder,
            rules,
            orchestrator: None,
            holder: match store {
                Store::Sqlite(_) => Uuid::nil(),
                Store::Postgres(_) => Uuid::new_v4(),
            },
        }
    }

    /// With the definitions in force, which may say how long their runs are kept.
    #[must_use]
    pub fn with(self, orchestrator: Orchestrator) -> Archivist {
        Archivist {
            orchestrator: Some(orchestrator),
            ..self
        }
    }

    /// Moves out what is old enough, now and once an hour until told to stop.
    pub async fn keep_archiving(self, orchestrator: Orchestrator, stop: CancellationToken) {
        let archivist = self.with(orchestrator.clone());
        loop {
            match archivist.sweep(orchestrator.now(), &stop).await {
                Ok(swept) => {
                    orchestrator.metrics().archiving_finished(wall_ms());
                    if swept != Swept::default() {
                        tracing::info!(
                            archive.runs = swept.runs,
                            archive.files = swept.files,
                            archive.left = swept.left,
                            "finished runs were moved out"
                        );
                    }
                }
                Err(ArchiveError::Elsewhere) => {}
                Err(error) => {
                    orchestrator.metrics().archiving_failed();
                    tracing::warn!(%error, "finished runs stay for now; trying again in an hour");
                }
            }
            tokio::select! {
                () = stop.cancelled() => return,
                () = tokio::time::sleep(EVERY) => {}
            }
        }
    }

    /// Moves out what by this moment of workflow time is old enough, unless another node is at it.
    pub async fn sweep(&self, now: Time, stop: &CancellationToken) -> Result<Swept, ArchiveError> {
        if !self.archive.may_archive(self.lease(LEASE_MS)).await? {
            return Err(ArchiveError::Elsewhere);
        }
        let swept = self.sweep_all(now, stop).await;
        // Others need not wait until it runs out.
        self.archive.may_archive(self.lease(-1)).await?;
        swept
    }

    async fn sweep_all(&self, now: Time, stop: &CancellationToken) -> Result<Swept, ArchiveError> {
        self.tidy().await?;
        let mut swept = Swept::default();
        let versions = self.shelf.workflow_versions().await?;
        let workflows: BTreeSet<String> = versions.into_iter().map(|version| version.id).collect();
        // A dozen workflows, each with its pages: not a loop over rows.
        for workflow in &workflows {
            let defined = self.defined(workflow);
            if let Some(keep) = self.rules.of_workflow(workflow, defined) {
                let before = keep.ended_before(now);
                self.sweep_one(workflow, before, now, &mut swept, stop)
                    .await?;
            }
        }
        Ok(swept)
    }

    /// Goes through the runs of one workflow that began before a moment: ids are in the order of time, and what ended
    /// before it began before it. Those that stay are the ones still open then.
    async fn sweep_one(
        &self,
        workflow: &str,
        before: Time,
        now: Time,
        swept: &mut Swept,
        stop: &CancellationToken,
    ) -> Result<(), ArchiveError> {
        let until = first_id(before);
        let mut after = Uuid::nil();
        let mut due: BTreeMap<NaiveDate, Due> = BTreeMap::new();
        loop {
            let page = self
                .archive
                .candidates(workflow, (after, until), PAGE)
                .await?;
            let end = page.last().map(|last| last.run_id);
            for candidate in page {
                let old = candidate.ended.is_some_and(|ended| ended < before);
                let (true, Some(month)) = (old && !candidate.held, candidate.month()) else {
                    continue;
                };
                if candidate.rows > CASE_ROWS_MAX as u64 {
                    swept.left += 1;
                    continue;
                }
                let due = due.entry(month).or_default();
                if !due.takes(&candidate) {
                    let full = std::mem::take(due);
                    self.move_out(workflow, month, full, now, swept).await?;
                }
                due.add(&candidate);
                if stop.is_cancelled() {
                    return Ok(());
                }
            }
            match end {
                Some(end) => after = end,
                None => break,
            }
        }
        for (month, due) in due {
            if stop.is_cancelled() {
                return Ok(());
            }
            self.move_out(workflow, month, due, now, swept).await?;
        }
        Ok(())
    }

    /// Moves runs out that ended in one month: into a file, and then out of the database.
    async fn move_out(
        &self,
        workflow: &str,
        month: NaiveDate,
        due: Due,
        now: Time,
        swept: &mut Swept,
    ) -> Result<(), ArchiveError> {
        let began = Instant::now();
        let mut cases = Vec::with_capacity(due.runs.len());
        let beside = self.archive.beside(&due.runs).await?;
        let mut beside: HashMap<Uuid, Beside> =
            beside.into_iter().map(|one| (one.run_id, one)).collect();
        // One by one, each as an export takes it out: what is removed is what an export gives.
        for run in due.runs {
            let case = match beside.remove(&run) {
                Some(beside) => self.case(run, beside, now).await?,
                None => None,
            };
            match case {
                Some(case) => cases.push(case),
                None => swept.left += 1,
            }
        }
        cases.sort_by_key(|(_, end)| end.run_id);
        if cases.is_empty() {
            return Ok(());
        }
        let mut text = String::new();
        for (case, _) in &cases {
            text += &serde_json::to_string(case)?;
            text.push('\n');
        }
        let leaves: Vec<Leaf> = cases.iter().map(|(_, end)| *end).collect();
        let ended = |case: &ArchivedCase| case.beside.ended.map(|ended| ended.date_naive());
        let closed = cases.iter().map(|(case, _)| ended(case)).collect();
        let events: BTreeSet<Uuid> = cases
            .iter()
            .flat_map(|(case, _)| case.reached_by().chain([case.beside.event_id]))
            .collect();
        let number = self.archive.last_archive().await? + 1;
        let month = month.format("%Y-%m").to_string();
        let row = ArchiveRow {
            number,
            workflow: workflow.to_owned(),
            file: format!("{workflow}/{month}-{number:06}.jsonl"),
            month,
            sha256: Sha256::digest(&text).into(),
            runs: leaves.len() as u64,
            root: root_of(&leaves),
            note: 0,
            at: now,
        };
        let name = row.file.clone();
        let part = self
            .on_disk(move |folder| folder.write_part(&name, text.as_bytes()))
            .await?;
        let write = ArchiveWrite {
            lease: self.lease(LEASE_MS),
            row,
            leaves,
            closed,
            events: events.into_iter().collect(),
        };
        // When its answer is lost, the next time finds out what became of it: see `tidy`.
        let done = self.archive.move_out(&write).await?;
        let aside = part.clone();
        if !done {
            self.on_disk(move |folder| folder.discard(&aside)).await?;
            return Err(ArchiveError::Elsewhere);
        }
        self.on_disk(move |folder| folder.place(&aside)).await?;
        tracing::info!(
            archive.file = %part.name, archive.runs = write.row.runs,
            "finished runs are in a file and no longer in the database"
        );
        if let Some(orchestrator) = &self.orchestrator {
            orchestrator.metrics().moved_out(write.row.runs);
        }
        swept.runs += write.row.runs;
        swept.files += 1;
        // Half of the time is for what people wait for.
        tokio::time::sleep(began.elapsed()).await;
        Ok(())
    }

    /// One case with the bytes of its files in the folder; none of one whose history is not whole, or not sealed to its end.
    async fn case(
        &self,
        run: Uuid,
        beside: Beside,
        now: Time,
    ) -> Result<Option<(ArchivedCase, Leaf)>, ArchiveError> {
        let case = match take_out(self.shelf.as_ref(), self.trail.as_ref(), run, now).await {
            Ok(case) => case,
            Err(NoCaseFile::Store(error)) => return Err(error.into()),
            Err(NoCaseFile::Unknown(_) | NoCaseFile::TooLong) => return Ok(None),
        };
        let case = ArchivedCase {
            case,
            beside: beside.into(),
        };
        let sealed = case.case.seal.as_ref().map(|seal| seal.number);
        let Some(end) = case.end().filter(|end| sealed == Some(end.number)) else {
            // Sealed within a minute; it is taken the next time.
            return Ok(None);
        };
        // By whatever key: the server's may be another by now.
        let faults = case.case.look(None).faults;
        if let Some(fault) = faults.first() {
            tracing::error!(run.id = %run, fault, "a run stays in the database: its history is not whole");
            return Ok(None);
        }
        for file in &case.beside.attached {
            let bytes = self.files.bytes(file.file).await?;
            if hex(&Sha256::digest(&bytes)) != file.sha256 {
                tracing::error!(run.id = %run, file.id = %file.file, "a run stays in the database: a file of it is not what came in");
                return Ok(None);
            }
            let sha256 = file.sha256.clone();
            self.on_disk(move |folder| folder.keep_bytes(&sha256, &bytes))
                .await?;
        }
        Ok(Some((case, end)))
    }

    /// Puts in its place what a transaction took and throws away the rest: a program ended in between.
    async fn tidy(&self) -> Result<(), ArchiveError> {
        let parts = self.on_disk(Folder::parts).await?;
        // What was left behind by a crash: a handful at most.
        for part in parts {
            let kept = self.archive.archive_in(&part.name).await?;
            let aside = part.clone();
            let content = self.on_disk(move |folder| folder.read_part(&aside)).await?;
            let hash: [u8; 32] = Sha256::digest(content).into();
            let taken = kept.is_some_and(|kept| kept.sha256 == hash);
            self.on_disk(move |folder| match taken {
                true => folder.place(&part),
                false => folder.discard(&part),
            })
            .await?;
        }
        Ok(())
    }

    /// How long the definition in force says that its runs are kept.
    fn defined(&self, workflow: &str) -> Option<Keep> {
        let orchestrator = self.orchestrator.as_ref()?;
        let definition = orchestrator.registry().in_force(workflow)?;
        definition.retention.as_ref()?.runs
    }

    fn lease(&self, for_ms: i64) -> Lease {
        let now_ms = wall_ms();
        Lease {
            holder: self.holder,
            now_ms,
            until_ms: now_ms + for_ms,
        }
    }

    async fn on_disk<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Folder) -> io::Result<T> + Send + 'static,
    ) -> Result<T, ArchiveError> {
        let folder = self.folder.clone();
        let done = tokio::task::spawn_blocking(move || work(&folder)).await;
        Ok(done.map_err(|_| ArchiveError::Ended)??)
    }
}

/// Runs to go into one file.
#[derive(Default)]
struct Due {
    runs: Vec<Uuid>,
    rows: u64,
    bytes: u64,
}

impl Due {
    /// Whether there is room for one more. One alone always has.
    fn takes(&self, candidate: &Candidate) -> bool {
        self.runs.is_empty()
            || (self.runs.len() < RUNS_MAX
                && self.rows + candidate.rows <= ROWS_MAX
                && self.bytes + candidate.bytes <= BYTES_MAX)
    }

    fn add(&mut self, candidate: &Candidate) {
        self.runs.push(candidate.run_id);
        self.rows += candidate.rows;
        self.bytes += candidate.bytes;
    }
}

/// The first id of a moment: no run that began before it has a larger one.
fn first_id(at: Time) -> Uuid {
    let ms = at.timestamp_millis().max(0).unsigned_abs();
    uuid::Builder::from_unix_timestamp_millis(ms, &[0; 10]).into_uuid()
}
