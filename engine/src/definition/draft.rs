use std::collections::HashMap;

use super::fields::{self, Fields, Word};
use super::flow::Flow;
use super::formula::Formula;
use super::nearest::did_you_mean;
use super::report::Report;
use super::tree::Node;
use super::{end, switch, task};
use crate::{END, Place, Step, StepKind, Text};

/// A step as written: its targets are words that may lead nowhere, and what could not be read is
/// missing.
pub(super) struct Draft {
    pub(super) id: Option<Word>,
    title: Text,
    pub(super) kind: Option<DraftKind>,
    pub(super) place: Place,
}

/// What a step does, as written.
pub(super) enum DraftKind {
    Task(Box<task::DraftTask>),
    Switch(switch::DraftSwitch),
    End(end::DraftEnd),
}

const TITLE_CHARS_MAX: usize = 200;
/// The types of steps, each with the keys it has besides those every step has.
const TYPES: &[(&str, &[&str])] = &[
    ("task", task::KEYS),
    ("switch", switch::KEYS),
    ("end", end::KEYS),
];
const SHARED: &[&str] = &["id", "title", "type"];

impl Draft {
    /// Whether its id and all its ways out could be read.
    pub(super) fn is_whole(&self) -> bool {
        self.id.is_some()
            && match &self.kind {
                Some(DraftKind::Task(task)) => task.whole,
                Some(DraftKind::Switch(switch)) => switch.whole,
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
    fn what(&self) -> &'static str {
        match &self.kind {
            Some(DraftKind::Switch(_)) => "a switch",
            Some(DraftKind::End(_)) => "an end",
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
            }
            Some(DraftKind::Switch(switch)) => found.extend(switch.formulas()),
            Some(DraftKind::End(end)) => {
                end.result
                    .iter()
                    .for_each(|result| result.formulas(&mut found));
            }
        }
        found
    }

    /// The place of its id, else of the step.
    pub(super) fn id_place(&self) -> Place {
        self.id.as_ref().map_or(self.place, |id| id.place)
    }

    /// The checked step; nothing when something it needs could not be read.
    pub(super) fn finish(self, at: usize, flow: &Flow) -> Option<Step> {
        let kind = match self.kind? {
            DraftKind::Task(task) => StepKind::Task(task.finish(flow, at)?),
            DraftKind::Switch(switch) => StepKind::Switch(switch.finish(flow, at)?),
            DraftKind::End(end) => StepKind::End(end.finish()),
        };
        Some(Step {
            id: self.id?.text,
            title: self.title,
            kind,
            on_complete: flow.next(at),
            line: self.place.line,
        })
    }
}

/// One item of a list of steps. Something always comes back for a mapping, however wrong, so that
/// its id counts as a target.
pub(super) fn read(item: &Node, report: &mut Report) -> Option<Draft> {
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
            "switch" => DraftKind::Switch(switch::read(&step, &name, report)),
            "end" => DraftKind::End(end::read(&step, report)),
            _ => DraftKind::Task(Box::new(task::read(&step, &name, report))),
        }
    });
    Some(Draft {
        id,
        title,
        kind,
        place: step.place,
    })
}

fn kind(step: &Fields<'_>, report: &mut Report) -> Option<&'static str> {
    let Some(node) = step.get("type") else {
        return Some("task");
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

/// No two steps may have the same id.
pub(super) fn check_ids(drafts: &[Draft], report: &mut Report) {
    let mut seen: HashMap<&str, Place> = HashMap::new();
    for id in drafts.iter().filter_map(|draft| draft.id.as_ref()) {
        if let Some(first) = seen.get(id.text.as_str()) {
            report.error(
                "HMS011",
                id.place,
                format!("a second step is called \"{}\"", id.text),
                Some(format!(
                    "the first stands in line {}: give one of them another id",
                    first.line
                )),
            );
        } else {
            seen.insert(&id.text, id.place);
        }
    }
}

/// `steps.ID` in an expression names a task of this workflow.
pub(super) fn check_results(drafts: &[Draft], report: &mut Report) {
    let with_result = || {
        drafts
            .iter()
            .filter(|draft| matches!(draft.kind, Some(DraftKind::Task(_)) | None))
            .map(Draft::id)
    };
    for draft in drafts {
        for expr in draft.formulas() {
            for (step, at) in expr.expression.steps() {
                if with_result().any(|id| id == step) {
                    continue;
                }
                let is_step = drafts.iter().any(|draft| draft.id() == step);
                let message = if is_step {
                    format!(
                        "step \"{step}\" is {} and has no result",
                        drafts
                            .iter()
                            .find(|draft| draft.id() == step)
                            .map_or("a switch", Draft::what)
                    )
                } else {
                    format!(
                        "there is no step \"{}\" to ask for a result",
                        fields::clip(step)
                    )
                };
                let help = did_you_mean(step, with_result())
                    .unwrap_or_else(|| "name the id of a task".into());
                report.error("HMS043", expr.place(at), message, Some(help));
            }
        }
    }
}
