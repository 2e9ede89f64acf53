use std::collections::{BTreeSet, HashMap};

use hms_engine::{Run, Workflow};
use uuid::Uuid;

use super::{NewEvent, Registry};
use crate::store::Sought;

/// By what the running cases are found that an event may be for: the business key that each workflow
/// waiting for it computes from its payload, and what the `match` of a wait compares.
pub(super) fn sought(registry: &Registry, event: &NewEvent) -> BTreeSet<Sought> {
    let mut found = BTreeSet::new();
    for workflow in registry.awaiting(&event.name) {
        found.extend(workflow.key_of(&event.payload).map(|key| Sought::Key {
            workflow: workflow.id.clone(),
            key,
        }));
        let addresses = workflow.addresses(&event.name, &event.payload);
        found.extend(addresses.into_iter().map(|address| Sought::Address {
            event: event.name.clone(),
            address,
        }));
    }
    found
}

/// The running cases of a turn, by what events find them by: as they were loaded, and as the
/// commands of the turn left them since.
#[derive(Default)]
pub(super) struct Cases {
    found: HashMap<Sought, BTreeSet<Uuid>>,
    known: HashMap<Uuid, BTreeSet<Sought>>,
}

impl Cases {
    /// Takes a run in as it stands now.
    pub(super) fn put(&mut self, run: &Run, workflow: &Workflow) {
        if !workflow.awaits_events() && !self.known.contains_key(&run.id) {
            return;
        }
        let now = names(run, workflow);
        let before = self.known.entry(run.id).or_default();
        if *before == now {
            return;
        }
        for gone in before.difference(&now) {
            if let Some(runs) = self.found.get_mut(gone) {
                runs.remove(&run.id);
            }
        }
        for new in now.difference(before) {
            self.found.entry(new.clone()).or_default().insert(run.id);
        }
        *before = now;
    }

    /// The runs found by any of these, the oldest first.
    pub(super) fn of(&self, sought: &BTreeSet<Sought>) -> BTreeSet<Uuid> {
        let found = sought.iter().filter_map(|name| self.found.get(name));
        found.flatten().copied().collect()
    }
}

/// By what events find a run.
fn names(run: &Run, workflow: &Workflow) -> BTreeSet<Sought> {
    let mut names = BTreeSet::new();
    if run.status == hms_engine::RunStatus::Running {
        names.extend(run.key.as_ref().map(|key| Sought::Key {
            workflow: run.workflow.clone(),
            key: key.clone(),
        }));
    }
    let waits = run.awaits(workflow).into_iter();
    names.extend(waits.map(|(event, address)| Sought::Address { event, address }));
    names
}
