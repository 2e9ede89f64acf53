use std::collections::{BTreeMap, HashMap};

use hms_engine::{
    Actor, Command, Effect, Entry, EntryKind, Order, Run, Task, TaskStatus, Time, Timer, Workflow,
};
use hms_forms::FileAnswer;
use serde::Serialize;
use uuid::Uuid;

use super::personal::refers;
use super::{Ids, Refusal, console};
use crate::identity::signed_by;
use crate::store::{
    AuditWrite, Batch, Claim, CountedWrite, Covers, EventRow, NoticeWrite, PersonalEnded,
    PersonalWrite, ReportRow, RunWrite, SlaChange, SlaOutcome, TaskWrite, WaitsWrite, add_member,
    file_hash, payload_hash,
};

/// Gathers what the steps of a turn want written: each run, task and timer once, as it is at the end.
pub(super) struct Gathered {
    now: Time,
    batch: Batch,
    touched: HashMap<Uuid, Touched>,
    tasks: HashMap<Uuid, TaskWrite>,
    timers: HashMap<(Uuid, u32), Timer>,
    /// The SHA-256 of what each event of this turn brought, as its text is kept.
    payloads: HashMap<Uuid, String>,
    covering: Vec<Covering>,
    /// The address that what is done now was asked from, when a person asks.
    from: Option<String>,
    /// The token of the program that asks.
    token: Option<Uuid>,
    lines: Vec<String>,
}

/// A row of the audit trail that says what is kept beside it. It is written at the end of the turn: only then is it
/// known how an event is kept.
struct Covering {
    /// Its place among the turn's.
    row: usize,
    /// The event it took.
    event: Option<Uuid>,
    /// The files that came with it.
    files: BTreeMap<Uuid, String>,
}

#[derive(Default)]
struct Touched {
    began_by: Option<Uuid>,
    changed: bool,
    breached: bool,
    moved: bool,
}

impl Covering {
    fn new(row: usize, event: Option<Uuid>) -> Covering {
        Covering {
            row,
            event,
            files: BTreeMap::new(),
        }
    }
}

/// What the engine holds can always be written as JSON.
fn unwritten(error: serde_json::Error) -> Refusal {
    Refusal::Unavailable(error.to_string())
}

/// As JSON, in room for most of what commands say and do: a text that grows is moved each time.
fn text_of<T: Serialize>(value: &T) -> Result<String, Refusal> {
    let mut bytes = Vec::with_capacity(512);
    serde_json::to_writer(&mut bytes, value).map_err(unwritten)?;
    String::from_utf8(bytes).map_err(|error| Refusal::Unavailable(error.to_string()))
}

impl Gathered {
    /// Nothing yet; there will be about so many commands.
    pub(super) fn new(now: Time, commands: usize) -> Gathered {
        Gathered {
            now,
            batch: Batch {
                latest_ms: now.timestamp_millis(),
                ..Batch::default()
            },
            touched: HashMap::with_capacity(commands),
            // Nearly every command closes a task and opens another.
            tasks: HashMap::with_capacity(commands * 2),
            timers: HashMap::new(),
            payloads: HashMap::new(),
            covering: Vec::new(),
            from: None,
            token: None,
            lines: Vec::new(),
        }
    }

    /// Where what is done from now on was asked from.
    pub(super) fn asked_from(&mut self, from: Option<String>) {
        self.from = from;
    }

    /// With which token what is done from now on was asked for.
    pub(super) fn asked_with(&mut self, token: Option<Uuid>) {
        self.token = token;
    }

    /// A run begins in this turn, started by an event.
    pub(super) fn begins(&mut self, run: Uuid, event: Uuid) {
        self.touched.entry(run).or_default().began_by = Some(event);
    }

    /// An event as it is kept. The rows of the runs it started and reached cover it.
    pub(super) fn event(&mut self, event: EventRow) -> Result<(), Refusal> {
        let hash = payload_hash(&event.payload).map_err(unwritten)?;
        self.payloads.insert(event.id, hash);
        self.batch.events.push(event);
        Ok(())
    }

    /// What came with an event and is kept apart.
    pub(super) fn personal(&mut self, values: Vec<PersonalWrite>) {
        self.batch.personal.extend(values);
    }

    /// Personal data came with an event that nobody took.
    pub(super) fn stray(&mut self, event: Uuid) {
        self.batch.personal_ended.push(PersonalEnded {
            workflow: String::new(),
            since_ms: self.now.timestamp_millis(),
            owner: event,
        });
    }

