//! What tasks and waits came to, and the events kept for later: each is found where it belongs, and
//! nowhere else.

use std::collections::{BTreeMap, BTreeSet};

use hms_engine::{
    Command, Effect, EntryKind, ListState, Order, Part, Run, StepKind, StepMap, Under, Workflow,
};
use proptest::prelude::*;
use serde_json::Value;
use uuid::Uuid;

/// Where results are kept: with the run, by 0, or with an item's list, by its number.
type Place = u32;

#[derive(Default)]
pub(crate) struct Results {
    /// By place and step.
    tasks: BTreeMap<(Place, String), Value>,
    /// The events that wait to be taken, in the order they came, with what each brought.
    kept: Vec<(Uuid, Value)>,
    /// The steps that were of another type in a version before, whose results are not followed.
    blurred: BTreeSet<String>,
}

impl Results {
    /// The run moved from one version of its definition to another.
    pub(crate) fn moved(&mut self, from: &Workflow, to: &Workflow, steps: &StepMap) {
        let new = |old: &String| steps.get(old).unwrap_or(old).clone();
        let tasks = std::mem::take(&mut self.tasks).into_iter();
        self.tasks = tasks
            .map(|((place, step), result)| ((place, new(&step)), result))
            .collect();
        self.blurred = self.blurred.iter().map(new).collect();
        let is_task = |workflow: &Workflow, step: &str| {
            let step = workflow.step(step);
            step.is_none_or(|step| matches!(step.kind, StepKind::Task(_)))
        };
        for step in from.all_steps() {
            if is_task(from, &step.id) != is_task(to, &new(&step.id)) {
                self.blurred.insert(new(&step.id));
            }
        }
    }

    /// Writes what a step of the run, that stood as `before`, has recorded.
    pub(crate) fn write(
        &mut self,
        before: &Run,
        command: &Command,
        effects: &[Effect],
    ) -> Result<(), TestCaseError> {
        for effect in effects {
            let Effect::Record(entry) = effect else {
                continue;
            };
            match &entry.kind {
                EntryKind::TaskCompleted { result } => {
                    let task = before.tasks.iter().find(|task| Some(task.id) == entry.task);
                    prop_assert!(task.is_some(), "completed and was not open");
                    let task = task.unwrap();
                    let at = (place(before, task.list), task.step_id.clone());
                    self.tasks.insert(at, result.clone());
                }
                EntryKind::EventKept { event, .. } => {
                    let Order::Signal { payload, .. } = &command.order else {
                        return Err(TestCaseError::fail("kept, and no event came"));
                    };
                    self.kept.push((*event, payload.clone()));
                }
                EntryKind::EventTaken { event, .. } => {
                    let came =
                        matches!(&command.order, Order::Signal { event: now, .. } if now == event);
                    let at = self.kept.iter().position(|(kept, _)| kept == event);
                    prop_assert!(came != at.is_some(), "kept or new, and only one of them");
                    if let Some(at) = at {
                        let (_, brought) = self.kept.remove(at);
                        let alike = self.kept[..at].iter().any(|(_, other)| *other == brought);
                        prop_assert!(!alike, "one that came first is passed over");
                    }
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// Every place that is still there holds what was written there, and no more.
    pub(crate) fn agree(&self, workflow: &Workflow, run: &Run) -> Result<(), TestCaseError> {
        let kept: Vec<Uuid> = run.kept.iter().map(|event| event.id).collect();
        let written: Vec<Uuid> = self.kept.iter().map(|(event, _)| *event).collect();
        prop_assert_eq!(kept, written);
        let items = run.lists.iter().filter_map(|list| {
            let inside = list.inside.as_ref()?;
            match &inside.part {
                Part::Item { results, .. } => Some((list.number, results)),
                Part::Branch(_) => None,
            }
        });
        for list in &run.lists {
            if let Some(Part::Item { at, .. }) = list.inside.as_ref().map(|inside| &inside.part) {
                prop_assert!(open_place(run, list, *at), "a result before its list's end");
            }
        }
        for (place, held) in items.chain([(0, &run.results)]) {
            let followed = |step: &str| {
                let known = workflow.step(step);
                known.is_some_and(|step| matches!(step.kind, StepKind::Task(_)))
                    && !self.blurred.contains(step)
            };
            let held: BTreeMap<&str, &Value> =
                held.iter().filter(|(step, _)| followed(step)).collect();
            let written = self.tasks.iter();
            let written = written.filter(|((at, step), _)| *at == place && followed(step));
            let written: BTreeMap<&str, &Value> = written
                .map(|((_, step), result)| (step.as_str(), result))
                .collect();
            prop_assert_eq!(held, written, "at {}", place);
        }
        Ok(())
    }
}

/// The place of the results of a list: the innermost item it is in, or else the run.
fn place(run: &Run, list: u32) -> Place {
    let inside = run.lists.iter().find(|open| open.number == list);
    match inside.and_then(|list| list.inside.as_ref()) {
        Some(inside) if matches!(inside.part, Part::Item { .. }) => list,
        Some(inside) => place(run, inside.parent),
        None => 0,
    }
}

/// An item that is under way has a place for what it comes to, and nothing in it yet.
fn open_place(run: &Run, item: &ListState, at: u32) -> bool {
    let parent = item.inside.as_ref().map(|inside| inside.parent);
    let parent = run.lists.iter().find(|list| Some(list.number) == parent);
    match parent.and_then(|list| list.under.as_deref()) {
        Some(Under::Items { results, .. }) => results
            .get(at as usize)
            .is_some_and(|result| result.is_null()),
        _ => false,
    }
}
