use serde_json::Value;
use uuid::Uuid;

use super::advance::{Cause, Here};
use super::outcome::within_limit;
use super::{Machine, key_of};
use crate::awaits::seen;
use crate::{
    Effect, EntryKind, Expression, IncidentKind, KeptEvent, Rejected, Sla, Step, StepKind, Time,
    TimerKind, WaitFor, WaitStep,
};

/// Most events a run keeps for waits it has not reached.
const KEPT_MAX: usize = 32;

/// A list that stands at a wait for an event.
pub(super) struct Waiting<'w> {
    list: u32,
    id: &'w str,
    matching: Option<&'w Expression>,
}

impl<'w> Waiting<'w> {
    /// A list at a step, when that is a wait for an event; with the event's name.
    pub(super) fn at(list: u32, step: &'w Step) -> Option<(&'w str, Waiting<'w>)> {
        let StepKind::Wait(wait) = &step.kind else {
            return None;
        };
        let WaitFor::Event { name, matching } = &wait.what else {
            return None;
        };
        let waiting = Waiting {
            list,
            id: &step.id,
            matching: matching.as_ref(),
        };
        Some((name, waiting))
    }
}

impl<'w> Machine<'w, '_> {
    /// Has a list wait, or go on at once when what it waits for is there.
    pub(super) fn begin_wait(&mut self, here: Here<'w>, wait: &'w WaitStep) {
        let id = &here.step.id;
        match &wait.what {
            WaitFor::Time { .. } => {
                // A length always ends.
                let due = wait.ends(self.now).unwrap_or(self.now);
                self.counted(here.list, wait);
                self.sleep(here, due);
            }
            WaitFor::Moment(expression) => match self.moment(here.list, expression) {
                Ok(due) if due <= self.now => {
                    self.go(here.list, &here.step.on_complete, here.cause)
                }
                Ok(due) => self.sleep(here, due),
                Err(message) => {
                    let message = format!("{id}: {message}");
                    self.raise_here(here, IncidentKind::Expression, message);
                }
            },
            WaitFor::Event { name, matching } => {
                let waiting = Waiting {
                    list: here.list,
                    id,
                    matching: matching.as_ref(),
                };
                if let Some(event) = self.kept_for(name, &waiting) {
                    return self.take(&waiting, &event, here.cause);
                }
                let until = wait.ends(self.now);
                self.counted(here.list, wait);
                if let Some(due) = until {
                    self.set_timer(due, TimerKind::WaitDeadline { list: here.list });
                }
                let event = Some(name.clone());
                self.record(EntryKind::WaitBegan { until, event }, Some(id), None);
            }
        }
    }

    /// Keeps since when a list waits whose calendar may change meanwhile.
    fn counted(&mut self, list: u32, wait: &WaitStep) {
        let now = self.now;
        if wait.calendar().is_some()
            && let Some(list) = self.list(list)
        {
            list.waits_since = Some(now);
        }
    }

    fn sleep(&mut self, here: Here<'_>, due: Time) {
        self.set_timer(due, TimerKind::Wake { list: here.list });
        let (until, event) = (Some(due), None);
        self.record(
            EntryKind::WaitBegan { until, event },
            Some(&here.step.id),
            None,
        );
    }

    pub(super) fn moment(&self, list: u32, expression: &Expression) -> Result<Time, String> {
        let value = expression.evaluate(self.scope(list))?;
        value
            .as_str()
            .and_then(|text| text.parse::<Time>().ok())
            .ok_or_else(|| {
                format!("{expression} is no moment: a text like 2024-05-14T10:03:00Z is needed")
            })
    }

    /// An event came: it wakes the waits it is for, or is kept for one that may be reached.
    pub(super) fn signal(
        &mut self,
        event: Uuid,
        name: &str,
        payload: &Value,
    ) -> Result<(), Rejected> {
        if self.run.kept.iter().any(|kept| kept.id == event) {
            return Err(Rejected::EventKnown);
        }
        let event = KeptEvent {
            id: event,
            name: name.to_owned(),
            payload: within_limit(payload)?.clone(),
            came: self.now,
        };
        let woken: Vec<Waiting<'w>> = self
            .waiting_for(name)
            .into_iter()
            .filter(|waiting| self.is_for(waiting, &event))
            .collect();
        if woken.is_empty() {
            return self.keep(event);
        }
        for waiting in woken {
            self.take(&waiting, &event, Cause::Order);
        }
        Ok(())
    }

    /// The lists that wait for an event of this name and have not waited too long.
    fn waiting_for(&self, name: &str) -> Vec<Waiting<'w>> {
        let workflow = self.workflow;
        let late = |list: u32| {
            self.run.timers.iter().any(|timer| {
                timer.kind == TimerKind::WaitDeadline { list } && timer.due <= self.now
            })
        };
        let stopped = |list: u32| self.run.incidents.iter().any(|one| one.list == list);
        let lists = self.run.lists.iter();
        lists
            .filter(|list| !late(list.number) && !stopped(list.number))
            .filter_map(|list| Waiting::at(list.number, workflow.step(&list.at)?))
            .filter(|(awaited, _)| *awaited == name)
            .map(|(_, waiting)| waiting)
            .collect()
    }

    /// Takes the first event out of those kept that is for a wait.
    pub(super) fn kept_for(&mut self, name: &str, waiting: &Waiting<'_>) -> Option<KeptEvent> {
        let mut kept = self.run.kept.iter();
        let at = kept.position(|event| event.name == name && self.is_for(waiting, event))?;
        Some(self.run.kept.remove(at))
    }

    /// Whether an event is for a wait. One that lacks what a `match` looks at is for another: it
    /// must not stop this run.
    fn is_for(&self, waiting: &Waiting<'_>, event: &KeptEvent) -> bool {
        match waiting.matching {
            Some(matching) => self.holds(matching, waiting.list, event),
            None => self.has_our_key(event),
        }
    }

    fn holds(&self, matching: &Expression, list: u32, event: &KeptEvent) -> bool {
        let seen = seen(event.id, &event.name, &event.payload);
        let scope = self.scope(list).with_event(&seen);
        matching.evaluate(scope) == Ok(Value::Bool(true))
    }

    fn has_our_key(&self, event: &KeptEvent) -> bool {
        let theirs = key_of(self.workflow, &event.payload).ok();
        theirs.is_some() && theirs == self.run.key
    }

    pub(super) fn take(&mut self, waiting: &Waiting<'_>, event: &KeptEvent, cause: Cause) {
        let list = waiting.list;
        self.clear_wait(list);
        let kind = EntryKind::EventTaken {
            event: event.id,
            name: event.name.clone(),
        };
        self.record(kind, Some(waiting.id), None);
        self.keep_result(list, waiting.id, event.payload.clone());
        if let Some(step) = self.workflow.step(waiting.id) {
            self.go(list, &step.on_complete, cause);
        }
    }

    /// Keeps an event for a wait that the run may still come to: one with our business key, or one
    /// whose `match` holds as the run stands. Another may be for any run, and is kept by none.
    fn keep(&mut self, event: KeptEvent) -> Result<(), Rejected> {
        let ours = self.has_our_key(&event);
        let workflow = self.workflow;
        let may_be_for = workflow.all_steps().into_iter().any(|step| {
            step.awaited_event() == Some(&event.name) && ours && self.may_come_to(&step.id)
        }) || workflow
            .matches_on(&event.name)
            .any(|(step, matching)| self.holds(matching, 0, &event) && self.may_come_to(step));
        if !may_be_for {
            return Err(Rejected::NotAwaited);
        }
        if self.run.kept.len() >= KEPT_MAX {
            return Err(Rejected::TooManyKept(KEPT_MAX));
        }
        let kind = EntryKind::EventKept {
            event: event.id,
            name: event.name.clone(),
        };
        self.record(kind, None, None);
        self.run.kept.push(event);
        Ok(())
    }

    /// A wait for a time is over.
    pub(super) fn woken(&mut self, list: u32) {
        let workflow = self.workflow;
        let at = self.run.list(list).map(|list| list.at.as_str());
        if let Some(step) = at.and_then(|at| workflow.step(at)) {
            self.clear_wait(list);
            self.record(EntryKind::WaitEnded, Some(&step.id), None);
            self.go(list, &step.on_complete, Cause::Order);
        }
    }

    /// No event came in time: the list goes to `on_timeout`.
    pub(super) fn waited_too_long(&mut self, list: u32, deadline: Time) {
        let workflow = self.workflow;
        let at = self.run.list(list).map(|list| list.at.as_str());
        let Some(step) = at.and_then(|at| workflow.step(at)) else {
            return;
        };
        self.clear_wait(list);
        let late_ms = self.late_ms(deadline);
        let kind = EntryKind::WaitTimedOut { deadline, late_ms };
        self.record(kind, Some(&step.id), None);
        let StepKind::Wait(WaitStep {
            sla: Some(Sla {
                on_timeout: Some(to),
                ..
            }),
            ..
        }) = &step.kind
        else {
            return;
        };
        let name = to.as_str().to_owned();
        self.record(EntryKind::Escalated { to: name }, Some(&step.id), None);
        self.go(list, to, Cause::Deadline);
    }

    /// The timers of a list that waits no more are over.
    pub(super) fn clear_wait(&mut self, list: u32) {
        if let Some(list) = self.list(list) {
            list.waits_since = None;
        }
        let effects = &mut self.effects;
        self.run.timers.retain(|timer| {
            let over = timer.kind.list() == Some(list);
            if over {
                effects.push(Effect::ClearTimer(timer.number));
            }
            !over
        });
    }
}
