use serde_json::Value;
use uuid::Uuid;

use super::advance::Cause;
use super::{Machine, outcome};
use crate::{ActorKind, Effect, EntryKind, Rejected, TaskStatus};

impl Machine<'_, '_> {
    /// Finishes a task with a result and takes its list on. A task nobody has can be finished
    /// without a claim.
    pub(super) fn complete(
        &mut self,
        task: Uuid,
        by: &str,
        result: &Value,
    ) -> Result<(), Rejected> {
        let at = self.open_task(task)?;
        self.not_expired(at)?;
        self.not_held_by_another(at, by)?;
        let result = outcome::within_limit(result)?;
        let result = match self.run.tasks[at].actor.kind {
            ActorKind::Human => outcome::decision(result)?,
            ActorKind::Ai | ActorKind::Svc => result.clone(),
        };
        self.breach_unnoticed(at);
        let mut closed = self.close(at, TaskStatus::Done, Some(by));
        closed.result = Some(result.clone());
        self.record(
            EntryKind::TaskCompleted {
                result: result.clone(),
            },
            Some(&closed.step_id),
            Some(closed.id),
        );
        let step = closed.step_id.clone();
        self.effects.push(Effect::CloseTask(closed));
        let workflow = self.workflow;
        if let (Some(list), Some(definition)) = (self.list_at(&step), workflow.step(&step)) {
            match self.run.results.get_mut(&step) {
                Some(kept) => *kept = result,
                None => {
                    self.run.results.insert(step.clone(), result);
                }
            }
            self.run.last = Some(step);
            self.go(list, &definition.on_complete, Cause::Order);
        }
        Ok(())
    }
}
