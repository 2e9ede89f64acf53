use super::Machine;
use crate::{Effect, EntryKind, RunStatus, TaskStatus};

impl Machine<'_, '_> {
    /// Ends the run now and closes what is open in it.
    pub(super) fn cancel(&mut self, note: &str) {
        self.close_in(|_| true);
        let note = note.to_owned();
        self.record(EntryKind::RunCancelled { note }, None, None);
        self.end(RunStatus::Cancelled);
    }

    /// Closes the tasks of some lists and cancels the runs they called, by their numbers.
    pub(super) fn close_in(&mut self, over: impl Fn(u32) -> bool) {
        while let Some(at) = self.run.tasks.iter().position(|task| over(task.list)) {
            let task = self.close(at, TaskStatus::Cancelled, None);
            self.record(EntryKind::TaskCancelled, Some(&task.step_id), Some(task.id));
            self.effects.push(Effect::CloseTask(Box::new(task)));
        }
        self.cancel_calls_in(over);
    }
}
