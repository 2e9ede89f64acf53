//! Moving a run to another version of its workflow.

mod look;
mod tasks;
mod waits;

use std::collections::{BTreeMap, VecDeque};

use super::advance::Cause;
use super::{Machine, key_of, recalendar};
use crate::{
    Command, Effect, EntryKind, Obstacle, ObstacleKind, Order, Part, Rejected, Results, Run,
    RunStatus, StepKind, StepMap, Time, Under, Workflow,
};

/// Moves a run from the version it has to another one of the same workflow, as
/// [`Order::Migrate`] says. Where it stands is kept: open tasks with their clocks, waits, called runs,
/// incidents, what is done and what came of it; from now on the new version says what comes next, how
/// much time there is and by which calendars it is counted. A deadline that has passed by that is due
/// at once.
///
/// # Errors
///
/// [`Rejected`] says why nothing changed: [`Rejected::CannotMigrate`] with all that is in the way.
pub fn migrate(
    from: &Workflow,
    to: &Workflow,
    run: &mut Run,
    command: &Command,
    now: Time,
) -> Result<Vec<Effect>, Rejected> {
    let Order::Migrate {
        to: version,
        steps,
        note,
    } = &command.order
    else {
        return Err(Rejected::WrongVersion);
    };
    may_move(from, to, run, version, now)?;
    let faults = from.map_faults(to, steps);
    if !faults.is_empty() {
        return Err(Rejected::BadMap(faults));
    }
    let plan = Plan {
        from,
        to,
        steps,
        run,
    };
    let mut obstacles = plan.look();
    // It is moved as a whole, and kept only when nothing was in the way.
    let mut moved = run.clone();
    plan.rename(&mut moved);
    let mut machine = Machine {
        workflow: to,
        run: &mut moved,
        now,
        effects: Vec::with_capacity(4),
        moves: VecDeque::new(),
    };
    machine.record(
        EntryKind::Migrated {
            from: from.version.clone(),
            to: to.version.clone(),
            steps: steps.clone(),
            note: note.clone(),
        },
        None,
        None,
    );
    obstacles.extend(machine.take_key());
    obstacles.extend(machine.move_tasks(&plan, &command.by));
    obstacles.extend(machine.move_waits(&plan));
    if !obstacles.is_empty() {
        return Err(Rejected::CannotMigrate(obstacles));
    }
    machine.join_enough();
    machine.take_kept();
    machine.move_on();
    machine.run.seq += 1;
    let effects = machine.effects;
    *run = moved;
    Ok(effects)
}

/// A move between two versions.
struct Plan<'p> {
    from: &'p Workflow,
    to: &'p Workflow,
    steps: &'p StepMap,
    /// As it stood before.
    run: &'p Run,
}

/// Whether the run, the two versions and the order belong together, and nothing comes first.
fn may_move(
    from: &Workflow,
    to: &Workflow,
    run: &Run,
    version: &str,
    now: Time,
) -> Result<(), Rejected> {
    if run.version == to.version {
        return Err(Rejected::SameVersion);
    }
    if run.version != from.version || run.workflow != to.id || to.version != version {
        return Err(Rejected::WrongVersion);
    }
    if run.status != RunStatus::Running {
        return Err(Rejected::RunEnded(run.status));
    }
    if run.started.is_none() {
        return Err(Rejected::NotBegun);
    }
    recalendar::counts_by_its_own(from, run)?;
    // What was due by the old version happened by it.
    match run.timers.iter().map(|timer| timer.due).min() {
        Some(due) if due <= now => Err(Rejected::DueFirst(due)),
        _ => Ok(()),
    }
}

impl<'p> Plan<'p> {
    /// The step that takes a step's place.
    fn new_id<'a>(&'a self, old: &'a str) -> &'a str {
        self.steps.get(old).map_or(old, String::as_str)
    }

    /// Gives everything in a run that names a step the step's new name.
    fn rename(&self, run: &mut Run) {
        let rename = |step: &mut String| {
            if let Some(new) = self.steps.get(step) {
                step.clone_from(new);
            }
        };
        run.version.clone_from(&self.to.version);
        let calendars = self.to.calendars.values();
        run.calendars = calendars
            .map(|calendar| (calendar.id.clone(), calendar.version.clone()))
            .collect();
        self.rename_results(&mut run.results);
        run.last.iter_mut().for_each(rename);
        run.tasks
            .iter_mut()
            .for_each(|task| rename(&mut task.step_id));
        run.calls.iter_mut().for_each(|call| rename(&mut call.step));
        run.incidents
            .iter_mut()
            .for_each(|incident| rename(&mut incident.step));
        let items = self.item_names();
        for list in &mut run.lists {
            rename(&mut list.at);
            let Some(inside) = list.inside.as_deref_mut() else {
                continue;
            };
            inside.last.iter_mut().for_each(rename);
            if let Part::Item { name, results, .. } = &mut inside.part {
                self.rename_results(results);
                if let Some(new) = items.get(&inside.parent) {
                    name.clone_from(new);
                }
            }
        }
    }

    /// What items are called by the new version, by the list that runs through them.
    fn item_names(&self) -> BTreeMap<u32, String> {
        let lists = self.run.lists.iter();
        let named = lists.filter_map(|list| {
            let step = self.to.step(self.new_id(&list.at))?;
            match &step.kind {
                StepKind::Foreach(foreach) => Some((list.number, foreach.name.clone())),
                _ => None,
            }
        });
        named.collect()
    }

    /// Results under their new names. Where two steps have become one, what the step of that name
    /// came to counts before what it took over.
    fn rename_results(&self, results: &mut Results) {
        if !results.keys().any(|step| self.steps.contains_key(step)) {
            return;
        }
        let (taken_over, own): (Vec<_>, Vec<_>) = std::mem::take(results)
            .into_iter()
            .partition(|(step, _)| self.new_id(step) != &**step);
        for (step, result) in taken_over.into_iter().chain(own) {
            results.insert(self.new_id(&step), result);
        }
    }
}

impl Machine<'_, '_> {
    /// The business key that the new version computes. One that has no key leaves the run its own, by
    /// which people find it.
    fn take_key(&mut self) -> Option<Obstacle> {
        self.workflow.key.as_ref()?;
        match key_of(self.workflow, &self.run.payload) {
            Ok(key) => self.run.key = Some(key),
            Err(why) if self.run.key.is_some() => {
                return Some(Obstacle {
                    step: None,
                    task: None,
                    kind: ObstacleKind::NoKey { why },
                });
            }
            Err(_) => {}
        }
        None
    }

    /// Joins the branches of which enough have finished by the new version's `join`.
    fn join_enough(&mut self) {
        let workflow = self.workflow;
        let lists = self.run.lists.iter();
        let enough: Vec<u32> = lists
            .filter(|list| {
                let step = workflow.step(&list.at).map(|step| &step.kind);
                match (list.under.as_deref(), step) {
                    (Some(Under::Branches(finished)), Some(StepKind::Parallel(parallel))) => {
                        finished.len() >= parallel.join
                    }
                    _ => false,
                }
            })
            .map(|list| list.number)
            .collect();
        for list in enough {
            // One inside another goes with it.
            if self.position(list).is_some() {
                self.cancel_under(list);
                self.join(list, Cause::Order);
            }
        }
    }
}
