//! What each entry of the audit trail says about tasks, incidents and the end.

use hms_engine::{Entry, EntryKind, Order, RunStatus, TaskStatus};
use hms_server::store::histogram::bucket;
use uuid::Uuid;

use crate::clocks::Clock;
use crate::definitions::Kind;
use crate::ensure;
use crate::ledger::{Ledger, Ms, Row, Task, day};

impl Ledger {
    /// Writes down an entry of a command, and says what about it cannot be.
    pub(crate) fn entry(&mut self, row: &Row, entry: &Entry) -> Result<(), String> {
        let at = row.at;
        let Some(run) = self.runs.get_mut(&row.run) else {
            return Err("an entry without its run".into());
        };
        let step = entry.step.clone().unwrap_or_default();
        let task = entry.task.unwrap_or_default();
        match &entry.kind {
            EntryKind::TaskOpened { actor, expires } => {
                let expires = expires.map(|moment| moment.timestamp_millis());
                let office = run.office.clone();
                let Some(Kind::Task(spec)) = run.flow.steps.get(&step).map(|step| &step.kind)
                else {
                    return Err(format!("a task of step \"{step}\""));
                };
                ensure!(spec.actor == actor.to_string(), "{step}: for {actor}");
                run.open.insert(task);
                let opened = Task {
                    run: row.run,
                    step,
                    spec: spec.clone(),
                    status: TaskStatus::New,
                    created: at,
                    expires,
                    clock: Clock::started(at),
                    office,
                    holder: None,
                    attempt: 1,
                    not_before: None,
                    breached_at: None,
                    moved_at: None,
                    closed_at: None,
                    closed_by: None,
                    result: None,
                };
                ensure!(
                    opened.deadline() == opened.expires,
                    "{}: expires at {:?}",
                    opened.step,
                    opened.expires
                );
                self.due.extend(opened.expires.map(|moment| (moment, task)));
                let known = self.tasks.insert(task, opened);
                ensure!(known.is_none(), "task {task} opened twice");
            }
            EntryKind::TaskReleased => self.change(task, |task| {
                let holder = task.holder.take();
                ensure!(holder.is_some_and(|one| one.by == row.who), "not theirs");
                task.status = TaskStatus::New;
                Ok(())
            })?,
            EntryKind::LeaseExpired { held_by } => self.change(task, |task| {
                let holder = task.holder.take();
                let due = holder.filter(|one| one.by == *held_by && one.until <= Some(at));
                ensure!(due.is_some(), "{held_by} had it and not until now");
                task.status = TaskStatus::New;
                Ok(())
            })?,
            EntryKind::TaskFailed { attempt, next, .. } => {
                let next = next.map(|moment| moment.timestamp_millis());
                self.failed(row, task, *attempt, next)?;
            }
            EntryKind::TaskCompleted { result } => {
                let kept = self.open(task)?;
                let theirs = kept.holder.as_ref().is_none_or(|one| one.by == row.who);
                ensure!(theirs, "{step}: finished by {} who has not got it", row.who);
                let late = kept.expires.is_some_and(|deadline| deadline <= at);
                ensure!(
                    !late || kept.spec.on_timeout.is_none(),
                    "{step}: finished after its deadline"
                );
                self.close(task, TaskStatus::Done, at, Some(&row.who))?;
                let kept = self.tasks.get_mut(&task);
                kept.into_iter()
                    .for_each(|task| task.result = Some(result.clone()));
            }
            EntryKind::TaskTimedOut {
                deadline,
                late_ms,
                after_breach,
            } => {
                let deadline = deadline.timestamp_millis();
                match after_breach {
                    false => self.breach(row, task, deadline, *late_ms)?,
                    true => self.closed_late(row, task, deadline)?,
                }
                let kept = self.open(task)?;
                ensure!(kept.spec.on_timeout.is_some(), "{step}: closed in vain");
                self.close(task, TaskStatus::Timeout, at, None)?;
            }
            EntryKind::SlaBreached { deadline, late_ms } => {
                self.breach(row, task, deadline.timestamp_millis(), *late_ms)?;
                let kept = self.open(task)?;
                // Unless it closes for another reason before the clock came round to it.
                let failed = row.entries.iter().any(|other| {
                    let last = matches!(other.kind, EntryKind::TaskFailed { next: None, .. });
                    last && other.task == Some(task)
                });
                ensure!(
                    kept.spec.on_timeout.is_none() || failed,
                    "{step}: left open"
                );
            }
            EntryKind::Escalated { to } => {
                if let Some(kept) = self.tasks.get(&task) {
                    ensure!(kept.spec.on_timeout.as_ref() == Some(to), "{step}: to {to}");
                }
            }
            EntryKind::ErrorHandled { to } => {
                let kept = self.tasks.get(&task);
                let said = kept.and_then(|task| task.spec.on_error.as_ref());
                ensure!(said == Some(to), "{step}: to {to}");
            }
            EntryKind::TaskCancelled => {
                self.close(task, TaskStatus::Cancelled, at, None)?;
            }
            EntryKind::IncidentRaised { incident, .. } => {
                let known = run.incidents.insert(*incident, step);
                ensure!(known.is_none(), "incident {incident} raised twice");
            }
            EntryKind::IncidentResolved { incident, .. }
            | EntryKind::IncidentDropped { incident } => {
                let known = run.incidents.remove(incident);
                ensure!(known.is_some(), "incident {incident} solved and not open");
            }
            EntryKind::TaskMigrated { .. } => self.task_moved(row, entry)?,
            EntryKind::RunCompleted { .. } => self.end(row.run, RunStatus::Completed)?,
            EntryKind::RunCancelled { .. } => self.end(row.run, RunStatus::Cancelled)?,
            _ => {}
        }
        self.call_entry(row, entry)?;
        self.count_anew(row, entry)?;
        self.clock_entry(row, entry)
    }

