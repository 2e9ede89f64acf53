//! One turn: what one transaction does. Runs are loaded, stepped in memory, and everything that
//! came of it is gathered into one [`Batch`].

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use hms_engine::{Command, Entry, Order, Rejected, Run, RunStatus, Task, Time, Workflow, step};
use serde_json::value::{RawValue, to_raw_value};
use uuid::Uuid;

use super::calls::Calls;
use super::files::NamedFiles;
use super::gather::Gathered;
use super::reach::Cases;
use super::work::{Answer, Work, later};
use super::{Emitted, Hands, Ids, Origin, Refusal, Registry, TaskOrder};
use crate::store::{Batch, Loaded, Sought, TaskRow};

/// A run in a turn.
pub(super) struct OpenRun {
    pub(super) run: Run,
    pub(super) workflow: Arc<Workflow>,
    /// By which calendars the store has it counted.
    counted: BTreeMap<String, String>,
}

impl OpenRun {
    /// A run as it is kept, or a new one.
    pub(super) fn new(run: Run, workflow: Arc<Workflow>) -> OpenRun {
        let counted = counted(&run);
        OpenRun {
            run,
            workflow,
            counted,
        }
    }
}

/// By which calendars a run is counted; by none when it has ended.
fn counted(run: &Run) -> BTreeMap<String, String> {
    match run.status {
        RunStatus::Running => run.calendars.clone(),
        _ => BTreeMap::new(),
    }
}

