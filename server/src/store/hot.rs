use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use hms_engine::{Run, RunStatus, Task};
use uuid::Uuid;

use super::chain::Hash;

/// The most runs kept at hand.
const RUNS_MAX: usize = 4_096;

/// Runs lately written, kept at hand so that their next command needs no reading: a run is taken out
/// for a turn and comes back with its commit; when the commit fails it stays out and is read again.
/// Where the journal is the only writer, what is here is what is in the tables; where other nodes
/// write too, it counts only when its `seq` is that of the locked row.
#[derive(Debug, Default)]
pub(super) struct HotRuns {
    /// Each with the hash of its last audit row.
    runs: HashMap<Uuid, (Run, Hash)>,
    /// Open task → its run.
    tasks: HashMap<Uuid, Uuid>,
}

/// The same for several journals of one node.
#[derive(Debug, Clone, Default)]
pub(super) struct HotForAll(Arc<Mutex<HotRuns>>);

impl HotForAll {
    /// For one look or change; never held while the store is asked.
    pub(super) fn lock(&self) -> MutexGuard<'_, HotRuns> {
        // What a panic leaves behind is read again: it counts only if the row says so.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl HotRuns {
    /// Takes a run out, with the hash of its last audit row.
    pub(super) fn take(&mut self, id: Uuid) -> Option<(Run, Hash)> {
        let (run, hash) = self.runs.remove(&id)?;
        for task in &run.tasks {
            self.tasks.remove(&task.id);
        }
        Some((run, hash))
    }

    /// The run of an open task, and the task as it stands.
    pub(super) fn task(&self, id: Uuid) -> Option<(Uuid, Task)> {
        let run = self.tasks.get(&id)?;
        let task = self.runs.get(run)?.0.task(id)?;
        Some((*run, task.clone()))
    }

    /// The run of an open task. It never changes, whoever writes the run meanwhile.
    pub(super) fn run_of(&self, task: Uuid) -> Option<Uuid> {
        self.tasks.get(&task).copied()
    }

    /// Keeps a run that was committed, unless a later state of it is here: another journal of this node may have gone on
    /// with it meanwhile. One that has ended takes no more commands.
    pub(super) fn keep(&mut self, run: Run, hash: Hash) {
        if let Some((kept, _)) = self.runs.get(&run.id) {
            if kept.seq >= run.seq {
                return;
            }
            self.take(run.id);
        }
        if run.status != RunStatus::Running {
            return;
        }
        if self.runs.len() >= RUNS_MAX
            && let Some(other) = self.runs.keys().next().copied()
        {
            // Any one: which comes next is not known, and reading it again is cheap.
            self.take(other);
        }
        self.tasks
            .extend(run.tasks.iter().map(|task| (task.id, run.id)));
        self.runs.insert(run.id, (run, hash));
    }
}

#[cfg(test)]
mod tests {
    use hms_engine::{Command, Order, Workflow, step};
    use serde_json::json;

    use super::*;

    #[test]
    fn a_run_is_taken_out_whole_and_found_by_its_task() {
        let text = "id: W\nstart: E\nsteps:\n  - id: a\n    actor: SVC:x\n";
        let workflow = Workflow::parse(text).unwrap().workflow;
        let mut run = Run::new(Uuid::from_u128(1), &workflow, json!({}));
        let now = "2026-01-01T00:00:00Z".parse().unwrap();
        step(
            &workflow,
            &mut run,
            &Command::new("event", Order::Start),
            now,
        )
        .unwrap();
        let task = run.tasks[0].clone();
        let mut hot = HotRuns::default();
        hot.keep(run.clone(), [7; 32]);
        assert_eq!(hot.task(task.id), Some((run.id, task.clone())));
        assert_eq!(hot.take(run.id), Some((run.clone(), [7; 32])));
        assert_eq!((hot.task(task.id), hot.take(run.id)), (None, None));
        let done = Order::Complete {
            task: task.id,
            result: json!({}),
        };
        step(&workflow, &mut run, &Command::new("x", done), now).unwrap();
        hot.keep(run.clone(), [7; 32]);
        assert_eq!(hot.take(run.id), None, "a run that ended is not kept");
    }

    #[test]
    fn a_later_state_stays_when_an_earlier_one_comes_behind_it() {
        let text =
            "id: W\nstart: E\nsteps:\n  - id: a\n    actor: SVC:x\n  - id: b\n    actor: SVC:x\n";
        let workflow = Workflow::parse(text).unwrap().workflow;
        let mut run = Run::new(Uuid::from_u128(1), &workflow, json!({}));
        let now = "2026-01-01T00:00:00Z".parse().unwrap();
        let start = Command::new("x", Order::Start);
        step(&workflow, &mut run, &start, now).unwrap();
        let earlier = run.clone();
        let first = earlier.tasks[0].id;
        let done = Order::Complete {
            task: first,
            result: json!({}),
        };
        step(&workflow, &mut run, &Command::new("x", done), now).unwrap();
        let mut hot = HotRuns::default();
        hot.keep(earlier.clone(), [1; 32]);
        hot.keep(run.clone(), [2; 32]);
        assert_eq!(hot.run_of(first), None, "the task of the state that went");
        hot.keep(earlier, [1; 32]);
        assert_eq!(hot.take(run.id), Some((run, [2; 32])));
        assert_eq!(hot.tasks.len(), 0);
    }

    #[test]
    fn there_is_a_limit() {
        let workflow = Workflow::parse("id: W\nstart: E\nsteps:\n  - id: a\n    actor: SVC:x\n");
        let workflow = workflow.unwrap().workflow;
        let mut hot = HotRuns::default();
        for n in 0..RUNS_MAX + 10 {
            hot.keep(
                Run::new(Uuid::from_u128(n as u128), &workflow, json!({})),
                [0; 32],
            );
        }
        assert_eq!(hot.runs.len(), RUNS_MAX);
    }
}
