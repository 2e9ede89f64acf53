use std::collections::HashMap;

use super::fields::{self, Fields, Word};
use super::flow::Flow;
use super::nearest::did_you_mean;
use super::report::Report;
use super::tree::Node;
use super::{switch, task};
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
    Task(task::DraftTask),
    Switch(switch::DraftSwitch),
}

const TITLE_CHARS_MAX: usize = 200;
const TYPES: &[&str] = &["task", "switch"];
const SHARED: &[&str] = &["id", "title", "type"];

impl Draft {
    /// Whether its id and all its ways out could be read.
    pub(super) fn is_whole(&self) -> bool {
        self.id.is_some()
            && match &self.kind {
                Some(DraftKind::Task(task)) => task.whole,
                Some(DraftKind::Switch(switch)) => switch.whole,
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

    /// Its id, or nothing when it has none that could be read.
    pub(super) fn id(&self) -> &str {
        self.id.as_ref().map_or("", |id| &id.text)
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
    let kind = kind(&step, report).map(|kind| match kind {
        "switch" => {
            only(&step, "switch", &name, report);
            DraftKind::Switch(switch::read(&step, &name, report))
        }
        _ => {
            only(&step, "task", &name, report);
            DraftKind::Task(task::read(&step, &name, report))
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
    let word = fields::word(node, "type", "write type: task or type: switch", report)?;
    let found = TYPES.iter().find(|kind| **kind == word.text);
    if found.is_none() {
        report.error(
            "HMS020",
            word.place,
            format!("there is no step type \"{}\"", fields::clip(&word.text)),
            Some(
                did_you_mean(&word.text, TYPES.iter().copied())
                    .unwrap_or_else(|| format!("the types are {}", TYPES.join(", "))),
            ),
        );
    }
    found.copied()
}

/// Tells of keys that are unknown, or that belong to the other type of step.
fn only(step: &Fields<'_>, kind: &str, name: &str, report: &mut Report) {
    let (own, other, other_kind) = match kind {
        "switch" => (switch::KEYS, task::KEYS, "task"),
        _ => (task::KEYS, switch::KEYS, "switch"),
    };
    let known: Vec<&str> = SHARED.iter().chain(own).copied().collect();
    for (key, _) in step.entries() {
        let word = key.text.as_str();
        if known.contains(&word) {
            continue;
        }
        if !other.contains(&word) {
            fields::unknown_key(key, &known, name, report);
            continue;
        }
        let help = match kind {
            "task" => "add \"type: switch\" if this step is to branch".to_owned(),
            _ => {
                "a switch goes where its cases and its default say, and leaves work to tasks".into()
            }
        };
        report.error(
            "HMS021",
            key.place,
            format!("\"{word}\" belongs to a {other_kind}, and {name} is a {kind}"),
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
        let Some(DraftKind::Switch(switch)) = &draft.kind else {
            continue;
        };
        let Some(expr) = &switch.expr else {
            continue;
        };
        for (step, at) in expr.expression.steps() {
            if with_result().any(|id| id == step) {
                continue;
            }
            let is_step = drafts.iter().any(|draft| draft.id() == step);
            let message = if is_step {
                format!("step \"{step}\" is a switch and has no result")
            } else {
                format!(
                    "there is no step \"{}\" to ask for a result",
                    fields::clip(step)
                )
            };
            let help =
                did_you_mean(step, with_result()).unwrap_or_else(|| "name the id of a task".into());
            report.error("HMS043", expr.place(at), message, Some(help));
        }
    }
}
