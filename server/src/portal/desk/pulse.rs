use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use hms_engine::ActorPattern;
use tokio::sync::watch;

use crate::clock::wall_ms;
use crate::orchestrator::{Interest, Orchestrator};
use crate::store::{InboxLoad, StoreError, TasksOf};

/// Numbers that grow whenever a task of some roles changes, one for each set of roles. A page
/// that was made at one number and hears of a larger one knows that there is something new.
#[derive(Default)]
pub(in crate::portal) struct Pulses {
    by_roles: Mutex<HashMap<String, Pulse>>,
}

#[derive(Clone)]
struct Pulse {
    number: watch::Receiver<u64>,
    /// What was counted last, and at which number.
    counted: Arc<tokio::sync::Mutex<Option<(u64, InboxLoad)>>>,
}

impl Pulses {
    /// The number of some roles. Read it before the tasks: a change in between is then announced
    /// once more rather than never.
    pub(in crate::portal) fn of(
        &self,
        orchestrator: &Orchestrator,
        tasks: &[TasksOf],
    ) -> watch::Receiver<u64> {
        self.pulse(orchestrator, tasks).number
    }

    /// The number of some roles, and what was counted of their tasks at that number or later. Of all who ask at one
    /// number the first counts, and the others wait for it.
    pub(in crate::portal) async fn counted(
        &self,
        orchestrator: &Orchestrator,
        tasks: &[TasksOf],
    ) -> Result<(u64, InboxLoad), StoreError> {
        let pulse = self.pulse(orchestrator, tasks);
        let mut counted = pulse.counted.lock().await;
        let number = *pulse.number.borrow();
        match *counted {
            Some(known) if known.0 == number => Ok(known),
            _ => {
                let load = orchestrator.shelf().inbox_load(tasks).await?;
                *counted = Some((number, load));
                Ok((number, load))
            }
        }
    }

    fn pulse(&self, orchestrator: &Orchestrator, tasks: &[TasksOf]) -> Pulse {
        let mut names: Vec<String> = tasks.iter().map(name).collect();
        names.sort();
        names.dedup();
        let mut by_roles = self.by_roles.lock().unwrap_or_else(PoisonError::into_inner);
        by_roles
            .entry(names.join(" "))
            .or_insert_with(|| {
                // Changes are told by actor: a role for one workflow hears of the others' too, and counts what is its own.
                let actors = tasks.iter().map(|one| one.actor.clone()).collect();
                Pulse {
                    number: beat(orchestrator, actors),
                    counted: Arc::default(),
                }
            })
            .clone()
    }
}

fn name(of: &TasksOf) -> String {
    match &of.workflow {
        None => of.actor.to_string(),
        Some(workflow) => format!("{}@{workflow}", of.actor),
    }
}

/// There are only as many of these as there are different sets of roles among the staff.
fn beat(orchestrator: &Orchestrator, actors: Vec<ActorPattern>) -> watch::Receiver<u64> {
    // From the wall clock, so that the numbers of a restarted server are larger than those before.
    let (number, numbers) = watch::channel(wall_ms().max(0).unsigned_abs());
    let listener = orchestrator.hub().listen(Interest::Tasks(actors));
    tokio::spawn(async move {
        loop {
            listener.changed().await;
            number.send_modify(|number| *number += 1);
        }
    });
    numbers
}
