//! What the SLA reports of the pages and of the API are made of: outcomes added up.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use hms_app::views::{AcceptFigures, SlaFigures};

use crate::store::histogram::percentile;
use crate::store::{Outcomes, SlaDay, SlaOpen};

/// Outcomes added up: over everything, of one step, or of one day.
#[derive(Debug, Clone, Default)]
pub(crate) struct Sum {
    finish: Added,
    accept: Added,
    open: u64,
    open_breached: u64,
}

/// How clocks of one kind came out, added up.
#[derive(Debug, Clone, Default)]
struct Added {
    met: u64,
    breached: u64,
    cancelled: u64,
    durations: BTreeMap<i64, u64>,
}

impl Added {
    fn add(&mut self, outcomes: &Outcomes) {
        self.met += outcomes.met;
        self.breached += outcomes.breached;
        self.cancelled += outcomes.cancelled;
        for (bucket, n) in &outcomes.durations {
            *self.durations.entry(*bucket).or_default() += n;
        }
    }

    /// What half, nine of ten and nineteen of twenty did not exceed.
    fn percentiles(&self) -> [Option<u64>; 3] {
        let mut counts: Vec<(i64, u64)> = self.durations.iter().map(|(b, n)| (*b, *n)).collect();
        [0.5, 0.9, 0.95].map(|share| percentile(&mut counts, share))
    }

    fn is_empty(&self) -> bool {
        self.met + self.breached + self.cancelled == 0 && self.durations.is_empty()
    }
}

impl Sum {
    fn day(&mut self, day: &SlaDay) {
        self.finish.add(&day.finish);
        self.accept.add(&day.accept);
    }

    fn open(&mut self, open: &SlaOpen) {
        self.open += open.on_time;
        self.open_breached += open.breached;
    }

    /// The figures.
    pub(crate) fn figures(&self) -> SlaFigures {
        let [p50_ms, p90_ms, p95_ms] = self.finish.percentiles();
        SlaFigures {
            met: self.finish.met,
            breached: self.finish.breached,
            open: self.open,
            open_breached: self.open_breached,
            cancelled: self.finish.cancelled,
            p50_ms,
            p90_ms,
            p95_ms,
            accept: (!self.accept.is_empty()).then(|| {
                let [p50_ms, p90_ms, p95_ms] = self.accept.percentiles();
                AcceptFigures {
                    met: self.accept.met,
                    breached: self.accept.breached,
                    cancelled: self.accept.cancelled,
                    p50_ms,
                    p90_ms,
                    p95_ms,
                }
            }),
        }
    }
}

/// Outcomes added up in each way the reports show them.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    /// Over everything.
    pub(crate) total: Sum,
    /// By workflow and step.
    pub(crate) steps: BTreeMap<(String, String), Sum>,
    /// By the day they were decided; only days that have any.
    pub(crate) days: BTreeMap<NaiveDate, Sum>,
}

impl Tally {
    /// Adds up what was decided and what is open now.
    pub(crate) fn of(days: &[SlaDay], open: &[SlaOpen]) -> Tally {
        let mut tally = Tally::default();
        for day in days {
            tally.total.day(day);
            tally.step(&day.workflow, &day.step_id).day(day);
            tally.days.entry(day.day).or_default().day(day);
        }
        for open in open {
            tally.total.open(open);
            tally.step(&open.workflow, &open.step_id).open(open);
        }
        tally
    }

    fn step(&mut self, workflow: &str, step: &str) -> &mut Sum {
        let key = (workflow.to_owned(), step.to_owned());
        self.steps.entry(key).or_default()
    }
}

/// The columns. New ones come last, so that what reads them by place goes on reading the same; those of the
/// time to the first claim are empty where a step sets none.
const CSV_COLUMNS: &str = "day,workflow,step,met,breached,cancelled,p50_ms,p90_ms,p95_ms,\
    accept_met,accept_breached,accept_cancelled,accept_p50_ms,accept_p90_ms,accept_p95_ms";

/// One line for each day and step (RFC 4180).
pub(crate) fn csv(days: &[SlaDay]) -> String {
    let mut text = format!("{CSV_COLUMNS}\r\n");
    for day in days {
        let mut sum = Sum::default();
        sum.day(day);
        let figures = sum.figures();
        let maybe = |number: Option<u64>| number.map(|n| n.to_string()).unwrap_or_default();
        let cells = [
            day.day.to_string(),
            cell(&day.workflow),
            cell(&day.step_id),
            figures.met.to_string(),
            figures.breached.to_string(),
            figures.cancelled.to_string(),
            maybe(figures.p50_ms),
            maybe(figures.p90_ms),
            maybe(figures.p95_ms),
            maybe(figures.accept.map(|accept| accept.met)),
            maybe(figures.accept.map(|accept| accept.breached)),
            maybe(figures.accept.map(|accept| accept.cancelled)),
            maybe(figures.accept.and_then(|accept| accept.p50_ms)),
            maybe(figures.accept.and_then(|accept| accept.p90_ms)),
            maybe(figures.accept.and_then(|accept| accept.p95_ms)),
        ];
        text.push_str(&cells.join(","));
        text.push_str("\r\n");
    }
    text
}

