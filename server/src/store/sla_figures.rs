use std::collections::BTreeMap;

use chrono::NaiveDate;

use super::{SlaChange, SlaOutcome, histogram};

/// What a batch adds to the SLA figures, each figure once and in the order of its key: two nodes
/// that add to the same ones wait for each other and never in a circle.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct SlaFigures<'c> {
    /// Workflow, step and day → met, breached, cancelled.
    pub(super) days: Vec<(OfDay<'c>, [i64; 3])>,
    /// Workflow, step and day, and the bucket of a duration → how many.
    pub(super) durations: Vec<((OfDay<'c>, i64), i64)>,
}

/// Whose figures, and the UTC day.
pub(super) type OfDay<'c> = (&'c str, &'c str, NaiveDate);

impl SlaFigures<'_> {
    /// Adds up what happened.
    pub(super) fn of(changes: &[SlaChange]) -> SlaFigures<'_> {
        let mut days: BTreeMap<OfDay<'_>, [i64; 3]> = BTreeMap::new();
        let mut durations: BTreeMap<(OfDay<'_>, i64), i64> = BTreeMap::new();
        for change in changes {
            let key = (
                change.workflow.as_str(),
                change.step_id.as_str(),
                change.at.date_naive(),
            );
            let counts = days.entry(key).or_default();
            let took = match change.outcome {
                SlaOutcome::Met(took) => {
                    counts[0] += 1;
                    Some(took)
                }
                SlaOutcome::Breached => {
                    counts[1] += 1;
                    None
                }
                SlaOutcome::Late(took) => Some(took),
                SlaOutcome::Cancelled => {
                    counts[2] += 1;
                    None
                }
            };
            if let Some(took) = took {
                *durations.entry((key, histogram::bucket(took))).or_default() += 1;
            }
        }
        SlaFigures {
            days: days.into_iter().collect(),
            durations: durations.into_iter().collect(),
        }
    }
}
