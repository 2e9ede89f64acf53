//! Runs that call each other: what each must hear of the others, in the very transaction in which it happens.

use hms_engine::{Entry, EntryKind, Order, Run, RunStatus};
use hms_server::orchestrator::Origin;
use serde_json::Value;
use uuid::Uuid;

use crate::definitions::Kind;
use crate::ensure;
use crate::ledger::{Event, Ledger, Row};

/// Who a run is told by.
pub(crate) const BY: &str = "call";

/// What a run is still to be told in this transaction.
#[derive(Debug, PartialEq)]
pub(crate) enum Letter {
    /// It begins, called by another.
    Begin { parent: Uuid, run: Uuid },
    /// What it called has ended.
    Ended {
        parent: Uuid,
        run: Uuid,
        status: RunStatus,
    },
    /// It is wanted no more.
    Cancel { run: Uuid },
}

impl Ledger {
    /// A run is told something of another: it had to be told, and it is told once.
    pub(crate) fn delivered(&mut self, row: &Row) -> Result<(), String> {
        let letter = match &row.order {
            Order::Start => return self.called(row),
            Order::CallRefused { run, .. } => {
                let callee = self.callee_of(row.run);
                let there = callee.is_some_and(|id| self.in_force.contains_key(&id));
                ensure!(!there, "refused, and there is such a workflow");
                let known = self.runs.get_mut(&row.run);
                let known = known.and_then(|known| known.calls.remove(run));
                ensure!(known.is_some(), "it called no such run");
                Letter::Begin {
                    parent: row.run,
                    run: *run,
                }
            }
            Order::CallEnded { run, status, .. } => Letter::Ended {
                parent: row.run,
                run: *run,
                status: *status,
            },
            Order::Cancel { .. } => Letter::Cancel { run: row.run },
            order => return Err(format!("another run had it do {order:?}")),
        };
        self.take(&letter)
    }

    fn take(&mut self, letter: &Letter) -> Result<(), String> {
        let at = self.letters.iter().position(|one| one == letter);
        let Some(at) = at else {
            return Err(format!("nothing says so: {letter:?}"));
        };
        self.letters.remove(at);
        Ok(())
    }

    /// A called run begins, by what is in force, with an event of its own that brings the caller's payload.
    fn called(&mut self, row: &Row) -> Result<(), String> {
        let parent = self.letters.iter().find_map(|letter| match letter {
            Letter::Begin { parent, run } if *run == row.run => Some(*parent),
            _ => None,
        });
        let Some(parent) = parent else {
            return Err("nobody called it".into());
        };
        self.take(&Letter::Begin {
            parent,
            run: row.run,
        })?;
        let callee = self.callee_of(parent).unwrap_or_default();
        ensure!(
            self.in_force.get(&callee) == Some(&row.version),
            "{callee} was called, and {} began",
            row.version
        );
        let events = self.events.iter();
        let mut brought = events.filter(|event| event.runs.contains(&parent));
        let Some(payload) = brought.next().map(|event| event.payload.clone()) else {
            return Err("its caller has no event".into());
        };
        self.events.push(Event {
            id: None,
            origin: Some(Origin {
                source: format!("run:{parent}"),
                id: row.run.to_string(),
            }),
            payload,
            runs: vec![row.run],
        });
        self.parents.insert(row.run, parent);
        Ok(())
    }

    fn callee_of(&self, run: Uuid) -> Option<String> {
        self.runs.get(&run).map(|run| run.flow.callee.clone())
    }

    /// What an entry says of called runs.
    pub(crate) fn call_entry(&mut self, row: &Row, entry: &Entry) -> Result<(), String> {
        let Some(known) = self.runs.get_mut(&row.run) else {
            return Err("an entry without its run".into());
        };
        let parent = row.run;
        match &entry.kind {
            EntryKind::RunCalled { run, workflow } => {
                let step = entry.step.clone().unwrap_or_default();
                let kind = known.flow.steps.get(&step).map(|step| &step.kind);
                ensure!(matches!(kind, Some(Kind::Call)), "{step} called a run");
                ensure!(*workflow == known.flow.callee, "{step} called {workflow}");
                let before = known.calls.insert(*run, step);
                ensure!(before.is_none(), "{run} was called twice");
                self.letters.push(Letter::Begin { parent, run: *run });
            }
            EntryKind::CallEnded { run, .. } => {
                let order = matches!(&row.order, Order::CallEnded { run: told, .. } if told == run);
                ensure!(order, "{run} is said to have ended");
                ensure!(known.calls.remove(run).is_some(), "it called no such run");
            }
            EntryKind::CallCancelled { run } => {
                ensure!(known.calls.remove(run).is_some(), "it called no such run");
                self.letters.push(Letter::Cancel { run: *run });
            }
            _ => {}
        }
        Ok(())
    }

    /// A run ended: whoever called it is told.
    pub(crate) fn tell_caller(&mut self, run: Uuid, status: RunStatus) {
        let parent = self.parents.get(&run).copied();
        let letter = |parent| Letter::Ended {
            parent,
            run,
            status,
        };
        self.letters.extend(parent.map(letter));
    }

    /// The transaction is over: everybody was told, but those who want to hear no more.
    pub(crate) fn all_delivered(&mut self) -> Result<(), String> {
        for letter in std::mem::take(&mut self.letters) {
            let waits = match &letter {
                Letter::Begin { parent, run } | Letter::Ended { parent, run, .. } => {
                    let parent = self.runs.get(parent);
                    parent.is_some_and(|parent| parent.calls.contains_key(run))
                }
                Letter::Cancel { run } => {
                    let run = self.runs.get(run);
                    run.is_some_and(|run| run.status == RunStatus::Running)
                }
            };
            ensure!(!waits, "never told: {letter:?}");
        }
        Ok(())
    }
}

/// What a run that ended came to, read off its state.
pub(crate) fn came_to(run: &Run) -> Value {
    let last = run.last.as_ref().and_then(|step| run.results.get(step));
    run.result.as_ref().or(last).cloned().unwrap_or_default()
}
