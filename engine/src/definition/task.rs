use super::draft::target;
use super::fields::{self, Fields, Word};
use super::flow::{Flow, Way};
use super::form::{DraftForm, Reader, Rules};
use super::report::Report;
use super::sla::{self, DraftSla};
use super::template::{self, DraftTemplate};
use super::tree::{Key, Node};
use super::{duration, json_schema, outcomes, priority, retry};
use crate::expression::Roots;
use crate::machine::{APPROVE, REJECT};
use crate::{Actor, ActorKind, Place, Priority, Retry, Schema, TaskStep, Timeout};

/// The keys of a task, besides those every step has.
pub(super) const KEYS: &[&str] = &[
    "actor",
    "input",
    "output",
    "form",
    "priority",
    "sla",
    "on_timeout",
    "timeout",
    "retry",
    "on_error",
    "outcomes",
    "on_complete",
];

const ACTOR_HELP: &str =
    "write AI:, HUMAN: or SVC: and a name, like AI:fraud-labeler or HUMAN:investigator";

/// A task as written.
pub(super) struct DraftTask {
    pub(super) actor: Option<(Actor, Place)>,
    pub(super) sla: Option<DraftSla>,
    /// Where a missed deadline leads, by this key or by a rung of the ladder.
    pub(super) on_timeout: Option<Word>,
    pub(super) on_complete: Option<Word>,
    pub(super) on_error: Option<Word>,
    /// A person's answers, and where each leads.
    pub(super) outcomes: Vec<(String, Word)>,
    pub(super) input: Option<DraftTemplate>,
    pub(super) form: Option<DraftForm>,
    output: Option<Schema>,
    timeout: Option<Timeout>,
    priority: Priority,
    retry: Option<Retry>,
    /// Every way out could be read.
    pub(super) whole: bool,
}

impl DraftTask {
    pub(super) fn finish(self, flow: &Flow, at: usize) -> Option<TaskStep> {
        let (actor, _) = self.actor?;
        let on_timeout = self.on_timeout.map(|_| flow.to(at, Way::Timeout));
        let sla = match self.sla {
            Some(sla) => Some(sla.finish(on_timeout)?),
            None => None,
        };
        let outcomes = self.outcomes.into_iter().enumerate();
        let mut outcomes: Vec<_> = outcomes
            .map(|(outcome, (name, _))| (name, flow.to(at, Way::Outcome(outcome))))
            .collect();
        if outcomes.is_empty() && actor.kind == ActorKind::Human {
            outcomes = [APPROVE, REJECT]
                .map(|name| (name.to_owned(), flow.next(at)))
                .into();
        }
        Some(TaskStep {
            retry: self.retry.unwrap_or_else(|| retry::default_for(actor.kind)),
            actor,
            sla,
            input: self.input.map(DraftTemplate::finish),
            output: self.output,
            form: self.form.map(DraftForm::finish),
            timeout: self.timeout,
            on_error: self.on_error.map(|_| flow.to(at, Way::Error)),
            outcomes,
            priority: self.priority,
        })
    }
}

