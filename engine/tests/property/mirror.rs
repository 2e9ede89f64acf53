use std::collections::{BTreeMap, BTreeSet};

use hms_engine::{
    Command, Effect, EntryKind, Order, Run, RunStatus, Sla, StepKind, Task, TaskStatus, Time,
    Timer, TimerKind, Workflow,
};
use proptest::prelude::*;
use uuid::Uuid;

use crate::clocks;

/// What a store would hold that writes each effect and nothing else.
#[derive(Default)]
pub(crate) struct Mirror {
    pub(crate) tasks: BTreeMap<Uuid, Task>,
    timers: BTreeMap<u32, Timer>,
    /// Numbers of timers there ever were.
    used: BTreeSet<u32>,
    /// The called runs, and whether each is still wanted.
    called: BTreeMap<Uuid, bool>,
    finished: Option<RunStatus>,
    /// The rungs that fired, each with its task and share.
    rungs: BTreeSet<(Uuid, u32)>,
}

impl Mirror {
    pub(crate) fn write(
        &mut self,
        command: &Command,
        effects: &[Effect],
    ) -> Result<(), TestCaseError> {
        if let Order::CallEnded { run, .. } | Order::CallRefused { run, .. } = &command.order {
            let open = self.called.insert(*run, false);
            prop_assert_eq!(
                open,
                Some(true),
                "the end of a run that is not wanted was taken"
            );
        }
        for effect in effects {
            match effect {
                Effect::OpenTask(task) => {
                    prop_assert!(task.status.is_open() && task.result.is_none());
                    prop_assert!(
                        self.tasks.insert(task.id, (**task).clone()).is_none(),
                        "opened twice"
                    );
                }
                Effect::ChangeTask(task) => {
                    prop_assert!(task.status.is_open());
                    let before = self.tasks.insert(task.id, (**task).clone());
                    prop_assert!(
                        before.is_some_and(|before| before.status.is_open()),
                        "changed when not open"
                    );
                }
                Effect::CloseTask(task) => {
                    prop_assert!(!task.status.is_open() && task.closed_at.is_some());
                    let before = self.tasks.insert(task.id, (**task).clone());
                    prop_assert!(
                        before.is_some_and(|before| before.status.is_open()),
                        "closed when not open"
                    );
                }
                Effect::SetTimer(timer) => {
                    prop_assert!(self.used.insert(timer.number), "a number used twice");
                    self.timers.insert(timer.number, timer.clone());
                }
                Effect::ClearTimer(number) => {
                    prop_assert!(self.timers.remove(number).is_some(), "cleared and not set");
                }
                Effect::StartRun { run, payload, .. } => {
                    prop_assert!(payload.is_object());
                    prop_assert!(self.called.insert(*run, true).is_none(), "called twice");
                }
                Effect::CancelRun(run) => {
                    let open = self.called.insert(*run, false);
                    prop_assert_eq!(open, Some(true), "cancelled and not wanted");
                }
                Effect::FinishRun(status) => {
                    prop_assert!(self.finished.replace(*status).is_none(), "finished twice");
                }
                Effect::Notify { about, .. } => {
                    let task = self.tasks.get(&about.task);
                    prop_assert!(task.is_some(), "told about a task that is not there");
                }
                Effect::Record(entry) => {
                    prop_assert!(self.finished.is_none(), "an entry after the end");
                    if let (EntryKind::RungReached { at, .. }, Some(task)) =
                        (&entry.kind, entry.task)
                    {
                        prop_assert!(self.rungs.insert((task, *at)), "a rung fired twice");
                    }
                }
            }
        }
        Ok(())
    }

