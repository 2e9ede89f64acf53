use std::collections::BTreeMap;

use hms_app::views::Language;
use hms_engine::Workflow;
use hms_engine::diagram::{self, Look};

/// A workflow with more steps than this is read in tables.
const STEPS_MAX: usize = 120;

/// A workflow drawn for a page, with how much is open at its steps, or where a run stands.
pub(super) fn picture(
    workflow: &Workflow,
    open: &BTreeMap<String, u64>,
    here: &[&str],
    language: Language,
) -> Option<String> {
    let look = Look {
        language: language.code(),
        open,
        here,
        alone: false,
    };
    (workflow.all_steps().len() <= STEPS_MAX).then(|| diagram::svg(workflow, &look))
}
