//! The SLA report.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::ClockView;

/// The SLA report.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SlaReport {
    /// The first day.
    pub from: NaiveDate,
    /// The last day.
    pub to: NaiveDate,
    /// The workflows to choose from.
    pub workflows: Vec<String>,
    /// Over everything.
    pub total: SlaFigures,
    /// By workflow and step.
    pub steps: Vec<SlaStepRow>,
    /// By day, every day of the range.
    pub days: Vec<SlaDayRow>,
    /// Workflow time.
    pub clock: ClockView,
}

/// The figures of the SLA report. Compliance is met ÷ (met + breached).
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct SlaFigures {
    /// Finished before the deadline.
    pub met: u64,
    /// The deadline passed first; also those still open.
    pub breached: u64,
    /// Open now and not breached (whatever the range).
    pub open: u64,
    /// Open now and breached (whatever the range).
    pub open_breached: u64,
    /// Cancelled before finish or deadline.
    pub cancelled: u64,
    /// Half of those finished took at most this long, in milliseconds.
    pub p50_ms: Option<u64>,
    /// Nine of ten took at most this long, in milliseconds.
    pub p90_ms: Option<u64>,
    /// Nineteen of twenty took at most this long, in milliseconds.
    pub p95_ms: Option<u64>,
    /// How long tasks waited for their first claim; none where no step says how long they may.
    pub accept: Option<AcceptFigures>,
}

/// The figures of first claims. Compliance is met ÷ (met + breached).
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct AcceptFigures {
    /// Claimed in time.
    pub met: u64,
    /// The time for it passed first; also those that nobody has claimed yet.
    pub breached: u64,
    /// Closed before either.
    pub cancelled: u64,
    /// Half of those claimed waited at most this long, in milliseconds.
    pub p50_ms: Option<u64>,
    /// Nine of ten waited at most this long, in milliseconds.
    pub p90_ms: Option<u64>,
    /// Nineteen of twenty waited at most this long, in milliseconds.
    pub p95_ms: Option<u64>,
}

/// Met ÷ (met + breached); none when there are neither.
fn share(met: u64, breached: u64) -> Option<f64> {
    let decided = met + breached;
    (decided > 0).then(|| met as f64 / decided as f64)
}

impl AcceptFigures {
    /// Met ÷ (met + breached); none when there are neither.
    pub fn compliance(&self) -> Option<f64> {
        share(self.met, self.breached)
    }
}

impl SlaFigures {
    /// Met ÷ (met + breached); none when there are neither.
    pub fn compliance(&self) -> Option<f64> {
        share(self.met, self.breached)
    }
}

/// A step of the SLA report.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SlaStepRow {
    /// The workflow's id.
    pub workflow: String,
    /// The step's id.
    pub step: String,
    /// In plain words.
    pub title: String,
    /// Its figures.
    pub figures: SlaFigures,
}

/// A day of the SLA report: the day the outcome was decided, UTC.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SlaDayRow {
    /// The day.
    pub day: NaiveDate,
    /// Its figures; `open` is only known now and therefore 0 here.
    pub figures: SlaFigures,
}
