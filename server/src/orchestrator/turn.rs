//! One turn: what one transaction does. Runs are loaded, stepped in memory, and everything that
//! came of it is gathered into one [`Batch`].

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use hms_engine::{Command, Order, Rejected, Run, Task, Time, Workflow, step};
use serde_json::value::{RawValue, to_raw_value};
use uuid::Uuid;

use super::gather::Gathered;
use super::work::{Answer, Work, later};
use super::{
    Emitted, Hands, Ids, NewEvent, Origin, PAYLOAD_BYTES_MAX, Refusal, Registry, TaskOrder, console,
};
use crate::store::{Batch, EventRow, Loaded, ReportRow, StartedRun, TaskRow};

/// The most event names told to who asked for an unknown one.
const SUGGESTIONS_MAX: usize = 10;

/// A run in a turn.
struct OpenRun {
    run: Run,
    workflow: Arc<Workflow>,
}

/// A transaction in the making.
pub(super) struct Turn<'r> {
    now: Time,
    registry: &'r Registry,
    ids: &'r mut Ids,
    runs: HashMap<Uuid, OpenRun>,
    /// Tasks asked for by id, as they stood before this turn.
    tasks: HashMap<Uuid, (Uuid, Task)>,
    free: Vec<(hms_engine::ActorPattern, std::vec::IntoIter<(Uuid, Uuid)>)>,
    accepted: HashMap<Origin, Emitted>,
    numbers: HashSet<String>,
    gathered: Gathered,
    answers: Vec<Answer>,
    late_ms: Vec<i64>,
}

/// What a turn leaves: what to write, whom to answer then, and what to print.
pub(super) struct Finished {
    pub(super) batch: Batch,
    pub(super) answers: Vec<Answer>,
    pub(super) lines: Vec<String>,
    /// How late each timer fired, in milliseconds of workflow time.
    pub(super) late_ms: Vec<i64>,
}

