use super::Machine;
use crate::{About, ActorKind, Effect, EntryKind, Recipient, Time};

impl Machine<'_, '_> {
    /// A task's time has come to a rung of its ladder.
    pub(super) fn rung_reached(&mut self, at: usize, rung: u32, due: Time) {
        let sla = self.sla(at);
        // A timer is set for rungs that are there.
        let Some(step) = sla.and_then(|sla| sla.ladder.get(rung as usize)) else {
            return;
        };
        if step.go {
            return self.time_out(at, due);
        }
        self.climb(at, rung as usize, due);
        self.changed(at);
    }

    /// Does what a rung says, and keeps that it has fired.
    pub(super) fn climb(&mut self, at: usize, rung: usize, due: Time) {
        let Some(step) = self.sla(at).and_then(|sla| sla.ladder.get(rung)) else {
            return;
        };
        // What `on_timeout` stands for says nothing beyond that the time has passed.
        if step.go && !step.remind && step.notify.is_none() && step.priority.is_none() {
            return;
        }
        let late_ms = self.late_ms(due);
        let open = &mut self.run.tasks[at];
        let mut clock = open.clock();
        // By an earlier version of the workflow it was reached before.
        if clock.climbed.contains(&step.at) {
            return;
        }
        clock.fired.extend(u32::try_from(rung));
        open.clock = Some(Box::new(clock));
        if let Some(priority) = step.priority {
            open.priority = priority;
        }
        let about = About {
            task: open.id,
            step: open.step_id.clone(),
            at: step.at,
            deadline: open.expires,
        };
        let holder = open.claimed_by.clone().map(Recipient::Holder);
        let actor = open.actor.clone();
        // Only people can be reminded: a machine is given work and leases end.
        let assignee = (step.remind && actor.kind == ActorKind::Human)
            .then(|| holder.unwrap_or(Recipient::Role(actor)));
        self.record_of(
            at,
            EntryKind::RungReached {
                at: step.at,
                due,
                late_ms,
                remind: step.remind,
                notify: step.notify.clone(),
                priority: step.priority,
            },
        );
        let told = step.notify.clone().map(Recipient::Role);
        for who in assignee.into_iter().chain(told) {
            let about = about.clone();
            self.effects.push(Effect::Notify { who, about });
        }
    }
}
