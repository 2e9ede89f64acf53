use uuid::Uuid;

use super::Machine;
use crate::{EntryKind, Rejected};

/// Longest text, in characters: as long as the longest answer of a form may be.
const TEXT_CHARS_MAX: usize = 10_000;
/// Most additions to one run.
pub(crate) const ADDED_MAX: u32 = 50;

impl Machine<'_, '_> {
    /// Keeps what the reporter adds, and lets the clocks run again that stand still for it.
    pub(super) fn inform(&mut self, by: &str, text: &str) -> Result<(), Rejected> {
        let text = text.trim();
        let chars = text.chars().count();
        if !(1..=TEXT_CHARS_MAX).contains(&chars) {
            return Err(Rejected::BadInformation(TEXT_CHARS_MAX));
        }
        if self.run.added >= ADDED_MAX {
            return Err(Rejected::MuchAdded(ADDED_MAX));
        }
        self.run.added += 1;
        let text = text.to_owned();
        self.record(EntryKind::InformationAdded { text }, None, None);
        for task in self.asked_for() {
            // What stands still can run again, and whoever stopped it left room in the ledger.
            let _ = self.resume(task, by);
        }
        Ok(())
    }

    /// The open tasks whose clocks stand still because the reporter was asked for something.
    fn asked_for(&self) -> Vec<Uuid> {
        let tasks = self.run.tasks.iter();
        let asked = tasks.filter(|task| {
            let stop = task.clock.as_ref().and_then(|clock| clock.stopped());
            stop.is_some_and(|stop| stop.waiting_for_reporter)
        });
        asked.map(|task| task.id).collect()
    }
}
