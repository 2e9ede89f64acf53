//! Puts definitions in force when their files change in the folder of `--workflows`.

use std::collections::HashMap;
use std::path::Path;
use std::time::Duration;

use notify::{RecursiveMode, Watcher};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::Failed;
use crate::node::{definitions, rendered};
use crate::orchestrator::{Orchestrator, Refusal};

/// An editor writes a file in several strokes: the folder is read when it has been quiet for so long.
const QUIET: Duration = Duration::from_millis(200);
/// How long to wait before asking again an orchestrator that did not answer.
const PAUSE: Duration = Duration::from_secs(2);
/// In whose name it deploys.
const BY: &str = "file";

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
    let folder = folder.to_owned();
    let mut known: HashMap<String, String> = definitions(Some(&folder))?.into_iter().collect();
    tokio::spawn(async move {
        // Dropped with the task, and the folder is watched no longer.
        let _watcher = watcher;
        loop {
            tokio::select! {
                () = stop.cancelled() => return,
                changed = changes.recv() => if changed.is_none() { return },
            }
            while let Ok(Some(())) = tokio::time::timeout(QUIET, changes.recv()).await {}
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

/// Deploys what is new or other than it was; whether all of it was answered. A file that is gone leaves its
/// workflow in force: its runs go on.
async fn take_in(
    folder: &Path,
    known: &mut HashMap<String, String>,
    orchestrator: &Orchestrator,
) -> bool {
    let found = match definitions(Some(folder)) {
        Ok(found) => found,
        Err(error) => {
            tell(&error.to_string());
            return true;
        }
    };
    for (name, source) in found {
        if known.get(&name) == Some(&source) {
            continue;
        }
        match orchestrator.deploy(&source, BY).await {
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
            }
            Err(Refusal::Overloaded | Refusal::Unavailable(_)) => return false,
            Err(refusal) => tell(&format!("{name}: {refusal}")),
        }
        known.insert(name, source);
    }
    true
}

/// Speaks to whoever looks at the console.
fn tell(text: &str) {
    eprintln!("{text}");
}
