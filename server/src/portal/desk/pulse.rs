use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use hms_engine::ActorPattern;
use tokio::sync::watch;

use crate::clock::wall_ms;
use crate::orchestrator::{Interest, Orchestrator};
use crate::store::TasksOf;

/// Numbers that grow whenever a task of some roles changes, one for each set of roles. A page
/// that was made at one number and hears of a larger one knows that there is something new.
#[derive(Default)]
pub(in crate::portal) struct Pulses {
    by_roles: Mutex<HashMap<String, watch::Receiver<u64>>>,
}

impl Pulses {
    /// The number of some roles. Read it before the tasks: a change in between is then announced
    /// once more rather than never.
    pub(in crate::portal) fn of(
        &self,
        orchestrator: &Orchestrator,
        tasks: &[TasksOf],
    ) -> watch::Receiver<u64> {
        // Changes are told by actor: a role for one workflow hears of the others' too, and counts what is its own.
        let actors: Vec<ActorPattern> = tasks.iter().map(|one| one.actor.clone()).collect();
        let mut names: Vec<String> = actors.iter().map(ActorPattern::to_string).collect();
        names.sort();
        names.dedup();
        let mut by_roles = self.by_roles.lock().unwrap_or_else(PoisonError::into_inner);
        by_roles
            .entry(names.join(" "))
            .or_insert_with(|| beat(orchestrator, actors))
            .clone()
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
