//! The SLA clocks of tasks, kept by hand: when they ran, what was added to their time, and what the entries
//! of the audit trail say of it.

use std::collections::BTreeSet;

use hms_engine::{Entry, EntryKind, Order, Time};
use hms_server::orchestrator::TaskOrder;
use uuid::Uuid;

use crate::dice::Dice;
use crate::ensure;
use crate::judge::Verdict;
use crate::ledger::{Ledger, Ms, Row, Task};
use crate::office::Office;

/// The most that can be added to a task's time: ten years.
const ADDED_MAX: Ms = 3_650 * 86_400_000;
/// The most additions that a run takes.
const INFORMED_MAX: u32 = 50;

/// The clock of a task.
#[derive(Debug, Clone)]
pub(crate) struct Clock {
    /// When it ran; the last stretch has no end while it does.
    stretches: Vec<(Ms, Option<Ms>)>,
    added: Ms,
    /// Whether it stands still because the reporter was asked for something.
    asked: bool,
}

impl Clock {
    pub(crate) fn started(at: Ms) -> Clock {
        Clock {
            stretches: vec![(at, None)],
            added: 0,
            asked: false,
        }
    }

    pub(crate) fn stands(&self) -> bool {
        self.stretches.last().is_some_and(|(_, to)| to.is_some())
    }

    /// When so much time is used up; none when it stands still before that.
    pub(crate) fn deadline(&self, sla_ms: Ms, office: Option<&Office>) -> Option<Ms> {
        let mut left = sla_ms + self.added;
        for (from, to) in &self.stretches {
            let end = office.map_or(from + left, |office| office.after(*from, left));
            match to {
                Some(to) if *to < end => {
                    left -= office.map_or(to - from, |office| office.worked(*from, *to));
                }
                _ => return Some(end),
            }
        }
        None
    }

    fn stop(&mut self, at: Ms, asked: bool) -> Result<(), String> {
        let last = self.stretches.last_mut();
        let Some((_, to @ None)) = last else {
            return Err("it stands still already".into());
        };
        *to = Some(at);
        self.asked = asked;
        Ok(())
    }

    fn start(&mut self, at: Ms) -> Result<(), String> {
        ensure!(self.stands(), "it runs already");
        self.stretches.push((at, None));
        self.asked = false;
        Ok(())
    }

    /// What was added, with so much more; none when that cannot be.
    fn with(&self, more: Ms) -> Option<Ms> {
        let added = self.added.checked_add(more);
        added.filter(|added| more > 0 && *added <= ADDED_MAX)
    }
}

impl Task {
    /// Its deadline by its clock and its step.
    pub(crate) fn deadline(&self) -> Option<Ms> {
        let office = self.office.as_deref();
        let sla_ms = self.spec.sla_ms;
        sla_ms.and_then(|ms| self.clock.deadline(ms, office))
    }

    /// Whether its clock stands still for the reporter.
    pub(crate) fn asks_reporter(&self) -> bool {
        self.is_open() && self.spec.sla_ms.is_some() && self.clock.stands() && self.clock.asked
    }
}

impl Ledger {
    /// What an entry says of clocks, and of what the reporter added.
    pub(crate) fn clock_entry(&mut self, row: &Row, entry: &Entry) -> Result<(), String> {
        let task = entry.task.unwrap_or_default();
        let at = row.at;
        match &entry.kind {
            EntryKind::ClockStopped {
                reason,
                waiting_for_reporter,
            } => {
                let asked = *waiting_for_reporter;
                let order = Order::Pause {
                    task,
                    reason: reason.clone(),
                    waiting_for_reporter: asked,
                };
                ensure!(row.order == order, "nobody had it stopped so");
                self.turn(task, None, |clock| clock.stop(at, asked))
            }
            EntryKind::ClockStarted { expires } => {
                let informed = matches!(row.order, Order::Inform { .. });
                let resumed = row.order == Order::Resume { task };
                ensure!(informed || resumed, "nobody had it started");
                self.turn(task, Some(*expires), |clock| clock.start(at))
            }
            EntryKind::SlaExtended {
                by_ms,
                reason,
                expires,
            } => {
                let order = Order::Extend {
                    task,
                    by_ms: *by_ms,
                    reason: reason.clone(),
                };
                ensure!(row.order == order, "nobody gave it so much time");
                self.turn(task, Some(*expires), |clock| {
                    clock.added = clock.with(*by_ms).ok_or("so much cannot be added")?;
                    Ok(())
                })
            }
            EntryKind::InformationAdded { text } => self.informed(row, text),
            _ => Ok(()),
        }
    }

