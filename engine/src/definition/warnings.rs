use super::draft::{Draft, DraftKind};
use super::flow::{Flow, To, Way};
use super::report::Report;
use crate::ActorKind;

/// What is legal and suspicious. Only asked of definitions without errors.
pub(super) fn check(drafts: &[Draft], flow: &Flow, outermost: bool, report: &mut Report) {
    no_sla(drafts, flow, report);
    runs_on(drafts, flow, report);
    if outermost {
        early_result(drafts, flow, report);
    }
}

/// A person's task without a clock can lie forgotten. A step that is only reached because another
/// deadline was missed is left alone: somebody is late already, and the ladder ends somewhere.
fn no_sla(drafts: &[Draft], flow: &Flow, report: &mut Report) {
    for (at, draft) in drafts.iter().enumerate() {
        let Some(DraftKind::Task(task)) = &draft.kind else {
            continue;
        };
        let Some((actor, place)) = &task.actor else {
            continue;
        };
        let otherwise_reached =
            at == 0 || ways_to(flow, drafts.len(), at).any(|(_, way)| way != Way::Timeout);
        if actor.kind == ActorKind::Human && task.sla.is_none() && otherwise_reached {
            report.warning(
                "HMS101",
                *place,
                format!("{} waits for a person, and no clock runs", draft.name()),
                Some("add \"sla:\" and how long, like sla: 4h".into()),
            );
        }
    }
}

/// All ways that lead to a step, with where they begin.
fn ways_to(flow: &Flow, steps: usize, to: usize) -> impl Iterator<Item = (usize, Way)> {
    (0..steps).flat_map(move |from| {
        flow.ways(from)
            .iter()
            .filter(move |(_, target)| *target == To::Step(to))
            .map(move |(way, _)| (from, *way))
    })
}

/// The mistake of the forgotten `on_complete`: a step that says nothing runs on into the next, and
/// the next is another branch of the switch that led to it, or its own `on_timeout`.
fn runs_on(drafts: &[Draft], flow: &Flow, report: &mut Report) {
    for (at, draft) in drafts.iter().enumerate() {
        let next = flow.ways(at).iter().find_map(|(way, to)| match (way, to) {
            (Way::Complete { written: false }, To::Step(next)) => Some(*next),
            _ => None,
        });
        let Some(next) = next else { continue };
        let (here, there) = (draft.name(), drafts[next].name());
        let say = format!(
            "write \"on_complete: {}\" if that is meant, else where to go on, or end",
            drafts[next].id()
        );
        if flow.ways(at).contains(&(Way::Timeout, To::Step(next))) {
            report.warning(
                "HMS102",
                draft.id_place(),
                format!("{here} runs on into {there}, where a missed deadline leads too"),
                Some(say),
            );
            continue;
        }
        let branching = ways_to(flow, drafts.len(), at).find(|(from, way)| {
            matches!(way, Way::Case(_) | Way::Default | Way::Outcome(_))
                && flow.ways(*from).iter().any(|(_, to)| *to == To::Step(next))
        });
        if let Some((switch, _)) = branching {
            report.warning(
                "HMS102",
                draft.id_place(),
                format!(
                    "{here} runs on into {there}, which is another branch of {}",
                    drafts[switch].name()
                ),
                Some(say),
            );
        }
    }
}

/// What stands at the very start has no `result` to look at yet.
fn early_result(drafts: &[Draft], flow: &Flow, report: &mut Report) {
    let mut open = vec![0];
    let mut seen = vec![false; drafts.len()];
    while let Some(at) = open.pop() {
        if std::mem::replace(&mut seen[at], true) {
            continue;
        }
        let early = drafts[at].formulas().into_iter();
        for expr in early.filter(|expr| expr.expression.uses_result()) {
            report.warning(
                "HMS103",
                expr.place(None),
                format!(
                    "{} asks for \"result\" before any task has finished",
                    drafts[at].name()
                ),
                Some("look at the payload, or put a task before the switch".into()),
            );
        }
        if !matches!(drafts[at].kind, Some(DraftKind::Switch(_))) {
            continue;
        }
        open.extend(flow.ways(at).iter().filter_map(|(_, to)| match to {
            To::Step(at) => Some(*at),
            To::End => None,
        }));
    }
}
