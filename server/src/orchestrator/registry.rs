use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, PoisonError, RwLock};

use hms_engine::{Calendar, Calendars, Changes, Diagnostic, Workflow};
use tokio::sync::Notify;

use crate::identity::Vault;
use crate::store::{CalendarVersion, WorkflowVersion};

/// A definition that was deployed.
#[derive(Debug, Clone)]
pub struct Deployed {
    /// Its id.
    pub id: String,
    /// Its version.
    pub version: String,
    /// Whether anything changed; deploying the text in force again changes nothing.
    pub changed: bool,
    /// What is suspicious about it.
    pub warnings: Vec<Diagnostic>,
    /// What it changes from the version in force before; none when there was none.
    pub changes: Option<Changes>,
}

/// The definitions this node knows: each version by its hash, and which is in force; and the calendars in
/// force, to which every version is bound.
#[derive(Default)]
pub struct Registry {
    shelves: RwLock<Shelves>,
    vault: RwLock<Option<Arc<Vault>>>,
    /// Told when another definition is in force.
    other_in_force: Notify,
}

#[derive(Default)]
struct Shelves {
    versions: HashMap<String, Arc<Workflow>>,
    /// Versions that are kept and no longer load.
    unloadable: BTreeSet<String>,
    /// Each workflow's version in force, with the number of the deployment that put it there.
    in_force: HashMap<String, (String, i64)>,
    calendars: Calendars,
    /// Who put each calendar's version in force, and the number of that deployment.
    deployers: HashMap<String, (String, i64)>,
    /// By the events they wait for, every version: a run waits as the one it began with says.
    awaiting: HashMap<String, Vec<Arc<Workflow>>>,
}

impl Registry {
    /// Takes in the keys of personal data; those that came first stay.
    pub fn keep_vault(&self, vault: Vault) {
        let mut kept = self.vault.write().unwrap_or_else(PoisonError::into_inner);
        kept.get_or_insert_with(|| Arc::new(vault));
    }

    /// Reads the keys of personal data again where they came from; whether there are others now. What cannot be read
    /// is told, and the former stay.
    pub fn read_keys_again(&self) -> bool {
        let read = self.vault().map(|vault| vault.read_again());
        match read {
            Some(Ok(Some(vault))) => {
                tracing::info!(
                    personal.key = vault.print(),
                    "the keys of personal data were read again"
                );
                let mut kept = self.vault.write().unwrap_or_else(PoisonError::into_inner);
                *kept = Some(Arc::new(vault));
                true
            }
            Some(Err(error)) => {
                tracing::error!(%error, "the former keys of personal data stay");
                false
            }
            Some(Ok(None)) | None => false,
        }
    }

    /// The keys of personal data. Without them no event that brings some is accepted.
    pub fn vault(&self) -> Option<Arc<Vault>> {
        let kept = self.vault.read().unwrap_or_else(PoisonError::into_inner);
        kept.clone()
    }

    /// The calendars that definitions may name.
    pub fn calendars(&self) -> Calendars {
        let shelves = self.shelves.read().unwrap_or_else(PoisonError::into_inner);
        shelves.calendars.clone()
    }

    /// A version by its content hash.
    pub fn version(&self, version: &str) -> Option<Arc<Workflow>> {
        let shelves = self.shelves.read().unwrap_or_else(PoisonError::into_inner);
        shelves.versions.get(version).cloned()
    }

    /// Every version of a workflow.
    pub fn versions_of(&self, id: &str) -> Vec<Arc<Workflow>> {
        let shelves = self.shelves.read().unwrap_or_else(PoisonError::into_inner);
        let all = shelves.versions.values().filter(|flow| flow.id == id);
        let mut all: Vec<_> = all.cloned().collect();
        all.sort_by(|one, other| one.version.cmp(&other.version));
        all
    }

    /// The version of a workflow that is in force.
    pub fn in_force(&self, id: &str) -> Option<Arc<Workflow>> {
        let shelves = self.shelves.read().unwrap_or_else(PoisonError::into_inner);
        shelves
            .in_force
            .get(id)
            .and_then(|(version, _)| shelves.versions.get(version))
            .cloned()
    }

