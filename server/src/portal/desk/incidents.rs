//! What stopped a run, and where it can go on from there.

use hms_app::views::{Does, GoOn, IncidentRow};
use hms_engine::{END, Incident, Run, Step, StepKind, WaitFor};

use super::titles::Titles;

/// An incident of a run. Where it can go on are the steps of the list that stopped, and that list's end.
pub(super) fn row(run: &Run, incident: &Incident, titles: &Titles) -> IncidentRow {
    let place = |step: &Step| GoOn {
        step: step.id.clone(),
        title: titles.step(&step.id),
        does: does(step),
    };
    let workflow = titles.workflow();
    let beside = workflow
        .into_iter()
        .flat_map(|workflow| workflow.beside_of(&incident.step));
    let (mut ways, others): (Vec<GoOn>, Vec<GoOn>) =
        beside.map(place).partition(|way| way.step == incident.step);
    ways.extend(others);
    let inside = run
        .list(incident.list)
        .is_some_and(|list| list.inside.is_some());
    ways.push(GoOn {
        step: END.to_owned(),
        title: String::new(),
        does: if inside { Does::EndPart } else { Does::End },
    });
    let cause = serde_json::to_value(incident.cause).unwrap_or_default();
    IncidentRow {
        number: incident.number,
        step: incident.step.clone(),
        title: titles.step(&incident.step),
        cause: cause.as_str().unwrap_or_default().to_owned(),
        message: incident.message.clone(),
        since: incident.since,
        ways,
    }
}

fn does(step: &Step) -> Does {
    match &step.kind {
        StepKind::Task(task) => Does::Task {
            actor: task.actor.to_string(),
            within: task.sla.as_ref().map(|sla| sla.written.clone()),
        },
        StepKind::Switch(_) => Does::Choose,
        StepKind::Parallel(parallel) => Does::Branches {
            names: parallel
                .branches
                .iter()
                .map(|(name, _)| name.clone())
                .collect(),
        },
        StepKind::Foreach(_) => Does::Each,
        StepKind::Wait(wait) => match &wait.what {
            WaitFor::Event { name, .. } => Does::WaitEvent { name: name.clone() },
            WaitFor::Time { .. } | WaitFor::Moment(_) => Does::WaitTime,
        },
        StepKind::Call(call) => Does::Call {
            workflow: call.workflow.clone(),
        },
        StepKind::End(_) => Does::End,
    }
}