/// A transaction in the making.
pub(super) struct Turn<'r> {
    pub(super) now: Time,
    pub(super) registry: &'r Registry,
    pub(super) ids: &'r mut Ids,
    pub(super) runs: HashMap<Uuid, OpenRun>,
    /// What runs have for each other.
    pub(super) calls: Calls,
    /// What events find the runs by.
    pub(super) cases: Cases,
    /// What finds more runs than an event may reach.
    pub(super) crowded: HashSet<Sought>,
    /// Tasks asked for by id, as they stood before this turn.
    tasks: HashMap<Uuid, (Uuid, Task)>,
    free: Vec<(hms_engine::ActorPattern, std::vec::IntoIter<(Uuid, Uuid)>)>,
    pub(super) accepted: HashMap<Origin, Emitted>,
    pub(super) numbers: HashSet<String>,
    pub(super) files: NamedFiles,
    pub(super) gathered: Gathered,
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
    /// Begins a turn of about so many commands with what the store found.
    pub(super) fn begin(
        now: Time,
        registry: &'r Registry,
        ids: &'r mut Ids,
        actors: Vec<hms_engine::ActorPattern>,
        loaded: Loaded,
        commands: usize,
    ) -> Turn<'r> {
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
                        reached: event.reached,
                        repeated: true,
                    },
                ))
            })
            .collect();
        let mut turn = Turn {
            now,
            registry,
            ids,
            runs: HashMap::with_capacity(loaded.runs.len().max(commands)),
            calls: Calls::default(),
            cases: Cases::default(),
            crowded: loaded.crowded.into_iter().collect(),
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
            files: NamedFiles::new(loaded.files),
            gathered: Gathered::new(now, commands),
            answers: Vec::new(),
            late_ms: Vec::new(),
        };
        turn.open_all(loaded.runs);
        turn
    }

    /// Opens runs for this turn. Every version is loaded at start-up and at deployment. A run whose
    /// version is not there is left alone, and whoever asks for it is told.
    pub(super) fn open_all(&mut self, runs: Vec<Run>) {
        for run in runs {
            if let Some(workflow) = self.registry.version(&run.version) {
                self.cases.put(&run, &workflow);
                self.runs.insert(run.id, OpenRun::new(run, workflow));
            }
        }
    }

    /// Fires what is due in these runs.
    pub(super) fn fire_due(&mut self, runs: &[Uuid]) {
        for run in runs {
            self.catch_up(*run);
        }
    }

    /// Counts these runs by the calendars in force, and fires what has come due by them; gives how many
    /// were counted by others.
    pub(super) fn count_anew(&mut self, runs: &[Uuid]) -> usize {
        let mut moved = 0;
        for id in runs {
            let counted = |turn: &Self| turn.runs.get(id).map(|open| open.run.calendars.clone());
            let before = counted(self);
            self.catch_up(*id);
            moved += usize::from(before != counted(self));
        }
        moved
    }

    /// Does one piece of work and keeps its answer for after the commit.
    pub(super) fn take(&mut self, work: Work) {
        self.gathered.asked_from(work.from());
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
                ..
            } => {
                let done = self.apply(run, Command::new(by, order));
                later(answer, done)
            }
            Work::Migrate {
                by,
                migration,
                runs,
                answer,
                ..
            } => {
                let runs = runs.into_iter();
                let all = runs.map(|run| self.migrate(run, &by, &migration)).collect();
                later(answer, all)
            }
            Work::ByToken { token, work } => {
                self.gathered.asked_with(Some(token));
                self.take(*work);
                return self.gathered.asked_with(None);
            }
            // Deployments have a transaction of their own; the conductor takes them out before.
            Work::Deploy { answer, .. } => later(answer, Err(in_a_batch())),
            Work::DeployCalendar { answer, .. } => later(answer, Err(in_a_batch())),
        };
        self.gathered.asked_from(None);
        self.answers.push(answer);
    }

    /// Ends the turn.
    pub(super) fn finish(mut self) -> Finished {
        for (id, open) in self.runs {
            let now = counted(&open.run);
            if now != open.counted {
                self.gathered.counted(id, now);
            }
            self.gathered.run(id, open.run, &open.workflow);
        }
        let (batch, lines) = self.gathered.finish();
        Finished {
            batch,
            answers: self.answers,
            lines,
            late_ms: self.late_ms,
        }
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
        let files = match &wanted {
            Some(result) if known => self.answer_files(run_id, before, &by, result)?,
            _ => Vec::new(),
        };
        let order = match order {
            TaskOrder::Claim { lease_ms } => Order::Claim { task: id, lease_ms },
            TaskOrder::Release => Order::Release { task: id },
            TaskOrder::Heartbeat { lease_ms } => Order::Heartbeat { task: id, lease_ms },
            TaskOrder::Complete { result } => Order::Complete { task: id, result },
            TaskOrder::Fail { error } => Order::Fail { task: id, error },
            TaskOrder::Pause {
                reason,
                waiting_for_reporter,
            } => Order::Pause {
                task: id,
                reason,
                waiting_for_reporter,
            },
            TaskOrder::Resume => Order::Resume { task: id },
            TaskOrder::Extend { by_ms, reason } => Order::Extend {
                task: id,
                by_ms,
                reason,
            },
        };
        let done = if known {
            self.apply(run_id, Command::new(by, order))
        } else {
            Err(Refusal::Rejected(Rejected::NotOpen))
        };
        let row = self.task_row(id, run_id)?;
        match done {
            Ok(()) => {
                self.claim(&files, run_id);
                Ok(row)
            }
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
            // A task that went elsewhere in this very turn is passed over: to somebody who claimed it, or,
            // with its run moved to another version, to another actor.
            if self.is_for(actor, task, run)
                && self.apply(run, Command::new(by, order)).is_ok()
                && let Ok(row) = self.task_row(task, run)
            {
                leased.push(row);
            }
        }
        leased
    }

    fn is_for(&self, actor: &hms_engine::ActorPattern, task: Uuid, run: Uuid) -> bool {
        let run = self.runs.get(&run).map(|open| &open.run);
        let mut tasks = run.into_iter().flat_map(|run| &run.tasks);
        tasks.any(|open| open.id == task && actor.matches(&open.actor))
    }

    /// Fires a run's due timers, so that a command at or after a deadline finds it passed.
    pub(super) fn catch_up(&mut self, id: Uuid) {
        let Some(open) = self.runs.get(&id) else {
            return;
        };
        for (calendar, order) in other_calendars(&open.run, &open.workflow) {
            let by = self.registry.deployer_of(&calendar);
            // It changes deadlines, so it comes before what is due by them.
            let _ = self.step(
                id,
                &Command::new(by.unwrap_or_else(|| "calendar".into()), order),
            );
        }
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

    pub(super) fn apply(&mut self, id: Uuid, command: Command) -> Result<(), Refusal> {
        self.catch_up(id);
        self.step(id, &command).map(|_| ())
    }

    /// Steps a run; what happened comes back.
    pub(super) fn step(&mut self, id: Uuid, command: &Command) -> Result<Vec<Entry>, Refusal> {
        let open = self.runs.get_mut(&id).ok_or(Refusal::UnknownRun(id))?;
        let effects =
            step(&open.workflow, &mut open.run, command, self.now).map_err(Refusal::Rejected)?;
        self.cases.put(&open.run, &open.workflow);
        self.calls.note(&open.run, &effects);
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

fn in_a_batch() -> Refusal {
    Refusal::Unavailable("a deployment in a batch".into())
}

/// The orders by which a run that was counted by other versions of its calendars counts by those
/// its workflow is bound to now, each with the calendar.
pub(super) fn other_calendars(run: &Run, workflow: &Workflow) -> Vec<(String, Order)> {
    run.calendars
        .iter()
        .filter_map(|(id, counted)| {
            let bound = workflow.calendars.get(id)?;
            (bound.version != *counted).then(|| {
                let order = Order::Recalendar {
                    calendar: id.clone(),
                    version: bound.version.clone(),
                };
                (id.clone(), order)
            })
        })
        .collect()
}

fn raw(payload: &serde_json::Value) -> Result<Box<RawValue>, Refusal> {
    to_raw_value(payload).map_err(|error| Refusal::Unavailable(error.to_string()))
}
