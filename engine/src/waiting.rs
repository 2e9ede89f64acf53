use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::{ActorKind, ListState, Run, RunStatus, TimerKind};

/// What a run waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WaitsFor {
    /// A person's decision.
    Human,
    /// An AI agent or a service.
    Worker,
    /// A moment: the end of a wait for a time, or the next attempt of a task that failed.
    Timer,
    /// An event.
    Event,
    /// The end of a run that it called.
    Call,
}

impl WaitsFor {
    /// All of them, as sent and shown.
    pub const ALL: [WaitsFor; 5] = [
        WaitsFor::Human,
        WaitsFor::Worker,
        WaitsFor::Timer,
        WaitsFor::Event,
        WaitsFor::Call,
    ];

    /// The word sent.
    pub fn as_str(self) -> &'static str {
        match self {
            WaitsFor::Human => "human",
            WaitsFor::Worker => "worker",
            WaitsFor::Timer => "timer",
            WaitsFor::Event => "event",
            WaitsFor::Call => "call",
        }
    }
}

impl Run {
    /// What it waits for: one thing for each list that stands at a step of its own. A list that an
    /// incident has stopped waits for nothing.
    pub fn waits_for(&self) -> BTreeSet<WaitsFor> {
        let owns = |list: &ListState| {
            let of = |other: &ListState| other.inside.as_ref().map(|inside| inside.parent);
            self.lists
                .iter()
                .any(|other| of(other) == Some(list.number))
        };
        let standing = self.lists.iter().filter(|list| !owns(list));
        standing
            .filter_map(|list| self.list_waits_for(list))
            .collect()
    }

    /// Whether nothing in it will move before somebody steps in: an incident stands, and there is no
    /// open task, no moment, no event and no called run that it waits for.
    pub fn is_stuck(&self) -> bool {
        self.status == RunStatus::Running
            && !self.incidents.is_empty()
            && self.waits_for().is_empty()
    }

    fn list_waits_for(&self, list: &ListState) -> Option<WaitsFor> {
        // States kept before lists were told apart say 0 for the outermost.
        let here = |number: u32| self.list(number).map(|one| one.number) == Some(list.number);
        if let Some(task) = self.tasks.iter().find(|task| here(task.list)) {
            let again = |kind: &TimerKind| matches!(kind, TimerKind::NextAttempt { task: of } if *of == task.id);
            return Some(if self.timers.iter().any(|timer| again(&timer.kind)) {
                WaitsFor::Timer
            } else if task.actor.kind == ActorKind::Human {
                WaitsFor::Human
            } else {
                WaitsFor::Worker
            });
        }
        let wakes = |kind: &TimerKind| matches!(kind, TimerKind::Wake { list } if here(*list));
        if self.incidents.iter().any(|stopped| here(stopped.list)) {
            None
        } else if self.calls.iter().any(|call| here(call.list)) {
            Some(WaitsFor::Call)
        } else if self.timers.iter().any(|timer| wakes(&timer.kind)) {
            Some(WaitsFor::Timer)
        } else {
            // A list stands at a task, a wait, a call or an incident; an event is what is left.
            Some(WaitsFor::Event)
        }
    }
}
