//! What is kept beside the audit trail, held against what its rows say of it: what was reported, the files that came, and
//! the definitions that cases are done by.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use serde::Deserialize;
use serde_json::Value;
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::fault::{Fault, What};
use super::walk::careful;
use crate::identity::hex;
use crate::store::chain::Hash;
use crate::store::{
    Covers, StoreError, TaskAnswer, Texts, Trail, TrailRow, file_hash, payload_hash,
};

/// Runs held against what is kept at once.
const RUNS_MAX: usize = 256;
/// How often a run is looked at that is written meanwhile.
const LOOKS: u32 = 5;
/// Rows and texts read at once.
const PAGE: u32 = 500;

/// What the rows that were walked say of what is kept beside them.
#[derive(Debug, Default)]
pub(super) struct Beside {
    waiting: Vec<Said>,
    /// The versions of definitions that rows name.
    versions: BTreeSet<String>,
    /// Runs whose first row says nothing of what was reported: they began before rows did.
    pub(super) uncovered: u64,
}

/// What the rows of one run say.
#[derive(Debug, Default)]
pub(super) struct Said {
    run: Uuid,
    /// Whether its first row is there.
    begins: bool,
    /// The SHA-256 of what was reported, in hex.
    payload: Option<String>,
    /// The same of the events that reached it.
    events: Vec<(Uuid, String)>,
    /// What files hash to.
    files: Vec<(Uuid, String)>,
    /// Who finished which task, and what their answer hashes to.
    answers: BTreeMap<Uuid, (String, Option<String>)>,
}

/// An entry as far as it says that a task was finished. The answer is read as the row of the task is.
#[derive(Deserialize)]
struct Finished {
    kind: String,
    #[serde(default)]
    task: Option<Uuid>,
    #[serde(default)]
    result: Value,
}

impl Said {
    pub(super) fn of(run: Uuid) -> Said {
        Said {
            run,
            ..Said::default()
        }
    }

    pub(super) fn take(&mut self, row: &TrailRow) {
        let first = row.seq == Some(1);
        self.begins |= first;
        self.answered(row);
        let Some((covers, event)) = Covers::read_from(&row.command) else {
            return;
        };
        match (covers.payload, event) {
            (Some(hash), Some(event)) => self.events.push((event, hash)),
            (Some(hash), None) if first => self.payload = Some(hash),
            _ => {}
        }
        self.files.extend(covers.files);
    }

    /// What the row says was finished by it.
    fn answered(&mut self, row: &TrailRow) {
        if !row.entries.contains("\"task_completed\"") {
            return;
        }
        // What cannot be read was changed, and the chain says so.
        let entries: Vec<Finished> = serde_json::from_str(&row.entries).unwrap_or_default();
        for entry in entries {
            if let (true, Some(task)) = (entry.kind == "task_completed", entry.task) {
                let answer = payload_hash(&entry.result).ok();
                self.answers.insert(task, (row.who.clone(), answer));
            }
        }
    }

    fn is_uncovered(&self) -> bool {
        self.begins && self.payload.is_none()
    }
}

impl Beside {
    /// A row that was walked.
    pub(super) fn version(&mut self, row: &TrailRow) {
        if let Some(version) = &row.version
            && !self.versions.contains(version)
        {
            self.versions.insert(version.clone());
        }
    }

    /// The rows of a run are over.
    pub(super) fn take(&mut self, said: Said) {
        self.uncovered += u64::from(said.is_uncovered());
        self.waiting.push(said);
    }

    /// Whether so many runs wait that they are to be held against what is kept.
    pub(super) fn is_full(&self) -> bool {
        self.waiting.len() >= RUNS_MAX
    }

    /// Holds the runs that wait against what is kept.
    pub(super) async fn hold(
        &mut self,
        trail: &dyn Trail,
        tell: &mut (dyn FnMut(Fault) + Send),
    ) -> Result<(), StoreError> {
        let found = held(trail, &self.waiting).await?;
        self.waiting.clear();
        let runs: BTreeSet<Uuid> = found.iter().filter_map(|fault| fault.chain).collect();
        for run in runs {
            // It may have gone on or been moved out in between: looked at once more, by itself.
            let looked = by_itself(trail, run).await?;
            looked.faults.into_iter().for_each(&mut *tell);
        }
        Ok(())
    }

    /// Looks at all definitions and calendars, and whether those that rows name are there.
    pub(super) async fn definitions(
        &mut self,
        trail: &dyn Trail,
        tell: &mut (dyn FnMut(Fault) + Send),
    ) -> Result<(), StoreError> {
        let mut told = |what| tell(Fault { chain: None, what });
        for of in [Texts::Definitions, Texts::Calendars] {
            let mut after = String::new();
            loop {
                let page = trail.texts(of, &after, PAGE).await?;
                let Some((last, _)) = page.last() else { break };
                after = last.clone();
                for (version, hash) in page {
                    let same = hex(&hash) == version;
                    match of {
                        Texts::Definitions => {
                            self.versions.remove(&version);
                            if !same {
                                told(What::DefinitionChanged(version));
                            }
                        }
                        Texts::Calendars if !same => told(What::CalendarChanged(version)),
                        Texts::Calendars => {}
                    }
                }
            }
        }
        let gone = std::mem::take(&mut self.versions).into_iter();
        gone.for_each(|version| told(What::DefinitionGone(version)));
        Ok(())
    }
}

