use super::Machine;
use crate::{Effect, EntryKind, RunStatus, TaskStatus};

impl Machine<'_, '_> {
    /// Ends the run now and closes what is open in it.
    pub(super) fn cancel(&mut self, note: &str) {
        self.close_all();
        let note = note.to_owned();
        self.record(EntryKind::RunCancelled { note }, None, None);
        self.end(RunStatus::Cancelled);
    }

    /// Closes all open tasks.
    pub(super) fn close_all(&mut self) {
        while !self.run.tasks.is_empty() {
            let task = self.close(0, TaskStatus::Cancelled, None);
            self.record(EntryKind::TaskCancelled, Some(&task.step_id), Some(task.id));
            self.effects.push(Effect::CloseTask(task));
        }
    }
}
