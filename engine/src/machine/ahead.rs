use std::collections::HashSet;

use super::Machine;
use crate::{List, Next, Run, StepKind, Under, Workflow};

impl Machine<'_, '_> {
    /// Whether the run may still come to a step.
    pub(super) fn may_come_to(&self, step: &str) -> bool {
        ahead(self.workflow, self.run).contains(step)
    }
}

/// The steps that the open lists may still come to, those they stand at only if a way leads back.
fn ahead<'w>(workflow: &'w Workflow, run: &Run) -> HashSet<&'w str> {
    let mut found = HashSet::new();
    let mut open: Vec<&'w str> = Vec::new();
    for list in &run.lists {
        let Some(step) = workflow.step(&list.at) else {
            continue;
        };
        open.extend(ways(workflow, &step.id));
        // What an incident stopped can be sent to any step beside it.
        if run.incidents.iter().any(|one| one.list == list.number) {
            open.extend(
                workflow
                    .beside_of(&step.id)
                    .map(|beside| beside.id.as_str()),
            );
        }
        if let (StepKind::Foreach(foreach), Some(Under::Items { waiting, .. })) =
            (&step.kind, list.under.as_deref())
            && !waiting.is_empty()
        {
            open.extend(first(&foreach.steps));
        }
    }
    while let Some(id) = open.pop() {
        if found.insert(id)
            && let Some(step) = workflow.step(id)
        {
            open.extend(ways(workflow, id));
            open.extend(
                step.kind
                    .lists()
                    .into_iter()
                    .filter_map(|(_, list)| first(list)),
            );
        }
    }
    found
}

fn first(list: &List) -> Option<&str> {
    list.steps.first().map(|step| step.id.as_str())
}

/// The steps that a step leads to.
fn ways<'w>(workflow: &'w Workflow, id: &str) -> Vec<&'w str> {
    let ways = workflow
        .step(id)
        .map(|step| step.ways())
        .unwrap_or_default();
    ways.into_iter()
        .filter_map(|way| match way.to {
            Next::Step(to) => Some(to.as_str()),
            Next::End => None,
        })
        .collect()
}
