use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::{Step, Workflow};

/// What another version of a workflow changes, step by step.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Changes {
    /// Steps that are new, by their ids, in the order of the new version.
    pub added: Vec<String>,
    /// Steps that are gone, in the order of the old version.
    pub removed: Vec<String>,
    /// Steps that are written otherwise, stand in another list or lead elsewhere.
    pub changed: Vec<String>,
}

impl Workflow {
    /// What another version changes. Comments, blanks and the order of keys are no change.
    pub fn changes_to(&self, new: &Workflow) -> Changes {
        let ids = |workflow: &Workflow| -> Vec<String> {
            let steps = workflow.all_steps().into_iter();
            steps.map(|step| step.id.clone()).collect()
        };
        let (old_ids, new_ids) = (ids(self), ids(new));
        let (old_set, new_set): (BTreeSet<_>, BTreeSet<_>) =
            (old_ids.iter().collect(), new_ids.iter().collect());
        let only = |ids: &[String], other: &BTreeSet<&String>| -> Vec<String> {
            let only = ids.iter().filter(|id| !other.contains(id));
            only.cloned().collect()
        };
        let same = |id: &&String| match (self.step(id), new.step(id)) {
            (Some(old), Some(step)) => is_same(old, step) && self.around(id) == new.around(id),
            _ => true,
        };
        Changes {
            added: only(&new_ids, &old_set),
            removed: only(&old_ids, &new_set),
            changed: new_ids.iter().filter(|id| !same(id)).cloned().collect(),
        }
    }

    /// The steps around a step, the outermost first, each with the branch that leads to it.
    pub(crate) fn around(&self, id: &str) -> Vec<(&str, Option<&str>)> {
        let mut around = Vec::new();
        let mut list = &self.steps;
        let way = self.places.get(id).map_or(&[][..], Vec::as_slice);
        for pair in way.chunks_exact(2) {
            let Some(step) = list.steps.get(pair[0]) else {
                break;
            };
            let Some((branch, below)) = step.kind.lists().get(pair[1]).copied() else {
                break;
            };
            around.push((step.id.as_str(), branch));
            list = below;
        }
        around
    }
}

fn is_same(old: &Step, new: &Step) -> bool {
    old.written == new.written && old.on_complete == new.on_complete
}
