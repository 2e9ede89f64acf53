use std::collections::BTreeMap;

use hms_app::views::SlaFigures;
use serde_json::{Value, json};

use crate::store::histogram::percentile;
use crate::store::{SlaDay, SlaOpen};

/// Outcomes added up: over everything, by step, or by day.
#[derive(Debug, Default)]
pub(super) struct Sum {
    met: u64,
    breached: u64,
    cancelled: u64,
    open: u64,
    open_breached: u64,
    durations: BTreeMap<i64, u64>,
}

impl Sum {
    /// Adds what was decided on one day at one step.
    pub(super) fn day(&mut self, day: &SlaDay) {
        self.met += day.met;
        self.breached += day.breached;
        self.cancelled += day.cancelled;
        for (bucket, n) in &day.durations {
            *self.durations.entry(*bucket).or_default() += n;
        }
    }

    /// Adds what is open now at one step.
    pub(super) fn open(&mut self, open: &SlaOpen) {
        self.open += open.on_time;
        self.open_breached += open.breached;
    }

    /// The figures.
    pub(super) fn figures(&self) -> SlaFigures {
        let mut counts: Vec<(i64, u64)> = self.durations.iter().map(|(b, n)| (*b, *n)).collect();
        SlaFigures {
            met: self.met,
            breached: self.breached,
            open: self.open,
            open_breached: self.open_breached,
            cancelled: self.cancelled,
            p50_ms: percentile(&mut counts, 0.5),
            p90_ms: percentile(&mut counts, 0.9),
        }
    }

    /// The figures as sent.
    pub(super) fn json(&self) -> Value {
        let figures = self.figures();
        let mut json = json!(figures);
        json["compliance"] = json!(figures.compliance());
        json
    }
}
