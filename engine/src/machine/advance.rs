use super::Machine;
use crate::{Effect, EntryKind, IncidentKind, Next, RunStatus, StepKind};

/// Why a list moves on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Cause {
    /// Something was done or ordered.
    Order,
    /// A deadline was missed; the task that opens next is escalated.
    Deadline,
}

impl Cause {
    /// What leads on where something stopped that a missed deadline had led to, or not.
    pub(super) fn again(escalated: bool) -> Cause {
        match escalated {
            true => Cause::Deadline,
            false => Cause::Order,
        }
    }
}

impl Machine<'_, '_> {
    /// The open list that stands at a step.
    pub(super) fn list_at(&self, step: &str) -> Option<usize> {
        self.run.lists.iter().position(|list| list.at == step)
    }

    /// Takes an open list to a step and on until something has to be waited for.
    pub(super) fn go(&mut self, list: usize, to: &Next, cause: Cause) {
        let workflow = self.workflow;
        let mut to = to;
        // No way leads through a step twice without a task on it, so this is never used up.
        for _ in 0..=workflow.steps.steps.len() {
            let id = match to {
                Next::End => return self.finish_list(list),
                Next::Step(id) => id,
            };
            self.run.lists[list].at.clone_from(id);
            let Some(step) = workflow.step(id) else {
                let message = format!("{id}: the definition has no such step");
                return self.raise(id, IncidentKind::Definition, message, cause);
            };
            match &step.kind {
                StepKind::Task(task) => return self.open(id, task, cause),
                StepKind::End(end) => return self.end_here(id, end, cause),
                StepKind::Switch(switch) => match self.choose(id, switch, cause) {
                    Some(next) => to = next,
                    None => return,
                },
            }
        }
        let at = self.run.lists[list].at.clone();
        let message = format!("{at}: the definition leads round in a circle without a task");
        self.raise(&at, IncidentKind::Definition, message, cause);
    }

    /// A list came to its end; the run ends with the outermost.
    fn finish_list(&mut self, list: usize) {
        self.run.lists.remove(list);
        if self.run.lists.is_empty() {
            self.record(EntryKind::RunCompleted { outcome: None }, None, None);
            self.end(RunStatus::Completed);
        }
    }

    /// The run is over: nothing waits any more.
    pub(super) fn end(&mut self, status: RunStatus) {
        for timer in self.run.timers.drain(..) {
            self.effects.push(Effect::ClearTimer(timer.number));
        }
        self.run.lists.clear();
        self.run.incidents.clear();
        self.run.status = status;
        self.run.ended = Some(self.now);
        self.effects.push(Effect::FinishRun(status));
    }
}