    /// The run holds what a store would.
    pub(crate) fn agrees_with(
        &self,
        workflow: &Workflow,
        run: &Run,
        now: Time,
    ) -> Result<(), TestCaseError> {
        let open: BTreeMap<Uuid, Task> = self
            .tasks
            .iter()
            .filter(|(_, task)| task.status.is_open())
            .map(|(id, task)| (*id, task.clone()))
            .collect();
        let held: BTreeMap<Uuid, Task> = run
            .tasks
            .iter()
            .map(|task| (task.id, task.clone()))
            .collect();
        prop_assert_eq!(&open, &held);
        prop_assert_eq!(held.len(), run.tasks.len());
        let wanted = self.called.iter().filter(|(_, open)| **open);
        let wanted: BTreeSet<Uuid> = wanted.map(|(run, _)| *run).collect();
        let held_calls: BTreeSet<Uuid> = run.calls.iter().map(|call| call.run).collect();
        prop_assert_eq!(&wanted, &held_calls);
        prop_assert_eq!(run.calls.len(), held_calls.len());
        let timers: BTreeMap<u32, Timer> = run
            .timers
            .iter()
            .map(|timer| (timer.number, timer.clone()))
            .collect();
        prop_assert_eq!(&self.timers, &timers);
        prop_assert_eq!(timers.len(), run.timers.len());
        let finished = (run.status != RunStatus::Running).then_some(run.status);
        prop_assert_eq!(self.finished, finished);
        for task in held.values() {
            let held = task.status == TaskStatus::Claimed;
            let by_someone = task.claimed_by.is_some() && task.claimed_at.is_some();
            let by_none = task.claimed_by.is_none() && task.claimed_at.is_none();
            prop_assert!(if held { by_someone } else { by_none }, "{:?}", task);
            one_timer_for_each_moment(workflow, task, run, now)?;
            if let Some(sla) = sla(workflow, task) {
                clocks::agree(task, sla, now)?;
            }
        }
        for timer in &run.timers {
            let task = timer
                .kind
                .task()
                .is_none_or(|task| held.contains_key(&task));
            let list = timer
                .kind
                .list()
                .is_none_or(|list| run.list(list).is_some());
            prop_assert!(task && list, "a timer without its task or list");
        }
        Ok(())
    }

    pub(crate) fn all_closed_once(&self) -> Result<(), TestCaseError> {
        prop_assert!(self.finished.is_some());
        prop_assert!(self.timers.is_empty());
        prop_assert!(
            self.called.values().all(|open| !open),
            "a called run is left"
        );
        for task in self.tasks.values() {
            prop_assert!(!task.status.is_open(), "left open: {task:?}");
        }
        Ok(())
    }
}

/// The SLA of a task.
fn sla<'w>(workflow: &'w Workflow, task: &Task) -> Option<&'w Sla> {
    match &workflow.step(&task.step_id)?.kind {
        StepKind::Task(step) => step.sla.as_ref(),
        _ => None,
    }
}

/// Each moment a task waits for has its timer, and no other has; a clock that stands still has none.
fn one_timer_for_each_moment(
    workflow: &Workflow,
    task: &Task,
    run: &Run,
    now: Time,
) -> Result<(), TestCaseError> {
    let due = |wanted: fn(&TimerKind) -> bool| {
        let own = run
            .timers
            .iter()
            .filter(|timer| timer.kind.task() == Some(task.id));
        own.filter(|timer| wanted(&timer.kind))
            .map(|timer| timer.due)
            .collect::<Vec<_>>()
    };
    let clock = task.clock();
    let closes = sla(workflow, task).is_some_and(|sla| sla.on_timeout.is_some());
    let deadline = task
        .expires
        .filter(|_| closes || task.breached_at.is_none());
    prop_assert_eq!(
        due(|kind| matches!(kind, TimerKind::Deadline { .. })),
        Vec::from_iter(deadline)
    );
    let accept = clock.accept.as_ref().and_then(|accept| accept.expires);
    prop_assert_eq!(
        due(|kind| matches!(kind, TimerKind::Accept { .. })),
        Vec::from_iter(accept)
    );
    let ladder = sla(workflow, task).map_or(&[][..], |sla| &sla.ladder);
    // While a clock stands still it comes to no rung, but it may have come to one before by a version
    // that its run moved to since.
    let comes_to = |at: u32| {
        let reading = sla(workflow, task).map(|sla| task.reading(sla, now));
        clock.stopped().is_none()
            || reading.is_some_and(|read| read.consumed >= (read.budget * i64::from(at) + 99) / 100)
    };
    let rungs = ladder
        .iter()
        .zip(0..)
        .filter(|(rung, number)| !rung.go && !clock.fired.contains(number) && comes_to(rung.at));
    prop_assert_eq!(
        due(|kind| matches!(kind, TimerKind::Rung { .. })).len(),
        rungs.count()
    );
    prop_assert_eq!(
        due(|kind| matches!(kind, TimerKind::Lease { .. })),
        Vec::from_iter(task.lease_until)
    );
    prop_assert_eq!(
        due(|kind| matches!(kind, TimerKind::NextAttempt { .. })),
        Vec::from_iter(task.not_before)
    );
    Ok(())
}
