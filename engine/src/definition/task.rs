use super::draft::target;
use super::fields::{self, Fields, Word};
use super::flow::Flow;
use super::report::Report;
use super::{duration, retry};
use crate::{Actor, ActorKind, Place, Retry, Sla, TaskStep};

/// The keys of a task, besides those every step has.
pub(super) const KEYS: &[&str] = &["actor", "sla", "on_timeout", "on_complete", "retry"];

const ACTOR_HELP: &str =
    "write AI:, HUMAN: or SVC: and a name, like AI:fraud-labeler or HUMAN:investigator";

/// A task as written.
pub(super) struct DraftTask {
    pub(super) actor: Option<(Actor, Place)>,
    /// Milliseconds, and as written.
    pub(super) sla: Option<(i64, String)>,
    pub(super) on_timeout: Option<Word>,
    pub(super) on_complete: Option<Word>,
    retry: Option<Retry>,
    /// Every way out could be read.
    pub(super) whole: bool,
}

impl DraftTask {
    pub(super) fn finish(self, flow: &Flow, at: usize) -> Option<TaskStep> {
        let (actor, _) = self.actor?;
        let sla = self.sla.map(|(within_ms, written)| Sla {
            within_ms,
            written,
            on_timeout: self.on_timeout.as_ref().map(|_| flow.timeout(at)),
        });
        let retry = self.retry.unwrap_or_else(|| retry::default_for(actor.kind));
        Some(TaskStep { actor, sla, retry })
    }
}

pub(super) fn read(step: &Fields<'_>, name: &str, report: &mut Report) -> DraftTask {
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
    let sla = step.get("sla").and_then(|node| {
        let word = fields::word(node, "sla", "write how long, like sla: 4h", report)?;
        match duration::parse(&word.text) {
            Ok(ms) => Some((ms, word.text)),
            Err(bad) => {
                report.error(bad.code, word.place, bad.message, Some(bad.help.into()));
                None
            }
        }
    });
    let on_timeout = step
        .get("on_timeout")
        .and_then(|node| target(node, "on_timeout", report));
    if let (Some((key, _)), None) = (step.entry("on_timeout"), step.get("sla")) {
        report.error(
            "HMS025",
            key.place,
            format!("{name} has \"on_timeout\" and no \"sla\", so no time can run out"),
            Some("add \"sla:\" and how long, like sla: 4h".into()),
        );
    }
    let retry = step.entry("retry").and_then(|(key, node)| match &actor {
        Some((actor, _)) if actor.kind == ActorKind::Human => {
            report.error(
                "HMS021",
                key.place,
                format!("\"retry\" is for AI: and SVC: tasks, and {name} is for {actor}"),
                Some("leave \"retry\" out: a person's task stays open until it is done".into()),
            );
            None
        }
        _ => retry::read(node, report),
    });
    let on_complete = step
        .get("on_complete")
        .and_then(|node| target(node, "on_complete", report));
    let whole = step.get("on_timeout").is_some() == on_timeout.is_some()
        && step.get("on_complete").is_some() == on_complete.is_some();
    DraftTask {
        actor,
        sla,
        on_timeout,
        on_complete,
        retry,
        whole,
    }
}

/// What a mistyped actor most likely meant: the right prefix in other letters, or one letter off.
fn right_actor(text: &str) -> Option<String> {
    let (prefix, name) = text.split_once(':')?;
    let prefixes = ActorKind::ALL.map(ActorKind::prefix);
    let near = super::nearest::nearest(prefix.trim(), prefixes)?;
    let right = format!("{near}:{}", name.trim());
    right.parse::<Actor>().ok().map(|actor| actor.to_string())
}
