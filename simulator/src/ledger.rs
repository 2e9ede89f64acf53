//! What must be so, kept by hand from what was asked, what was answered and what the audit trail
//! says, without asking the engine.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::rc::Rc;

use hms_engine::{Entry, Order, RunStatus, TaskStatus};
use hms_server::orchestrator::Origin;
use serde_json::Value;
use uuid::Uuid;

use crate::calls::{self, Letter};
use crate::clocks::Clock;
use crate::definitions::{self, Flow};
use crate::ensure;
use crate::office::{self, Office};

/// Milliseconds since 1970 of workflow time.
pub(crate) type Ms = i64;

/// A row of the audit trail that a run's command left.
#[derive(Debug)]
pub(crate) struct Row {
    pub(crate) run: Uuid,
    pub(crate) seq: u64,
    pub(crate) at: Ms,
    pub(crate) who: String,
    pub(crate) version: String,
    pub(crate) order: Order,
    pub(crate) entries: Vec<Entry>,
}

/// A run as the ledger knows it.
#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) flow: Rc<Flow>,
    pub(crate) version: String,
    pub(crate) status: RunStatus,
    pub(crate) seq: u64,
    pub(crate) breached: bool,
    /// Open tasks, in the order of their ids.
    pub(crate) open: BTreeSet<Uuid>,
    /// Open incidents, each with its step.
    pub(crate) incidents: BTreeMap<u32, String>,
    /// Called runs that have not ended, each with the step that called it.
    pub(crate) calls: BTreeMap<Uuid, String>,
    /// How often the reporter added to it.
    pub(crate) informed: u32,
    /// The calendar it is counted by.
    pub(crate) office: Option<Rc<Office>>,
    /// Timers that have fired.
    fired: HashSet<u32>,
}

/// A task as the ledger knows it.
#[derive(Debug)]
pub(crate) struct Task {
    pub(crate) run: Uuid,
    pub(crate) step: String,
    pub(crate) spec: definitions::Task,
    pub(crate) status: TaskStatus,
    pub(crate) created: Ms,
    pub(crate) expires: Option<Ms>,
    pub(crate) clock: Clock,
    /// The calendar its clock is counted by.
    pub(crate) office: Option<Rc<Office>>,
    pub(crate) holder: Option<Holder>,
    pub(crate) attempt: u32,
    pub(crate) not_before: Option<Ms>,
    pub(crate) breached_at: Option<Ms>,
    /// When its deadline was last counted anew: by another version, or by another calendar.
    pub(crate) moved_at: Option<Ms>,
    pub(crate) closed_at: Option<Ms>,
    pub(crate) closed_by: Option<String>,
    pub(crate) result: Option<Value>,
}

/// Who has a task.
#[derive(Debug, Clone)]
pub(crate) struct Holder {
    pub(crate) by: String,
    pub(crate) since: Ms,
    pub(crate) until: Option<Ms>,
}

/// An event that was accepted.
#[derive(Debug)]
pub(crate) struct Event {
    /// None when nobody was told.
    pub(crate) id: Option<Uuid>,
    pub(crate) origin: Option<Origin>,
    pub(crate) payload: Value,
    pub(crate) runs: Vec<Uuid>,
}

/// Outcomes of one step on one day: met, breached, cancelled.
pub(crate) type Figures = BTreeMap<(String, String, i64), [i64; 3]>;

