use crate::{ActorKind, Next, Step, StepKind};

/// A way out of a step: what leads there, and where to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Way<'w> {
    /// What leads there.
    pub by: WayBy<'w>,
    /// Where the list goes on.
    pub to: &'w Next,
}

/// What leads from a step to the next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WayBy<'w> {
    /// An agent or a service finished it.
    Done,
    /// A person answered with this outcome: `approve`, `reject`.
    Outcome(&'w str),
    /// Its deadline was missed.
    Timeout,
    /// The switch's value is this case.
    Case(&'w str),
    /// The switch's value is no case.
    Default,
}

impl Step {
    /// All ways out of this step, in the order they are written: what happens next, for the pages
    /// that say so beside a button or draw the workflow.
    pub fn ways(&self) -> Vec<Way<'_>> {
        let way = |by, to| Way { by, to };
        match &self.kind {
            StepKind::Task(task) => {
                let finished: &[WayBy<'_>] = match task.actor.kind {
                    ActorKind::Human => &[WayBy::Outcome("approve"), WayBy::Outcome("reject")],
                    ActorKind::Ai | ActorKind::Svc => &[WayBy::Done],
                };
                let timeout = task.sla.as_ref().and_then(|sla| sla.on_timeout.as_ref());
                finished
                    .iter()
                    .map(|by| way(*by, &self.on_complete))
                    .chain(timeout.map(|to| way(WayBy::Timeout, to)))
                    .collect()
            }
            StepKind::Switch(switch) => switch
                .cases
                .iter()
                .map(|(case, to)| way(WayBy::Case(case), to))
                .chain(switch.default.iter().map(|to| way(WayBy::Default, to)))
                .collect(),
        }
    }
}