pub(super) fn read(
    step: &Fields<'_>,
    name: &str,
    roots: Roots<'_>,
    report: &mut Report,
) -> DraftTask {
    let actor = step
        .require(
            "actor",
            name,
            &format!("add \"actor:\": {ACTOR_HELP}"),
            report,
        )
        .and_then(|node| fields::word(node, "actor", ACTOR_HELP, report))
        .and_then(|word| match word.text.parse::<Actor>() {
            Ok(actor) => Some((actor, word.place)),
            Err(bad) => {
                report.error(
                    "HMS030",
                    word.place,
                    bad.to_string(),
                    right_actor(&word.text).map(|right| format!("did you mean \"{right}\"?")),
                );
                None
            }
        });
    let mut sla = step
        .get("sla")
        .map(|node| sla::read(node, name, sla::Of::Task, report));
    let on_timeout = step
        .get("on_timeout")
        .and_then(|node| target(node, "on_timeout", report));
    let ladder = sla.as_mut().map(|sla| &mut sla.ladder);
    let go = ladder.as_ref().is_some_and(|ladder| ladder.go.is_some());
    if let (Some((key, _)), true) = (step.entry("on_timeout"), go) {
        report.error(
            "HMS027",
            key.place,
            format!("{name} has \"on_timeout\" beside a rung that says \"go\""),
            Some("take \"on_timeout\" out: it stands for the rung { at: 100%, go: … }".into()),
        );
    }
    let astray = ladder.as_ref().is_some_and(|ladder| ladder.astray);
    if let (Some((key, _)), None) = (step.entry("on_timeout"), step.get("sla")) {
        report.error(
            "HMS025",
            key.place,
            format!("{name} has \"on_timeout\" and no \"sla\", so no time can run out"),
            Some("add \"sla:\" and how long, like sla: 4h".into()),
        );
    }
    let kind = actor.as_ref().map(|(actor, _)| actor.kind);
    for key in ["timeout", "retry"] {
        if let (Some(ActorKind::Human), Some((key, _))) = (kind, step.entry(key)) {
            let help = format!(
                "leave \"{}\" out: a person's task stays open until it is done",
                key.text
            );
            not_for(key, "AI: and SVC: tasks", help, &actor, name, report);
        }
    }
    for (key, help) in [
        ("outcomes", "let a switch look at what a machine answered"),
        ("form", "say in \"output\" what a machine is to answer"),
    ] {
        if let (Some(ActorKind::Ai | ActorKind::Svc), Some((key, _))) = (kind, step.entry(key)) {
            not_for(key, "HUMAN: tasks", help.to_owned(), &actor, name, report);
        }
    }
    let for_machines = |key: &str| step.get(key).filter(|_| kind != Some(ActorKind::Human));
    let retry = for_machines("retry").and_then(|node| retry::read(node, report));
    let timeout = for_machines("timeout")
        .and_then(|node| duration::read(node, "timeout", "5m", report))
        .map(|(ms, written)| Timeout {
            // Durations are never negative.
            ms: ms.unsigned_abs(),
            written,
        });
    let outcomes = step
        .get("outcomes")
        .map_or_else(Vec::new, |node| outcomes::read(node, name, report));
    if let (Some(_), Some((key, _))) = (step.get("outcomes"), step.entry("on_complete")) {
        report.error(
            "HMS027",
            key.place,
            format!(
                "{name} has \"on_complete\" beside \"outcomes\", which say where each answer leads"
            ),
            Some("take \"on_complete\" out".into()),
        );
    }
    let mut to = |key: &str| step.get(key).and_then(|node| target(node, key, report));
    let (on_complete, on_error) = (to("on_complete"), to("on_error"));
    let input = step
        .get("input")
        .and_then(|node| template::read(node, "input", roots, report));
    let output = step
        .get("output")
        .and_then(|node| json_schema::read(node, "output", report));
    let form = step.get("form").and_then(|node| {
        let rules = Rules {
            taken: &[
                ("outcome", "the decision"),
                ("approved", "whether it was approved"),
                ("note", "the note"),
            ],
            asked: &["outcome"],
            roots: roots.with_answers(),
        };
        Reader::new(rules).read(node, "form", report)
    });
    let priority = step
        .get("priority")
        .and_then(|node| priority::read(node, report));
    let whole = !astray
        && step.get("on_timeout").is_some() == on_timeout.is_some()
        && step.get("on_complete").is_some() == on_complete.is_some()
        && step.get("on_error").is_some() == on_error.is_some()
        && step.get("outcomes").map_or(0, Node::len) == outcomes.len();
    DraftTask {
        actor,
        on_timeout: on_timeout.or(ladder.and_then(|ladder| ladder.go.take())),
        sla,
        on_complete,
        on_error,
        outcomes,
        input,
        form,
        output,
        timeout,
        priority: priority.unwrap_or_default(),
        retry,
        whole,
    }
}

/// A key that belongs to tasks of other actors.
fn not_for(
    key: &Key,
    whom: &str,
    help: String,
    actor: &Option<(Actor, Place)>,
    name: &str,
    report: &mut Report,
) {
    let actor = actor.as_ref().map(|(actor, _)| actor.to_string());
    report.error(
        "HMS021",
        key.place,
        format!(
            "\"{}\" is for {whom}, and {name} is for {}",
            key.text,
            actor.unwrap_or_default()
        ),
        Some(help),
    );
}

/// What a mistyped actor most likely meant: the right prefix in other letters, or one letter off.
pub(super) fn right_actor(text: &str) -> Option<String> {
    let (prefix, name) = text.split_once(':')?;
    let prefixes = ActorKind::ALL.map(ActorKind::prefix);
    let near = super::nearest::nearest(prefix.trim(), prefixes)?;
    let right = format!("{near}:{}", name.trim());
    right.parse::<Actor>().ok().map(|actor| actor.to_string())
}
