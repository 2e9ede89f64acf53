use super::fields::{self, Fields, Word};
use super::flow::{Flow, Flows};
use super::formula::Formula;
use super::list::DraftList;
use super::nearest::did_you_mean;
use super::report::Report;
use super::tree::Node;
use super::{call, end, foreach, parallel, switch, task, wait, written};
use crate::expression::Roots;
use crate::{END, Place, Step, StepKind, Text};

/// A step as written: its targets are words that may lead nowhere, and what could not be read is
/// missing.
pub(super) struct Draft {
    pub(super) id: Option<Word>,
    title: Text,
    pub(super) kind: Option<DraftKind>,
    pub(super) place: Place,
    written: [u8; 32],
}

/// What a step does, as written.
pub(super) enum DraftKind {
    Task(Box<task::DraftTask>),
    Switch(switch::DraftSwitch),
    Parallel(parallel::DraftParallel),
    Foreach(foreach::DraftForeach),
    Wait(Box<wait::DraftWait>),
    Call(call::DraftCall),
    End(end::DraftEnd),
}

const TITLE_CHARS_MAX: usize = 200;
/// The types of steps, each with the keys it has besides those every step has.
pub(super) const TYPES: &[(&str, &[&str])] = &[
    ("task", task::KEYS),
    ("switch", switch::KEYS),
    ("parallel", parallel::KEYS),
    ("foreach", foreach::KEYS),
    ("wait", wait::KEYS),
    ("call", call::KEYS),
    ("end", end::KEYS),
];
/// What a step without a type is.
pub(super) const DEFAULT_TYPE: &str = "task";
/// The keys every step has.
pub(super) const SHARED: &[&str] = &["id", "title", "type"];

impl Draft {
    /// Whether its id and all its ways out could be read.
    pub(super) fn is_whole(&self) -> bool {
        self.id.is_some()
            && match &self.kind {
                Some(DraftKind::Task(task)) => task.whole,
                Some(DraftKind::Switch(switch)) => switch.whole,
                Some(DraftKind::Parallel(parallel)) => parallel.whole,
                Some(DraftKind::Foreach(foreach)) => foreach.whole,
                Some(DraftKind::Wait(wait)) => wait.whole,
                Some(DraftKind::Call(call)) => call.whole,
                Some(DraftKind::End(_)) => true,
                None => false,
            }
    }

    /// What the step is called in messages.
    pub(super) fn name(&self) -> String {
        match &self.id {
            Some(id) => format!("step \"{}\"", id.text),
            None => "this step".into(),
        }
    }

    /// Its type with its article.
    pub(super) fn what(&self) -> &'static str {
        match &self.kind {
            Some(DraftKind::Switch(_)) => "a switch",
            Some(DraftKind::Wait(_)) => "a wait",
            Some(DraftKind::Call(_)) => "a call",
            Some(DraftKind::End(_)) => "an end",
            Some(DraftKind::Parallel(_)) => "a parallel",
            Some(DraftKind::Foreach(_)) => "a foreach",
            Some(DraftKind::Task(_)) | None => "a task",
        }
    }

    /// Its id, or nothing when it has none that could be read.
    pub(super) fn id(&self) -> &str {
        self.id.as_ref().map_or("", |id| &id.text)
    }

    /// Its expressions over the run as it stands when the step is reached, in the order written.
    pub(super) fn formulas(&self) -> Vec<&Formula> {
        let mut found = Vec::new();
        match &self.kind {
            None => {}
            Some(DraftKind::Task(task)) => {
                task.input
                    .iter()
                    .for_each(|input| input.formulas(&mut found));
                found.extend(task.form.iter().flat_map(|form| form.formulas()));
            }
            Some(DraftKind::Switch(switch)) => found.extend(switch.formulas()),
            Some(DraftKind::Parallel(_)) => {}
            Some(DraftKind::Wait(wait)) => found.extend(wait.formulas()),
            Some(DraftKind::Foreach(foreach)) => found.extend(&foreach.items),
            Some(DraftKind::Call(call)) => {
                call.payload
                    .iter()
                    .for_each(|payload| payload.formulas(&mut found));
            }
            Some(DraftKind::End(end)) => {
                end.result
                    .iter()
                    .for_each(|result| result.formulas(&mut found));
            }
        }
        found
    }

    /// The lists it owns.
    pub(super) fn lists(&self) -> Vec<&DraftList> {
        match &self.kind {
            Some(DraftKind::Parallel(parallel)) => {
                parallel.branches.iter().map(|(_, list)| list).collect()
            }
            Some(DraftKind::Foreach(foreach)) => foreach.steps.iter().collect(),
            _ => Vec::new(),
        }
    }

    /// The lists it owns, to be changed.
    pub(super) fn lists_mut(&mut self) -> Vec<&mut DraftList> {
        match &mut self.kind {
            Some(DraftKind::Parallel(parallel)) => {
                let branches = parallel.branches.iter_mut();
                branches.map(|(_, list)| list).collect()
            }
            Some(DraftKind::Foreach(foreach)) => foreach.steps.iter_mut().collect(),
            _ => Vec::new(),
        }
    }

    /// Where it says the list goes on.
    pub(super) fn on_complete(&self) -> Option<&Word> {
        match &self.kind {
            Some(DraftKind::Task(task)) => task.on_complete.as_ref(),
            Some(DraftKind::Parallel(parallel)) => parallel.on_complete.as_ref(),
            Some(DraftKind::Foreach(foreach)) => foreach.on_complete.as_ref(),
            Some(DraftKind::Wait(wait)) => wait.on_complete.as_ref(),
            Some(DraftKind::Call(call)) => call.on_complete.as_ref(),
            Some(DraftKind::Switch(_) | DraftKind::End(_)) | None => None,
        }
    }

    /// The place of its id, else of the step.
    pub(super) fn id_place(&self) -> Place {
        self.id.as_ref().map_or(self.place, |id| id.place)
    }

    /// The checked step; nothing when something it needs could not be read.
    pub(super) fn finish(self, at: usize, flow: &Flow, lists: &[Flows]) -> Option<Step> {
        let kind = match self.kind? {
            DraftKind::Task(task) => StepKind::Task(task.finish(flow, at)?),
            DraftKind::Switch(switch) => StepKind::Switch(switch.finish(flow, at)?),
            DraftKind::Parallel(parallel) => StepKind::Parallel(parallel.finish(lists)?),
            DraftKind::Foreach(foreach) => StepKind::Foreach(foreach.finish(lists)?),
            DraftKind::Wait(wait) => StepKind::Wait(wait.finish(flow, at)?),
            DraftKind::Call(call) => StepKind::Call(call.finish()?),
            DraftKind::End(end) => StepKind::End(end.finish()),
        };
        Some(Step {
            id: self.id?.text,
            title: self.title,
            kind,
            on_complete: flow.next(at),
            line: self.place.line,
            written: self.written,
        })
    }
}

