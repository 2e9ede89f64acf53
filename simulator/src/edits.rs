//! A later revision of a definition, with the same steps that lead the same ways: others do them, and there
//! is more time or less.

use crate::definitions::{ACTORS, Flow, Kind, SLAS_S, Task};
use crate::dice::Dice;

/// Another revision of a definition.
pub(crate) fn edited(dice: &mut Dice, flow: &Flow, revision: u64) -> Flow {
    let mut steps = flow.steps.clone();
    let mut text = String::new();
    let mut step = String::new();
    for line in flow.text.lines() {
        let (pad, written) = line.split_at(line.len() - line.trim_start().len());
        if let Some(id) = written.strip_prefix("- id: ") {
            id.clone_into(&mut step);
        }
        let task = match steps.get_mut(&step).map(|step| &mut step.kind) {
            Some(Kind::Task(task)) => Some(task),
            _ => None,
        };
        let line = match written.split_once(": ") {
            Some(("description", _)) => format!("description: revision {revision}"),
            Some((key, value)) => format!("{key}: {}", other(dice, key, value, task)),
            None => written.to_owned(),
        };
        text.push_str(&format!("{pad}{line}\n"));
    }
    Flow {
        id: flow.id.clone(),
        start: flow.start.clone(),
        text,
        steps,
        family: flow.family,
        callee: flow.callee.clone(),
        by_office: flow.by_office,
    }
}

/// What stands behind a key then; a task is kept in step with it.
fn other(dice: &mut Dice, key: &str, value: &str, task: Option<&mut Task>) -> String {
    let changes = dice.one_in(3);
    match (key, task) {
        _ if !changes => value.to_owned(),
        ("sla", task) => {
            let seconds = *dice.pick(&SLAS_S);
            if let Some(task) = task {
                task.sla_ms = Some(seconds as i64 * 1_000);
            }
            format!("{seconds}s")
        }
        ("for", _) => format!("{}s", dice.pick(&[1, 60, 600])),
        ("timeout", Some(task)) => {
            let seconds = *dice.pick(&[2, 20, 60, 200]);
            task.timeout_ms = Some(seconds * 1_000);
            format!("{seconds}s")
        }
        ("retry", Some(task)) => {
            task.attempts = dice.between(1, 4) as u32;
            task.attempts.to_string()
        }
        ("priority", Some(task)) => {
            task.priority = *dice.pick(&[0, 25, 75, 100]);
            task.priority.to_string()
        }
        ("actor", Some(task)) => {
            let kind = value.split(':').next();
            let alike = ACTORS
                .into_iter()
                .filter(|actor| actor.split(':').next() == kind);
            let alike: Vec<&str> = alike.collect();
            task.actor = *dice.pick(&alike);
            task.actor.to_owned()
        }
        _ => value.to_owned(),
    }
}
