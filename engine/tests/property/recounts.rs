//! What is foretold of another version of a calendar, against what then comes of it.

use std::collections::BTreeSet;

use hms_engine::{
    Command, Effect, EntryKind, Moment, Order, Rejected, Run, Time, TimerKind, Workflow, step,
};
use proptest::prelude::*;
use uuid::Uuid;

use crate::Trial;

/// A moment of a run, as people know it: the step, the task, which moment.
type Known = (String, Option<Uuid>, Moment);

/// The run counts by one version and its workflow is bound to another: what is foretold is what the order
/// does, to the millisecond and nothing besides.
pub(crate) fn as_foretold(trial: &mut Trial) -> Result<(), TestCaseError> {
    let [one, other] = &trial.versions[trial.at.0];
    let after = &trial.workflow;
    let before = match one.calendars["office"].version == trial.run.calendars["office"] {
        true => one,
        false => other,
    };
    let foretold = trial.run.recount(before, after, "office", trial.now);
    let mut run = trial.run.clone();
    let order = Order::Recalendar {
        calendar: "office".into(),
        version: after.calendars["office"].version.clone(),
    };
    let effects = step(after, &mut run, &Command::new("x", order), trial.now);
    let (foretold, effects) = match (foretold, effects) {
        (Ok(foretold), Ok(effects)) => (foretold, effects),
        (foretold, effects) => {
            prop_assert_eq!(foretold.err(), effects.err());
            return Ok(());
        }
    };
    let again = run.recount(before, after, "office", trial.now);
    prop_assert_eq!(again, Err(Rejected::SameCalendar), "counted anew twice");

    let stopped: BTreeSet<Uuid> = trial
        .run
        .tasks
        .iter()
        .filter(|task| task.clock().stopped().is_some())
        .map(|task| task.id)
        .collect();
    let mut told = BTreeSet::new();
    for effect in effects {
        if let Effect::Record(entry) = effect
            && let EntryKind::DeadlineMoved { from, to } = entry.kind
            && !entry.task.is_some_and(|task| stopped.contains(&task))
        {
            told.insert((entry.step.unwrap(), entry.task, from, to));
        }
    }
    let moves = foretold.moves.iter();
    let moves = moves.filter(|one| matches!(one.what, Moment::Deadline | Moment::Wait));
    let deadlines: BTreeSet<_> = moves
        .map(|one| (one.step.clone(), one.task, one.from, one.to))
        .collect();
    prop_assert_eq!(deadlines, told);

    let stands = |((_, task, _), _): &(Known, Time)| task.is_some_and(|id| stopped.contains(&id));
    let (stood, mut was): (Vec<_>, Vec<_>) =
        moments(&trial.run, before).into_iter().partition(stands);
    let (stand, is): (Vec<_>, Vec<_>) = moments(&run, after).into_iter().partition(stands);
    // What is foretold, done to what was, is what is: there may be several lists at one step.
    let moves = foretold.moves.into_iter();
    // A deadline that was missed has no timer any more.
    for one in moves.filter(|one| !one.missed || one.what != Moment::Deadline) {
        let old = ((one.step, one.task, one.what), one.from);
        let at = was.iter().position(|moment| *moment == old);
        prop_assert!(at.is_some(), "{:?} was not there to be moved", old);
        was.remove(at.unwrap());
        was.push((old.0, one.to));
    }
    was.sort();
    prop_assert_eq!(was, is);
    // A clock stopped in the very millisecond of a moment has it still: what is told of such a task is how
    // much it has consumed.
    for task in stopped {
        let of = |moments: &[(Known, Time)]| {
            let moments = moments.iter().filter(|((_, of, _), _)| *of == Some(task));
            moments.cloned().collect::<Vec<_>>()
        };
        let mut told = foretold.standing.iter();
        let told = told.any(|standing| standing.task == task);
        prop_assert!(told || of(&stood) == of(&stand), "{} is not told", task);
    }
    Ok(())
}

/// Every moment that a calendar may move and a run has a timer for, in order.
fn moments(run: &Run, workflow: &Workflow) -> Vec<(Known, Time)> {
    let timers = run.timers.iter().filter_map(|timer| {
        let what = match timer.kind {
            TimerKind::Deadline { .. } => Moment::Deadline,
            TimerKind::Accept { .. } => Moment::Accept,
            TimerKind::Rung { task, rung } => {
                let sla = workflow.sla(&run.task(task)?.step_id)?;
                Moment::Rung(sla.ladder[rung as usize].at)
            }
            TimerKind::Wake { .. } | TimerKind::WaitDeadline { .. } => Moment::Wait,
            TimerKind::Lease { .. } | TimerKind::NextAttempt { .. } => return None,
        };
        let step = match (timer.kind.task(), timer.kind.list()) {
            (Some(task), _) => run.task(task)?.step_id.clone(),
            (None, Some(list)) => run.list(list)?.at.clone(),
            (None, None) => return None,
        };
        Some(((step, timer.kind.task(), what), timer.due))
    });
    let mut moments: Vec<_> = timers.collect();
    moments.sort();
    moments
}
