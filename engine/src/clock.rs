use serde::{Deserialize, Serialize};

use crate::{Budget, Measure, Sla, Task, Time};

/// Most lines in the ledger of one clock.
pub(crate) const LEDGER_MAX: usize = 200;

/// The SLA clock of a task: when it started and stopped, and what was added to its budget. How much
/// it has consumed and when its deadline is are derived from that, never kept.
///
/// A task whose clock has only ever run keeps none: it started when the task opened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Clock {
    /// What happened to it, in order; it begins with a start.
    pub ledger: Vec<LedgerLine>,
    /// Added to the budget, in what the budget is counted in.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub added: i64,
    /// The rungs that have fired, by their place in the ladder.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub fired: Vec<u32>,
    /// The shares of the rungs that fired by an earlier version of the workflow, in percent; none of
    /// them fires again.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub climbed: Vec<u32>,
    /// Whether its step has no SLA by the version its run moved to: it is kept for a version that has one
    /// again.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub dormant: bool,
    /// How the clock for the first claim stands, when the step has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub accept: Option<Accept>,
}

fn is_zero(number: &i64) -> bool {
    *number == 0
}

/// One line of a clock's ledger.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LedgerLine {
    /// When.
    pub at: Time,
    /// Who did it.
    pub by: String,
    /// What happened.
    #[serde(flatten)]
    pub what: LedgerWhat,
}

/// What happens to a clock.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "what", rename_all = "snake_case")]
pub enum LedgerWhat {
    /// It runs from now on.
    Started,
    /// It stands still from now on.
    Stopped(Stop),
    /// Its budget has grown.
    Extended {
        /// By so many of what it is counted in.
        by_ms: i64,
        /// Why.
        reason: String,
    },
    /// From now on another version of its calendar says what working time is, before and after.
    Recalendared {
        /// Which version.
        version: String,
    },
    /// From now on another version of the workflow says how much time there is.
    Migrated {
        /// Which version.
        version: String,
    },
}

/// Why a clock stands still.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stop {
    /// For people.
    pub reason: String,
    /// Whether the reporter is asked for something meanwhile.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub waiting_for_reporter: bool,
}

/// The clock that runs until a task's first claim. It stands still when the other does.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Accept {
    /// Its deadline while it runs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires: Option<Time>,
    /// When the task was first claimed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended: Option<Time>,
    /// The deadline that was missed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub breached_at: Option<Time>,
}

impl Clock {
    /// One that starts.
    pub(crate) fn started(at: Time, by: &str) -> Clock {
        Clock {
            ledger: vec![LedgerLine {
                at,
                by: by.to_owned(),
                what: LedgerWhat::Started,
            }],
            added: 0,
            fired: Vec::new(),
            climbed: Vec::new(),
            dormant: false,
            accept: None,
        }
    }

    /// Why it stands still; none while it runs, and for one that is dormant.
    pub fn stopped(&self) -> Option<&Stop> {
        if self.dormant {
            return None;
        }
        self.ledger.iter().rev().find_map(|line| match &line.what {
            LedgerWhat::Started => Some(None),
            LedgerWhat::Stopped(stop) => Some(Some(stop)),
            LedgerWhat::Extended { .. }
            | LedgerWhat::Recalendared { .. }
            | LedgerWhat::Migrated { .. } => None,
        })?
    }

    /// The stretches it has run, the last without an end while it runs.
    fn stretches(&self) -> impl Iterator<Item = (Time, Option<Time>)> {
        let turns = self.ledger.iter().filter_map(|line| match line.what {
            LedgerWhat::Started => Some((line.at, true)),
            LedgerWhat::Stopped(_) => Some((line.at, false)),
            LedgerWhat::Extended { .. }
            | LedgerWhat::Recalendared { .. }
            | LedgerWhat::Migrated { .. } => None,
        });
        let mut turns = turns.peekable();
        std::iter::from_fn(move || {
            let (from, _) = turns.by_ref().find(|(_, runs)| *runs)?;
            Some((from, turns.peek().map(|(to, _)| *to)))
        })
    }

    /// How much is consumed by a moment.
    pub fn consumed(&self, sla: &Sla, measure: Measure, now: Time) -> i64 {
        self.stretches()
            .map(|(from, to)| sla.consumed(measure, from, to.unwrap_or(now).min(now)))
            .sum()
    }

    /// The first moment by which so much is consumed; none when it stands still before that.
    /// Deadlines are derived by this and nothing else.
    pub(crate) fn moment(&self, sla: &Sla, measure: Measure, amount: i64) -> Option<Time> {
        let mut left = amount;
        for (from, to) in self.stretches() {
            let moment = sla.advance(measure, from, left);
            let Some(to) = to.filter(|to| *to < moment) else {
                return Some(moment);
            };
            left -= sla.consumed(measure, from, to);
        }
        None
    }

    /// The whole budget, with what was added.
    pub(crate) fn budget(&self, sla: &Sla) -> i64 {
        sla.within.amount.saturating_add(self.added)
    }

    /// The deadline; none when it stands still before that.
    pub(crate) fn deadline(&self, sla: &Sla) -> Option<Time> {
        self.moment(sla, sla.within.measure, self.budget(sla))
    }

    /// The deadline of the first claim.
    pub(crate) fn accept_deadline(&self, sla: &Sla, accept: &Budget) -> Option<Time> {
        self.moment(sla, accept.measure, accept.amount)
    }
}

/// A clock read at a moment, for people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reading {
    /// How it stands.
    pub state: ClockState,
    /// What it is counted in.
    pub measure: Measure,
    /// How much is consumed.
    pub consumed: i64,
    /// Of how much.
    pub budget: i64,
    /// The deadline; none while it stands still before that.
    pub deadline: Option<Time>,
}

impl Reading {
    /// How much is consumed, in percent, rounded down.
    pub fn percent(&self) -> u32 {
        let percent = i128::from(self.consumed) * 100 / i128::from(self.budget.max(1));
        u32::try_from(percent).unwrap_or(u32::MAX)
    }
}

/// How a clock stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ClockState {
    /// It runs.
    Running,
    /// It stands still until somebody lets it run again.
    Paused(Stop),
    /// Nobody works now.
    OutsideHours {
        /// When somebody does.
        opens: Option<Time>,
    },
}

impl Task {
    /// Its clock; one that has only ever run is not kept.
    pub fn clock(&self) -> Clock {
        match &self.clock {
            Some(clock) => (**clock).clone(),
            None => Clock::started(self.created, "clock"),
        }
    }

    /// Whether its step has an SLA. One whose clock stands still has no deadline all the same.
    pub fn has_sla(&self) -> bool {
        let clock = self.clock.as_ref();
        self.expires.is_some() || clock.is_some_and(|clock| !clock.dormant)
    }

    /// How its clock stands at a moment; a closed task's, when it was closed.
    pub fn reading(&self, sla: &Sla, now: Time) -> Reading {
        let now = self.closed_at.unwrap_or(now);
        let clock = self.clock();
        let state = match (clock.stopped(), &sla.calendar) {
            (Some(stop), _) => ClockState::Paused(stop.clone()),
            (None, Some(calendar)) => match calendar.next_open(now) {
                Some(opens) if opens <= now => ClockState::Running,
                opens => ClockState::OutsideHours { opens },
            },
            (None, None) => ClockState::Running,
        };
        Reading {
            state,
            measure: sla.within.measure,
            consumed: clock.consumed(sla, sla.within.measure, now),
            budget: clock.budget(sla),
            deadline: self.expires,
        }
    }
}
