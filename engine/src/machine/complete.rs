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
        self.accepted(at);
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
        let (step, list) = (closed.step_id.clone(), closed.list);
        self.effects.push(Effect::CloseTask(closed));
        if let Some(definition) = self.workflow.step(&step) {
            let next = after(definition, &result);
            self.keep_result(list, &step, result);
            self.go(list, next, Cause::Order);
        }
        Ok(())
    }

    /// The answers a person may give to an open task.
    fn outcomes(&self, at: usize) -> &'w [(String, Next)] {
        self.task_step(&self.run.tasks[at])
            .map_or(&[], |step| &step.outcomes)
    }
}

/// Where a finished task leads: a person's where its outcome says.
fn after<'w>(definition: &'w Step, result: &Value) -> &'w Next {
    let said = result["outcome"].as_str();
    match &definition.kind {
        StepKind::Task(task) => task
            .outcomes
            .iter()
            .find(|(outcome, _)| Some(outcome.as_str()) == said)
            .map_or(&definition.on_complete, |(_, next)| next),
        _ => &definition.on_complete,
    }
}