/// One item of a list of steps. Something always comes back for a mapping, however wrong, so that
/// its id counts as a target.
pub(super) fn read(item: &Node, roots: Roots<'_>, report: &mut Report) -> Option<Draft> {
    let step = Fields::of(item, "a step", report)?;
    let id = step
        .require(
            "id",
            "this step",
            "begin the step with \"- id:\" and a name for it",
            report,
        )
        .and_then(|node| fields::id(node, report));
    if let Some(id) = &id
        && id.text == END
    {
        report.error(
            "HMS012",
            id.place,
            format!("a step cannot be called \"{END}\""),
            Some(format!(
                "\"on_complete: {END}\" ends the run, so give the step another id"
            )),
        );
    }
    let title = fields::people_text(step.get("title"), "title", TITLE_CHARS_MAX, report);
    let name = match &id {
        Some(id) => format!("step \"{}\"", id.text),
        None => "this step".into(),
    };
    let kind = kind(&step, report).map(|kind| {
        only(&step, kind, &name, report);
        match kind {
            "switch" => DraftKind::Switch(switch::read(&step, &name, roots, report)),
            "parallel" => DraftKind::Parallel(parallel::read(&step, &name, roots, report)),
            "foreach" => DraftKind::Foreach(foreach::read(&step, &name, roots, report)),
            "wait" => DraftKind::Wait(Box::new(wait::read(&step, &name, roots, report))),
            "call" => DraftKind::Call(call::read(&step, &name, roots, report)),
            "end" => DraftKind::End(end::read(&step, roots, report)),
            _ => DraftKind::Task(Box::new(task::read(&step, &name, roots, report))),
        }
    });
    Some(Draft {
        id,
        title,
        kind,
        place: step.place,
        written: written::hash(item),
    })
}

fn kind(step: &Fields<'_>, report: &mut Report) -> Option<&'static str> {
    let Some(node) = step.get("type") else {
        return Some(DEFAULT_TYPE);
    };
    let names = || TYPES.iter().map(|(kind, _)| *kind);
    let help = "write type: task or type: switch";
    let word = fields::word(node, "type", help, report)?;
    let found = names().find(|kind| *kind == word.text);
    if found.is_none() {
        let all = names().collect::<Vec<_>>().join(", ");
        report.error(
            "HMS020",
            word.place,
            format!("there is no step type \"{}\"", fields::clip(&word.text)),
            Some(
                did_you_mean(&word.text, names()).unwrap_or_else(|| format!("the types are {all}")),
            ),
        );
    }
    found
}

/// A type of step with its article.
fn a(kind: &str) -> String {
    match kind {
        "end" => "an end".into(),
        _ => format!("a {kind}"),
    }
}

/// Tells of keys that are unknown, or that belong to another type of step.
fn only(step: &Fields<'_>, kind: &str, name: &str, report: &mut Report) {
    let own = TYPES.iter().find(|(known, _)| *known == kind);
    let own = own.map_or(&[][..], |(_, keys)| *keys);
    let known: Vec<&str> = SHARED.iter().chain(own).copied().collect();
    for (key, _) in step.entries() {
        let word = key.text.as_str();
        if known.contains(&word) {
            continue;
        }
        let other = TYPES.iter().find(|(_, keys)| keys.contains(&word));
        let Some((other, _)) = other else {
            fields::unknown_key(key, &known, name, report);
            continue;
        };
        let help = match (kind, *other) {
            ("task", "switch") => "add \"type: switch\" if this step is to branch".to_owned(),
            ("task", other) => format!("add \"type: {other}\" if this step is to be one"),
            ("switch", _) => {
                "a switch goes where its cases and its default say, and leaves work to tasks".into()
            }
            _ => format!("the keys of {} are {}", a(kind), own.join(", ")),
        };
        report.error(
            "HMS021",
            key.place,
            format!(
                "\"{word}\" belongs to {}, and {name} is {}",
                a(other),
                a(kind)
            ),
            Some(help),
        );
    }
}

/// The word that names where to go on.
pub(super) fn target(node: &Node, key: &str, report: &mut Report) -> Option<Word> {
    fields::word(node, key, "write the id of a step, or end", report)
}
