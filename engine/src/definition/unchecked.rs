//! What an agent decides and no person ever looks at: legal, and for a public service suspicious.

use super::draft::{Draft, DraftKind};
use super::flow::{Flow, Flows, To, Way};
use super::list::DraftList;
use super::report::Report;
use crate::{Actor, ActorKind, Place};

/// All steps of a definition, those of lists in lists included, and how they lead to each other.
struct Map<'d> {
    spots: Vec<Spot<'d>>,
}

/// A step in its list.
struct Spot<'d> {
    draft: &'d Draft,
    /// Where each way out leads; none is the end of its list.
    ways: Vec<(Way, Option<usize>)>,
    /// The step whose list it is in.
    around: Option<usize>,
    /// The first step of each list it owns.
    below: Vec<usize>,
}

/// Tells of each switch that goes by what an agent answered when no way from that agent on comes
/// to a person. One way with a person on it is enough: that is what a label is for.
pub(super) fn check(list: &DraftList, flows: &Flows, report: &mut Report) {
    let mut map = Map { spots: Vec::new() };
    map.add(list, flows, None);
    for (at, spot) in map.spots.iter().enumerate() {
        let Some(agent) = actor(spot.draft).filter(|actor| actor.kind == ActorKind::Ai) else {
            continue;
        };
        if map.comes_to_a_person(at) {
            continue;
        }
        for (switch, place) in map.decided_by(at) {
            report.warning(
                "HMS104",
                place,
                format!(
                    "{} goes by what {agent} answered, and no person ever looks at it",
                    switch.name()
                ),
                Some("lead one of its ways to a HUMAN: task, at least for what is unsure".into()),
            );
        }
    }
}

fn actor(draft: &Draft) -> Option<&Actor> {
    match &draft.kind {
        Some(DraftKind::Task(task)) => task.actor.as_ref().map(|(actor, _)| actor),
        _ => None,
    }
}

impl<'d> Map<'d> {
    /// Adds a list with all below it; gives the place of its first step.
    fn add(&mut self, list: &'d DraftList, flows: &Flows, around: Option<usize>) -> usize {
        let first = self.spots.len();
        let flow: &Flow = &flows.own;
        for (at, draft) in list.drafts.iter().enumerate() {
            let ways = flow.ways(at).iter();
            let ways = ways.map(|(way, to)| match to {
                To::Step(to) => (*way, Some(first + to)),
                To::End => (*way, None),
            });
            self.spots.push(Spot {
                draft,
                ways: ways.collect(),
                around,
                below: Vec::new(),
            });
        }
        for (at, draft) in list.drafts.iter().enumerate() {
            let lists = draft.lists().into_iter().zip(&flows.below[at]);
            for (list, flows) in lists {
                let below = self.add(list, flows, Some(first + at));
                self.spots[first + at].below.push(below);
            }
        }
        first
    }

    /// The steps a way leads to: at the end of a list, those after the step that owns it.
    fn after(&self, from: usize, to: Option<usize>) -> Vec<usize> {
        let Some(around) = self.spots[from].around else {
            return to.into_iter().collect();
        };
        match to {
            Some(to) => vec![to],
            None => {
                let ways = self.spots[around].ways.iter();
                ways.flat_map(|(_, to)| self.after(around, *to)).collect()
            }
        }
    }

    /// Whether any way from this step on comes to a person's task.
    fn comes_to_a_person(&self, from: usize) -> bool {
        let mut seen = vec![false; self.spots.len()];
        let mut open = vec![from];
        while let Some(at) = open.pop() {
            if std::mem::replace(&mut seen[at], true) {
                continue;
            }
            let spot = &self.spots[at];
            // A called workflow may have people in it; this file cannot tell.
            let called = matches!(spot.draft.kind, Some(DraftKind::Call(_)));
            if called || actor(spot.draft).is_some_and(|actor| actor.kind == ActorKind::Human) {
                return true;
            }
            open.extend(&spot.below);
            for (_, to) in &spot.ways {
                open.extend(self.after(at, *to));
            }
        }
        false
    }

    /// The switches that look at a task's answer: by its id, or as `result` before another step
    /// has one.
    fn decided_by(&self, task: usize) -> Vec<(&'d Draft, Place)> {
        let latest = self.with_its_result(task);
        let id = self.spots[task].draft.id();
        let mut found = Vec::new();
        for (at, spot) in self.spots.iter().enumerate() {
            if !matches!(spot.draft.kind, Some(DraftKind::Switch(_))) {
                continue;
            }
            let looks = spot.draft.formulas().into_iter().find(|formula| {
                let expression = &formula.expression;
                (latest[at] && expression.uses_result())
                    || expression.steps().any(|(step, _)| step == id)
            });
            found.extend(looks.map(|formula| (spot.draft, formula.place(None))));
        }
        found
    }

    /// The steps that can be reached while `result` is still this task's.
    fn with_its_result(&self, task: usize) -> Vec<bool> {
        let mut seen = vec![false; self.spots.len()];
        let answered = |way: &Way| matches!(way, Way::Complete { .. } | Way::Outcome(_));
        let own = &self.spots[task].ways;
        let mut open: Vec<usize> = own
            .iter()
            .filter(|(way, _)| answered(way))
            .filter_map(|(_, to)| *to)
            .collect();
        while let Some(at) = open.pop() {
            if std::mem::replace(&mut seen[at], true) {
                continue;
            }
            let spot = &self.spots[at];
            open.extend(&spot.below);
            let has_result = match &spot.draft.kind {
                Some(DraftKind::Switch(_) | DraftKind::End(_)) => false,
                Some(DraftKind::Wait(wait)) => wait.has_result(),
                _ => true,
            };
            let kept = spot.ways.iter();
            let kept = kept.filter(|(way, _)| !(has_result && answered(way)));
            open.extend(kept.filter_map(|(_, to)| *to));
        }
        seen
    }
}
