//! Who may do what, and when: an order that was taken was one that may be.

use hms_engine::{Command, Effect, EntryKind, Order, Run, StepKind, TaskStatus, Time, Workflow};
use proptest::prelude::*;

/// Looks at an order that was taken by a run that stood as `before`, and had moved to another version
/// of its definition or not.
pub(crate) fn had_leave(
    workflow: &Workflow,
    before: &Run,
    command: &Command,
    effects: &[Effect],
    (now, moved): (Time, bool),
) -> Result<(), TestCaseError> {
    let entries = || {
        effects.iter().filter_map(|effect| match effect {
            Effect::Record(entry) => Some(&entry.kind),
            _ => None,
        })
    };
    if !matches!(command.order, Order::Recalendar { .. }) {
        for (calendar, version) in &before.calendars {
            let bound = workflow.calendars.get(calendar).map(|bound| &bound.version);
            prop_assert_eq!(bound, Some(version), "counted by another {}", calendar);
        }
    }
    // Where a missed deadline leads, the work that opens says so.
    if entries().any(|kind| matches!(kind, EntryKind::Escalated { .. })) {
        for effect in effects {
            if let Effect::OpenTask(task) = effect {
                prop_assert!(task.escalated, "{} hides that it is late", task.step_id);
            }
        }
    }
    for effect in effects {
        if let Effect::CloseTask(task) = effect
            && task.status != TaskStatus::Cancelled
            && task.expires.is_some_and(|deadline| now >= deadline)
        {
            prop_assert!(task.breached_at.is_some(), "closed late, and not marked");
        }
    }
    let (task, begins) = match &command.order {
        Order::Claim { task, .. } | Order::Fail { task, .. } => (task, true),
        Order::Release { task } | Order::Heartbeat { task, .. } | Order::Complete { task, .. } => {
            (task, false)
        }
        Order::TimerFired { timer } => {
            let set = before.timers.iter().find(|set| set.number == *timer);
            prop_assert!(
                set.is_some_and(|set| set.due <= now),
                "fired before it is due"
            );
            return Ok(());
        }
        Order::Retry { incident, .. } => {
            let solved = entries()
                .filter(|kind| matches!(kind, EntryKind::IncidentResolved { .. }))
                .count();
            let meant = incident.map_or(before.incidents.len(), |_| 1);
            prop_assert_eq!(solved, meant, "incidents resolved");
            return Ok(());
        }
        _ => return Ok(()),
    };
    let task = before.tasks.iter().find(|open| open.id == *task);
    prop_assert!(task.is_some(), "an order about a task that is not open");
    let task = task.unwrap();
    let mine = task.claimed_by.as_deref() == Some(&command.by);
    prop_assert!(
        mine || task.status != TaskStatus::Claimed,
        "taken from whoever has it"
    );
    let waits = task.not_before.is_some_and(|moment| now < moment);
    prop_assert!(!(begins && waits), "tried again before its time");
    let step = workflow.step(&task.step_id).map(|step| &step.kind);
    let Some(StepKind::Task(step)) = step else {
        return Ok(());
    };
    // A version that allows fewer lets the one at hand be the last.
    let many = task.attempt > step.retry.attempts;
    prop_assert!(moved || !many, "one attempt too many");
    // No ladder of these definitions ends a task before its deadline.
    let ends = step
        .sla
        .as_ref()
        .is_some_and(|sla| sla.on_timeout.is_some());
    let late = task.expires.is_some_and(|deadline| now >= deadline);
    prop_assert!(!(ends && late), "too late, and taken");
    Ok(())
}
