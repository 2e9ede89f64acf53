use serde_json::Value;
use uuid::Uuid;

use super::advance::{Cause, Here};
use super::{Machine, derive};
use crate::{
    ActorKind, Effect, EntryKind, IncidentKind, Task, TaskStatus, TaskStep, Time, Timer, TimerKind,
};

impl Machine<'_, '_> {
    /// Opens the task of a step and starts its clock.
    pub(super) fn open(&mut self, here: Here<'_>, definition: &TaskStep) {
        let step = here.step.id.as_str();
        let input = match &definition.input {
            None => self.contact(definition),
            Some(template) => match self.handed(here.list, template) {
                Ok(input) => input,
                Err(error) => {
                    let message = format!("{step}: input{error}");
                    return self.raise_here(here, IncidentKind::Expression, message);
                }
            },
        };
        let number = self.number();
        let id = derive::id(self.run.id, number, self.now);
        let (expires, clock) = match &definition.sla {
            Some(sla) => self.start_clock(sla),
            None => (None, None),
        };
        let task = Task {
            id,
            step_id: step.to_owned(),
            list: here.list,
            actor: definition.actor.clone(),
            status: TaskStatus::New,
            created: self.now,
            expires,
            clock,
            escalated: here.cause == Cause::Deadline,
            input,
            priority: definition.priority,
            result: None,
            attempt: 1,
            not_before: None,
            claimed_by: None,
            claimed_at: None,
            lease_until: None,
            breached_at: None,
            closed_at: None,
            closed_by: None,
            error: None,
        };
        self.effects.push(Effect::OpenTask(Box::new(task.clone())));
        self.run.tasks.push(task);
        self.record(
            EntryKind::TaskOpened {
                actor: definition.actor.clone(),
                expires,
            },
            Some(step),
            Some(id),
        );
        if expires.is_some() {
            self.set_clock_timers(self.run.tasks.len() - 1);
        }
    }

    /// Whom a service writes to, when the step says nothing of its own to hand it: the reporter.
    pub(super) fn contact(&self, definition: &TaskStep) -> Value {
        match &self.workflow.portal {
            Some(portal) if definition.actor.kind == ActorKind::Svc => {
                portal.contact(&self.run.payload)
            }
            _ => Value::Null,
        }
    }

    /// Takes a task out of the run and closes it; its timers are over.
    pub(super) fn close(&mut self, at: usize, status: TaskStatus, by: Option<&str>) -> Task {
        let mut task = self.run.tasks.remove(at);
        task.status = status;
        task.closed_at = Some(self.now);
        task.closed_by = by.map(str::to_owned);
        task.not_before = None;
        task.lease_until = None;
        self.clear_timers(task.id, |_| true);
        task
    }

    /// An open task changed.
    pub(super) fn changed(&mut self, at: usize) {
        self.effects
            .push(Effect::ChangeTask(Box::new(self.run.tasks[at].clone())));
    }

    pub(super) fn set_timer(&mut self, due: Time, kind: TimerKind) {
        let timer = Timer {
            number: self.number(),
            due,
            kind,
        };
        self.effects.push(Effect::SetTimer(timer.clone()));
        self.run.timers.push(timer);
    }

    /// Clears the timers of a task that are of the kinds asked for.
    pub(super) fn clear_timers(&mut self, task: Uuid, which: impl Fn(&TimerKind) -> bool) {
        let effects = &mut self.effects;
        self.run.timers.retain(|timer| {
            let over = timer.kind.task() == Some(task) && which(&timer.kind);
            if over {
                effects.push(Effect::ClearTimer(timer.number));
            }
            !over
        });
    }
}
