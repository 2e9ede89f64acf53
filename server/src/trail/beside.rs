//! What is kept beside the audit trail, held against what its rows say of it: what was reported, the files that came, and
//! the definitions that cases are done by.

use std::collections::{BTreeSet, HashMap};

use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::fault::{Fault, What};
use crate::identity::hex;
use crate::store::chain::Hash;
use crate::store::{Covers, StoreError, Texts, Trail, TrailRow, file_hash};

/// Runs held against what is kept at once.
const RUNS_MAX: usize = 256;
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
            // It may have been moved out between rows and texts: looked at once more, by itself.
            let (again, _) = said_by(trail, run).await?;
            held(trail, &[again])
                .await?
                .into_iter()
                .for_each(&mut *tell);
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
    let (said, versions) = said_by(trail, run).await?;
    found.extend(held(trail, std::slice::from_ref(&said)).await?);
    for version in versions {
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
    Ok(said.is_uncovered())
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

/// What of these runs is not kept as their rows say. Three questions, however many runs.
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
    }
    Ok(found)
}

fn ids(all: &[Said], of: impl Fn(&Said) -> &Vec<(Uuid, String)>) -> Vec<Uuid> {
    all.iter()
        .flat_map(|said| of(said).iter().map(|(id, _)| *id))
        .collect()
}
