use crate::{Next, Step, StepKind, SwitchBy};

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
    /// A person answered with this outcome: `approve`, `reject`, or one of the step's own.
    Outcome(&'w str),
    /// Its deadline was missed.
    Timeout,
    /// Its last attempt failed.
    Error,
    /// The switch's value is this case.
    Case(&'w str),
    /// The switch's condition, as written, is the first that holds.
    Condition(&'w str),
    /// The switch's value is no case, or none of its conditions holds.
    Default,
}

impl Step {
    /// All ways out of this step, in the order they are written: what happens next, for the pages
    /// that say so beside a button or draw the workflow.
    pub fn ways(&self) -> Vec<Way<'_>> {
        let way = |by, to| Way { by, to };
        match &self.kind {
            StepKind::Task(task) => {
                let done = way(WayBy::Done, &self.on_complete);
                let done = task.outcomes.is_empty().then_some(done);
                let answered = task.outcomes.iter();
                let answered = answered.map(|(outcome, to)| way(WayBy::Outcome(outcome), to));
                let timeout = task.sla.as_ref().and_then(|sla| sla.on_timeout.as_ref());
                let error = task.on_error.as_ref();
                done.into_iter()
                    .chain(answered)
                    .chain(timeout.map(|to| way(WayBy::Timeout, to)))
                    .chain(error.map(|to| way(WayBy::Error, to)))
                    .collect()
            }
            StepKind::Switch(switch) => {
                let mut ways: Vec<Way<'_>> = match &switch.by {
                    SwitchBy::Value { cases, .. } => cases
                        .iter()
                        .map(|(case, to)| way(WayBy::Case(case), to))
                        .collect(),
                    SwitchBy::Conditions(conditions) => conditions
                        .iter()
                        .map(|(when, to)| way(WayBy::Condition(when.source()), to))
                        .collect(),
                };
                ways.extend(switch.default.iter().map(|to| way(WayBy::Default, to)));
                ways
            }
            StepKind::Parallel(_) | StepKind::Foreach(_) | StepKind::Call(_) => {
                vec![way(WayBy::Done, &self.on_complete)]
            }
            StepKind::Wait(wait) => {
                let timeout = wait.sla.as_ref().and_then(|sla| sla.on_timeout.as_ref());
                std::iter::once(way(WayBy::Done, &self.on_complete))
                    .chain(timeout.map(|to| way(WayBy::Timeout, to)))
                    .collect()
            }
            StepKind::End(_) => Vec::new(),
        }
    }
}
