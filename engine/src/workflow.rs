use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use crate::definition::did_you_mean;
use crate::expression::Expression;
use crate::{
    Actor, Budget, Calendar, Calendars, Diagnostic, Form, Level, Place, Portal, Priority,
    Retention, Schema, SchemaFault, Sla, Template, Text,
};

/// The target that ends a list.
pub const END: &str = "end";

/// A checked definition. It can only be made by [`Workflow::parse_with`], so whoever holds one
/// knows that every target exists and every expression compiles.
#[derive(Debug, Clone)]
pub struct Workflow {
    /// Its id, as written.
    pub id: String,
    /// Its version: the SHA-256 of the text, in hex.
    pub version: String,
    /// The event that starts a run.
    pub start: String,
    /// For people.
    pub title: Text,
    /// For people.
    pub description: Text,
    /// What the payload of the event that starts a run must be.
    pub input: Option<Schema>,
    /// CEL over `payload`: the run's business key, at most 200 characters.
    pub key: Option<Expression>,
    /// The calendars its steps are counted by, by id: those it was bound to when it was loaded.
    pub calendars: BTreeMap<String, Arc<Calendar>>,
    /// What makes it a public service.
    pub portal: Option<Portal>,
    /// The fields of payloads that are personal data: those named, and a portal's e-mail addresses and phone numbers.
    pub personal: BTreeSet<String>,
    /// How long what is kept of a case stays after its end; without it, until somebody erases it.
    pub retention: Option<Retention>,
    /// The steps.
    pub steps: List,
    /// The text it was read from.
    pub source: String,
    /// Where each step stands: its place in the outermost list, or that of a step there, of a list in it, and so on.
    pub(crate) places: HashMap<String, Vec<usize>>,
    /// The events that runs wait for.
    pub(crate) awaited: BTreeSet<String>,
    /// The waits that have a `match`, by their ids.
    pub(crate) matches: Vec<String>,
}

/// What a definition that loads gives: the workflow, and what is suspicious about it.
#[derive(Debug, Clone)]
pub struct Parsed {
    /// The checked definition.
    pub workflow: Workflow,
    /// Warnings, in the order of their places.
    pub warnings: Vec<Diagnostic>,
}

/// A list of steps.
#[derive(Debug, Clone, Default)]
pub struct List {
    /// In the order written.
    pub steps: Vec<Step>,
}

/// One step.
#[derive(Debug, Clone)]
pub struct Step {
    /// Unique in its workflow.
    pub id: String,
    /// For people.
    pub title: Text,
    /// What it does.
    pub kind: StepKind,
    /// Where the list goes on. A switch goes where its cases say; here it has what comes next.
    pub on_complete: Next,
    /// The line it begins at.
    pub line: u32,
    /// What is written, as a hash.
    pub(crate) written: [u8; 32],
}

impl Step {
    /// The event it waits for, when it is a wait for one.
    pub fn awaited_event(&self) -> Option<&str> {
        match &self.kind {
            StepKind::Wait(WaitStep {
                what: WaitFor::Event { name, .. },
                ..
            }) => Some(name),
            _ => None,
        }
    }

    /// Whether it waits for an event by a `match`.
    pub(crate) fn has_match(&self) -> bool {
        matches!(
            &self.kind,
            StepKind::Wait(WaitStep {
                what: WaitFor::Event {
                    matching: Some(_),
                    ..
                },
                ..
            })
        )
    }
}

/// Where a list goes on, resolved when the definition is loaded: `on_complete` left out is the
/// next step in the list, and the end after the last.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Next {
    /// A step of the same list.
    Step(String),
    /// The list is finished.
    End,
}

impl Next {
    /// As written in a definition.
    pub fn as_str(&self) -> &str {
        match self {
            Next::Step(id) => id,
            Next::End => END,
        }
    }
}

/// What a step does.
#[derive(Debug, Clone)]
pub enum StepKind {
    /// Gives work to an actor and waits.
    Task(TaskStep),
    /// Branches.
    Switch(SwitchStep),
    /// Runs lists side by side.
    Parallel(ParallelStep),
    /// Runs a list for each item of a list.
    Foreach(ForeachStep),
    /// Waits for a time or an event.
    Wait(WaitStep),
    /// Runs another workflow and waits for its end.
    Call(CallStep),
    /// Ends the run.
    End(EndStep),
}

impl StepKind {
    /// The lists it owns, each with its branch's name; a foreach's list has none.
    pub fn lists(&self) -> Vec<(Option<&str>, &List)> {
        match self {
            StepKind::Parallel(parallel) => parallel
                .branches
                .iter()
                .map(|(name, list)| (Some(name.as_str()), list))
                .collect(),
            StepKind::Foreach(foreach) => vec![(None, &foreach.steps)],
            StepKind::Task(_)
            | StepKind::Switch(_)
            | StepKind::Wait(_)
            | StepKind::Call(_)
            | StepKind::End(_) => Vec::new(),
        }
    }

