use super::Plan;
use crate::{
    List, ListState, Obstacle, ObstacleKind, ParallelStep, Part, Step, StepKind, Under, Workflow,
    nearest,
};

impl Plan<'_> {
    /// All that is in the way of the run by where it stands: every list must have its place in the
    /// new version, and what it waits for there must be what it waits for here.
    pub(super) fn look(&self) -> Vec<Obstacle> {
        let mut obstacles = Vec::new();
        for list in &self.run.lists {
            let Some(there) = self.step_of(&list.at) else {
                obstacles.push(self.no_step(&list.at));
                continue;
            };
            obstacles.extend(self.in_its_list(list, there));
            if self.is_stopped(list) {
                continue;
            }
            if let Some(here) = self.from.step(&list.at) {
                self.waits_for_the_same(list, here, there, &mut obstacles);
            }
        }
        // An incident can have stopped at another step than its list stands at.
        for incident in &self.run.incidents {
            let at = self.run.list(incident.list).map(|list| &list.at);
            if at != Some(&incident.step) && self.step_of(&incident.step).is_none() {
                obstacles.push(self.no_step(&incident.step));
            }
        }
        obstacles
    }

    /// The step that takes a step's place.
    fn step_of(&self, old: &str) -> Option<&Step> {
        self.to.step(self.new_id(old))
    }

    /// Whether a list waits for somebody to send it on: it begins anew at its step then, whatever
    /// that is.
    pub(super) fn is_stopped(&self, list: &ListState) -> bool {
        let outermost = list.inside.is_none();
        let mut incidents = self.run.incidents.iter();
        incidents.any(|one| one.list == list.number || (one.list == 0 && outermost))
    }

    fn no_step(&self, old: &str) -> Obstacle {
        let to = self.new_id(old).to_owned();
        let steps = self.to.all_steps();
        let near = nearest(&to, steps.iter().map(|step| step.id.as_str()));
        at(
            old,
            ObstacleKind::NoStep {
                nearest: near.map(str::to_owned),
                to,
            },
        )
    }

    /// The step must stand in the list that takes the place of this one.
    fn in_its_list(&self, list: &ListState, there: &Step) -> Option<Obstacle> {
        let stands = stands(self.to, &there.id);
        let inside = list.inside.as_deref();
        let (fits, wanted) = match inside {
            None => (stands.is_none(), "in the outermost list".to_owned()),
            Some(inside) => {
                let parent = self.run.list(inside.parent)?;
                // Where the list around has no place, that is told of it.
                let around = self.step_of(&parent.at)?;
                let same = around.kind.word() == self.from.step(&parent.at)?.kind.word();
                let (branch, words) = match &inside.part {
                    Part::Branch(name) => (
                        Some(name.as_str()),
                        format!("in the branch \"{name}\" of \"{}\"", around.id),
                    ),
                    Part::Item { .. } => (None, format!("in the steps of \"{}\"", around.id)),
                };
                if !same || !has(around, branch) {
                    return None;
                }
                (stands == Some((around.id.as_str(), branch)), words)
            }
        };
        let to = there.id.clone();
        (!fits).then(|| at(&list.at, ObstacleKind::OtherList { to, wanted }))
    }

    fn waits_for_the_same(
        &self,
        list: &ListState,
        here: &Step,
        there: &Step,
        obstacles: &mut Vec<Obstacle>,
    ) {
        let to = there.id.clone();
        let words = |from: &str, into: &str| (from.to_owned(), into.to_owned());
        let found = match (&here.kind, &there.kind) {
            (StepKind::Task(_), StepKind::Task(task)) => {
                let mut tasks = self.run.tasks.iter();
                let open =
                    tasks.find(|open| open.step_id == list.at && self.is_of(list, open.list));
                let other = open.filter(|open| open.actor.kind != task.actor.kind);
                obstacles.extend(other.map(|open| {
                    let (from, into) = words(open.actor.kind.words(), task.actor.kind.words());
                    let kind = ObstacleKind::OtherActor { to, from, into };
                    Obstacle {
                        task: Some(open.id),
                        ..at(&list.at, kind)
                    }
                }));
                return;
            }
            (StepKind::Wait(one), StepKind::Wait(other)) if one.words() != other.words() => {
                let (from, into) = words(one.words(), other.words());
                ObstacleKind::OtherWait { to, from, into }
            }
            (StepKind::Call(one), StepKind::Call(other)) if one.workflow != other.workflow => {
                let (from, into) = words(&one.workflow, &other.workflow);
                ObstacleKind::OtherCall { to, from, into }
            }
            (StepKind::Parallel(_), StepKind::Parallel(parallel)) => {
                obstacles.extend(self.same_branches(list, &to, parallel));
                return;
            }
            (one, other) if one.word() == other.word() => return,
            (one, other) => {
                let (from, into) = words(one.word(), other.word());
                ObstacleKind::OtherType { to, from, into }
            }
        };
        obstacles.push(at(&list.at, found));
    }

    /// The branches that have begun are those of the new version.
    fn same_branches(&self, list: &ListState, to: &str, there: &ParallelStep) -> Vec<Obstacle> {
        let lists = self.run.lists.iter();
        let open = lists.filter_map(|open| {
            let inside = open.inside.as_deref()?;
            match &inside.part {
                Part::Branch(name) if inside.parent == list.number => Some(name.as_str()),
                _ => None,
            }
        });
        let finished = match list.under.as_deref() {
            Some(Under::Branches(finished)) => finished.keys().map(String::as_str).collect(),
            _ => Vec::new(),
        };
        let begun: Vec<&str> = open.chain(finished).collect();
        let names = || there.branches.iter().map(|(name, _)| name.as_str());
        let gone = begun
            .iter()
            .filter(|name| !names().any(|known| known == **name));
        let gone = gone.map(|name| {
            let others = names().filter(|name| !begun.contains(name));
            ObstacleKind::NoBranch {
                to: to.to_owned(),
                branch: (*name).to_owned(),
                nearest: nearest(name, others).map(str::to_owned),
            }
        });
        let new = names().filter(|name| !begun.contains(name));
        let new = new.map(|name| ObstacleKind::NewBranch {
            to: to.to_owned(),
            branch: name.to_owned(),
        });
        gone.chain(new).map(|kind| at(&list.at, kind)).collect()
    }

    /// Whether a list is the one that a task names.
    pub(super) fn is_of(&self, list: &ListState, number: u32) -> bool {
        list.number == number || (number == 0 && list.inside.is_none())
    }
}

fn at(step: &str, kind: ObstacleKind) -> Obstacle {
    Obstacle {
        step: Some(step.to_owned()),
        task: None,
        kind,
    }
}

/// The step around a step, with the branch that leads to it; none for one of the outermost list.
fn stands<'w>(workflow: &'w Workflow, step: &str) -> Option<(&'w str, Option<&'w str>)> {
    workflow.around(step).pop()
}

/// Whether a step has a list of this branch, or for its items.
fn has(step: &Step, branch: Option<&str>) -> bool {
    let is = |(name, _): &(Option<&str>, &List)| *name == branch;
    step.kind.lists().iter().any(is)
}
