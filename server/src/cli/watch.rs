//! Puts definitions and calendars in force when their files change in the folder of `--workflows`.

use std::collections::{HashMap, HashSet};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use hms_engine::Calendar;
use notify::{RecursiveMode, Watcher};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::Failed;
use crate::calendars::{self, BY_FILE, CalendarFile, Weighed};
use crate::node::{definitions, rendered};
use crate::orchestrator::{Orchestrator, Refusal};

/// An editor writes a file in several strokes: the folder is read when it has been quiet for so long.
const QUIET: Duration = Duration::from_millis(200);
/// How long to wait before asking again an orchestrator that did not answer.
const PAUSE: Duration = Duration::from_secs(2);
/// Looks after the folder until told to stop. What stands there now is taken to be in force.
pub(super) fn watch(
    folder: &Path,
    orchestrator: Orchestrator,
    stop: CancellationToken,
) -> Result<(), Failed> {
    let (changed, mut changes) = mpsc::channel(1);
    let mut watcher = notify::recommended_watcher(move |event: notify::Result<notify::Event>| {
        // One that is waiting already says it all. Reading the files is no change of them.
        if event.map_or(true, |event| !event.kind.is_access()) {
            let _ = changed.try_send(());
        }
    })?;
    watcher.watch(folder, RecursiveMode::NonRecursive)?;
    let calendars = folder.join(calendars::FOLDER);
    let mut watched = calendars.is_dir();
    if watched {
        watcher.watch(&calendars, RecursiveMode::NonRecursive)?;
    }
    let folder = folder.to_owned();
    let mut known = Known {
        texts: definitions(Some(&folder))?.into_iter().collect(),
        refused: HashSet::new(),
    };
    known.texts.extend(calendar_texts(&folder)?);
    tokio::spawn(async move {
        // The watcher is dropped with the task, and the folder is watched no longer.
        loop {
            tokio::select! {
                () = stop.cancelled() => return,
                changed = changes.recv() => if changed.is_none() { return },
            }
            while let Ok(Some(())) = tokio::time::timeout(QUIET, changes.recv()).await {}
            if !watched {
                // It may have been made since.
                let began = watcher.watch(&calendars, RecursiveMode::NonRecursive);
                watched = began.is_ok();
            }
            while !take_in(&folder, &mut known, &orchestrator).await {
                tokio::select! {
                    () = stop.cancelled() => return,
                    () = tokio::time::sleep(PAUSE) => {}
                }
            }
        }
    });
    Ok(())
}

/// The files as they were last read.
struct Known {
    texts: HashMap<String, String>,
    /// The definitions that had mistakes then: one may have named a calendar that comes later.
    refused: HashSet<String>,
}

impl Known {
    fn has(&self, name: &str, source: &str) -> bool {
        self.texts.get(name).is_some_and(|known| known == source)
    }
}

/// Deploys what is new or other than it was; whether all of it was answered. A file that is gone leaves its
/// workflow in force: its runs go on.
async fn take_in(folder: &Path, known: &mut Known, orchestrator: &Orchestrator) -> bool {
    match calendar_texts(folder) {
        Err(error) => tell(&format!("{}: {error}", folder.display())),
        Ok(texts) => {
            for (name, source) in texts {
                if known.has(&name, &source) {
                    continue;
                }
                match take_in_calendar(&name, &source, orchestrator).await {
                    None => return false,
                    Some(false) => {}
                    Some(true) => {
                        for name in known.refused.drain() {
                            known.texts.remove(&name);
                        }
                    }
                }
                known.texts.insert(name, source);
            }
        }
    }
    let found = match definitions(Some(folder)) {
        Ok(found) => found,
        Err(error) => {
            tell(&error.to_string());
            return true;
        }
    };
    for (name, source) in found {
        if known.has(&name, &source) {
            continue;
        }
        known.refused.remove(&name);
        match orchestrator.deploy(&source, BY_FILE).await {
            Ok(deployed) if deployed.changed => tell(&format!(
                "{name}: {} is in force from now on, version {}",
                deployed.id, deployed.version
            )),
            Ok(_) => {}
            Err(Refusal::BadDefinition(faults)) => {
                tell(&rendered(&name, &source, &faults));
                tell(&format!(
                    "{name}: nothing changed, the version before stays in force"
                ));
                known.refused.insert(name.clone());
            }
            Err(refusal) if refusal.is_passing() => return false,
            Err(refusal) => tell(&format!("{name}: {refusal}")),
        }
        known.texts.insert(name, source);
    }
    true
}

/// Puts a calendar in force when that moves no open deadline, and says what to do when it does. Says whether
/// it is in force from now on; nothing when it was not answered.
async fn take_in_calendar(name: &str, source: &str, orchestrator: &Orchestrator) -> Option<bool> {
    let file = match Calendar::parse(source) {
        Ok(calendar) => CalendarFile {
            name: name.to_owned(),
            shipped: false,
            calendar: Arc::new(calendar),
        },
        Err(faults) => {
            tell(&rendered(name, source, &faults));
            tell(&format!(
                "{name}: nothing changed, the version before stays in force"
            ));
            return Some(false);
        }
    };
    let (registry, shelf) = (orchestrator.registry(), orchestrator.shelf());
    let weighed = file.weigh(registry, shelf, orchestrator.now()).await;
    let done = match weighed {
        Ok(Weighed::ToDeploy) => orchestrator.deploy_calendar(source, BY_FILE).await,
        Ok(weighed) => {
            if let Some(told) = file.left_out(&weighed) {
                tell(&told);
            }
            return Some(false);
        }
        Err(refusal) => Err(refusal),
    };
    match done {
        // The conductor says on the console that it is in force.
        Ok(deployed) => Some(deployed.changed),
        Err(refusal) if refusal.is_passing() => None,
        Err(refusal) => {
            tell(&format!("{name}: {refusal}"));
            Some(false)
        }
    }
}

/// The name and text of each calendar beside the definitions.
fn calendar_texts(folder: &Path) -> std::io::Result<Vec<(String, String)>> {
    calendars::texts(&folder.join(calendars::FOLDER))
}

/// Speaks to whoever looks at the console.
fn tell(text: &str) {
    eprintln!("{text}");
}
