use super::Plan;
use crate::machine::Machine;
use crate::machine::advance::Cause;
use crate::machine::wait::Waiting;
use crate::{
    EntryKind, ListState, Measure, Obstacle, ObstacleKind, Step, StepKind, Time, Timer, TimerKind,
    WaitFor, WaitStep,
};

impl Machine<'_, '_> {
    /// Has the lists that wait go on waiting by what the new version says. The obstacles come back.
    pub(super) fn move_waits(&mut self, plan: &Plan<'_>) -> Vec<Obstacle> {
        let mut obstacles = Vec::new();
        for list in &plan.run.lists {
            if plan.is_stopped(list) {
                continue;
            }
            let to = plan.new_id(&list.at);
            let steps = (plan.from.step(&list.at), plan.to.step(to));
            if let (Some(here), Some(there)) = steps
                && let (StepKind::Wait(one), StepKind::Wait(other)) = (&here.kind, &there.kind)
                && one.words() == other.words()
                && let Err(why) = self.move_wait(list, one, (there, other))
            {
                obstacles.push(Obstacle {
                    step: Some(list.at.clone()),
                    task: None,
                    kind: ObstacleKind::Expression {
                        to: to.to_owned(),
                        why,
                    },
                });
            }
        }
        obstacles
    }

    fn move_wait(
        &mut self,
        list: &ListState,
        here: &WaitStep,
        (there, wait): (&Step, &WaitStep),
    ) -> Result<(), String> {
        let number = list.number;
        let mut timers = self.run.timers.iter();
        let timer = timers
            .find(|timer| timer.kind.list() == Some(number))
            .cloned();
        let mut since = None;
        let due = match (&here.what, &wait.what) {
            (WaitFor::Moment(one), WaitFor::Moment(other)) if one.source() == other.source() => {
                return Ok(());
            }
            (_, WaitFor::Moment(other)) => Some(self.moment(number, other)?),
            _ => {
                since = list.waits_since.or_else(|| here.began(timer.as_ref()));
                wait.ends(since.unwrap_or(self.now))
            }
        };
        // Its patience begins now when nobody knows since when it waits.
        let since = since.or_else(|| due.filter(|_| timer.is_none()).map(|_| self.now));
        let before = timer.as_ref().map(|timer| timer.due);
        if before != due {
            self.clear_wait(number);
            if let Some(due) = due {
                let kind = match &wait.what {
                    WaitFor::Event { .. } => TimerKind::WaitDeadline { list: number },
                    _ => TimerKind::Wake { list: number },
                };
                self.set_timer(due, kind);
            }
            if let (Some(from), Some(to)) = (before, due) {
                let kind = EntryKind::DeadlineMoved { from, to };
                self.record(kind, Some(&there.id), None);
            }
        }
        if let Some(list) = self.list(number) {
            list.waits_since = since;
        }
        Ok(())
    }

    /// Gives events that are kept to the lists that wait for them by the new version.
    pub(super) fn take_kept(&mut self) {
        let workflow = self.workflow;
        let lists: Vec<u32> = self.run.lists.iter().map(|list| list.number).collect();
        for list in lists {
            let stopped = self.run.incidents.iter().any(|one| one.list == list);
            let step = self.run.list(list).and_then(|list| workflow.step(&list.at));
            let Some(step) = step.filter(|_| !stopped) else {
                continue;
            };
            if let Some((name, waiting)) = Waiting::at(list, step)
                && let Some(event) = self.kept_for(name, &waiting)
            {
                self.take(&waiting, &event, Cause::Order);
            }
        }
    }
}

impl WaitStep {
    /// When a wait began whose timer is this, as far as the timer tells.
    fn began(&self, timer: Option<&Timer>) -> Option<Time> {
        let budget = match (&self.what, &self.sla) {
            (WaitFor::Time { length, .. }, _) => length,
            (_, Some(sla)) => &sla.within,
            (_, None) => return None,
        };
        let by_the_clock = budget.measure == Measure::Clock;
        let due = timer.filter(|_| by_the_clock)?.due;
        due.checked_sub_signed(chrono::TimeDelta::milliseconds(budget.amount))
    }
}
