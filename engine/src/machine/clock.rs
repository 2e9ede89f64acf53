use uuid::Uuid;

use super::Machine;
use crate::clock::LEDGER_MAX;
use crate::{
    Accept, Clock, EntryKind, LedgerLine, LedgerWhat, Rejected, Sla, Stop, Time, TimerKind,
};

/// Longest reason, in characters.
const REASON_CHARS_MAX: usize = 500;
/// The most time that can be added to a budget, all additions together: ten years, as for every
/// duration of the language.
const ADDED_MS_MAX: i64 = 3_650 * crate::sla::DAY_MS;

impl<'w> Machine<'w, '_> {
    /// Stops a task's clock.
    pub(super) fn pause(
        &mut self,
        task: Uuid,
        by: &str,
        reason: &str,
        waiting_for_reporter: bool,
    ) -> Result<(), Rejected> {
        let at = self.clocked(task)?;
        if self.run.tasks[at].clock().stopped().is_some() {
            return Err(Rejected::Paused);
        }
        let reason = reason_of(reason)?;
        // A stop needs the line for its end too.
        self.room(at, 2)?;
        self.breach_unnoticed(at);
        self.accept_unnoticed(at);
        let stop = Stop {
            reason: reason.clone(),
            waiting_for_reporter,
        };
        self.write(at, by, LedgerWhat::Stopped(stop));
        self.reset_clock(at);
        self.tell(
            at,
            EntryKind::ClockStopped {
                reason,
                waiting_for_reporter,
            },
        );
        Ok(())
    }

    /// Lets a stopped clock run again.
    pub(super) fn resume(&mut self, task: Uuid, by: &str) -> Result<(), Rejected> {
        let at = self.clocked(task)?;
        if self.run.tasks[at].clock().stopped().is_none() {
            return Err(Rejected::NotPaused);
        }
        self.write(at, by, LedgerWhat::Started);
        self.reset_clock(at);
        let expires = self.run.tasks[at].expires;
        self.tell(at, EntryKind::ClockStarted { expires });
        Ok(())
    }

    /// Gives a task more time.
    pub(super) fn extend(
        &mut self,
        task: Uuid,
        by: &str,
        by_ms: i64,
        reason: &str,
    ) -> Result<(), Rejected> {
        let at = self.clocked(task)?;
        let reason = reason_of(reason)?;
        let added = self.run.tasks[at].clock().added.checked_add(by_ms);
        let added = added.filter(|added| by_ms > 0 && *added <= ADDED_MS_MAX);
        let added = added.ok_or_else(|| {
            Rejected::BadPause("time can be added, up to ten years of it in all".into())
        })?;
        self.room(at, 1)?;
        self.breach_unnoticed(at);
        self.accept_unnoticed(at);
        let what = LedgerWhat::Extended {
            by_ms,
            reason: reason.clone(),
        };
        self.write(at, by, what).added = added;
        self.reset_clock(at);
        let expires = self.run.tasks[at].expires;
        self.tell(
            at,
            EntryKind::SlaExtended {
                by_ms,
                reason,
                expires,
            },
        );
        Ok(())
    }

    /// The SLA of an open task.
    pub(super) fn sla(&self, at: usize) -> Option<&'w Sla> {
        self.task_step(&self.run.tasks[at])?.sla.as_ref()
    }

    /// When an open task is closed because its time has passed.
    pub(super) fn ends(&self, at: usize) -> Option<Time> {
        let task = &self.run.tasks[at];
        let sla = self.sla(at)?;
        let end = sla.end()?;
        match end.at {
            100 => task.expires,
            _ => {
                let clock = task.clock();
                clock.moment(sla, sla.within.measure, end.share(clock.budget(sla)))
            }
        }
    }

    /// The deadline of a task that opens now, and its clock when it must be kept.
    pub(super) fn start_clock(&self, sla: &Sla) -> (Option<Time>, Option<Box<Clock>>) {
        let mut clock = Clock::started(self.now, "clock");
        let expires = clock.deadline(sla);
        let Some(accept) = &sla.accept else {
            return (expires, None);
        };
        clock.accept = Some(Accept {
            expires: clock.accept_deadline(sla, accept),
            ..Accept::default()
        });
        (expires, Some(Box::new(clock)))
    }

    /// Sets the timers of a task's clock that are still to fire. A clock that stands still comes to
    /// none of their moments; one it had passed before by another version of the workflow or of its
    /// calendar is due at once.
    pub(super) fn set_clock_timers(&mut self, at: usize) {
        let Some(sla) = self.sla(at) else { return };
        let open = &self.run.tasks[at];
        let (task, clock) = (open.id, open.clock());
        // A deadline that was missed is over, unless it is to close the task now and was not before.
        let closes = sla.end().is_some_and(|end| end.at == 100);
        let deadline = open
            .expires
            .filter(|_| closes || open.breached_at.is_none());
        let accept = clock.accept.as_ref().and_then(|accept| accept.expires);
        // The rungs come first: at the same moment the earlier number fires first.
        for (rung, number) in sla.ladder.iter().zip(0..) {
            if (rung.go && rung.at == 100) || clock.fired.contains(&number) {
                continue;
            }
            let share = rung.share(clock.budget(sla));
            if let Some(due) = clock.moment(sla, sla.within.measure, share) {
                self.set_timer(due, TimerKind::Rung { task, rung: number });
            }
        }
        if let Some(due) = accept {
            self.set_timer(due, TimerKind::Accept { task });
        }
        if let Some(due) = deadline {
            self.set_timer(due, TimerKind::Deadline { task });
        }
    }

    /// Something happened to a clock: its deadlines and timers are derived anew.
    pub(super) fn reset_clock(&mut self, at: usize) {
        let Some(sla) = self.sla(at) else { return };
        let open = &mut self.run.tasks[at];
        let task = open.id;
        let clock = open.clock();
        open.expires = clock.deadline(sla);
        if let Some(kept) = &mut open.clock
            && let Some(accept) = &mut kept.accept
            && accept.ended.is_none()
            && accept.breached_at.is_none()
        {
            let budget = sla.accept.as_ref();
            accept.expires = budget.and_then(|budget| clock.accept_deadline(sla, budget));
        }
        self.clear_timers(task, TimerKind::is_of_clock);
        self.set_clock_timers(at);
    }

    /// A task was claimed, or finished without a claim: the clock of its first claim ends.
    pub(super) fn accepted(&mut self, at: usize) {
        self.accept_unnoticed(at);
        let now = self.now;
        let open = &mut self.run.tasks[at];
        let task = open.id;
        if let Some(clock) = &mut open.clock
            && let Some(accept) = &mut clock.accept
            && accept.ended.is_none()
            && !clock.dormant
        {
            accept.ended = Some(now);
            accept.expires = None;
            let late = accept.breached_at.is_some();
            let after_ms = now.signed_duration_since(open.created).num_milliseconds();
            self.clear_timers(task, |kind| matches!(kind, TimerKind::Accept { .. }));
            self.record_of(at, EntryKind::Accepted { after_ms, late });
        }
    }

    /// A task's claim is late, before the clock came round to saying so.
    fn accept_unnoticed(&mut self, at: usize) {
        let clock = self.run.tasks[at].clock.as_ref();
        let accept = clock.and_then(|clock| clock.accept.as_ref());
        let deadline = accept.and_then(|accept| accept.expires);
        if let Some(deadline) = deadline.filter(|deadline| self.now >= *deadline) {
            self.accept_breached(at, deadline);
            let task = self.run.tasks[at].id;
            self.clear_timers(task, |kind| matches!(kind, TimerKind::Accept { .. }));
        }
    }

    /// Nobody claimed a task in time.
    pub(super) fn accept_breached(&mut self, at: usize, deadline: Time) {
        let late_ms = self.late_ms(deadline);
        if let Some(clock) = &mut self.run.tasks[at].clock
            && let Some(accept) = &mut clock.accept
        {
            accept.expires = None;
            accept.breached_at = Some(deadline);
            self.record_of(at, EntryKind::AcceptBreached { deadline, late_ms });
        }
    }

    /// An open task whose clock can be stopped or set.
    fn clocked(&self, task: Uuid) -> Result<usize, Rejected> {
        let at = self.open_task(task)?;
        self.not_expired(at)?;
        self.sla(at).ok_or(Rejected::NoClock)?;
        Ok(at)
    }

    /// There is room in a ledger for so many lines more.
    fn room(&self, at: usize, lines: usize) -> Result<(), Rejected> {
        match self.run.tasks[at].clock().ledger.len() + lines > LEDGER_MAX {
            true => Err(Rejected::LedgerFull(LEDGER_MAX)),
            false => Ok(()),
        }
    }

    /// Writes a line into a task's ledger.
    pub(super) fn write(&mut self, at: usize, by: &str, what: LedgerWhat) -> &mut Clock {
        let now = self.now;
        let open = &mut self.run.tasks[at];
        let new = open.clock();
        let clock = open.clock.get_or_insert_with(|| Box::new(new));
        clock.ledger.push(LedgerLine {
            at: now,
            by: by.to_owned(),
            what,
        });
        clock
    }

    /// A task's clock changed, and this is what happened.
    fn tell(&mut self, at: usize, kind: EntryKind) {
        self.changed(at);
        self.record_of(at, kind);
    }

    /// Something happened to an open task.
    pub(super) fn record_of(&mut self, at: usize, kind: EntryKind) {
        let open = &self.run.tasks[at];
        let (step, task) = (open.step_id.clone(), open.id);
        self.record(kind, Some(&step), Some(task));
    }
}

/// A reason that says something and is not too long.
fn reason_of(reason: &str) -> Result<String, Rejected> {
    let reason = reason.trim();
    if reason.is_empty() {
        return Err(Rejected::BadPause("a reason is needed".into()));
    }
    if reason.chars().count() > REASON_CHARS_MAX {
        return Err(Rejected::BadPause(format!(
            "the reason is longer than {REASON_CHARS_MAX} characters"
        )));
    }
    Ok(reason.to_owned())
}
