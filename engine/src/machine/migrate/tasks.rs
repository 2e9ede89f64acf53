use super::Plan;
use crate::clock::LEDGER_MAX;
use crate::machine::{Machine, claim};
use crate::{
    Accept, Clock, EntryKind, LedgerWhat, Obstacle, ObstacleKind, Sla, Task, TaskStatus, TaskStep,
    Template, TimerKind,
};

impl Machine<'_, '_> {
    /// Hands the open tasks to the steps that take their steps' places. The obstacles come back.
    pub(super) fn move_tasks(&mut self, plan: &Plan<'_>, by: &str) -> Vec<Obstacle> {
        let mut obstacles = Vec::new();
        for at in 0..self.run.tasks.len() {
            let before = &plan.run.tasks[at];
            // A step that is of another type there is told by where the run stands.
            let here = plan.from.task_step(&before.step_id);
            if let (Some(here), Some(there)) = (here, self.task_step(&self.run.tasks[at])) {
                obstacles.extend(self.move_task(at, before, (here, there), by));
            }
        }
        obstacles
    }

    fn move_task(
        &mut self,
        at: usize,
        before: &Task,
        (here, there): (&TaskStep, &TaskStep),
        by: &str,
    ) -> Option<Obstacle> {
        let actor = (before.actor != there.actor).then(|| there.actor.clone());
        let mut released = None;
        if actor.is_some() {
            self.run.tasks[at].actor = there.actor.clone();
            // Who has it may not be one of those it is for now.
            if before.status == TaskStatus::Claimed {
                released.clone_from(&before.claimed_by);
                self.free(at);
            }
        } else {
            self.move_lease(at, before, here, there);
        }
        // What a rung made of it stays.
        if before.priority == here.priority {
            self.run.tasks[at].priority = there.priority;
        }
        let obstacle = self.hand_anew(at, here, there);
        if here.sla != there.sla {
            self.move_clock(at, here.sla.as_ref(), there.sla.as_ref(), by);
        }
        let after = &self.run.tasks[at];
        if after != before {
            self.changed(at);
        }
        let kind = EntryKind::TaskMigrated {
            from: before.step_id.clone(),
            actor,
            released,
            before: before.expires,
            after: self.run.tasks[at].expires,
        };
        self.record_of(at, kind);
        obstacle.map(|why| Obstacle {
            step: Some(before.step_id.clone()),
            task: Some(before.id),
            kind: ObstacleKind::Expression {
                to: self.run.tasks[at].step_id.clone(),
                why,
            },
        })
    }

    /// A lease that only the limit on an attempt set goes by the new limit; one that was asked for
    /// holds, as far as the new limit allows.
    fn move_lease(&mut self, at: usize, before: &Task, here: &TaskStep, there: &TaskStep) {
        let Some(begun) = before.claimed_at.filter(|_| here.timeout != there.timeout) else {
            return;
        };
        let limit = |step: &TaskStep| {
            let timeout = step.timeout.as_ref();
            timeout.map(|timeout| claim::moment(begun, timeout.ms))
        };
        let asked = before
            .lease_until
            .filter(|until| limit(here) != Some(*until));
        let until = asked.into_iter().chain(limit(there)).min();
        self.hold(at, until);
    }

    /// Computes anew what a task hands its actor, where the step says something else and nobody has
    /// the task; the error says why it cannot.
    fn hand_anew(&mut self, at: usize, here: &TaskStep, there: &TaskStep) -> Option<String> {
        let task = &self.run.tasks[at];
        if task.status == TaskStatus::Claimed {
            return None;
        }
        let input = match &there.input {
            None => self.contact(there),
            Some(template) if here.input.as_ref().is_some_and(|old| old.is_same(template)) => {
                return None;
            }
            Some(template) => match self.handed(task.list, template) {
                Ok(input) => input,
                Err(error) => return Some(format!("input{error}")),
            },
        };
        self.run.tasks[at].input = input;
        None
    }

    /// The clock counts against another budget. What it has consumed it has consumed, by the same
    /// ledger; what fired does not fire again.
    fn move_clock(&mut self, at: usize, here: Option<&Sla>, there: Option<&Sla>, by: &str) {
        let open = &mut self.run.tasks[at];
        let (task, before) = (open.id, open.expires);
        let mut clock = open.clock();
        clock.move_to(here, there, open.status == TaskStatus::New);
        let began = Clock {
            dormant: clock.dormant,
            ..Clock::started(open.created, "clock")
        };
        let only_ran = clock == began;
        open.clock = (!only_ran).then(|| Box::new(clock));
        let Some(there) = there else {
            open.expires = None;
            return self.clear_timers(task, TimerKind::is_of_clock);
        };
        self.reset_clock(at);
        let open = &self.run.tasks[at];
        let budgets = here.map(|sla| &sla.within) != Some(&there.within);
        if (open.expires != before || budgets) && open.clock().ledger.len() < LEDGER_MAX {
            let version = self.workflow.version.clone();
            self.write(at, by, LedgerWhat::Migrated { version });
        }
    }
}

impl Clock {
    /// Takes what has fired of one ladder over to another, by the shares, and the clock for the first
    /// claim when both have one, or when nobody has claimed the task yet.
    fn move_to(&mut self, here: Option<&Sla>, there: Option<&Sla>, free: bool) {
        let ladder = here.map_or(&[][..], |sla| &sla.ladder);
        let fired = self
            .fired
            .iter()
            .filter_map(|rung| ladder.get(*rung as usize));
        let fired: Vec<u32> = fired.map(|rung| rung.at).collect();
        self.climbed.extend(fired);
        self.climbed.sort_unstable();
        self.climbed.dedup();
        self.dormant = there.is_none();
        let Some(there) = there else {
            self.fired.clear();
            // One that ran begins anew with a version that has one, if nobody has claimed the task by then.
            let over = |accept: &Accept| accept.ended.is_some() || accept.breached_at.is_some();
            self.accept = self.accept.take().filter(over);
            return;
        };
        let rungs = there.ladder.iter().zip(0..);
        // The rung that closes the task is still to come while it is open.
        let rungs = rungs.filter(|(rung, _)| !rung.go && self.climbed.contains(&rung.at));
        self.fired = rungs.map(|(_, number)| number).collect();
        self.accept = match (&there.accept, self.accept.take()) {
            (None, _) => None,
            (Some(_), None) => free.then(Accept::default),
            (Some(_), kept) => kept,
        };
    }
}

impl Template {
    /// Whether it is written the same, expression by expression.
    fn is_same(&self, other: &Template) -> bool {
        match (self, other) {
            (Template::Value(one), Template::Value(other)) => one.source() == other.source(),
            (Template::Mapping(one), Template::Mapping(other)) => {
                let mut pairs = one.iter().zip(other);
                let same = |((key, part), (name, other)): (&(String, _), &(String, Template))| {
                    key == name && Template::is_same(part, other)
                };
                one.len() == other.len() && pairs.all(same)
            }
            (Template::List(one), Template::List(other)) => {
                let mut pairs = one.iter().zip(other);
                one.len() == other.len() && pairs.all(|(part, other)| part.is_same(other))
            }
            _ => false,
        }
    }
}