    /// Something happens to a clock, and its deadline is said to be another.
    fn turn(
        &mut self,
        task: Uuid,
        told: Option<Option<Time>>,
        change: impl FnOnce(&mut Clock) -> Result<(), String>,
    ) -> Result<(), String> {
        self.change(task, |task| {
            ensure!(task.spec.sla_ms.is_some(), "it has no clock");
            change(&mut task.clock)?;
            task.expires = task.deadline();
            let told = told.map(|told| told.map(|moment| moment.timestamp_millis()));
            ensure!(
                told.is_none_or(|told| told == task.expires),
                "said to expire at {told:?}, and it does at {:?}",
                task.expires
            );
            Ok(())
        })
    }

    /// The reporter added something: every clock that stood still for it runs again, and no other.
    fn informed(&mut self, row: &Row, text: &str) -> Result<(), String> {
        let order = Order::Inform {
            text: text.to_owned(),
        };
        ensure!(row.order == order, "nobody added this");
        let Some(run) = self.runs.get_mut(&row.run) else {
            return Err("added to a run that never began".into());
        };
        run.informed += 1;
        let open = run.open.iter();
        let asked = open.filter(|id| self.tasks.get(id).is_some_and(Task::asks_reporter));
        let asked: BTreeSet<Uuid> = asked.copied().collect();
        let entries = row.entries.iter();
        let started = entries.filter(|entry| matches!(entry.kind, EntryKind::ClockStarted { .. }));
        let started: BTreeSet<Uuid> = started.filter_map(|entry| entry.task).collect();
        ensure!(asked == started, "{asked:?} waited, {started:?} run again");
        Ok(())
    }

    /// What adding to a running run must come to.
    pub(crate) fn inform_verdict(&self, run: Uuid, text: &str) -> Verdict {
        let informed = self.runs.get(&run).map_or(0, |run| run.informed);
        match () {
            () if text.trim().is_empty() => Verdict::Refused("BadInformation"),
            () if informed >= INFORMED_MAX => Verdict::Refused("MuchAdded"),
            () => Verdict::Done,
        }
    }
}

/// What an order about the clock of an open task must come to; none for other orders.
pub(crate) fn clock_verdict(task: &Task, order: &TaskOrder) -> Option<Verdict> {
    let stands = task.clock.stands();
    let word = match order {
        TaskOrder::Pause { .. } | TaskOrder::Resume | TaskOrder::Extend { .. }
            if task.spec.sla_ms.is_none() =>
        {
            "NoClock"
        }
        TaskOrder::Pause { .. } if stands => "Paused",
        TaskOrder::Resume if !stands => "NotPaused",
        TaskOrder::Pause { reason, .. } if reason.trim().is_empty() => "BadPause",
        TaskOrder::Extend { reason, .. } if reason.trim().is_empty() => "BadPause",
        TaskOrder::Extend { by_ms, .. } if task.clock.with(*by_ms).is_none() => "BadPause",
        TaskOrder::Pause { .. } | TaskOrder::Resume | TaskOrder::Extend { .. } => {
            return Some(Verdict::Done);
        }
        _ => return None,
    };
    Some(Verdict::Refused(word))
}

/// Something to be done with a clock: sensible mostly.
pub(crate) fn clock_order(dice: &mut Dice, known: Option<&Task>) -> TaskOrder {
    let reason = if dice.one_in(12) { " " } else { "so it is" };
    let reason = reason.to_owned();
    let stands = known.is_some_and(|task| task.clock.stands());
    match dice.roll(8) {
        0..=3 if stands => TaskOrder::Resume,
        0..=3 => TaskOrder::Pause {
            reason,
            waiting_for_reporter: dice.one_in(2),
        },
        4 => TaskOrder::Resume,
        _ => TaskOrder::Extend {
            by_ms: *dice.pick(&[1, 1_000, 60_000, 3_600_000, 0, Ms::MAX]),
            reason,
        },
    }
}
