use super::fields::{self, Fields};
use super::report::Report;
use super::template::{self, DraftTemplate};
use crate::EndStep;
use crate::expression::Roots;

/// The keys of an end, besides those every step has.
pub(super) const KEYS: &[&str] = &["result", "outcome"];

const OUTCOME_CHARS_MAX: usize = 200;

/// An end as written.
pub(super) struct DraftEnd {
    pub(super) result: Option<DraftTemplate>,
    outcome: Option<String>,
}

impl DraftEnd {
    pub(super) fn finish(self) -> EndStep {
        EndStep {
            result: self.result.map(DraftTemplate::finish),
            outcome: self.outcome,
        }
    }
}

pub(super) fn read(step: &Fields<'_>, roots: Roots<'_>, report: &mut Report) -> DraftEnd {
    const HELP: &str = "write in a few words how the run ended, like outcome: granted";
    let result = step
        .get("result")
        .and_then(|node| template::read(node, "result", roots, report));
    let outcome = step
        .get("outcome")
        .and_then(|node| fields::word(node, "outcome", HELP, report));
    if let Some(word) = &outcome
        && word.text.chars().count() > OUTCOME_CHARS_MAX
    {
        report.error(
            "HMS014",
            word.place,
            format!("this outcome is longer than {OUTCOME_CHARS_MAX} characters"),
            Some("say it in fewer words".into()),
        );
    }
    DraftEnd {
        result,
        outcome: outcome.map(|word| word.text),
    }
}