impl<'r> Turn<'r> {
    /// Begins a turn with what the store found.
    pub(super) fn begin(
        now: Time,
        registry: &'r Registry,
        ids: &'r mut Ids,
        actors: Vec<hms_engine::ActorPattern>,
        loaded: Loaded,
    ) -> Turn<'r> {
        let mut runs = HashMap::with_capacity(loaded.runs.len());
        for run in loaded.runs {
            // Every version is loaded at start-up and at deployment. A run whose version is not
            // there is left alone, and whoever asks for it is told.
            if let Some(workflow) = registry.version(&run.version) {
                runs.insert(run.id, OpenRun { run, workflow });
            }
        }
        let accepted = loaded
            .events
            .into_iter()
            .filter_map(|event| {
                let origin = Origin {
                    source: event.source?,
                    id: event.external_id?,
                };
                Some((
                    origin,
                    Emitted {
                        event_id: event.id,
                        runs: event.runs,
                        repeated: true,
                    },
                ))
            })
            .collect();
        Turn {
            now,
            registry,
            ids,
            runs,
            tasks: loaded
                .tasks
                .into_iter()
                .map(|(run, task)| (task.id, (run, task)))
                .collect(),
            free: actors
                .into_iter()
                .zip(loaded.free.into_iter().map(Vec::into_iter))
                .collect(),
            accepted,
            numbers: loaded.numbers.into_iter().collect(),
            gathered: Gathered::new(now),
            answers: Vec::new(),
            late_ms: Vec::new(),
        }
    }

    /// Fires what is due in these runs.
    pub(super) fn fire_due(&mut self, runs: &[Uuid]) {
        for run in runs {
            self.catch_up(*run);
        }
    }

    /// Does one piece of work and keeps its answer for after the commit.
    pub(super) fn take(&mut self, work: Work) {
        let answer = match work {
            Work::Emit { events, answer } => {
                let all = events.into_iter().map(|event| self.emit(event)).collect();
                later(answer, all)
            }
            Work::Tasks {
                hands,
                orders,
                answer,
            } => {
                let all = orders
                    .into_iter()
                    .map(|(task, order)| self.task_order(task, &hands, order))
                    .collect();
                later(answer, all)
            }
            Work::Lease {
                by,
                actor,
                limit,
                lease_ms,
                answer,
            } => {
                let leased = self.lease(&actor, &by, limit, lease_ms);
                later(answer, Ok(leased))
            }
            Work::Run {
                by,
                run,
                order,
                answer,
            } => {
                let done = self.apply(run, Command::new(by, order));
                later(answer, done)
            }
            // Deployments have a transaction of their own; the conductor takes them out before.
            Work::Deploy { answer, .. } => later(
                answer,
                Err(Refusal::Unavailable("a deployment in a batch".into())),
            ),
        };
        self.answers.push(answer);
    }

    /// Ends the turn.
    pub(super) fn finish(mut self) -> Finished {
        for (id, open) in self.runs {
            self.gathered.run(id, open.run);
        }
        let (batch, lines) = self.gathered.finish();
        Finished {
            batch,
            answers: self.answers,
            lines,
            late_ms: self.late_ms,
        }
    }

    fn emit(&mut self, event: NewEvent) -> Result<Emitted, Refusal> {
        if let Some(known) = event
            .origin
            .as_ref()
            .and_then(|origin| self.accepted.get(origin))
        {
            return Ok(known.clone());
        }
        if !event.payload.is_object() {
            return Err(Refusal::NotAnObject);
        }
        let bytes = event.payload.to_string().len();
        if bytes > PAYLOAD_BYTES_MAX {
            return Err(Refusal::TooLarge {
                what: "payload",
                bytes,
                limit: PAYLOAD_BYTES_MAX,
            });
        }
        let workflows = self.registry.starting_on(&event.name);
        if workflows.is_empty() {
            let known = self.registry.starts();
            let nearest = match hms_engine::nearest(&event.name, known.iter().map(String::as_str)) {
                Some(meant) => vec![meant.to_owned()],
                None => known.into_iter().take(SUGGESTIONS_MAX).collect(),
            };
            return Err(Refusal::UnknownEvent {
                name: event.name,
                nearest,
            });
        }
        for workflow in &workflows {
            let faults = workflow.input_faults(&event.payload);
            if !faults.is_empty() {
                return Err(Refusal::BadPayload {
                    workflow: workflow.id.clone(),
                    faults,
                });
            }
        }
        if let Some(report) = &event.report
            && !self.numbers.insert(report.number.clone())
        {
            return Err(Refusal::NumberTaken);
        }
        let event_id = self.ids.fresh(self.now);
        let mut started = Vec::with_capacity(workflows.len());
        for workflow in workflows {
            let run_id = self.ids.fresh(self.now);
            let run = Run::new(run_id, &workflow, event.payload.clone());
            started.push(StartedRun {
                run_id,
                workflow: workflow.id.clone(),
            });
            self.gathered
                .say(console::accepted(self.now, &workflow.id, run_id));
            self.gathered.begins(run_id, event_id);
            self.runs.insert(run_id, OpenRun { run, workflow });
            self.apply(run_id, Command::new("event", Order::Start))?;
        }
        if let Some(report) = event.report {
            let followed = started
                .iter()
                .find(|run| Some(&run.workflow) == report.workflow.as_ref());
            self.gathered.report(ReportRow {
                number: report.number,
                receipt_hash: report.receipt_hash,
                event_id,
                run_id: followed.unwrap_or(&started[0]).run_id,
                filed: self.now,
            });
        }
        let (source, external_id) = event
            .origin
            .clone()
            .map(|origin| (origin.source, origin.id))
            .unzip();
        self.gathered.event(EventRow {
            id: event_id,
            source,
            external_id,
            name: event.name,
            payload: event.payload,
            received: self.now,
            runs: started.clone(),
        });
        let emitted = Emitted {
            event_id,
            runs: started,
            repeated: false,
        };
        if let Some(origin) = event.origin {
            self.accepted.insert(
                origin,
                Emitted {
                    repeated: true,
                    ..emitted.clone()
                },
            );
        }
        Ok(emitted)
    }

    fn task_order(
        &mut self,
        id: Uuid,
        hands: &Hands,
        order: TaskOrder,
    ) -> Result<TaskRow, Refusal> {
        // A task that is not theirs to touch is told like one that is not there.
        let theirs = |(_, task): &&(Uuid, Task)| hands.may_touch(&task.actor);
        let Some((run_id, before)) = self.tasks.get(&id).filter(theirs) else {
            return Err(Refusal::UnknownTask(id));
        };
        let by = hands.name(&before.actor);
        let run_id = *run_id;
        let known = before.status.is_open();
        let wanted = match &order {
            TaskOrder::Complete { result } => Some(result.clone()),
            _ => None,
        };
        let order = match order {
            TaskOrder::Claim { lease_ms } => Order::Claim { task: id, lease_ms },
            TaskOrder::Release => Order::Release { task: id },
            TaskOrder::Heartbeat { lease_ms } => Order::Heartbeat { task: id, lease_ms },
            TaskOrder::Complete { result } => Order::Complete { task: id, result },
            TaskOrder::Fail { error } => Order::Fail { task: id, error },
        };
        let done = if known {
            self.apply(run_id, Command::new(by, order))
        } else {
            Err(Refusal::Rejected(Rejected::NotOpen))
        };
        let row = self.task_row(id, run_id)?;
        match done {
            Ok(()) => Ok(row),
            Err(Refusal::Rejected(rejected)) if !row.task.status.is_open() => {
                let same = wanted.is_some_and(|result| row.task.was_answered(&result));
                tracing::debug!(task.id = %id, %rejected, "a task that is closed");
                if same {
                    Ok(row)
                } else {
                    Err(Refusal::Closed(Box::new(row)))
                }
            }
            Err(refusal) => Err(refusal),
        }
    }

    fn lease(
        &mut self,
        actor: &hms_engine::ActorPattern,
        by: &str,
        limit: u32,
        lease_ms: u64,
    ) -> Vec<TaskRow> {
        let mut leased = Vec::new();
        while leased.len() < limit as usize {
            let Some((task, run)) = self
                .free
                .iter_mut()
                .find(|(known, _)| known == actor)
                .and_then(|(_, f)| f.next())
            else {
                break;
            };
            let order = Order::Claim {
                task,
                lease_ms: Some(lease_ms),
            };
            // A task that went elsewhere in this very turn is passed over.
            if self.apply(run, Command::new(by, order)).is_ok()
                && let Ok(row) = self.task_row(task, run)
            {
                leased.push(row);
            }
        }
        leased
    }

    /// Fires a run's due timers, so that a command at or after a deadline finds it passed.
    fn catch_up(&mut self, id: Uuid) {
        let Some(open) = self.runs.get(&id) else {
            return;
        };
        for timer in open.run.due(self.now) {
            let due = self.due(id, timer);
            // A timer cleared by the one before it is stale, and that is in order.
            if self.step(id, &Command::timer(timer)).is_ok() {
                let late = due.map(|due| (self.now - due).num_milliseconds());
                self.late_ms.extend(late);
            }
        }
    }

    fn due(&self, run: Uuid, number: u32) -> Option<Time> {
        let timers = &self.runs.get(&run)?.run.timers;
        let timer = timers.iter().find(|timer| timer.number == number)?;
        Some(timer.due)
    }

    fn apply(&mut self, id: Uuid, command: Command) -> Result<(), Refusal> {
        self.catch_up(id);
        self.step(id, &command)
    }

    fn step(&mut self, id: Uuid, command: &Command) -> Result<(), Refusal> {
        let open = self.runs.get_mut(&id).ok_or(Refusal::UnknownRun(id))?;
        let effects =
            step(&open.workflow, &mut open.run, command, self.now).map_err(Refusal::Rejected)?;
        self.gathered.effects(self.ids, &open.run, command, effects)
    }

    /// A task as it is at this moment of the turn.
    fn task_row(&self, id: Uuid, run_id: Uuid) -> Result<TaskRow, Refusal> {
        let task = self
            .gathered
            .task(id)
            .or_else(|| self.runs.get(&run_id).and_then(|open| open.run.task(id)))
            .or_else(|| self.tasks.get(&id).map(|(_, task)| task))
            .ok_or(Refusal::UnknownTask(id))?;
        let open = self.runs.get(&run_id).ok_or(Refusal::UnknownRun(run_id))?;
        Ok(TaskRow {
            task: task.clone(),
            run_id,
            workflow: open.run.workflow.clone(),
            payload: raw(&open.run.payload)?,
        })
    }
}

fn raw(payload: &serde_json::Value) -> Result<Box<RawValue>, Refusal> {
    to_raw_value(payload).map_err(|error| Refusal::Unavailable(error.to_string()))
}