    /// The workflows in force, by id.
    pub fn all(&self) -> Vec<Arc<Workflow>> {
        let shelves = self.shelves.read().unwrap_or_else(PoisonError::into_inner);
        let mut all: Vec<_> = shelves
            .in_force
            .values()
            .filter_map(|(version, _)| shelves.versions.get(version))
            .cloned()
            .collect();
        all.sort_by(|a, b| a.id.cmp(&b.id));
        all
    }

    /// Waits until another definition is in force than when this was last asked. There may be one who waits.
    pub(super) async fn another_in_force(&self) {
        self.other_in_force.notified().await;
    }

    /// The workflows in force that start on an event.
    pub fn starting_on(&self, event: &str) -> Vec<Arc<Workflow>> {
        self.all()
            .into_iter()
            .filter(|workflow| workflow.start == event)
            .collect()
    }

    /// The workflow in force whose portal has this slug.
    pub fn with_portal(&self, slug: &str) -> Option<Arc<Workflow>> {
        let has = |flow: &Arc<Workflow>| flow.portal.as_ref().is_some_and(|own| own.slug == slug);
        self.all().into_iter().find(has)
    }

    /// Every version of every workflow that waits for an event.
    pub fn awaiting(&self, event: &str) -> Vec<Arc<Workflow>> {
        let shelves = self.shelves.read().unwrap_or_else(PoisonError::into_inner);
        shelves.awaiting.get(event).cloned().unwrap_or_default()
    }

    /// Whether any version of any workflow waits for an event.
    pub fn is_awaited(&self, event: &str) -> bool {
        let shelves = self.shelves.read().unwrap_or_else(PoisonError::into_inner);
        shelves.awaiting.contains_key(event)
    }

    /// The events that start something or are awaited, by name.
    pub fn events(&self) -> Vec<String> {
        let mut events: Vec<_> = self.all().iter().map(|flow| flow.start.clone()).collect();
        let shelves = self.shelves.read().unwrap_or_else(PoisonError::into_inner);
        events.extend(shelves.awaiting.keys().cloned());
        events.sort_unstable();
        events.dedup();
        events
    }

    /// The calendar in force of this id.
    pub fn calendar(&self, id: &str) -> Option<Arc<Calendar>> {
        let shelves = self.shelves.read().unwrap_or_else(PoisonError::into_inner);
        shelves.calendars.get(id).cloned()
    }

    /// Who put the version of a calendar in force by which cases are counted.
    pub fn deployer_of(&self, calendar: &str) -> Option<String> {
        let shelves = self.shelves.read().unwrap_or_else(PoisonError::into_inner);
        let deployer = shelves.deployers.get(calendar);
        deployer.map(|(by, _)| by.clone())
    }

    /// Takes in a calendar as it is kept, and says whether it is in force now and was not before. One that
    /// no longer loads is told, and deadlines stay as they are.
    pub fn take_in_calendar(&self, kept: &CalendarVersion) -> bool {
        if !kept.in_force {
            return false;
        }
        match Calendar::parse(&kept.source) {
            Ok(calendar) => self.put_calendar(calendar, &kept.deployed_by, kept.deployment),
            Err(_) => {
                tracing::error!(
                    calendar.id = %kept.id, calendar.version = %kept.version,
                    "a stored calendar no longer loads; deadlines stay as they are"
                );
                false
            }
        }
    }

    /// Puts a calendar in force: every version of every workflow that names it is bound to it. Says whether
    /// anything changed. What a later deployment put in force stays: conductors hear of others' in any order.
    pub fn put_calendar(&self, calendar: Calendar, by: &str, deployment: i64) -> bool {
        let mut shelves = self.shelves.write().unwrap_or_else(PoisonError::into_inner);
        let id = calendar.id.clone();
        let last = shelves.deployers.get(&id).map(|(_, last)| *last);
        if last.is_some_and(|last| last > deployment) {
            return false;
        }
        let known = shelves.calendars.get(&id);
        let same = known.is_some_and(|known| known.version == calendar.version);
        shelves
            .deployers
            .insert(id.clone(), (by.to_owned(), deployment));
        if same {
            return false;
        }
        shelves.calendars.put(calendar);
        let Shelves {
            versions,
            calendars,
            awaiting,
            ..
        } = &mut *shelves;
        if let Some(calendar) = calendars.get(&id) {
            for workflow in versions.values_mut() {
                if workflow.calendars.contains_key(&id) {
                    *workflow = Arc::new(workflow.bound_to(calendar));
                }
            }
            for workflow in awaiting.values_mut().flatten() {
                if let Some(bound) = versions.get(&workflow.version) {
                    *workflow = bound.clone();
                }
            }
        }
        true
    }

