use super::Machine;
use super::advance::Here;
use super::outcome::within_limit;
use crate::{EndStep, EntryKind, IncidentKind, RunStatus};

impl Machine<'_, '_> {
    /// A step that ends the run, with what the definition says it came to.
    pub(super) fn end_here(&mut self, here: Here<'_>, end: &EndStep) {
        let id = &here.step.id;
        if let Some(template) = &end.result {
            match template.evaluate(self.scope(here.list)) {
                Ok(result) if within_limit(&result).is_ok() => self.run.result = Some(result),
                Ok(_) => {
                    let message = format!("{id}: the run's result is larger than 256 KB");
                    return self.raise_here(here, IncidentKind::Expression, message);
                }
                Err(error) => {
                    let message = format!("{id}: result.{error}");
                    return self.raise_here(here, IncidentKind::Expression, message);
                }
            }
        }
        self.run.outcome.clone_from(&end.outcome);
        self.close_in(|_| true);
        let outcome = end.outcome.clone();
        self.record(EntryKind::RunCompleted { outcome }, Some(id), None);
        self.end(RunStatus::Completed);
    }
}
