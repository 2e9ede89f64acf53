//! Runs that call each other: what a step of one means for another, in the same transaction.

use std::collections::{HashMap, VecDeque};

use hms_engine::{Command, Effect, Order, Run};
use serde_json::Value;
use uuid::Uuid;

use super::calendars::Anew;
use super::deploy::take_in;
use super::personal::Apart;
use super::turn::{OpenRun, Turn};
use super::{Refusal, Registry, console};
use crate::store::{EventRow, Journal, StartedRun, StoreError};

/// Who a run is told by that another one called it, ended or is wanted no more.
const BY: &str = "call";
/// The most runs that one run may begin within one turn, those begun by what it began included. Runs
/// that call each other without ever waiting would fill the store.
const BEGUN_MAX: usize = 4_096;

/// What is still to be told to other runs, and what a turn began by calls.
#[derive(Default)]
pub(super) struct Calls {
    letters: VecDeque<Letter>,
    /// Letters to runs that are not loaded.
    held: Vec<Letter>,
    /// The run that each called one goes back to in this turn.
    origins: HashMap<Uuid, Uuid>,
    begun: HashMap<Uuid, usize>,
}

enum Letter {
    /// Another workflow is to begin for a run.
    Begin {
        parent: Uuid,
        run: Uuid,
        workflow: String,
        payload: Value,
    },
    /// An order for a run.
    Order { run: Uuid, order: Order },
}

impl Calls {
    /// Notes what a step of a run means for others.
    pub(super) fn note(&mut self, run: &Run, effects: &[Effect]) {
        for effect in effects {
            let letter = match effect {
                Effect::StartRun {
                    run: child,
                    workflow,
                    payload,
                } => Letter::Begin {
                    parent: run.id,
                    run: *child,
                    workflow: workflow.clone(),
                    payload: payload.clone(),
                },
                Effect::CancelRun(child) => Letter::Order {
                    run: *child,
                    order: Order::Cancel {
                        note: "The run that called this one wants it no more".to_owned(),
                    },
                },
                Effect::FinishRun(status) => match run.parent {
                    Some(parent) => Letter::Order {
                        run: parent,
                        order: Order::CallEnded {
                            run: run.id,
                            status: *status,
                            result: came_to(run),
                        },
                    },
                    None => continue,
                },
                _ => continue,
            };
            self.letters.push_back(letter);
        }
    }

    /// Counts one more run begun for another; refused past the limit.
    fn counts(&mut self, parent: Uuid, child: Uuid) -> bool {
        let origin = self.origins.get(&parent).copied().unwrap_or(parent);
        self.origins.insert(child, origin);
        let begun = self.begun.entry(origin).or_default();
        *begun += 1;
        *begun <= BEGUN_MAX
    }
}

/// What a run came to: what its `end` says, else the result of the step that finished last.
fn came_to(run: &Run) -> Value {
    let last = || run.last.as_ref().and_then(|step| run.results.get(step));
    let result = run.result.as_ref().or_else(last);
    result.cloned().unwrap_or_default()
}

