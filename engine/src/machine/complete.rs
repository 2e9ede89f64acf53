use serde_json::Value;
use uuid::Uuid;

use super::advance::Cause;
use super::{Machine, outcome};
use crate::{
    ActorKind, Effect, EntryKind, IncidentKind, Next, Rejected, SchemaFault, Step, StepKind,
    TaskStatus, json_schema,
};

impl<'w> Machine<'w, '_> {
    /// Finishes a task with a result and takes its list on. A task nobody has can be finished
    /// without a claim.
    ///
    /// What a person answers against the rules is refused: they can mend it at once. What a machine
    /// answers against its step's `output` is taken, so that nothing is lost and nothing sent again
    /// for ever, and the run stops there.
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
            ActorKind::Human => {
                let decision = outcome::decision(result, self.outcomes(at))?;
                self.check_answers(at, &decision)?;
                decision
            }
            ActorKind::Ai | ActorKind::Svc => result.clone(),
        };
        let faults = self.output_faults(at, &result);
        if !faults.is_empty() {
            if self.run.tasks[at].actor.kind == ActorKind::Human {
                return Err(Rejected::BadOutput(faults));
            }
            self.output_broken(at, by, result, faults);
            return Ok(());
        }
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
        self.effects.push(Effect::CloseTask(Box::new(closed)));
        if let Some(definition) = self.workflow.step(&step) {
            let next = after(definition, &result);
            self.keep_result(list, &step, result);
            self.go(list, next, Cause::Order);
        }
        Ok(())
    }

    /// A person's answers to the fields of the step's form.
    fn check_answers(&self, at: usize, decision: &Value) -> Result<(), Rejected> {
        let task = &self.run.tasks[at];
        let form = self.task_step(task).and_then(|step| step.form.as_ref());
        let (Some(form), Value::Object(answers)) = (form, decision) else {
            return Ok(());
        };
        let faults = form.faults_in(self.run, task.list, answers);
        if faults.is_empty() {
            return Ok(());
        }
        Err(Rejected::BadAnswers(faults))
    }

    /// What is wrong with a result by the step's `output`.
    fn output_faults(&self, at: usize, result: &Value) -> Vec<SchemaFault> {
        self.task_step(&self.run.tasks[at])
            .and_then(|step| step.output.as_ref())
            .map_or_else(Vec::new, |schema| schema.faults(result))
    }

    /// Keeps a result that broke the step's `output`, and stops the list there.
    fn output_broken(&mut self, at: usize, by: &str, result: Value, faults: Vec<SchemaFault>) {
        self.breach_unnoticed(at);
        let mut closed = self.close(at, TaskStatus::Failed, Some(by));
        let told = json_schema::told(&faults);
        closed.result = Some(result.clone());
        closed.error = Some(format!("the result breaks the step's output: {told}"));
        let (step, list) = (closed.step_id.clone(), closed.list);
        let message = format!("{step}: the result breaks the step's output: {told}");
        let cause = Cause::again(closed.escalated);
        self.record(
            EntryKind::OutputBroken { result, faults },
            Some(&step),
            Some(closed.id),
        );
        self.effects.push(Effect::CloseTask(Box::new(closed)));
        self.raise(list, &step, IncidentKind::Output, message, cause);
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
