use serde_json::Value;
use uuid::Uuid;

use super::advance::Cause;
use super::{Machine, outcome};
use crate::{ActorKind, Effect, EntryKind, Next, Rejected, Step, StepKind, TaskStatus};

impl<'w> Machine<'w, '_> {
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
            ActorKind::Human => outcome::decision(result, self.outcomes(at))?,
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
            let next = self.after(definition, &step);
            self.run.last = Some(step);
            self.go(list, next, Cause::Order);
        }
        Ok(())
    }

    /// The answers a person may give to an open task.
    fn outcomes(&self, at: usize) -> &'w [(String, Next)] {
        self.task_step(&self.run.tasks[at])
            .map_or(&[], |step| &step.outcomes)
    }

    /// Where a finished task leads: a person's where its outcome says.
    fn after(&self, definition: &'w Step, step: &str) -> &'w Next {
        let outcomes = match &definition.kind {
            StepKind::Task(task) if !task.outcomes.is_empty() => &task.outcomes,
            _ => return &definition.on_complete,
        };
        let said = self
            .run
            .results
            .get(step)
            .and_then(|result| result["outcome"].as_str());
        outcomes
            .iter()
            .find(|(outcome, _)| Some(outcome.as_str()) == said)
            .map_or(&definition.on_complete, |(_, next)| next)
    }
}
