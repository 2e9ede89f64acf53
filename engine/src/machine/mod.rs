//! The state machine of a run: one file a verb. Each verb looks first whether it may, and changes
//! the run only then, so a refused command leaves it exactly as it was.

mod advance;
mod ahead;
mod call;
mod cancel;
mod claim;
mod clock;
mod complete;
mod derive;
mod end;
mod fail;
mod incident;
mod inform;
mod lists;
mod migrate;
mod outcome;
mod recalendar;
mod rung;
mod start;
mod switch;
mod task;
mod timer;
mod wait;

pub(crate) use call::CALL_DEPTH_MAX;
pub(crate) use inform::ADDED_MAX;
pub use migrate::migrate;
pub(crate) use outcome::{APPROVE, REJECT};
pub(crate) use start::key_of;
use std::collections::VecDeque;

use uuid::Uuid;

use crate::{
    Command, Effect, Entry, EntryKind, Order, Rejected, Run, RunStatus, Task, TaskStatus, TaskStep,
    Time, Workflow,
};

/// Steps a run: applies one command at one moment. Either the run changes and the effects say what
/// must be written, or it is refused and the run is exactly as before.
///
/// # Errors
///
/// [`Rejected`] says why nothing changed.
pub fn step(
    workflow: &Workflow,
    run: &mut Run,
    command: &Command,
    now: Time,
) -> Result<Vec<Effect>, Rejected> {
    if run.version != workflow.version {
        return Err(Rejected::WrongVersion);
    }
    if run.status != RunStatus::Running {
        return Err(Rejected::RunEnded(run.status));
    }
    match (&command.order, run.started) {
        (Order::Start, Some(_)) => return Err(Rejected::Begun),
        (Order::Start, None) | (_, Some(_)) => {}
        (_, None) => return Err(Rejected::NotBegun),
    }
    if !matches!(command.order, Order::Recalendar { .. }) {
        recalendar::counts_by_its_own(workflow, run)?;
    }
    let mut machine = Machine {
        workflow,
        run,
        now,
        // What a task finished and the next opened takes.
        effects: Vec::with_capacity(6),
        moves: VecDeque::new(),
    };
    let by = command.by.as_str();
    match &command.order {
        Order::Start => machine.start(),
        Order::Claim { task, lease_ms } => machine.claim(*task, by, *lease_ms)?,
        Order::Release { task } => machine.release(*task, by)?,
        Order::Heartbeat { task, lease_ms } => machine.heartbeat(*task, by, *lease_ms)?,
        Order::Complete { task, result } => machine.complete(*task, by, result)?,
        Order::Fail { task, error } => machine.fail(*task, by, error)?,
        Order::Signal {
            event,
            name,
            payload,
        } => machine.signal(*event, name, payload)?,
        Order::CallEnded {
            run,
            status,
            result,
        } => machine.call_ended(*run, *status, result)?,
        Order::CallRefused { run, why } => machine.call_refused(*run, why)?,
        Order::TimerFired { timer } => machine.timer_fired(*timer)?,
        Order::Pause {
            task,
            reason,
            waiting_for_reporter,
        } => machine.pause(*task, by, reason, *waiting_for_reporter)?,
        Order::Resume { task } => machine.resume(*task, by)?,
        Order::Extend {
            task,
            by_ms,
            reason,
        } => machine.extend(*task, by, *by_ms, reason)?,
        Order::Recalendar { calendar, version } => machine.recalendar(calendar, version, by)?,
        // It needs both versions at hand: [`migrate`].
        Order::Migrate { .. } => return Err(Rejected::WrongVersion),
        Order::Inform { text } => machine.inform(by, text)?,
        Order::Cancel { note } => machine.cancel(note),
        Order::Retry { incident, to, note } => {
            machine.retry(*incident, to.as_deref(), note)?;
        }
    }
    machine.move_on();
    machine.run.seq += 1;
    Ok(machine.effects)
}

/// One command at work on one run.
struct Machine<'w, 'r> {
    workflow: &'w Workflow,
    run: &'r mut Run,
    now: Time,
    effects: Vec<Effect>,
    /// The lists that are to go on, in the order they came to it.
    moves: VecDeque<advance::Move<'w>>,
}

impl<'w> Machine<'w, '_> {
    fn record(&mut self, kind: EntryKind, step: Option<&str>, task: Option<Uuid>) {
        self.effects.push(Effect::Record(Entry {
            kind,
            step: step.map(str::to_owned),
            task,
        }));
    }

    /// The next number for a task, timer or incident.
    fn number(&mut self) -> u32 {
        let number = self.run.next_number;
        self.run.next_number += 1;
        number
    }

    /// Where an open task stands among the open tasks.
    fn open_task(&self, id: Uuid) -> Result<usize, Rejected> {
        self.run
            .tasks
            .iter()
            .position(|task| task.id == id)
            .ok_or(Rejected::NotOpen)
    }

    /// The task step of the definition that opened a task.
    fn task_step(&self, task: &Task) -> Option<&'w TaskStep> {
        self.workflow.task_step(&task.step_id)
    }

    /// A task at or past a deadline that ends it takes no more orders, also when the clock has
    /// not come round to firing its timer.
    fn not_expired(&self, at: usize) -> Result<(), Rejected> {
        // Nothing ends before its deadline.
        let passed = |deadline: &Time| self.now >= *deadline;
        if !self.run.tasks[at].expires.as_ref().is_some_and(passed) {
            return Ok(());
        }
        match self.ends(at).filter(passed) {
            Some(deadline) => Err(Rejected::Expired { deadline }),
            None => Ok(()),
        }
    }

    /// Nobody else has the task.
    fn not_held_by_another(&self, at: usize, by: &str) -> Result<(), Rejected> {
        let task = &self.run.tasks[at];
        match &task.claimed_by {
            Some(holder) if task.status == TaskStatus::Claimed && holder != by => {
                Err(Rejected::HeldBy {
                    by: holder.clone(),
                    since: task.claimed_at.unwrap_or(task.created),
                })
            }
            _ => Ok(()),
        }
    }
}

/// A moment some milliseconds later; beyond the end of the calendar, its end.
fn later(from: Time, ms: i64) -> Time {
    from.checked_add_signed(chrono::TimeDelta::milliseconds(ms))
        .unwrap_or(Time::MAX_UTC)
}