/// The ledger of one world.
#[derive(Debug, Default)]
pub(crate) struct Ledger {
    /// By version.
    pub(crate) flows: HashMap<String, Rc<Flow>>,
    /// Workflow → the version new runs begin with.
    pub(crate) in_force: BTreeMap<String, String>,
    pub(crate) runs: BTreeMap<Uuid, Run>,
    pub(crate) tasks: HashMap<Uuid, Task>,
    /// The calendar in force.
    pub(crate) office: Option<Rc<Office>>,
    /// The calendar that a run is counted by from a row on, by the row.
    pub(crate) counted: HashMap<(Uuid, u64), Rc<Office>>,
    /// Who called a run.
    pub(crate) parents: HashMap<Uuid, Uuid>,
    /// What runs are still to be told of each other in this transaction.
    pub(crate) letters: Vec<Letter>,
    pub(crate) events: Vec<Event>,
    pub(crate) origins: HashMap<(String, String), usize>,
    pub(crate) numbers: BTreeMap<String, Uuid>,
    /// The moments at which something must happen to an open task.
    pub(crate) due: BTreeSet<(Ms, Uuid)>,
    pub(crate) sla: Figures,
    /// How many took how long: by step, day and bucket.
    pub(crate) durations: BTreeMap<(String, String, i64, i64), i64>,
    /// Everything due by then has happened.
    pub(crate) quiet_at: Ms,
}

impl Task {
    pub(crate) fn is_open(&self) -> bool {
        self.status.is_open()
    }

    /// The moments at which something must happen to it.
    fn moments(&self) -> impl Iterator<Item = Ms> {
        let open = self.is_open();
        // One that was missed comes again only where it closes the task by another version.
        let closes = self.spec.on_timeout.is_some();
        let deadline = self
            .expires
            .filter(|_| closes || self.breached_at.is_none());
        let lease = self.holder.as_ref().and_then(|holder| holder.until);
        let moments = deadline.into_iter().chain(lease).chain(self.not_before);
        moments.filter(move |_| open)
    }

    /// Whether a deadline that passes now does so as soon as it could: nothing was at rest since, or since
    /// the version came that sets it.
    pub(crate) fn in_time(&self, deadline: Ms, quiet_at: Ms) -> bool {
        deadline > quiet_at
            || self
                .moved_at
                .is_some_and(|moved| moved >= quiet_at && moved >= deadline)
    }

    /// Free for whoever asks for work.
    pub(crate) fn is_free(&self, now: Ms) -> bool {
        self.is_open() && self.holder.is_none() && self.not_before.is_none_or(|from| from <= now)
    }
}

impl Ledger {
    /// The earliest moment at which something must happen.
    pub(crate) fn earliest(&self) -> Option<Ms> {
        self.due.first().map(|(moment, _)| *moment)
    }

    /// The free tasks of an actor in the order of hand-out.
    pub(crate) fn free(&self, actor: &str, now: Ms) -> Vec<Uuid> {
        let mut free: Vec<_> = self
            .open_tasks()
            .filter(|(_, task)| fits(actor, task.spec.actor) && task.is_free(now))
            .map(|(id, task)| {
                let urgent = std::cmp::Reverse(task.spec.priority);
                (task.expires.unwrap_or(Ms::MAX), urgent, id)
            })
            .collect();
        free.sort_unstable();
        free.into_iter().map(|(_, _, id)| id).collect()
    }

    /// The open tasks of all runs.
    pub(crate) fn open_tasks(&self) -> impl Iterator<Item = (Uuid, &Task)> {
        let runs = self.runs.values().flat_map(|run| &run.open);
        runs.filter_map(|id| Some((*id, self.tasks.get(id)?)))
    }

    /// Writes down what a command did, and says what about it cannot be.
    pub(crate) fn apply(&mut self, row: &Row) -> Result<(), String> {
        if row.who == calls::BY {
            self.delivered(row)?;
        }
        if row.order == Order::Start {
            self.begin(row)?;
        }
        self.moves(row)?;
        self.counts(row);
        let Some(run) = self.runs.get_mut(&row.run) else {
            return Err("a command for a run that never began".into());
        };
        ensure!(run.status == RunStatus::Running, "a command after the end");
        ensure!(row.seq == run.seq + 1, "seq {} after {}", row.seq, run.seq);
        ensure!(row.version == run.version, "of another version");
        run.seq = row.seq;
        if let Order::TimerFired { timer } = row.order {
            ensure!(row.who == "clock", "a timer fired by {}", row.who);
            ensure!(run.fired.insert(timer), "timer {timer} fired twice");
            if row.entries.is_empty() {
                return self.next_attempt(row);
            }
        } else {
            ensure!(row.who != "clock", "the clock did more than fire");
            let anew = matches!(row.order, Order::Recalendar { .. });
            ensure!(anew == (row.who == office::BY), "not theirs to do");
        }
        self.lease(row)?;
        for entry in &row.entries {
            self.entry(row, entry)?;
        }
        Ok(())
    }