/// A cell that a spreadsheet takes for text and not for a formula, quoted where it must be.
pub(crate) fn cell(text: &str) -> String {
    let formula = text.starts_with(['=', '+', '-', '@', '\t', '\r']);
    let text = format!("{}{text}", if formula { "'" } else { "" });
    if text.contains(['"', ',', '\r', '\n']) {
        format!("\"{}\"", text.replace('"', "\"\""))
    } else {
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::histogram::{bucket, duration_ms};

    fn day(day: u32, step: &str, met: u64, breached: u64, took_ms: i64) -> SlaDay {
        SlaDay {
            workflow: "W".into(),
            step_id: step.into(),
            day: NaiveDate::from_ymd_opt(2026, 3, day).unwrap(),
            finish: Outcomes {
                met,
                breached,
                cancelled: 1,
                durations: vec![(bucket(took_ms), met)],
            },
            accept: Outcomes::default(),
        }
    }

    #[test]
    fn outcomes_are_added_up_over_everything_by_step_and_by_day() {
        let days = [
            day(1, "a", 3, 1, 60_000),
            day(1, "b", 1, 0, 60_000),
            day(2, "a", 4, 0, 600_000),
        ];
        let open = [SlaOpen {
            workflow: "W".into(),
            step_id: "c".into(),
            on_time: 5,
            breached: 2,
        }];
        let tally = Tally::of(&days, &open);
        let total = tally.total.figures();
        assert_eq!((total.met, total.breached, total.cancelled), (8, 1, 3));
        assert_eq!((total.open, total.open_breached), (5, 2));
        assert_eq!(total.compliance(), Some(8.0 / 9.0));
        let steps: Vec<_> = tally
            .steps
            .iter()
            .map(|((_, step), sum)| (step.as_str(), sum.figures().met, sum.figures().open))
            .collect();
        assert_eq!(steps, [("a", 7, 0), ("b", 1, 0), ("c", 0, 5)]);
        let by_day: Vec<u64> = tally.days.values().map(|sum| sum.figures().met).collect();
        assert_eq!(by_day, [4, 4]);
        // Half took a minute, the others ten.
        let near =
            |ms: Option<u64>, wanted: f64| (ms.unwrap() as f64 / wanted - 1.0).abs() < 0.0101;
        assert!(near(total.p50_ms, 60_000.0) && near(total.p90_ms, 600_000.0));
    }

    #[test]
    fn first_claims_are_counted_apart() {
        let accept = |met, breached, took_ms| Outcomes {
            met,
            breached,
            cancelled: 2,
            durations: vec![(bucket(took_ms), met)],
        };
        let days = [
            SlaDay {
                accept: accept(3, 1, 60_000),
                ..day(1, "a", 1, 0, 1_000)
            },
            SlaDay {
                accept: accept(1, 0, 600_000),
                ..day(2, "a", 1, 0, 1_000)
            },
            day(2, "b", 1, 0, 1_000),
        ];
        let tally = Tally::of(&days, &[]);
        let total = tally.total.figures().accept.unwrap();
        assert_eq!((total.met, total.breached, total.cancelled), (4, 1, 4));
        assert_eq!(total.compliance(), Some(0.8));
        let told = [total.p50_ms, total.p90_ms, total.p95_ms];
        let (minute, ten) = (duration_ms(bucket(60_000)), duration_ms(bucket(600_000)));
        assert_eq!(told, [Some(minute), Some(ten), Some(ten)]);
        let steps: Vec<bool> = tally
            .steps
            .values()
            .map(|sum| sum.figures().accept.is_some())
            .collect();
        assert_eq!(steps, [true, false]);
    }

    #[test]
    fn a_line_for_each_day_and_step() {
        let accepted = SlaDay {
            accept: Outcomes {
                met: 3,
                breached: 1,
                cancelled: 0,
                durations: vec![(bucket(1_000), 4)],
            },
            ..day(2, "human_review", 2, 1, 1_000)
        };
        let text = csv(&[day(1, "human_review", 2, 1, 1_000), accepted]);
        let lines: Vec<&str> = text.split("\r\n").collect();
        assert_eq!(lines[0], CSV_COLUMNS);
        let second = duration_ms(bucket(1_000));
        let three = format!("{second},{second},{second}");
        assert_eq!(
            lines[1],
            format!("2026-03-01,W,human_review,2,1,1,{three},,,,,,")
        );
        assert_eq!(
            lines[2],
            format!("2026-03-02,W,human_review,2,1,1,{three},3,1,0,{three}")
        );
        assert_eq!(lines[3..], [""]);
        assert!(
            lines
                .iter()
                .take(3)
                .all(|line| line.split(',').count() == 15)
        );
    }

    #[test]
    fn no_cell_is_a_formula() {
        for (text, written) in [
            ("plain", "plain"),
            ("=1+1", "'=1+1"),
            ("-2", "'-2"),
            ("@x", "'@x"),
            ("+1,5", "\"'+1,5\""),
            ("say \"hi\"", "\"say \"\"hi\"\"\""),
        ] {
            assert_eq!(cell(text), written);
        }
    }
}