    fn list(&self, at: usize) -> Option<&List> {
        match self {
            StepKind::Parallel(parallel) => parallel.branches.get(at).map(|(_, list)| list),
            StepKind::Foreach(foreach) => (at == 0).then_some(&foreach.steps),
            StepKind::Task(_)
            | StepKind::Switch(_)
            | StepKind::Wait(_)
            | StepKind::Call(_)
            | StepKind::End(_) => None,
        }
    }
}

/// A step that gives work to an actor.
#[derive(Debug, Clone)]
pub struct TaskStep {
    /// Who does it.
    pub actor: Actor,
    /// By when, and what then.
    pub sla: Option<Sla>,
    /// How often a failed attempt is tried again.
    pub retry: Retry,
    /// What the actor is handed besides the payload, a mapping.
    pub input: Option<Template>,
    /// What its result must be.
    pub output: Option<Schema>,
    /// The fields a person fills in.
    pub form: Option<Form>,
    /// How long one attempt may take, from its claim.
    pub timeout: Option<Timeout>,
    /// Where the list goes on after the last attempt failed; without it, it stops as an incident.
    pub on_error: Option<Next>,
    /// A person's possible answers and where each leads; empty for machines.
    pub outcomes: Vec<(String, Next)>,
    /// How soon among others.
    pub priority: Priority,
}

/// A limit on one attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Timeout {
    /// How long, in milliseconds.
    pub ms: u64,
    /// As written, for people: `5m`.
    pub written: String,
}

/// How often and how soon a failed attempt is tried again.
#[derive(Debug, Clone, PartialEq)]
pub struct Retry {
    /// All attempts, the first included.
    pub attempts: u32,
    /// Before the second attempt, in milliseconds.
    pub first_ms: i64,
    /// Each wait is this many times the one before.
    pub factor: f64,
    /// The longest wait, in milliseconds.
    pub max_ms: i64,
}

/// A step that branches.
#[derive(Debug, Clone)]
pub struct SwitchStep {
    /// How it chooses.
    pub by: SwitchBy,
    /// Where everything else leads.
    pub default: Option<Next>,
}

/// How a switch chooses.
#[derive(Debug, Clone)]
pub enum SwitchBy {
    /// By one value.
    Value {
        /// What it looks at.
        expr: Expression,
        /// The value (as text) and where it leads.
        cases: Vec<(String, Next)>,
    },
    /// By the first condition that holds, and where that one leads.
    Conditions(Vec<(Expression, Next)>),
}

/// A step that runs lists side by side.
#[derive(Debug, Clone)]
pub struct ParallelStep {
    /// Each with its name.
    pub branches: Vec<(String, List)>,
    /// How many must finish; the rest is cancelled then.
    pub join: usize,
}

/// A step that runs a list for each item of a list.
#[derive(Debug, Clone)]
pub struct ForeachStep {
    /// What gives the items.
    pub items: Expression,
    /// What an item is called in expressions.
    pub name: String,
    /// What is done for each.
    pub steps: List,
    /// How many are under way at a time, at most.
    pub at_once: usize,
}

/// A step that waits for a time or an event.
#[derive(Debug, Clone)]
pub struct WaitStep {
    /// What it waits for.
    pub what: WaitFor,
    /// How long it waits for an event at most, and where the list goes on then.
    pub sla: Option<Sla>,
}

/// What a wait waits for.
#[derive(Debug, Clone)]
pub enum WaitFor {
    /// So long.
    Time {
        /// How long.
        length: Budget,
        /// Whose working time counts, when it is in business time.
        calendar: Option<Arc<Calendar>>,
    },
    /// A moment that an expression gives.
    Moment(Expression),
    /// An event.
    Event {
        /// Its name.
        name: String,
        /// Whether it is for this run, over `event` too; without it, when its business key is the
        /// run's.
        matching: Option<Expression>,
    },
}

/// A step that runs another workflow.
#[derive(Debug, Clone)]
pub struct CallStep {
    /// Its id; the version in force when the step is reached is meant.
    pub workflow: String,
    /// The payload it is given, a mapping; none for an empty one.
    pub payload: Option<Template>,
    /// Where its id stands in the definition.
    pub(crate) place: Place,
}

/// A step that ends the run, wherever it stands.
#[derive(Debug, Clone)]
pub struct EndStep {
    /// The run's result, a mapping.
    pub result: Option<Template>,
    /// How it ended, in a few words for lists and reports.
    pub outcome: Option<String>,
}

