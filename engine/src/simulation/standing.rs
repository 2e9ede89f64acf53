use super::tell;
use super::timeline::PlayedRun;
use crate::{Run, StepKind, WaitFor, Workflow};

/// A run as it stands at the end, by its place among the runs.
pub(super) fn standing(at: usize, run: &Run, workflow: &Workflow) -> PlayedRun {
    PlayedRun {
        run: at + 1,
        id: run.id,
        workflow: run.workflow.clone(),
        key: run.key.clone(),
        status: run.status,
        // Every run in play was started.
        started: run.started.unwrap_or_default(),
        ended: run.ended,
        outcome: run.outcome.clone(),
        result: run.result.clone(),
        waits: waits(run, workflow),
    }
}

/// What an open run waits for, in words.
fn waits(run: &Run, workflow: &Workflow) -> Vec<String> {
    let mut waits = Vec::new();
    for task in &run.tasks {
        let until = task.expires.map_or_else(String::new, |until| {
            format!(" until {}", tell::moment(until))
        });
        waits.push(format!("{} waits for {}{until}", task.step_id, task.actor));
    }
    for list in &run.lists {
        let step = workflow.step(&list.at);
        if let Some(StepKind::Wait(wait)) = step.map(|step| &step.kind) {
            let what = match &wait.what {
                WaitFor::Event { name, .. } => name.as_str(),
                WaitFor::Time { .. } | WaitFor::Moment(_) => "its time",
            };
            waits.push(format!("{} waits for {what}", list.at));
        }
    }
    for incident in &run.incidents {
        waits.push(format!("stopped: {}", incident.message));
    }
    waits
}
