use super::Machine;
use crate::{
    EntryKind, LedgerWhat, Rejected, Run, StepKind, TimerKind, WaitFor, WaitStep, Workflow,
};

/// The run's deadlines were counted by the calendars that its workflow is bound to.
pub(super) fn counts_by_its_own(workflow: &Workflow, run: &Run) -> Result<(), Rejected> {
    for (id, version) in &run.calendars {
        let bound = workflow.calendars.get(id);
        if bound.is_none_or(|calendar| calendar.version != *version) {
            return Err(Rejected::WrongCalendar(id.clone()));
        }
    }
    Ok(())
}

impl Machine<'_, '_> {
    /// Another version of a calendar counts: every deadline it is asked for is derived anew, from
    /// the same budgets and ledgers. What has fired or was missed stays so.
    pub(super) fn recalendar(
        &mut self,
        calendar: &str,
        version: &str,
        by: &str,
    ) -> Result<(), Rejected> {
        let bound = self.workflow.calendars.get(calendar);
        if bound.is_none_or(|bound| bound.version != version) {
            return Err(Rejected::WrongCalendar(calendar.to_owned()));
        }
        match self.run.calendars.get_mut(calendar) {
            Some(counted) if counted != version => version.clone_into(counted),
            _ => return Err(Rejected::SameCalendar),
        }
        self.record(
            EntryKind::CalendarChanged {
                calendar: calendar.to_owned(),
                version: version.to_owned(),
            },
            None,
            None,
        );
        for at in 0..self.run.tasks.len() {
            let sla = self.sla(at).and_then(|sla| sla.calendar.as_ref());
            if sla.is_some_and(|own| own.id == calendar) {
                self.recount(at, version, by);
            }
        }
        let lists: Vec<u32> = self.run.lists.iter().map(|list| list.number).collect();
        for list in lists {
            self.recount_wait(list, calendar);
        }
        Ok(())
    }

    fn recount(&mut self, at: usize, version: &str, by: &str) {
        let before = self.run.tasks[at].clone();
        self.reset_clock(at);
        let after = &self.run.tasks[at];
        let (from, to) = (before.expires, after.expires);
        if from == to && before.clock == after.clock {
            return;
        }
        if after.clock().ledger.len() < crate::clock::LEDGER_MAX {
            let version = version.to_owned();
            self.write(at, by, LedgerWhat::Recalendared { version });
        }
        self.changed(at);
        if let (Some(from), Some(to)) = (from, to)
            && from != to
        {
            self.record_of(at, EntryKind::DeadlineMoved { from, to });
        }
    }

    /// A list that waits for a time its calendar counts.
    fn recount_wait(&mut self, list: u32, calendar: &str) {
        let workflow = self.workflow;
        let Some(waiting) = self.run.list(list) else {
            return;
        };
        let (Some(since), Some(step)) = (waiting.waits_since, workflow.step(&waiting.at)) else {
            return;
        };
        let StepKind::Wait(wait) = &step.kind else {
            return;
        };
        if wait.calendar().is_none_or(|own| own.id != calendar) {
            return;
        }
        let timers = self.run.timers.iter();
        let mut timers = timers.filter(|timer| timer.kind.list() == Some(list));
        let (Some(timer), Some(to)) = (timers.next().cloned(), wait.ends(since)) else {
            return;
        };
        if timer.due == to {
            return;
        }
        self.clear_wait(list);
        if let Some(waiting) = self.list(list) {
            waiting.waits_since = Some(since);
        }
        let kind: TimerKind = timer.kind;
        self.set_timer(to, kind);
        let from = timer.due;
        self.record(EntryKind::DeadlineMoved { from, to }, Some(&step.id), None);
    }
}

impl WaitStep {
    /// The calendar that counts how long it waits.
    pub(crate) fn calendar(&self) -> Option<&crate::Calendar> {
        match (&self.what, &self.sla) {
            (WaitFor::Time { calendar, .. }, _) => calendar.as_deref(),
            (_, Some(sla)) => sla.calendar.as_deref(),
            (_, None) => None,
        }
    }

    /// When a wait that began at a moment ends by itself.
    pub(crate) fn ends(&self, since: crate::Time) -> Option<crate::Time> {
        let budget = match (&self.what, &self.sla) {
            (WaitFor::Time { length, .. }, _) => length,
            (_, Some(sla)) => &sla.within,
            (_, None) => return None,
        };
        Some(match self.calendar() {
            Some(calendar) => calendar.advance(budget.measure, since, budget.amount),
            None => super::later(since, budget.amount),
        })
    }
}
