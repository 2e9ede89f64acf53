use std::sync::Arc;

use chrono::TimeDelta;
use serde::{Deserialize, Serialize};

use crate::calendar::Calendar;
use crate::{Actor, Next, Priority, Time};

/// A day, in milliseconds; also what a budget in business days counts for each of them.
pub(crate) const DAY_MS: i64 = 24 * 3_600_000;

/// What a budget is counted in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Measure {
    /// Milliseconds by the clock.
    Clock,
    /// Milliseconds of a calendar's working time.
    Hours,
    /// Working days of a calendar, 86,400,000 each, however long they are.
    Days,
}

/// How much time there is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Budget {
    /// So many of what it is counted in.
    pub amount: i64,
    /// What it is counted in. Working time only where there is a calendar.
    pub measure: Measure,
    /// As written, for people: `4h`, `2bd`.
    pub written: String,
}

impl Budget {
    /// A duration as definitions write it; the error says what would be right.
    pub fn parse(text: &str) -> Result<Budget, String> {
        crate::definition::budget(text)
    }
}

/// How long a task or a wait may take, and what happens on the way to the deadline and past it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sla {
    /// To be finished.
    pub within: Budget,
    /// To be claimed for the first time, counted apart.
    pub accept: Option<Budget>,
    /// Whose working time counts; without it the clock on the wall does.
    pub calendar: Option<Arc<Calendar>>,
    /// What happens at which share of the budget, the earliest first.
    pub ladder: Vec<Rung>,
    /// As written, for people: `4h`.
    pub written: String,
    /// Where the list goes on at the rung that says so; without it the task stays open, marked
    /// breached.
    pub on_timeout: Option<Next>,
}

/// What happens when a share of the budget is consumed and the task is still open.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rung {
    /// The share, in percent; beyond 100 the deadline has passed.
    pub at: u32,
    /// Whoever has the task is reminded; when nobody has it, all who may take it.
    pub remind: bool,
    /// These people are told.
    pub notify: Option<Actor>,
    /// The task's priority from then on.
    pub priority: Option<Priority>,
    /// The task is closed as `TIMEOUT`, and the list goes on at `on_timeout`. The last rung if any.
    pub go: bool,
}

impl Rung {
    /// The rung that `on_timeout` stands for.
    pub(crate) fn timeout() -> Rung {
        Rung {
            at: 100,
            remind: false,
            notify: None,
            priority: None,
            go: true,
        }
    }

    /// So much of a budget.
    pub(crate) fn share(&self, of: i64) -> i64 {
        share(of, self.at)
    }
}

/// A share of a budget, rounded up. At most ten years a hundred times over: far below where an i64
/// ends.
fn share(of: i64, percent: u32) -> i64 {
    (of * i64::from(percent) + 99) / 100
}

impl Sla {
    /// The rung that closes the task.
    pub(crate) fn end(&self) -> Option<&Rung> {
        self.ladder.iter().find(|rung| rung.go)
    }

    /// How much a clock consumes between two moments.
    pub fn consumed(&self, measure: Measure, from: Time, to: Time) -> i64 {
        match &self.calendar {
            Some(calendar) if measure != Measure::Clock => calendar.consumed(measure, from, to),
            _ => to.signed_duration_since(from).num_milliseconds().max(0),
        }
    }

    /// The first moment by which a clock has consumed so much.
    pub fn advance(&self, measure: Measure, from: Time, amount: i64) -> Time {
        match &self.calendar {
            Some(calendar) if measure != Measure::Clock => calendar.advance(measure, from, amount),
            _ => from
                .checked_add_signed(TimeDelta::milliseconds(amount))
                .unwrap_or(Time::MAX_UTC),
        }
    }
}