    fn begin(&mut self, row: &Row) -> Result<(), String> {
        let Some(flow) = self.flows.get(&row.version) else {
            return Err(format!("a run of an unknown version {}", row.version));
        };
        let run = Run {
            flow: flow.clone(),
            version: row.version.clone(),
            status: RunStatus::Running,
            seq: 0,
            breached: false,
            open: BTreeSet::new(),
            incidents: BTreeMap::new(),
            calls: BTreeMap::new(),
            informed: 0,
            office: None,
            fired: HashSet::new(),
        };
        ensure!(self.runs.insert(row.run, run).is_none(), "began twice");
        Ok(())
    }

    /// A task that waited may be tried again: what only its timer says.
    fn next_attempt(&mut self, row: &Row) -> Result<(), String> {
        let open = self.runs.get(&row.run).map(|run| &run.open);
        let waiting = open.into_iter().flatten().filter_map(|id| {
            let from = self.tasks.get(id)?.not_before?;
            Some((from, *id))
        });
        let Some((_, task)) = waiting.min().filter(|(from, _)| *from <= row.at) else {
            return Err("a timer fired and did nothing".into());
        };
        self.change(task, |task| {
            task.not_before = None;
            Ok(())
        })
    }

    /// Who has a task, and until when. Taking again what one has leaves no entry.
    fn lease(&mut self, row: &Row) -> Result<(), String> {
        let (task, lease_ms, claims) = match row.order {
            Order::Claim { task, lease_ms } => (task, lease_ms, true),
            Order::Heartbeat { task, lease_ms } => (task, lease_ms, false),
            _ => return Ok(()),
        };
        let (at, by) = (row.at, row.who.clone());
        self.change(task, |task| {
            let since = match &task.holder {
                Some(holder) if holder.by == by => holder.since,
                None if claims => at,
                other => return Err(format!("{by} took what {other:?} has")),
            };
            ensure!(
                task.not_before.is_none_or(|from| from <= at),
                "taken before its next attempt"
            );
            task.not_before = None;
            let asked = lease_ms.map(|ms| at + ms as i64);
            let limit = task.spec.timeout_ms.map(|ms| since + ms);
            let until = asked.into_iter().chain(limit).min();
            task.holder = Some(Holder { by, since, until });
            task.status = TaskStatus::Claimed;
            Ok(())
        })
    }

    /// Changes an open task.
    pub(crate) fn change(
        &mut self,
        id: Uuid,
        change: impl FnOnce(&mut Task) -> Result<(), String>,
    ) -> Result<(), String> {
        let Some(task) = self.tasks.get_mut(&id) else {
            return Err(format!("task {id} never opened"));
        };
        ensure!(task.is_open(), "{id} is {:?} and changed", task.status);
        let before: Vec<Ms> = task.moments().collect();
        change(task).map_err(|error| format!("{} {id}: {error}", task.step))?;
        for moment in before {
            self.due.remove(&(moment, id));
        }
        self.due.extend(task.moments().map(|moment| (moment, id)));
        Ok(())
    }
}

/// Whether an actor is the one named, or one of those named with a trailing `*`.
pub(crate) fn fits(pattern: &str, actor: &str) -> bool {
    match pattern.strip_suffix('*') {
        Some(beginning) => actor.starts_with(beginning),
        None => pattern == actor,
    }
}

/// The day of a moment, counted from 1970.
pub(crate) fn day(at: Ms) -> i64 {
    at.div_euclid(86_400_000)
}
