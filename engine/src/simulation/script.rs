use serde_json::Value;

use crate::{Actor, ActorPattern, Diagnostic, Expression, Step, Time, Workflow};

/// What happens in a simulation from outside: events, answers, and what people do to the runs besides.
#[derive(Debug, Clone)]
pub struct Script {
    /// The moment it begins at.
    pub begin: Time,
    /// How much time passes, in milliseconds; without it, until nothing more can happen.
    pub advance_ms: Option<i64>,
    /// The events, in the order written.
    pub events: Vec<Incoming>,
    /// Who answers how; the first that fits a task is its answer.
    pub answers: Vec<Answer>,
    /// What else is done to the runs, in the order written.
    pub orders: Vec<Intervention>,
}

/// An event that comes.
#[derive(Debug, Clone)]
pub struct Incoming {
    /// When.
    pub at: Time,
    /// Its name.
    pub name: String,
    /// What it brings, a mapping.
    pub payload: Value,
}

/// How a task is answered.
#[derive(Debug, Clone)]
pub struct Answer {
    /// Whose tasks.
    pub whom: Whom,
    /// Only those of runs for which this holds.
    pub condition: Option<Expression>,
    /// How often; then the next answer that fits.
    pub times: Option<u32>,
    /// As whom: a worker's or a person's name.
    pub by: Option<String>,
    /// How long after the task can be taken it is, in milliseconds; without it, it is answered without
    /// being taken.
    pub claim_ms: Option<i64>,
    /// How long the claim holds, in milliseconds.
    pub lease_ms: Option<u64>,
    /// How long after the task can be taken it is answered, in milliseconds.
    pub after_ms: i64,
    /// What is answered.
    pub says: Says,
}

/// Whose tasks an answer is for.
#[derive(Debug, Clone)]
pub enum Whom {
    /// Those of this step.
    Step(String),
    /// Those of these actors.
    Actors(ActorPattern),
}

/// What is answered to a task.
#[derive(Debug, Clone, PartialEq)]
pub enum Says {
    /// It is done.
    Result(Value),
    /// The attempt failed.
    Fails(String),
    /// Nothing: whoever has it forgets it.
    Nothing,
}

/// What somebody does to a run, besides answering its tasks.
#[derive(Debug, Clone)]
pub struct Intervention {
    /// When.
    pub at: Time,
    /// To the runs with this business key; without it, to all.
    pub key: Option<String>,
    /// Who.
    pub by: String,
    /// Why, as the audit trail keeps it.
    pub note: String,
    /// What.
    pub order: Ordered,
}

/// What can be done to a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ordered {
    /// Send on what stopped at a step, to another if one is named.
    Retry {
        /// The step that stopped.
        step: String,
        /// Where to go on.
        to: Option<String>,
    },
    /// End the run.
    Cancel,
    /// Stop the clock of the open tasks of a step.
    Pause {
        /// The step.
        step: String,
        /// Whether the reporter is asked for something meanwhile.
        waiting_for_reporter: bool,
    },
    /// Let the clock of the open tasks of a step run again.
    Resume {
        /// The step.
        step: String,
    },
    /// Give the open tasks of a step more time.
    Extend {
        /// The step.
        step: String,
        /// How much, in milliseconds of what its budget is counted in.
        by_ms: i64,
    },
}

impl Script {
    /// Reads a script for these workflows: several mistakes in one pass, each with its place.
    pub fn parse(source: &str, workflows: &[&Workflow]) -> Result<Script, Vec<Diagnostic>> {
        crate::definition::script(source, workflows)
    }
}

impl Answer {
    /// Whether it is for the tasks of this step, given to this actor.
    pub(super) fn is_for(&self, step: &Step, actor: &Actor) -> bool {
        match &self.whom {
            Whom::Step(id) => *id == step.id,
            Whom::Actors(pattern) => pattern.matches(actor),
        }
    }
}