    pub(super) fn report(&mut self, report: ReportRow) {
        self.batch.reports.push(report);
    }

    /// Tasks of these actors went over to others.
    pub(super) fn left(&mut self, actors: Vec<Actor>) {
        self.batch.left.extend(actors);
    }

    /// A file belongs to a case from now on. The last row of that case covers it: the one that named it.
    pub(super) fn file(&mut self, claim: Claim, file: &FileAnswer) {
        let of_case = |row: &AuditWrite| row.run_id == Some(claim.run_id);
        if let Some(row) = self.batch.audit.iter().rposition(of_case) {
            let known = self.covering.iter().rposition(|one| one.row == row);
            let at = known.unwrap_or(self.covering.len());
            if known.is_none() {
                self.covering.push(Covering::new(row, None));
            }
            self.covering[at].files.insert(claim.file, file_hash(file));
        }
        self.batch.files.push(claim);
    }

    /// A line for the console, printed after the commit.
    pub(super) fn say(&mut self, line: String) {
        self.lines.push(line);
    }

    /// A task this turn changed, as it is now.
    pub(super) fn task(&self, id: Uuid) -> Option<&Task> {
        self.tasks.get(&id).map(|write| &write.task)
    }

    /// What a command did to a run; its entries come back.
    pub(super) fn effects(
        &mut self,
        ids: &mut Ids,
        run: &Run,
        command: &Command,
        effects: Vec<Effect>,
    ) -> Result<Vec<Entry>, Refusal> {
        let moves = matches!(command.order, Order::Migrate { .. });
        let touched = self.touched.entry(run.id).or_default();
        touched.changed = true;
        touched.moved |= moves;
        let took = match &command.order {
            Order::Start => touched.began_by,
            Order::Signal { event, .. } => Some(*event),
            _ => None,
        };
        if took.is_some() {
            let row = self.batch.audit.len();
            self.covering.push(Covering::new(row, took));
        }
        let mut entries = Vec::with_capacity(effects.len());
        for effect in effects {
            match effect {
                Effect::OpenTask(task) => self.keep(run, *task, (true, false)),
                Effect::ChangeTask(task) => self.keep(run, *task, (false, moves)),
                Effect::CloseTask(task) => {
                    self.sla_of_closed(run, &task);
                    self.keep(run, *task, (false, moves));
                }
                Effect::SetTimer(timer) => {
                    self.timers.insert((run.id, timer.number), timer);
                }
                Effect::ClearTimer(number) => {
                    if self.timers.remove(&(run.id, number)).is_none() {
                        self.batch.timers_over.push((run.id, number));
                    }
                }
                Effect::Notify { who, about } => self.batch.outbox.push(NoticeWrite {
                    id: ids.fresh(self.now),
                    run_id: run.id,
                    workflow: run.workflow.clone(),
                    who,
                    about,
                    created: self.now,
                }),
                // For other runs; the turn sees to them.
                Effect::FinishRun(_) | Effect::StartRun { .. } | Effect::CancelRun(_) => {}
                Effect::Record(entry) => {
                    self.entry(run, &entry);
                    entries.push(entry);
                }
            }
        }
        let mut text = text_of(&command.order)?;
        // What the clock does on the way has come from nowhere.
        if let Some(from) = &self.from
            && signed_by(&command.by).is_some()
        {
            add_member(&mut text, "from", &from.as_str().into());
        }
        let of_itself = matches!(
            command.order,
            Order::TimerFired { .. } | Order::Recalendar { .. }
        );
        if let Some(token) = self.token
            && !of_itself
        {
            add_member(&mut text, "token", &token.to_string().into());
        }
        self.batch.audit.push(AuditWrite {
            run_id: Some(run.id),
            seq: Some(run.seq),
            at: self.now,
            who: command.by.clone(),
            version: Some(run.version.clone()),
            command: text,
            entries: text_of(&entries)?,
        });
        Ok(entries)
    }

    /// By which calendars a run is counted from now on.
    pub(super) fn counted(&mut self, run_id: Uuid, by: BTreeMap<String, String>) {
        let by = by.into_iter().collect();
        self.batch.counted.push(CountedWrite { run_id, by });
    }

