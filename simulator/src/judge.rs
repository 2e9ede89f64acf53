//! Whether what was answered is right: each command in its order, beside the row it left.

use std::collections::VecDeque;
use std::iter::Peekable;

use hms_engine::{Order, RunStatus};
use hms_server::orchestrator::{Emitted, NewEvent, Refusal, TaskOrder};
use hms_server::store::TaskRow;
use serde_json::Value;
use uuid::Uuid;

use crate::answers::Answer;
use crate::asks::Ask;
use crate::calls;
use crate::clocks::clock_verdict;
use crate::definitions::Flow;
use crate::ensure;
use crate::ledger::{Event, Ledger, Ms, Row, fits};
use crate::office;
use crate::refusals::{decision, engine_order, refused};

/// What an order must come to.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Verdict {
    /// It is done and leaves a row.
    Done,
    /// It was done before, and is answered like the first time.
    Again,
    /// It is refused, in this word.
    Refused(&'static str),
}

/// The rows that a transaction left, and what has been read of them.
pub(crate) struct Trail<'l> {
    pub(crate) ledger: &'l mut Ledger,
    pub(crate) rows: Peekable<std::collections::vec_deque::IntoIter<Row>>,
    now: Ms,
}

impl<'l> Trail<'l> {
    pub(crate) fn new(ledger: &'l mut Ledger, rows: VecDeque<Row>, now: Ms) -> Trail<'l> {
        Trail {
            ledger,
            rows: rows.into_iter().peekable(),
            now,
        }
    }

    /// Follows a transaction: what the clock did, then each thing asked with its answer.
    pub(crate) fn follow(mut self, asked: &[(Ask, Answer)]) -> Result<(), String> {
        let clocked = self.clock()?;
        let alone = !clocked && asked.len() == 1;
        for (ask, answer) in asked {
            match ask {
                Ask::Emit(events) => self.emit(events, answer),
                Ask::Tasks { by, orders } => self.tasks(by, orders, answer),
                Ask::Lease {
                    by, actor, limit, ..
                } => self.lease(by, actor, *limit as usize, answer, alone),
                Ask::Run { by, run, order } => self.run(by, *run, order, answer),
                Ask::Migrate {
                    by,
                    runs,
                    migration,
                } => self.migrate(by, runs, migration, answer),
            }
            .map_err(|error| {
                let rows: Vec<Row> = self.rows.by_ref().take(3).collect();
                format!("{ask:?}, answered {answer:?}: {error}; then {rows:?}")
            })?;
        }
        // What runs are told of each other comes last, when everything that was asked is done.
        while let Some(row) = self
            .rows
            .next_if(|row| row.who == calls::BY || of_itself(row))
        {
            self.apply(&row)?;
        }
        match self.rows.next() {
            None => self.ledger.all_delivered(),
            Some(row) => Err(format!("nobody asked for this: {row:?}")),
        }
    }

    /// Reads what nobody asked for; whether there was anything.
    pub(crate) fn clock(&mut self) -> Result<bool, String> {
        let mut any = false;
        while let Some(row) = self.rows.next_if(of_itself) {
            any = true;
            self.apply(&row)?;
        }
        Ok(any)
    }

    fn apply(&mut self, row: &Row) -> Result<(), String> {
        ensure!(row.at == self.now, "a row of another moment: {row:?}");
        let done = self.ledger.apply(row);
        done.map_err(|error| format!("{error}: {row:?}"))
    }

    /// The row that must come next.
    pub(crate) fn row(
        &mut self,
        run: Option<Uuid>,
        by: &str,
        order: &Order,
    ) -> Result<Uuid, String> {
        let Some(row) = self.rows.next() else {
            return Err("it left no row".into());
        };
        ensure!(
            run.is_none_or(|run| run == row.run) && row.who == by && row.order == *order,
            "another row came next: {row:?}"
        );
        self.apply(&row)?;
        Ok(row.run)
    }

    fn emit(&mut self, events: &[NewEvent], answer: &Answer) -> Result<(), String> {
        for (at, event) in events.iter().enumerate() {
            let got = match answer {
                Answer::Emit(all) => Some(all.get(at).ok_or("an answer is missing")?),
                _ => None,
            };
            self.clock()?;
            match self.event_verdict(event) {
                Verdict::Done => {
                    let flows = starting_on(self.ledger, &event.name).len();
                    let mut runs = Vec::new();
                    for _ in 0..flows {
                        runs.push(self.row(None, "event", &Order::Start)?);
                    }
                    let id = got.map(|got| accepted(got, false, &runs)).transpose()?;
                    self.keep(event, id, runs);
                }
                Verdict::Again => {
                    let origin = event.origin.as_ref().ok_or("no origin")?;
                    let key = (origin.source.clone(), origin.id.clone());
                    let known = &mut self.ledger.events[self.ledger.origins[&key]];
                    if let Some(got) = got {
                        let id = accepted(got, true, &known.runs)?;
                        ensure!(*known.id.get_or_insert(id) == id, "another event's id");
                    }
                }
                Verdict::Refused(word) => {
                    if let Some(got) = got {
                        refused(got.as_ref().map(|_| ()), word)?;
                    }
                }
            }
        }
        Ok(())
    }

    fn event_verdict(&self, event: &NewEvent) -> Verdict {
        let origin = event.origin.as_ref();
        let key = origin.map(|origin| (origin.source.clone(), origin.id.clone()));
        let number = event.report.as_ref().map(|report| &report.number);
        if key.is_some_and(|key| self.ledger.origins.contains_key(&key)) {
            Verdict::Again
        } else if !event.payload.is_object() {
            Verdict::Refused("NotAnObject")
        } else if starting_on(self.ledger, &event.name).is_empty() {
            Verdict::Refused("UnknownEvent")
        } else if number.is_some_and(|number| self.ledger.numbers.contains_key(number)) {
            Verdict::Refused("NumberTaken")
        } else {
            Verdict::Done
        }
    }

    fn keep(&mut self, event: &NewEvent, id: Option<Uuid>, runs: Vec<Uuid>) {
        let ledger = &mut *self.ledger;
        if let Some(origin) = &event.origin {
            let key = (origin.source.clone(), origin.id.clone());
            ledger.origins.insert(key, ledger.events.len());
        }
        if let Some(report) = &event.report {
            let followed = runs.iter().copied().find(|run| {
                let run = ledger.runs.get(run);
                run.is_some_and(|run| Some(&run.flow.id) == report.workflow.as_ref())
            });
            let followed = followed.unwrap_or(runs[0]);
            ledger.numbers.insert(report.number.clone(), followed);
        }
        ledger.events.push(Event {
            id,
            origin: event.origin.clone(),
            payload: event.payload.clone(),
            runs,
        });
    }

    fn tasks(
        &mut self,
        by: &str,
        orders: &[(Uuid, TaskOrder)],
        answer: &Answer,
    ) -> Result<(), String> {
        for (at, (task, order)) in orders.iter().enumerate() {
            let got = match answer {
                Answer::Tasks(all) => Some(all.get(at).ok_or("an answer is missing")?),
                _ => None,
            };
            self.clock()?;
            let verdict = self.task_verdict(*task, by, order);
            match (&verdict, got) {
                (Verdict::Refused(word), Some(got)) => refused(got.as_ref().map(|_| ()), word)?,
                (Verdict::Refused(_), None) => {}
                (Verdict::Done, _) => {
                    let run = self.ledger.tasks.get(task).map(|task| task.run);
                    self.row(run, by, &engine_order(*task, order))?;
                }
                (Verdict::Again, _) => {}
            }
            if let Some(Ok(row)) = got {
                self.told(*task, row)?;
            } else if let Some(Err(refusal)) = got {
                ensure!(
                    matches!(verdict, Verdict::Refused(_)),
                    "refused, and it must not be: {refusal}"
                );
            }
        }
        Ok(())
    }

    /// The task that was answered with is as the ledger has it.
    fn told(&self, id: Uuid, row: &TaskRow) -> Result<(), String> {
        let Some(known) = self.ledger.tasks.get(&id) else {
            return Err("a task nobody opened".into());
        };
        let task = &row.task;
        let same = task.id == id
            && row.run_id == known.run
            && task.status == known.status
            && task.attempt == known.attempt
            && task.closed_by == known.closed_by
            && task.result == known.result;
        ensure!(same, "answered with {task:?}, and it is {known:?}");
        Ok(())
    }

    fn task_verdict(&self, id: Uuid, by: &str, order: &TaskOrder) -> Verdict {
        let Some(task) = self.ledger.tasks.get(&id) else {
            return Verdict::Refused("UnknownTask");
        };
        let person = task.spec.actor.starts_with("HUMAN");
        let decided = |result: &Value| match person {
            true => decision(result, &task.spec.outcomes),
            false => Some(result.clone()),
        };
        if !task.is_open() {
            return match order {
                TaskOrder::Complete { result }
                    if task.result.is_some() && decided(result) == task.result =>
                {
                    Verdict::Again
                }
                _ => Verdict::Refused("Closed"),
            };
        }
        if let Some(verdict) = clock_verdict(task, order) {
            return verdict;
        }
        let holder = task.holder.as_ref();
        let others = holder.is_some_and(|holder| holder.by != by);
        let waits = task.not_before.is_some_and(|from| from > self.now);
        match order {
            TaskOrder::Release | TaskOrder::Heartbeat { .. } if holder.is_none() => {
                Verdict::Refused("NotHeld")
            }
            _ if others => Verdict::Refused("HeldBy"),
            TaskOrder::Claim { .. } | TaskOrder::Fail { .. } if waits => {
                Verdict::Refused("NotBefore")
            }
            TaskOrder::Complete { result } if decided(result).is_none() => {
                Verdict::Refused("BadResult")
            }
            _ => Verdict::Done,
        }
    }

    fn lease(
        &mut self,
        by: &str,
        actor: &str,
        limit: usize,
        answer: &Answer,
        alone: bool,
    ) -> Result<(), String> {
        let free = self.ledger.free(actor, self.now);
        let mut claimed = Vec::new();
        loop {
            self.clock()?;
            let Some(row) = self.rows.next_if(|row| row.who == by) else {
                break;
            };
            let Order::Claim { task, lease_ms } = row.order else {
                return Err(format!("more than claims: {row:?}"));
            };
            let known = self.ledger.tasks.get(&task);
            let due = known.is_some_and(|task| {
                fits(actor, task.spec.actor) && task.is_free(self.now) && lease_ms.is_some()
            });
            ensure!(due, "handed out and not free: {row:?}");
            self.apply(&row)?;
            claimed.push(task);
        }
        ensure!(claimed.len() <= limit, "more than asked for");
        if let Answer::Lease(leased) = answer {
            let told: Vec<Uuid> = leased.iter().map(|row| row.task.id).collect();
            ensure!(told == claimed, "other tasks than were claimed");
            for row in leased {
                self.told(row.task.id, row)?;
            }
            let first = &free[..limit.min(free.len())];
            ensure!(!alone || claimed == first, "the first were {first:?}");
        }
        Ok(())
    }

    fn run(&mut self, by: &str, run: Uuid, order: &Order, answer: &Answer) -> Result<(), String> {
        self.clock()?;
        let verdict = self.run_verdict(run, order);
        if verdict == Verdict::Done {
            self.row(Some(run), by, order)?;
        }
        match (answer, verdict) {
            (Answer::Run(got), Verdict::Refused(word)) => refused(got.as_ref().copied(), word),
            (Answer::Run(Err(refusal)), _) => Err(format!("refused, and must not be: {refusal}")),
            _ => Ok(()),
        }
    }

    fn run_verdict(&self, id: Uuid, order: &Order) -> Verdict {
        let Some(run) = self.ledger.runs.get(&id) else {
            return Verdict::Refused("UnknownRun");
        };
        if run.status != RunStatus::Running {
            return Verdict::Refused("RunEnded");
        }
        let (incident, to) = match order {
            Order::Retry { incident, to, .. } => (incident, to),
            Order::Inform { text } => return self.ledger.inform_verdict(id, text),
            _ => return Verdict::Done,
        };
        let open = run.incidents.iter();
        let mut meant = open
            .filter(|(number, _)| incident.is_none_or(|meant| meant == **number))
            .map(|(_, step)| step)
            .peekable();
        if meant.peek().is_none() {
            return Verdict::Refused("NoIncident");
        }
        let steps = &run.flow.steps;
        let list = |step: &str| steps.get(step).map(|step| &step.list);
        match to {
            Some(to) if to != "end" && meant.any(|step| list(to) != list(step)) => {
                Verdict::Refused("NoStep")
            }
            _ => Verdict::Done,
        }
    }
}

/// Done because its time has come or the calendar changed, and not because it was asked for.
fn of_itself(row: &Row) -> bool {
    row.who == "clock" || row.who == office::BY
}

/// The definitions in force that start on an event, by id.
fn starting_on<'l>(ledger: &'l Ledger, event: &str) -> Vec<&'l Flow> {
    let in_force = ledger.in_force.values();
    let flows = in_force.filter_map(|version| ledger.flows.get(version));
    flows
        .map(|flow| &**flow)
        .filter(|flow| flow.start == event)
        .collect()
}

fn accepted(got: &Result<Emitted, Refusal>, again: bool, runs: &[Uuid]) -> Result<Uuid, String> {
    let emitted = got
        .as_ref()
        .map_err(|refusal| format!("refused: {refusal}"))?;
    ensure!(emitted.repeated == again, "repeated: {}", emitted.repeated);
    let told: Vec<Uuid> = emitted.runs.iter().map(|run| run.run_id).collect();
    ensure!(told == runs, "its runs are {runs:?}");
    Ok(emitted.event_id)
}
