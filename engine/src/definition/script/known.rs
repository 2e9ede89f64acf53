use std::collections::BTreeSet;

use crate::definition::fields::{Word, clip};
use crate::definition::nearest::did_you_mean;
use crate::definition::report::Report;
use crate::{Actor, ActorPattern, StepKind, Workflow};

/// What there is in the workflows that a script may name.
pub(super) struct Known<'w> {
    events: BTreeSet<&'w str>,
    steps: BTreeSet<&'w str>,
    /// The steps that give tasks, and to whom.
    tasks: Vec<(&'w str, &'w Actor)>,
    /// What items are called in the foreaches.
    items: Vec<String>,
}

impl<'w> Known<'w> {
    pub(super) fn of(workflows: &[&'w Workflow]) -> Known<'w> {
        let mut known = Known {
            events: BTreeSet::new(),
            steps: BTreeSet::new(),
            tasks: Vec::new(),
            items: Vec::new(),
        };
        for workflow in workflows {
            known.events.insert(&workflow.start);
            known.events.extend(workflow.awaited_events());
            for step in workflow.all_steps() {
                known.steps.insert(&step.id);
                match &step.kind {
                    StepKind::Task(task) => known.tasks.push((&step.id, &task.actor)),
                    StepKind::Foreach(foreach) => known.items.push(foreach.name.clone()),
                    _ => {}
                }
            }
        }
        known
    }

    /// What items are called, for the conditions of answers to tasks in a foreach.
    pub(super) fn items(&self) -> &[String] {
        &self.items
    }

    /// A workflow starts on the event or waits for it.
    pub(super) fn event(&self, name: &Word, report: &mut Report) {
        self.named(
            "no workflow starts on or waits for",
            name,
            &self.events,
            report,
        );
    }

    /// There is such a step.
    pub(super) fn step(&self, id: &Word, report: &mut Report) {
        self.named("there is no step", id, &self.steps, report);
    }

    /// There is such a step, and it gives a task.
    pub(super) fn task(&self, id: &Word, report: &mut Report) {
        let tasks = self.tasks.iter().map(|(step, _)| *step).collect();
        self.named("there is no task", id, &tasks, report);
    }

    /// Some task is for these actors.
    pub(super) fn actors(&self, pattern: &ActorPattern, word: &Word, report: &mut Report) {
        if self.tasks.iter().any(|(_, actor)| pattern.matches(actor)) {
            return;
        }
        let actors: Vec<String> = self
            .tasks
            .iter()
            .map(|(_, actor)| actor.to_string())
            .collect();
        let message = format!("no task is for \"{}\"", clip(&word.text));
        let near = did_you_mean(&word.text, actors.iter().map(String::as_str));
        report.error("HMS081", word.place, message, near);
    }

    fn named(&self, what: &str, word: &Word, all: &BTreeSet<&str>, report: &mut Report) {
        if all.contains(word.text.as_str()) {
            return;
        }
        let message = format!("{what} \"{}\"", clip(&word.text));
        let near = did_you_mean(&word.text, all.iter().copied());
        report.error("HMS081", word.place, message, near);
    }
}