/// Looks at what is kept beside the rows of one run; whether its first row says nothing of it.
pub(super) async fn of_run(
    trail: &dyn Trail,
    run: Uuid,
    found: &mut Vec<Fault>,
) -> Result<bool, StoreError> {
    let looked = by_itself(trail, run).await?;
    found.extend(looked.faults);
    for version in looked.versions {
        let text = trail.definition(&version).await?;
        let what = match text {
            None => Some(What::DefinitionGone(version)),
            Some(text) if hex(&Sha256::digest(&text)) != version => {
                Some(What::DefinitionChanged(version))
            }
            Some(_) => None,
        };
        found.extend(what.map(|what| Fault { chain: None, what }));
    }
    Ok(looked.uncovered)
}

/// What was seen of one run.
struct OneLook {
    faults: Vec<Fault>,
    versions: BTreeSet<String>,
    uncovered: bool,
}

/// Looks at one run by itself, again when it was written meanwhile.
async fn by_itself(trail: &dyn Trail, run: Uuid) -> Result<OneLook, StoreError> {
    let mut looks = 0;
    loop {
        let head = trail.head(Some(run)).await?;
        let (said, versions) = said_by(trail, run).await?;
        let mut faults = match head {
            // Of a run that is gone nothing can be asked for.
            None => Vec::new(),
            Some(_) => held(trail, std::slice::from_ref(&said)).await?,
        };
        let whole = faults.is_empty() || careful(trail, Some(run), &mut 0).await?.is_empty();
        // Rows that were changed say nothing of what was decided, and are told themselves.
        faults.retain(|fault| whole || !is_of_answer(&fault.what));
        looks += 1;
        if faults.is_empty() || looks == LOOKS || trail.head(Some(run)).await? == head {
            return Ok(OneLook {
                faults,
                versions,
                uncovered: said.is_uncovered(),
            });
        }
    }
}

fn is_of_answer(what: &What) -> bool {
    matches!(
        what,
        What::AnswerChanged(_) | What::AnswerGone(_) | What::AnswerPutIn(_)
    )
}

/// What all rows of a run say, and the versions they name.
async fn said_by(trail: &dyn Trail, run: Uuid) -> Result<(Said, BTreeSet<String>), StoreError> {
    let (mut said, mut versions) = (Said::of(run), BTreeSet::new());
    let mut after = 0;
    loop {
        let page = trail.trail_of(Some(run), after, PAGE).await?;
        let chained = page.iter().filter(|row| row.seq.is_some());
        let Some(last) = chained.clone().next_back() else {
            return Ok((said, versions));
        };
        after = last.seq.unwrap_or_default();
        for row in chained {
            said.take(row);
            versions.extend(row.version.clone());
        }
    }
}

/// What of these runs is not kept as their rows say. Four questions, however many runs.
async fn held(trail: &dyn Trail, all: &[Said]) -> Result<Vec<Fault>, StoreError> {
    let runs: Vec<Uuid> = all
        .iter()
        .filter(|said| said.payload.is_some())
        .map(|said| said.run)
        .collect();
    let events = ids(all, |said| &said.events);
    let files = ids(all, |said| &said.files);
    let payloads: HashMap<Uuid, Hash> = match runs.is_empty() {
        true => HashMap::new(),
        false => trail.payloads_of_runs(&runs).await?.into_iter().collect(),
    };
    let events: HashMap<Uuid, Hash> = match events.is_empty() {
        true => HashMap::new(),
        false => trail
            .payloads_of_events(&events)
            .await?
            .into_iter()
            .collect(),
    };
    let mut files_now: HashMap<Uuid, (String, bool)> = HashMap::new();
    if !files.is_empty() {
        for (file, bytes) in trail.files_as_kept(&files).await? {
            files_now.insert(file.file, (file_hash(&file), hex(&bytes) == file.sha256));
        }
    }
    let rows: Vec<Uuid> = all.iter().map(|said| said.run).collect();
    let mut answers: HashMap<Uuid, Vec<TaskAnswer>> = HashMap::new();
    for answer in trail.answers(&rows).await? {
        answers.entry(answer.run_id).or_default().push(answer);
    }
    let mut found = Vec::new();
    for said in all {
        let mut add = |what| {
            found.push(Fault {
                chain: Some(said.run),
                what,
            });
        };
        if let Some(hash) = &said.payload {
            match payloads.get(&said.run) {
                None => add(What::ReportGone),
                Some(now) if hex(now) != *hash => add(What::ReportChanged),
                Some(_) => {}
            }
        }
        for (event, hash) in &said.events {
            match events.get(event) {
                None => add(What::EventGone(*event)),
                Some(now) if hex(now) != *hash => add(What::EventChanged(*event)),
                Some(_) => {}
            }
        }
        for (file, hash) in &said.files {
            match files_now.get(file) {
                None => add(What::FileGone(*file)),
                Some((now, whole)) if now != hash || !whole => add(What::FileChanged(*file)),
                Some(_) => {}
            }
        }
        let mut decided: BTreeMap<Uuid, _> = said
            .answers
            .iter()
            .map(|(task, said)| (*task, said))
            .collect();
        for now in answers.remove(&said.run).unwrap_or_default() {
            match decided.remove(&now.task) {
                None => add(What::AnswerPutIn(now.task)),
                Some((by, answer))
                    if !now.done || now.by.as_ref() != Some(by) || now.answer != *answer =>
                {
                    add(What::AnswerChanged(now.task));
                }
                Some(_) => {}
            }
        }
        decided
            .into_keys()
            .for_each(|task| add(What::AnswerGone(task)));
    }
    Ok(found)
}

fn ids(all: &[Said], of: impl Fn(&Said) -> &Vec<(Uuid, String)>) -> Vec<Uuid> {
    all.iter()
        .flat_map(|said| of(said).iter().map(|(id, _)| *id))
        .collect()
}
