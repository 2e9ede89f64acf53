use uuid::Uuid;

use super::{Machine, later};
use crate::{EntryKind, Rejected, TaskStatus, Time, Timeout, TimerKind};

/// Longest lease, in milliseconds: ten years, as for every duration of the language.
const LEASE_MS_MAX: u64 = 3_650 * 24 * 3_600_000;

impl<'w> Machine<'w, '_> {
    /// Takes a task. The same holder may take it again, which sets its lease anew.
    pub(super) fn claim(
        &mut self,
        task: Uuid,
        by: &str,
        lease_ms: Option<u64>,
    ) -> Result<(), Rejected> {
        let at = self.open_task(task)?;
        self.not_expired(at)?;
        self.not_held_by_another(at, by)?;
        self.not_waiting(at)?;
        let now = self.now;
        let open = &mut self.run.tasks[at];
        let first = open.status == TaskStatus::New;
        if first {
            open.status = TaskStatus::Claimed;
            open.claimed_by = Some(by.to_owned());
            open.claimed_at = Some(now);
            open.not_before = None;
            self.clear_timers(task, |kind| matches!(kind, TimerKind::NextAttempt { .. }));
            self.accepted(at);
        }
        self.lease(at, lease_ms);
        self.changed(at);
        // Taking again what one has is no news for the audit trail.
        if first {
            let open = &self.run.tasks[at];
            let (lease_until, step) = (open.lease_until, open.step_id.clone());
            self.record(
                EntryKind::TaskClaimed { lease_until },
                Some(&step),
                Some(task),
            );
        }
        Ok(())
    }

    /// Gives a claimed task back.
    pub(super) fn release(&mut self, task: Uuid, by: &str) -> Result<(), Rejected> {
        let at = self.held_task(task, by)?;
        let step = self.free(at);
        self.changed(at);
        self.record(EntryKind::TaskReleased, Some(&step), Some(task));
        Ok(())
    }

    /// Work goes on: the lease is set anew.
    pub(super) fn heartbeat(
        &mut self,
        task: Uuid,
        by: &str,
        lease_ms: Option<u64>,
    ) -> Result<(), Rejected> {
        let at = self.held_task(task, by)?;
        self.lease(at, lease_ms);
        self.changed(at);
        Ok(())
    }

    /// A lease ran out: the task is free again. When the attempt had all the time a step gives
    /// it, it has failed.
    pub(super) fn lease_expired(&mut self, at: usize) {
        if let Some(timeout) = self.timeout(at)
            && self
                .attempt_ends(at, timeout)
                .is_some_and(|end| self.now >= end)
        {
            let error = format!("the attempt took longer than {}", timeout.written);
            return self.attempt_failed(at, None, error);
        }
        let open = &self.run.tasks[at];
        let held_by = open.claimed_by.clone().unwrap_or_default();
        let task = open.id;
        let step = self.free(at);
        self.changed(at);
        self.record(EntryKind::LeaseExpired { held_by }, Some(&step), Some(task));
    }

    /// The task is not waiting for its next attempt.
    pub(super) fn not_waiting(&self, at: usize) -> Result<(), Rejected> {
        match self.run.tasks[at].not_before {
            Some(moment) if self.now < moment => Err(Rejected::NotBefore(moment)),
            _ => Ok(()),
        }
    }

    fn held_task(&self, task: Uuid, by: &str) -> Result<usize, Rejected> {
        let at = self.open_task(task)?;
        self.not_expired(at)?;
        if self.run.tasks[at].status == TaskStatus::New {
            return Err(Rejected::NotHeld);
        }
        self.not_held_by_another(at, by)?;
        Ok(at)
    }

    /// Makes a claimed task free for everybody; the step's id comes back.
    pub(super) fn free(&mut self, at: usize) -> String {
        let open = &mut self.run.tasks[at];
        open.status = TaskStatus::New;
        open.claimed_by = None;
        open.claimed_at = None;
        let step = open.step_id.clone();
        self.lease(at, None);
        step
    }

    /// The limit on one attempt at a task.
    fn timeout(&self, at: usize) -> Option<&'w Timeout> {
        self.task_step(&self.run.tasks[at])?.timeout.as_ref()
    }

    /// When an attempt under way has had all its time.
    fn attempt_ends(&self, at: usize, timeout: &Timeout) -> Option<Time> {
        let begun = self.run.tasks[at].claimed_at?;
        Some(moment(begun, timeout.ms))
    }

    /// Sets how long a claim holds from now; without it, until released or its attempt's end.
    fn lease(&mut self, at: usize, lease_ms: Option<u64>) {
        let asked = lease_ms.map(|ms| moment(self.now, ms));
        let limit = self
            .timeout(at)
            .and_then(|timeout| self.attempt_ends(at, timeout));
        self.hold(at, asked.into_iter().chain(limit).min());
    }

    /// Sets until when a claim holds; none for until it is released.
    pub(super) fn hold(&mut self, at: usize, until: Option<Time>) {
        let open = &mut self.run.tasks[at];
        open.lease_until = until;
        let task = open.id;
        self.clear_timers(task, |kind| matches!(kind, TimerKind::Lease { .. }));
        if let Some(due) = until {
            self.set_timer(due, TimerKind::Lease { task });
        }
    }
}

/// So many milliseconds later, of as many as a lease may have.
pub(super) fn moment(from: Time, ms: u64) -> Time {
    // The bound makes it fit.
    later(
        from,
        i64::try_from(ms.min(LEASE_MS_MAX)).unwrap_or(i64::MAX),
    )
}
