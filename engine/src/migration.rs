//! What keeps a run from moving to another version of its workflow, for people.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::definition::did_you_mean;
use crate::{ActorKind, StepKind, WaitFor, WaitStep, Workflow};

/// Which step of the new version takes the place of which of the old one. A step that is not named
/// is taken by the step of the same id.
pub type StepMap = BTreeMap<String, String>;

/// A line of a [`StepMap`] that cannot be meant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MapFault {
    /// The line, by the old step's id as written.
    pub step: String,
    /// What is wrong and what would be right.
    pub detail: String,
}

impl Workflow {
    /// The lines of a step map that cannot be meant for moving from this version to another: an old
    /// step that this one does not have, a new step that the other does not have.
    pub fn map_faults(&self, to: &Workflow, steps: &StepMap) -> Vec<MapFault> {
        let mut faults = Vec::new();
        for (old, new) in steps {
            for (id, workflow, which) in [(old, self, "to move from"), (new, to, "to move to")] {
                if workflow.step(id).is_none() {
                    faults.push(MapFault {
                        step: old.clone(),
                        detail: format!(
                            "\"{id}\" is no step of the version {which}{}",
                            meant(id, workflow)
                        ),
                    });
                }
            }
        }
        faults
    }
}

/// All that is wrong with a step map, on one line.
pub(crate) fn told(faults: &[MapFault]) -> String {
    let told: Vec<&str> = faults.iter().map(|fault| fault.detail.as_str()).collect();
    told.join("; ")
}

/// What keeps a run where it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Obstacle {
    /// The step at which the run stands, by its id in the version it has; none for what concerns the
    /// whole run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub step: Option<String>,
    /// The open task that it concerns.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub task: Option<Uuid>,
    /// What it is.
    #[serde(flatten)]
    pub kind: ObstacleKind,
}

/// The kinds of obstacles.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "obstacle", rename_all = "snake_case")]
pub enum ObstacleKind {
    /// The new version has no such step.
    NoStep {
        /// The step that was looked for.
        to: String,
        /// The step that is most like it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        nearest: Option<String>,
    },
    /// The step there is of another type, and the run waits in the middle of this one.
    OtherType {
        /// The step there.
        to: String,
        /// The type here.
        from: String,
        /// The type there.
        into: String,
    },
    /// The step there stands in another list.
    OtherList {
        /// The step there.
        to: String,
        /// The list it must stand in, in words.
        wanted: String,
    },
    /// A branch that has begun is not there.
    NoBranch {
        /// The parallel step there.
        to: String,
        /// The branch.
        branch: String,
        /// The branch that is most like it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        nearest: Option<String>,
    },
    /// There is a branch there that this run has not begun.
    NewBranch {
        /// The parallel step there.
        to: String,
        /// The branch.
        branch: String,
    },
    /// The task is for another kind of actor there.
    OtherActor {
        /// The step there.
        to: String,
        /// The kind here, as written.
        from: String,
        /// The kind there.
        into: String,
    },
    /// The wait there is for something else.
    OtherWait {
        /// The step there.
        to: String,
        /// What is waited for here, in words.
        from: String,
        /// What is waited for there.
        into: String,
    },
    /// The step there calls another workflow, and the called run has not ended.
    OtherCall {
        /// The step there.
        to: String,
        /// The workflow that was called.
        from: String,
        /// The workflow that is called there.
        into: String,
    },
    /// An expression of the step there fails over what this run has.
    Expression {
        /// The step there.
        to: String,
        /// What failed and why.
        why: String,
    },
    /// The new version computes no business key from this run's payload, and the run has one.
    NoKey {
        /// Why.
        why: String,
    },
}

impl fmt::Display for Obstacle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        use ObstacleKind as Kind;
        if let Some(step) = &self.step {
            write!(f, "{step}: ")?;
        }
        match &self.kind {
            Kind::NoStep { to, nearest } => {
                let near = nearest.as_ref();
                let near =
                    near.map_or_else(String::new, |near| format!(" Did you mean \"{near}\"?"));
                let here = self.step.as_ref() == Some(to);
                let there = if here { "" } else { &format!(" \"{to}\"") };
                write!(
                    f,
                    "the new version has no such step{there}. Map it to the one that takes its place.{near}"
                )
            }
            Kind::OtherType { to, from, into } => write!(
                f,
                "the run stands in a {from}, and \"{to}\" is a {into}. Map it to a {from}, or wait until the run has gone on."
            ),
            Kind::OtherList { to, wanted } => write!(
                f,
                "\"{to}\" does not stand {wanted}. Map it to a step that does."
            ),
            Kind::NoBranch {
                to,
                branch,
                nearest,
            } => {
                let near = nearest.as_ref();
                let near =
                    near.map_or_else(String::new, |near| format!(" The nearest is \"{near}\"."));
                write!(
                    f,
                    "the branch \"{branch}\" has begun, and \"{to}\" has no such branch.{near} Wait until the branches have joined."
                )
            }
            Kind::NewBranch { to, branch } => write!(
                f,
                "\"{to}\" has a branch \"{branch}\" that this run has not begun. Wait until the branches have joined."
            ),
            Kind::OtherActor { to, from, into } => write!(
                f,
                "its task is for {from}, and \"{to}\" is for {into}. Map it to a step for {from}, or wait until the task is done."
            ),
            Kind::OtherWait { to, from, into } => write!(
                f,
                "the run waits for {from}, and \"{to}\" waits for {into}. Map it to a wait for {from}, or wait until the run has gone on."
            ),
            Kind::OtherCall { to, from, into } => write!(
                f,
                "the run waits for one of {from}, and \"{to}\" calls {into}. Wait until the called run has ended, or map it to a step that calls {from}."
            ),
            Kind::Expression { to, why } => write!(
                f,
                "an expression of \"{to}\" fails over what this run has: {why}. Mend it and deploy again."
            ),
            Kind::NoKey { why } => write!(
                f,
                "the new version finds no business key in the payload of this run: {why}. Mend its key and deploy again."
            ),
        }
    }
}

/// All obstacles, on one line.
pub(crate) fn all(obstacles: &[Obstacle]) -> String {
    let told: Vec<String> = obstacles.iter().map(Obstacle::to_string).collect();
    told.join(" ")
}

/// The step that a mistyped id most likely meant, as the end of a sentence.
fn meant(id: &str, workflow: &Workflow) -> String {
    let steps = workflow.all_steps();
    did_you_mean(id, steps.iter().map(|step| step.id.as_str()))
        .map(|near| format!(", {near}"))
        .unwrap_or_default()
}

impl ActorKind {
    /// In words, for people: what a task is for.
    pub(crate) fn words(self) -> &'static str {
        match self {
            ActorKind::Ai => "an AI agent",
            ActorKind::Human => "a person",
            ActorKind::Svc => "a service",
        }
    }
}

impl StepKind {
    /// Its type, as written in a definition.
    pub fn word(&self) -> &'static str {
        match self {
            StepKind::Task(_) => "task",
            StepKind::Switch(_) => "switch",
            StepKind::Parallel(_) => "parallel",
            StepKind::Foreach(_) => "foreach",
            StepKind::Wait(_) => "wait",
            StepKind::Call(_) => "call",
            StepKind::End(_) => "end",
        }
    }
}

impl WaitStep {
    /// What it waits for, in words.
    pub(crate) fn words(&self) -> &'static str {
        match self.what {
            WaitFor::Time { .. } => "a length of time",
            WaitFor::Moment(_) => "a moment",
            WaitFor::Event { .. } => "an event",
        }
    }
}