    fn open(&self, task: Uuid) -> Result<&Task, String> {
        let kept = self.tasks.get(&task).filter(|task| task.is_open());
        kept.ok_or_else(|| format!("task {task} is not open"))
    }

    fn failed(
        &mut self,
        row: &Row,
        task: Uuid,
        attempt: u32,
        next: Option<Ms>,
    ) -> Result<(), String> {
        let at = row.at;
        let kept = self.open(task)?;
        ensure!(attempt == kept.attempt, "attempt {attempt} out of order");
        let spec = &kept.spec;
        ensure!(
            next.is_some() == (attempt < spec.attempts),
            "attempt {attempt} of {} goes on at {next:?}",
            spec.attempts
        );
        if let Order::TimerFired { .. } = row.order {
            let since = kept.holder.as_ref().map(|holder| holder.since);
            let ends = since.zip(spec.timeout_ms).map(|(since, ms)| since + ms);
            ensure!(ends.is_some_and(|end| end <= at), "its time is not over");
        }
        let Some(next) = next else {
            let by = (row.who != "clock").then_some(row.who.as_str());
            return self.close(task, TaskStatus::Failed, at, by);
        };
        // Ten seconds, then twice as long each time, a fifth more or less.
        let wait = (10_000_i64 << (attempt - 1).min(10)).min(600_000);
        ensure!(
            (wait * 8 / 10..=wait * 12 / 10).contains(&(next - at)),
            "attempt {attempt} waits {} ms",
            next - at
        );
        self.change(task, |task| {
            task.attempt += 1;
            task.not_before = Some(next);
            task.holder = None;
            task.status = TaskStatus::New;
            Ok(())
        })
    }

    /// A deadline passed: once, not early, and no later than it could be.
    fn breach(&mut self, row: &Row, task: Uuid, deadline: Ms, late_ms: i64) -> Result<(), String> {
        let at = row.at;
        let quiet_at = self.quiet_at;
        self.change(task, |task| {
            ensure!(task.breached_at.is_none(), "breached twice");
            ensure!(task.expires == Some(deadline), "another deadline");
            ensure!(deadline <= at, "before its deadline");
            ensure!(
                task.in_time(deadline, quiet_at),
                "{} ms late",
                at - deadline
            );
            ensure!(late_ms == at - deadline, "says {late_ms} ms late");
            task.breached_at = Some(deadline);
            Ok(())
        })?;
        let run = self.runs.get_mut(&row.run);
        run.into_iter().for_each(|run| run.breached = true);
        self.count(task, at, 1);
        Ok(())
    }

    /// A task closes that was left open past a deadline by an earlier version.
    fn closed_late(&mut self, row: &Row, task: Uuid, deadline: Ms) -> Result<(), String> {
        let kept = self.open(task)?;
        ensure!(kept.breached_at.is_some(), "never breached");
        ensure!(kept.moved_at.is_some(), "closed late, and never moved");
        ensure!(kept.expires == Some(deadline), "another deadline");
        ensure!(deadline <= row.at, "before its deadline");
        ensure!(kept.in_time(deadline, self.quiet_at), "too late");
        Ok(())
    }

    fn close(
        &mut self,
        id: Uuid,
        status: TaskStatus,
        at: Ms,
        by: Option<&str>,
    ) -> Result<(), String> {
        self.change(id, |task| {
            task.status = status;
            task.closed_at = Some(at);
            task.closed_by = by.map(str::to_owned);
            task.not_before = None;
            Ok(())
        })?;
        let task = &self.tasks[&id];
        if let Some(run) = self.runs.get_mut(&task.run) {
            run.open.remove(&id);
        }
        if task.spec.sla_ms.is_none() {
            return Ok(());
        }
        let (done, breached) = (status == TaskStatus::Done, task.breached_at.is_some());
        if done {
            let workflow = self.runs[&task.run].flow.id.clone();
            let bucket = bucket(at - task.created);
            let key = (workflow, task.step.clone(), day(at), bucket);
            *self.durations.entry(key).or_default() += 1;
            // Late ones have a place among the days too, with nothing counted.
            self.count(id, at, if breached { 3 } else { 0 });
        } else if !breached {
            self.count(id, at, 2);
        }
        Ok(())
    }

    fn count(&mut self, task: Uuid, at: Ms, what: usize) {
        let task = &self.tasks[&task];
        let workflow = self.runs[&task.run].flow.id.clone();
        let key = (workflow, task.step.clone(), day(at));
        let figures = self.sla.entry(key).or_default();
        if let Some(figure) = figures.get_mut(what) {
            *figure += 1;
        }
    }

    fn end(&mut self, id: Uuid, status: RunStatus) -> Result<(), String> {
        if let Some(run) = self.runs.get_mut(&id) {
            ensure!(run.status == RunStatus::Running, "ended twice");
            ensure!(run.open.is_empty(), "ended with tasks open");
            ensure!(run.calls.is_empty(), "ended with runs called");
            run.status = status;
            run.incidents.clear();
        }
        self.tell_caller(id, status);
        Ok(())
    }
}
