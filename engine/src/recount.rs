//! What another version of a calendar would move in a run, found out without changing the run.

use uuid::Uuid;

use crate::{
    Command, Measure, Order, Rejected, Run, Sla, Task, Time, Timer, TimerKind, Workflow, step,
};

/// What counting a run by another version of a calendar comes to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Recount {
    /// What moves, in the order of the run's tasks and then of its waits.
    pub moves: Vec<Move>,
    /// The tasks whose clock stands still and has consumed more or less by the other version.
    pub standing: Vec<Standing>,
}

/// A moment that moves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Move {
    /// The step.
    pub step: String,
    /// The task; none for a wait.
    pub task: Option<Uuid>,
    /// Which of its moments.
    pub what: Moment,
    /// When it is.
    pub from: Time,
    /// When it would be.
    pub to: Time,
    /// Whether it passed before: that it was missed stays so.
    pub missed: bool,
}

/// Which moment of a task or a wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Moment {
    /// The deadline of a task.
    Deadline,
    /// The deadline of a task's first claim.
    Accept,
    /// A rung of a task's ladder, at this share of its time in percent.
    Rung(u32),
    /// The end of a wait.
    Wait,
}

/// A task whose clock stands still: it has no deadline now, and will have another than it would have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// The step.
    pub step: String,
    /// The task.
    pub task: Uuid,
    /// What its time is counted in.
    pub measure: Measure,
    /// How much it has consumed.
    pub from: i64,
    /// How much it would have.
    pub to: i64,
}

impl Run {
    /// What moves when a run that is counted by the calendar `before` is bound to is counted by the one
    /// that `after` is bound to; both are the run's own definition.
    ///
    /// It is found by giving a copy of the run the very order it would be given, so that what is said
    /// before is what happens then.
    ///
    /// # Errors
    ///
    /// What the order would be refused for: [`Rejected::SameCalendar`] when nothing is to be counted anew.
    pub fn recount(
        &self,
        before: &Workflow,
        after: &Workflow,
        calendar: &str,
        now: Time,
    ) -> Result<Recount, Rejected> {
        let bound = after.calendars.get(calendar);
        let version = bound.ok_or_else(|| Rejected::WrongCalendar(calendar.to_owned()))?;
        let order = Order::Recalendar {
            calendar: calendar.to_owned(),
            version: version.version.clone(),
        };
        let mut moved = self.clone();
        step(after, &mut moved, &Command::new("calendar", order), now)?;
        let mut recount = Recount::default();
        for (was, is) in self.tasks.iter().zip(&moved.tasks) {
            let (Some(old), Some(new)) = (before.sla(&was.step_id), after.sla(&was.step_id)) else {
                continue;
            };
            if was.clock().stopped().is_some() {
                recount.standing.extend(standing(was, old, new, now));
            } else {
                recount.task(was, is, new, self, &moved);
            }
        }
        for list in &self.lists {
            let ends = |run: &Run| {
                let mut timers = run.timers.iter();
                let of = |timer: &&Timer| timer.kind.list() == Some(list.number);
                timers.find(of).map(|timer| timer.due)
            };
            let whose = (list.at.as_str(), None);
            recount.note(whose, Moment::Wait, ends(self), ends(&moved), false);
        }
        Ok(recount)
    }
}

impl Recount {
    /// What moves of a task whose clock runs.
    fn task(&mut self, was: &Task, is: &Task, sla: &Sla, before: &Run, after: &Run) {
        let whose = (was.step_id.as_str(), Some(was.id));
        let missed = was.breached_at.is_some();
        self.note(whose, Moment::Deadline, was.expires, is.expires, missed);
        let accept = |task: &Task| task.clock.as_ref()?.accept.as_ref()?.expires;
        self.note(whose, Moment::Accept, accept(was), accept(is), false);
        for (rung, at) in (0..).zip(&sla.ladder) {
            let kind = TimerKind::Rung { task: was.id, rung };
            let due = |run: &Run| {
                let timer = run.timers.iter().find(|timer| timer.kind == kind)?;
                Some(timer.due)
            };
            let what = Moment::Rung(at.at);
            self.note(whose, what, due(before), due(after), false);
        }
    }

    /// Notes a moment, if there is one before and after and they differ.
    fn note(
        &mut self,
        (step, task): (&str, Option<Uuid>),
        what: Moment,
        from: Option<Time>,
        to: Option<Time>,
        missed: bool,
    ) {
        if let (Some(from), Some(to)) = (from, to)
            && from != to
        {
            self.moves.push(Move {
                step: step.to_owned(),
                task,
                what,
                from,
                to,
                missed,
            });
        }
    }
}

/// A stopped clock, if it has consumed something else.
fn standing(task: &Task, old: &Sla, new: &Sla, now: Time) -> Option<Standing> {
    let clock = task.clock();
    let measure = new.within.measure;
    let from = clock.consumed(old, measure, now);
    let to = clock.consumed(new, measure, now);
    (from != to).then(|| Standing {
        step: task.step_id.clone(),
        task: task.id,
        measure,
        from,
        to,
    })
}