impl Workflow {
    /// A step by its id.
    pub fn step(&self, id: &str) -> Option<&Step> {
        let (at, way) = self.places.get(id)?.split_last()?;
        let mut list = &self.steps;
        for pair in way.chunks_exact(2) {
            list = list.steps.get(pair[0])?.kind.list(pair[1])?;
        }
        list.steps.get(*at)
    }

    /// What a step says that gives work to an actor.
    pub(crate) fn task_step(&self, id: &str) -> Option<&TaskStep> {
        match &self.step(id)?.kind {
            StepKind::Task(task) => Some(task),
            _ => None,
        }
    }

    /// The SLA of a task's step.
    pub fn sla(&self, step: &str) -> Option<&Sla> {
        self.task_step(step)?.sla.as_ref()
    }

    /// Every actor it names, for a task or to be told, as often as it names them.
    pub fn actors(&self) -> impl Iterator<Item = &Actor> {
        self.all_steps()
            .into_iter()
            .filter_map(|step| match &step.kind {
                StepKind::Task(task) => Some(task),
                _ => None,
            })
            .flat_map(|task| {
                let ladder = task.sla.iter().flat_map(|sla| &sla.ladder);
                let told = ladder.filter_map(|rung| rung.notify.as_ref());
                std::iter::once(&task.actor).chain(told)
            })
    }

    /// All steps, in the order written: each before those of its lists.
    pub fn all_steps(&self) -> Vec<&Step> {
        fn add<'w>(list: &'w List, all: &mut Vec<&'w Step>) {
            for step in &list.steps {
                all.push(step);
                step.kind
                    .lists()
                    .iter()
                    .for_each(|(_, list)| add(list, all));
            }
        }
        let mut all = Vec::new();
        add(&self.steps, &mut all);
        all
    }

    /// The events that runs of this workflow wait for, each name once.
    pub fn awaited_events(&self) -> BTreeSet<&str> {
        self.awaited.iter().map(String::as_str).collect()
    }

    /// Whether runs of this workflow wait for events.
    pub fn awaits_events(&self) -> bool {
        !self.awaited.is_empty()
    }

    /// The business key of an event with this payload, as `key` computes it; none when it cannot.
    pub fn key_of(&self, payload: &serde_json::Value) -> Option<String> {
        crate::machine::key_of(self, payload).ok()
    }

    /// Warnings of the calls whose workflow is not among these; one file alone cannot tell.
    pub fn unknown_calls<'a>(
        &'a self,
        known: impl IntoIterator<Item = &'a str>,
    ) -> Vec<Diagnostic> {
        let known: BTreeSet<&str> = known.into_iter().chain([self.id.as_str()]).collect();
        let steps = self.all_steps().into_iter();
        let calls = steps.filter_map(|step| match &step.kind {
            StepKind::Call(call) if !known.contains(call.workflow.as_str()) => Some((step, call)),
            _ => None,
        });
        let told = calls.map(|(step, call)| Diagnostic {
            level: Level::Warning,
            code: "HMS071".to_owned(),
            place: call.place,
            message: format!(
                "step \"{}\" calls the workflow \"{}\", which is not known here",
                step.id, call.workflow
            ),
            help: did_you_mean(&call.workflow, known.iter().copied()).or_else(|| {
                Some("deploy it too, or the run stops here when it comes to this step".into())
            }),
        });
        told.collect()
    }

    /// What keeps a run from beginning with this payload; empty when nothing does.
    pub fn input_faults(&self, payload: &serde_json::Value) -> Vec<SchemaFault> {
        self.input
            .as_ref()
            .map_or_else(Vec::new, |schema| schema.faults(payload))
    }

    /// Whether two steps are in the same list.
    pub(crate) fn beside(&self, one: &str, other: &str) -> bool {
        let list = |id| Some(self.places.get(id)?.split_last()?.1);
        list(one).is_some_and(|one| list(other) == Some(one))
    }

    /// The steps of the list a step is in, itself included: where it can be sent to when it stops.
    pub fn beside_of<'w>(&'w self, id: &'w str) -> impl Iterator<Item = &'w Step> {
        let all = self.all_steps().into_iter();
        all.filter(move |step| self.beside(id, &step.id))
    }

    /// Reads and checks a definition that names no calendar: several mistakes in one pass, each with
    /// its place.
    pub fn parse(source: &str) -> Result<Parsed, Vec<Diagnostic>> {
        Workflow::parse_with(source, &Calendars::default())
    }

    /// Reads and checks a definition that may name calendars, and binds it to them.
    pub fn parse_with(source: &str, calendars: &Calendars) -> Result<Parsed, Vec<Diagnostic>> {
        crate::definition::parse(source, calendars)
    }
}
