use super::Machine;
use super::advance::Cause;
use crate::{Effect, EntryKind, Rejected, TaskStatus, Time, TimerKind};

impl Machine<'_, '_> {
    /// A timer of the run has come due.
    pub(super) fn timer_fired(&mut self, number: u32) -> Result<(), Rejected> {
        let position = self
            .run
            .timers
            .iter()
            .position(|timer| timer.number == number);
        let position = position.ok_or(Rejected::StaleTimer)?;
        let timer = &self.run.timers[position];
        if timer.due > self.now {
            return Err(Rejected::TooEarly(timer.due));
        }
        // Timers are cleared with their task or wait, so this one has its own.
        let at = match timer.kind.task() {
            Some(task) => self.open_task(task).map_err(|_| Rejected::StaleTimer)?,
            None => 0,
        };
        let timer = self.run.timers.remove(position);
        self.effects.push(Effect::ClearTimer(number));
        match timer.kind {
            TimerKind::Deadline { .. } => self.deadline(at, timer.due),
            TimerKind::Rung { rung, .. } => self.rung_reached(at, rung, timer.due),
            TimerKind::Accept { .. } => {
                self.accept_breached(at, timer.due);
                self.changed(at);
            }
            TimerKind::Lease { .. } => self.lease_expired(at),
            TimerKind::NextAttempt { .. } => self.next_attempt(at),
            TimerKind::Wake { list } => self.woken(list),
            TimerKind::WaitDeadline { list } => self.waited_too_long(list, timer.due),
        }
        Ok(())
    }

    /// A task's deadline passed: it ends and the run goes to `on_timeout`, or it stays open and is
    /// marked.
    fn deadline(&mut self, at: usize, deadline: Time) {
        if self.ends(at) == Some(deadline) {
            return self.time_out(at, deadline);
        }
        self.breach(at, deadline);
        self.changed(at);
    }

    /// Closes a task at the rung of its ladder that says so.
    pub(super) fn time_out(&mut self, at: usize, due: Time) {
        let sla = self.sla(at);
        if let Some(rung) = sla.and_then(|sla| sla.ladder.iter().position(|rung| rung.go)) {
            self.climb(at, rung, due);
        }
        let before = self.run.tasks[at].breached_at;
        let mut closed = self.close(at, TaskStatus::Timeout, None);
        closed.breached_at = before.or(Some(due));
        let (step, task, list) = (closed.step_id.clone(), closed.id, closed.list);
        self.effects.push(Effect::CloseTask(Box::new(closed)));
        self.record(
            EntryKind::TaskTimedOut {
                deadline: due,
                late_ms: self.late_ms(due),
                after_breach: before.is_some(),
            },
            Some(&step),
            Some(task),
        );
        let Some(to) = sla.and_then(|sla| sla.on_timeout.as_ref()) else {
            return;
        };
        let name = to.as_str().to_owned();
        self.record(EntryKind::Escalated { to: name }, Some(&step), Some(task));
        self.go(list, to, Cause::Deadline);
    }

    /// Marks a task that its deadline found open.
    fn breach(&mut self, at: usize, deadline: Time) {
        let late_ms = self.late_ms(deadline);
        let open = &mut self.run.tasks[at];
        open.breached_at = Some(deadline);
        let (step, task) = (open.step_id.clone(), open.id);
        self.record(
            EntryKind::SlaBreached { deadline, late_ms },
            Some(&step),
            Some(task),
        );
    }

    /// A task is about to close after its deadline, before the clock came round to saying so: the
    /// breach is kept all the same.
    pub(super) fn breach_unnoticed(&mut self, at: usize) {
        let open = &self.run.tasks[at];
        if let Some(deadline) = open.expires
            && self.now >= deadline
            && open.breached_at.is_none()
        {
            self.breach(at, deadline);
        }
    }

    pub(super) fn late_ms(&self, deadline: Time) -> i64 {
        self.now.signed_duration_since(deadline).num_milliseconds()
    }
}
