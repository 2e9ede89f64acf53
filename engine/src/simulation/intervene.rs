use uuid::Uuid;

use super::script::{Intervention, Ordered};
use crate::{Order, Run};

/// What an intervention asks of a run, and at which step.
pub(super) fn orders(given: &Intervention, run: &Run) -> Vec<(Order, Option<String>)> {
    let note = || given.note.clone();
    let tasks = |step: &String, order: &dyn Fn(Uuid) -> Order| {
        let tasks = run.tasks.iter().filter(|task| task.step_id == *step);
        tasks
            .map(|task| (order(task.id), Some(step.clone())))
            .collect()
    };
    match &given.order {
        Ordered::Cancel => vec![(Order::Cancel { note: note() }, None)],
        Ordered::Retry { step, to } => run
            .incidents
            .iter()
            .filter(|incident| incident.step == *step)
            .map(|incident| {
                let order = Order::Retry {
                    incident: Some(incident.number),
                    to: to.clone(),
                    note: note(),
                };
                (order, Some(step.clone()))
            })
            .collect(),
        Ordered::Pause {
            step,
            waiting_for_reporter,
        } => tasks(step, &|task| Order::Pause {
            task,
            reason: note(),
            waiting_for_reporter: *waiting_for_reporter,
        }),
        Ordered::Resume { step } => tasks(step, &|task| Order::Resume { task }),
        Ordered::Extend { step, by_ms } => tasks(step, &|task| Order::Extend {
            task,
            by_ms: *by_ms,
            reason: note(),
        }),
    }
}
