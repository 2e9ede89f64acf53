//! Whom an event wakes: every wait it is for, at once, and no other.

use hms_engine::{
    Command, Effect, EntryKind, Order, Run, StepKind, Time, TimerKind, WaitFor, Workflow,
};
use proptest::prelude::*;

/// Looks at an event that came to a run that stood as `before`, and at what came of it; nothing,
/// when it was refused.
pub(crate) fn all_woken(
    workflow: &Workflow,
    before: &Run,
    command: &Command,
    effects: &[Effect],
    now: Time,
) -> Result<(), TestCaseError> {
    let Order::Signal {
        event,
        name,
        payload,
    } = &command.order
    else {
        return Ok(());
    };
    let known = before.kept.iter().any(|kept| kept.id == *event);
    let waits = before.lists.iter().filter(|list| {
        let Some(StepKind::Wait(wait)) = workflow.step(&list.at).map(|step| &step.kind) else {
            return false;
        };
        let WaitFor::Event {
            name: awaited,
            matching,
        } = &wait.what
        else {
            return false;
        };
        // The definitions match on 2, and else by the run's key, which is 1.
        let wanted = if matching.is_some() { 2 } else { 1 };
        let late = before.timers.iter().any(|timer| {
            timer.due <= now && timer.kind == TimerKind::WaitDeadline { list: list.number }
        });
        let stopped = before.incidents.iter().any(|one| one.list == list.number);
        name == awaited && payload["n"] == wanted && !late && !stopped
    });
    let waits = if known { 0 } else { waits.count() };
    let taken = effects.iter().filter(|effect| match effect {
        Effect::Record(entry) => {
            matches!(&entry.kind, EntryKind::EventTaken { event: one, .. } if one == event)
        }
        _ => false,
    });
    prop_assert_eq!(taken.count(), waits, "waits woken by {:?}", command);
    Ok(())
}
