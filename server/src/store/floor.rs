//! The floor of the benchmark: the rows of finished runs, arranged by the command that wrote them, to be
//! written again by plain multi-row SQL with nothing around it. What the server adds to that is what it costs.

use std::collections::{BTreeMap, HashMap};

/// What the n-th command of each run wrote: its event when it is the first, the run, the tasks it
/// opened or closed, and its audit entry.
#[derive(Debug)]
pub(super) struct Stage<R> {
    pub(super) events: Vec<R>,
    pub(super) runs: Vec<R>,
    pub(super) tasks: Vec<Vec<R>>,
    pub(super) audit: Vec<R>,
}

/// Rows as they were read: finished runs with their own id and their event's, the others by whose they are.
pub(super) struct Read<R> {
    pub(super) runs: Vec<(String, String, R)>,
    pub(super) events: HashMap<String, R>,
    /// In the order in which they were opened.
    pub(super) tasks: HashMap<String, Vec<R>>,
    /// In the order in which they were written.
    pub(super) audit: HashMap<String, Vec<R>>,
}

/// The stages in the order of the commands.
pub(super) fn stages<R: Clone>(mut read: Read<R>) -> Vec<Stage<R>> {
    let mut stages: BTreeMap<usize, Stage<R>> = BTreeMap::new();
    for (id, event, run) in read.runs {
        let tasks = read.tasks.remove(&id).unwrap_or_default();
        for (n, entry) in read
            .audit
            .remove(&id)
            .unwrap_or_default()
            .into_iter()
            .enumerate()
        {
            let stage = stages.entry(n).or_insert_with(|| Stage {
                events: Vec::new(),
                runs: Vec::new(),
                tasks: Vec::new(),
                audit: Vec::new(),
            });
            if n == 0 {
                stage.events.extend(read.events.remove(&event));
            }
            stage.runs.push(run.clone());
            stage.audit.push(entry);
            // Each command but the first closes a task; each but the last opens the next.
            let touched = tasks
                .iter()
                .skip(n.saturating_sub(1))
                .take(if n == 0 { 1 } else { 2 });
            stage.tasks.push(touched.cloned().collect());
        }
    }
    stages.into_values().collect()
}