    /// Takes in a version as it is kept. One that no longer loads is told, and its runs stand still.
    pub fn take_in(&self, kept: &WorkflowVersion) {
        match Workflow::parse_with(&kept.source, &self.calendars()) {
            Ok(parsed) => {
                let deployment = kept.in_force.then_some(kept.deployment);
                self.put(parsed.workflow, deployment);
            }
            Err(_) => {
                tracing::error!(
                    workflow.id = %kept.id, workflow.version = %kept.version,
                    "a stored definition no longer loads; its open runs stand still"
                );
                let mut shelves = self.shelves.write().unwrap_or_else(PoisonError::into_inner);
                shelves.unloadable.insert(kept.version.clone());
            }
        }
    }

    /// The versions that are kept and no longer load: their runs stand still.
    pub fn unloadable(&self) -> Vec<String> {
        let shelves = self.shelves.read().unwrap_or_else(PoisonError::into_inner);
        shelves.unloadable.iter().cloned().collect()
    }

    /// Takes a version in; new runs begin with it when a deployment put it in force and no later one another. What
    /// deployments did is heard of in any order.
    pub fn put(&self, workflow: Workflow, deployment: Option<i64>) {
        let mut shelves = self.shelves.write().unwrap_or_else(PoisonError::into_inner);
        if let Some(number) = deployment {
            let last = shelves.in_force.get(&workflow.id).map(|(_, last)| *last);
            if last.is_none_or(|last| last <= number) {
                self.other_in_force.notify_one();
                let in_force = (workflow.version.clone(), number);
                shelves.in_force.insert(workflow.id.clone(), in_force);
            }
        }
        if shelves.versions.contains_key(&workflow.version) {
            return;
        }
        shelves.unloadable.remove(&workflow.version);
        let workflow = Arc::new(workflow);
        for event in workflow.awaited_events() {
            let awaiting = shelves.awaiting.entry(event.to_owned()).or_default();
            awaiting.push(workflow.clone());
        }
        shelves.versions.insert(workflow.version.clone(), workflow);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_deployments_did_is_heard_of_in_any_order() {
        let flow = |step: &str| {
            let text = format!("id: W\nstart: E\nsteps:\n  - id: {step}\n    actor: SVC:x\n");
            Workflow::parse(&text).unwrap().workflow
        };
        let office = |close: &str| {
            let text =
                format!("id: office\ntime_zone: UTC\nhours: {{ weekdays: 09:00-{close} }}\n");
            Calendar::parse(&text).unwrap()
        };
        let registry = Registry::default();
        // The third deployment, then the second, late; then the first version once more.
        for (step, close, number, in_force, changed) in [
            ("one", "17:00", 1, "one", true),
            ("three", "19:00", 3, "three", true),
            ("two", "18:00", 2, "three", false),
            ("three", "19:00", 3, "three", false),
            ("one", "17:00", 4, "one", true),
            ("three", "19:00", 3, "one", false),
        ] {
            registry.put(flow(step), Some(number));
            let known = registry.in_force("W").unwrap();
            assert_eq!(known.version, flow(in_force).version, "{step} {number}");
            assert_eq!(
                registry.put_calendar(office(close), "me", number),
                changed,
                "{close} {number}"
            );
        }
        assert_eq!(registry.versions_of("W").len(), 3, "each is known");
        registry.put(flow("four"), None);
        assert_eq!(registry.in_force("W").unwrap().version, flow("one").version);
        // The version in force put there again by a later deployment: what came in between stays out.
        registry.put(flow("one"), Some(6));
        assert!(!registry.put_calendar(office("17:00"), "me", 6));
        registry.put(flow("two"), Some(5));
        assert!(!registry.put_calendar(office("18:00"), "me", 5));
        assert_eq!(registry.in_force("W").unwrap().version, flow("one").version);
    }
}