impl Turn<'_> {
    /// Delivers what runs have for each other, until nothing is left. The runs that are needed for the
    /// rest and are not loaded come back; see [`Turn::join`].
    pub(super) fn settle(&mut self) -> Result<Vec<Uuid>, Refusal> {
        while let Some(letter) = self.calls.letters.pop_front() {
            match letter {
                Letter::Begin {
                    parent,
                    run,
                    workflow,
                    payload,
                } => self.begin_called(parent, run, &workflow, payload)?,
                Letter::Order { run, order } if self.runs.contains_key(&run) => {
                    match self.apply(run, Command::new(BY, order)) {
                        // It ended, or waits no more, by what came before in this very turn.
                        Ok(()) | Err(Refusal::Rejected(_)) => {}
                        Err(refusal) => return Err(refusal),
                    }
                }
                letter => self.calls.held.push(letter),
            }
        }
        let held = self.calls.held.iter();
        let wanted = held.filter_map(|letter| match letter {
            Letter::Order { run, .. } => Some(*run),
            Letter::Begin { .. } => None,
        });
        Ok(wanted.collect())
    }

    /// Takes in runs that were not loaded at first. A letter to a run that is not there, or whose
    /// definition this node does not know, has nobody to read it.
    pub(super) fn join(&mut self, runs: Vec<Run>) {
        self.open_all(runs);
        for letter in std::mem::take(&mut self.calls.held) {
            match &letter {
                Letter::Order { run, .. } if !self.runs.contains_key(run) => {
                    tracing::error!(run.id = %run, "a run that calls or was called is not there");
                }
                _ => self.calls.letters.push_back(letter),
            }
        }
    }

    fn begin_called(
        &mut self,
        parent: Uuid,
        run_id: Uuid,
        id: &str,
        payload: Value,
    ) -> Result<(), Refusal> {
        let Some(caller) = self.runs.get(&parent) else {
            return Ok(());
        };
        let why = match self.registry.in_force(id) {
            Some(workflow) if !workflow.input_faults(&payload).is_empty() => {
                let faults = workflow.input_faults(&payload);
                let told = faults.iter();
                let told = told.map(|fault| format!("{} {}", fault.pointer, fault.detail));
                let told: Vec<String> = told.collect();
                format!(
                    "the payload breaks the input of \"{id}\": {}",
                    told.join("; ")
                )
            }
            Some(workflow) if self.calls.counts(parent, run_id) => {
                let event_id = self.ids.fresh(self.now);
                let mut apart = Apart {
                    registry: self.registry,
                    ids: self.ids,
                    now: self.now,
                    owner: event_id,
                    handed_on: true,
                };
                let mut payload = payload;
                let fields = workflow.personal.iter().map(String::as_str);
                let personal = apart.put(&mut payload, fields)?;
                let run = Run::called(run_id, &workflow, payload.clone(), &caller.run);
                self.gathered.personal(personal);
                return self.keep_called(event_id, OpenRun::new(run, workflow), payload);
            }
            Some(_) => format!("more than {BEGUN_MAX} runs would begin at once"),
            None => {
                let all = self.registry.all();
                let near = hms_engine::nearest(id, all.iter().map(|known| known.id.as_str()));
                let near = near.map(|near| format!(", did you mean \"{near}\"?"));
                format!("there is no workflow \"{id}\"{}", near.unwrap_or_default())
            }
        };
        let order = Order::CallRefused { run: run_id, why };
        let letter = Letter::Order { run: parent, order };
        self.calls.letters.push_back(letter);
        Ok(())
    }

    /// Begins a called run. Its payload is kept as every run's is, with an event: the call itself,
    /// known by the two runs, so that it can never be kept twice.
    fn keep_called(
        &mut self,
        event_id: Uuid,
        open: OpenRun,
        payload: Value,
    ) -> Result<(), Refusal> {
        let (run_id, workflow) = (open.run.id, open.workflow.id.clone());
        self.gathered.event(EventRow {
            id: event_id,
            source: open.run.parent.map(|parent| format!("run:{parent}")),
            external_id: Some(run_id.to_string()),
            name: open.workflow.start.clone(),
            payload,
            received: self.now,
            runs: vec![StartedRun {
                run_id,
                workflow: workflow.clone(),
            }],
            reached: Vec::new(),
        })?;
        self.gathered
            .say(console::called(self.now, &workflow, run_id));
        self.gathered.begins(run_id, event_id);
        self.runs.insert(run_id, open);
        self.apply(run_id, Command::new(BY, Order::Start))
    }
}

/// Has runs that call each other hear of each other. Each round reads, in one question, the runs that
/// the one before has something for: their callers, or what they called.
pub(super) async fn settle(
    journal: &mut dyn Journal,
    registry: &Registry,
    anew: &Anew,
    turn: &mut Turn<'_>,
) -> Result<(), StoreError> {
    loop {
        let wanted = turn
            .settle()
            .map_err(|refusal| StoreError::Unavailable(refusal.to_string()))?;
        if wanted.is_empty() {
            return Ok(());
        }
        let loaded = journal.more(&wanted).await?;
        take_in(registry, anew, loaded.calendars, loaded.deployed);
        turn.join(loaded.runs);
    }
}