    /// A run at the end of the turn.
    pub(super) fn run(&mut self, id: Uuid, run: Run, workflow: &Workflow) {
        if let Some(touched) = self.touched.remove(&id)
            && touched.changed
        {
            // What it waited for by another version, it may wait for no more.
            if workflow.has_matches() || touched.moved {
                self.batch.waits.push(WaitsWrite {
                    run_id: id,
                    waits: run.awaits(workflow).into_iter().collect(),
                });
            }
            // What came with its event, or with one that it waited for.
            let may_have_some = || {
                let by_events = workflow.awaits_events() && !workflow.personal.is_empty();
                by_events || refers(&run.payload)
            };
            if let Some(ended) = run.ended
                && may_have_some()
            {
                self.batch.personal_ended.push(PersonalEnded {
                    workflow: run.workflow.clone(),
                    since_ms: ended.timestamp_millis(),
                    owner: id,
                });
            }
            self.batch.runs.push(RunWrite {
                run,
                began_by: touched.began_by,
                breached: touched.breached,
                moved: touched.moved,
            });
        }
    }

    pub(super) fn finish(mut self) -> (Batch, Vec<String>) {
        for covering in std::mem::take(&mut self.covering) {
            let event = covering.event;
            let covers = Covers {
                payload: event.and_then(|event| self.payloads.get(&event).cloned()),
                files: covering.files,
            };
            covers.put_into(&mut self.batch.audit[covering.row].command);
        }
        self.batch.tasks = self.tasks.into_values().collect();
        // In the order of their keys, so that neighbours in the tables are written together.
        self.batch.tasks.sort_by_key(|write| write.task.id);
        self.batch.runs.sort_by_key(|write| write.run.id);
        self.batch.counted.sort_by_key(|write| write.run_id);
        self.batch.timers = self
            .timers
            .into_iter()
            .map(|((run, _), timer)| (run, timer))
            .collect();
        self.batch
            .timers
            .sort_by_key(|(run, timer)| (*run, timer.number));
        (self.batch, self.lines)
    }

    fn keep(&mut self, run: &Run, task: Task, (new, moved): (bool, bool)) {
        let before = self.tasks.get(&task.id);
        let new = new || before.is_some_and(|write| write.new);
        let moved = moved || before.is_some_and(|write| write.moved);
        let write = TaskWrite {
            run_id: run.id,
            workflow: run.workflow.clone(),
            new,
            moved,
            task,
        };
        self.tasks.insert(write.task.id, write);
    }

    fn sla_of_closed(&mut self, run: &Run, task: &Task) {
        let Some(closed) = task.closed_at else {
            return;
        };
        if !task.has_sla() {
            return;
        }
        let accept = task.clock.as_ref().and_then(|clock| clock.accept.as_ref());
        if accept.is_some_and(|accept| accept.ended.is_none() && accept.breached_at.is_none()) {
            self.sla(run, &task.step_id, SlaOutcome::AcceptCancelled);
        }
        let took = (closed - task.created).num_milliseconds();
        let outcome = match (task.status, task.breached_at) {
            (TaskStatus::Done, None) => SlaOutcome::Met(took),
            (TaskStatus::Done, Some(_)) => SlaOutcome::Late(took),
            // The missed deadline was counted when it passed.
            (_, Some(_)) | (TaskStatus::Timeout, None) => return,
            (_, None) => SlaOutcome::Cancelled,
        };
        self.sla(run, &task.step_id, outcome);
    }

    fn sla(&mut self, run: &Run, step: &str, outcome: SlaOutcome) {
        self.batch.sla.push(SlaChange {
            workflow: run.workflow.clone(),
            step_id: step.to_owned(),
            at: self.now,
            outcome,
        });
    }

    fn entry(&mut self, run: &Run, entry: &Entry) {
        let step = entry.step.as_deref().unwrap_or_default();
        match &entry.kind {
            // Counted when it passed.
            EntryKind::TaskTimedOut {
                after_breach: true, ..
            } => {}
            EntryKind::AcceptBreached { .. } => {
                self.sla(run, step, SlaOutcome::AcceptBreached);
            }
            EntryKind::Accepted { after_ms, late } => {
                let outcome = match late {
                    true => SlaOutcome::AcceptLate(*after_ms),
                    false => SlaOutcome::AcceptMet(*after_ms),
                };
                self.sla(run, step, outcome);
            }
            EntryKind::TaskTimedOut { .. } | EntryKind::SlaBreached { .. } => {
                self.touched.entry(run.id).or_default().breached = true;
                self.sla(run, step, SlaOutcome::Breached);
                self.say(console::breached(self.now, run, step));
            }
            EntryKind::IncidentRaised { .. } => {
                self.say(console::stopped(self.now, run, step));
            }
            _ => {}
        }
    }
}
