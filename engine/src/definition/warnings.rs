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

/// The mistake of the forgotten `on_complete`: a step that says nothing runs on into the next, while
/// others jump to that one: it is another branch of the switch that led here, or where a missed
/// deadline or a failure on the way here leads. The way here are the steps before that say nothing
/// either.
fn runs_on(drafts: &[Draft], flow: &Flow, report: &mut Report) {
    for (at, draft) in drafts.iter().enumerate() {
        let Some(next) = silent_next(flow, at) else {
            continue;
        };
        let (here, there) = (draft.name(), drafts[next].name());
        let leads_there = |from: usize, wanted: Way| {
            let mut ways = flow.ways(from).iter();
            ways.any(|(way, to)| *way == wanted && *to == To::Step(next))
        };
        let why = way_here(flow, at).find_map(|step| {
            if leads_there(step, Way::Timeout) {
                return Some("where a missed deadline leads too".to_owned());
            }
            if leads_there(step, Way::Error) {
                return Some("where a failure leads too".to_owned());
            }
            let (switch, _) = ways_to(flow, drafts.len(), step).find(|(from, way)| {
                matches!(way, Way::Case(_) | Way::Default | Way::Outcome(_))
                    && flow.ways(*from).iter().any(|(_, to)| *to == To::Step(next))
            })?;
            Some(format!(
                "which is another branch of {}",
                drafts[switch].name()
            ))
        });
        if let Some(why) = why {
            report.warning(
                "HMS102",
                draft.id_place(),
                format!("{here} runs on into {there}, {why}"),
                Some(format!(
                    "write \"on_complete: {}\" if that is meant, else where to go on, or end",
                    drafts[next].id()
                )),
            );
        }
    }
}

/// The next step in the list, when a step goes on there without saying so.
fn silent_next(flow: &Flow, at: usize) -> Option<usize> {
    flow.ways(at).iter().find_map(|(way, to)| match (way, to) {
        (Way::Complete { written: false }, To::Step(next)) => Some(*next),
        _ => None,
    })
}

/// A step and those before it that run on into each other up to it, the nearest first.
fn way_here(flow: &Flow, at: usize) -> impl Iterator<Item = usize> {
    std::iter::successors(Some(at), |at| {
        at.checked_sub(1)
            .filter(|before| silent_next(flow, *before) == Some(*at))
    })
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
