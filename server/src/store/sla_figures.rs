use std::collections::BTreeMap;

use chrono::NaiveDate;

use super::{SlaChange, SlaOutcome, histogram};

/// What a batch adds to the SLA figures, each figure once and in the order of its key: two nodes
/// that add to the same ones wait for each other and never in a circle.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct SlaFigures<'c> {
    /// Workflow, step and day → met, breached, cancelled; then the same of first claims.
    pub(super) days: Vec<(OfDay<'c>, [i64; 6])>,
    /// Workflow, step and day, and the bucket of how long a task took → how many.
    pub(super) durations: Vec<((OfDay<'c>, i64), i64)>,
    /// The same of how long one waited for its first claim.
    pub(super) accepted: Vec<((OfDay<'c>, i64), i64)>,
}

/// Whose figures, and the UTC day.
pub(super) type OfDay<'c> = (&'c str, &'c str, NaiveDate);

impl SlaFigures<'_> {
    /// Adds up what happened.
    pub(super) fn of(changes: &[SlaChange]) -> SlaFigures<'_> {
        let mut days: BTreeMap<OfDay<'_>, [i64; 6]> = BTreeMap::new();
        let mut durations: BTreeMap<(OfDay<'_>, i64), i64> = BTreeMap::new();
        let mut accepted: BTreeMap<(OfDay<'_>, i64), i64> = BTreeMap::new();
        for change in changes {
            let key = (
                change.workflow.as_str(),
                change.step_id.as_str(),
                change.at.date_naive(),
            );
            let counts = days.entry(key).or_default();
            let (column, took) = match change.outcome {
                SlaOutcome::Met(took) => (Some(0), Some((&mut durations, took))),
                SlaOutcome::Breached => (Some(1), None),
                SlaOutcome::Late(took) => (None, Some((&mut durations, took))),
                SlaOutcome::Cancelled => (Some(2), None),
                SlaOutcome::AcceptMet(took) => (Some(3), Some((&mut accepted, took))),
                SlaOutcome::AcceptBreached => (Some(4), None),
                SlaOutcome::AcceptLate(took) => (None, Some((&mut accepted, took))),
                SlaOutcome::AcceptCancelled => (Some(5), None),
            };
            if let Some(column) = column {
                counts[column] += 1;
            }
            if let Some((durations, took)) = took {
                *durations.entry((key, histogram::bucket(took))).or_default() += 1;
            }
        }
        SlaFigures {
            days: days.into_iter().collect(),
            durations: durations.into_iter().collect(),
            accepted: accepted.into_iter().collect(),
        }
    }
}
