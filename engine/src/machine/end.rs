use super::Machine;
use super::advance::Cause;
use super::outcome::within_limit;
use crate::{EndStep, EntryKind, IncidentKind, RunStatus};

impl Machine<'_, '_> {
    /// A step that ends the run, with what the definition says it came to.
    pub(super) fn end_here(&mut self, id: &str, end: &EndStep, cause: Cause) {
        if let Some(template) = &end.result {
            match template.evaluate(self.run) {
                Ok(result) if within_limit(&result).is_ok() => self.run.result = Some(result),
                Ok(_) => {
                    let message = format!("{id}: the run's result is larger than 256 KB");
                    return self.raise(id, IncidentKind::Expression, message, cause);
                }
                Err(error) => {
                    let message = format!("{id}: result.{error}");
                    return self.raise(id, IncidentKind::Expression, message, cause);
                }
            }
        }
        self.run.outcome.clone_from(&end.outcome);
        self.close_all();
        let outcome = end.outcome.clone();
        self.record(EntryKind::RunCompleted { outcome }, Some(id), None);
        self.end(RunStatus::Completed);
    }
}
