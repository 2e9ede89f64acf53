use std::collections::BTreeMap;

use hms_app::agency::{Agency, Refused, Visitor};
use hms_app::views::{
    Conflict, Fault, IncidentRow, Language, Rule, RunRow as RunLine, RunTaskRow, RunView,
    RunsFilter, RunsPage, RunsQuery,
};
use hms_engine::{Run, RunStatus, Task, Time};
use uuid::Uuid;

use super::clock::sla_clock;
use super::names::{Names, signers};
use super::picture::picture;
use super::titles::Titles;
use super::{Desk, refuse};
use crate::identity::{Act, signature};
use crate::orchestrator::Refusal;
use crate::store::{RunQuery, RunRow, TaskRow};

/// Runs on a page.
const ROWS: u32 = 50;
/// Longest note and longest search, in characters.
const NOTE_CHARS_MAX: u32 = 4_000;
const SEARCH_CHARS_MAX: usize = 100;

impl Desk {
    /// A page of runs, newest first.
    pub(super) async fn list_runs(
        &self,
        who: &Visitor,
        asked: RunsQuery,
    ) -> Result<RunsPage, Refused> {
        self.door.allowed(who, Act::ReadRuns).await?;
        let runs = self.orchestrator.shelf().runs(&query(asked)).await;
        let runs = runs.map_err(refuse::store)?;
        let more = runs.len() > ROWS as usize;
        let rows: Vec<RunLine> = runs
            .iter()
            .take(ROWS as usize)
            .map(|run| line(run, &self.titles(run, who.language)))
            .collect();
        Ok(RunsPage {
            next: rows.last().filter(|_| more).map(|row| row.id),
            rows,
            workflows: self.workflow_ids(),
            clock: self.clock(),
        })
    }

    /// One run with its timeline.
    pub(super) async fn read_run(&self, who: &Visitor, id: Uuid) -> Result<RunView, Refused> {
        self.door.allowed(who, Act::ReadRuns).await?;
        let run = self.orchestrator.shelf().run(id).await;
        let run = run.map_err(refuse::store)?.ok_or(Refused::NotFound)?;
        self.run_view(&run, who.language).await
    }

    /// Ends a run.
    pub(super) async fn cancel(
        &self,
        who: &Visitor,
        id: Uuid,
        note: String,
    ) -> Result<RunView, Refused> {
        let person = self.door.allowed(who, Act::ChangeRuns).await?;
        let (me, note) = (signature(person.id), checked(&note)?);
        let run = self.orchestrator.cancel(id, &me, note).await;
        self.run_view(&run.map_err(refused)?, who.language).await
    }

    /// Sends a stopped run on.
    pub(super) async fn retry(
        &self,
        who: &Visitor,
        id: Uuid,
        to: Option<String>,
        note: String,
    ) -> Result<RunView, Refused> {
        let person = self.door.allowed(who, Act::ChangeRuns).await?;
        let (me, note) = (signature(person.id), checked(&note)?);
        let to = to.filter(|step| !step.is_empty());
        let run = self.orchestrator.retry(id, &me, None, to, note).await;
        self.run_view(&run.map_err(refused)?, who.language).await
    }

    fn titles(&self, run: &RunRow, language: Language) -> Titles {
        Titles::of_version(self.orchestrator.registry(), &run.run.version, language)
    }

    async fn run_view(&self, run: &RunRow, language: Language) -> Result<RunView, Refused> {
        let tasks = self.orchestrator.shelf().run_tasks(run.run.id).await;
        let tasks = tasks.map_err(refuse::store)?;
        let history = self.history(run.run.id).await?;
        let by_history = history.iter().map(|row| row.who.as_str());
        let by_tasks = tasks.iter().flat_map(|row| signers(&row.task));
        let names = self.names(by_history.chain(by_tasks)).await?;
        let titles = self.titles(run, language);
        let now = self.orchestrator.now();
        let steps = titles.workflow().map(|workflow| &workflow.steps.steps);
        let picture = titles.workflow().and_then(|workflow| {
            picture(workflow, &BTreeMap::new(), &stands_at(&run.run), language)
        });
        let incidents = run.run.incidents.iter().map(|incident| IncidentRow {
            number: incident.number,
            step: incident.step.clone(),
            message: incident.message.clone(),
            since: incident.since,
        });
        Ok(RunView {
            row: line(run, &titles),
            version: run.run.version.clone(),
            payload: run.run.payload.clone(),
            tasks: tasks
                .iter()
                .map(|task| task_line(task, &titles, &names, now))
                .collect(),
            incidents: incidents.collect(),
            timeline: names.timeline(&history, &titles),
            steps: steps
                .into_iter()
                .flatten()
                .map(|step| step.id.clone())
                .collect(),
            picture,
            clock: self.clock(),
        })
    }
}

/// The steps at which a run works, waits or has stopped.
fn stands_at(run: &Run) -> Vec<&str> {
    run.lists.iter().map(|list| list.at.as_str()).collect()
}

fn query(asked: RunsQuery) -> RunQuery {
    let statuses = match asked.filter {
        RunsFilter::All | RunsFilter::Stopped | RunsFilter::Breached => vec![],
        RunsFilter::Running => vec![RunStatus::Running],
        RunsFilter::Completed => vec![RunStatus::Completed],
        RunsFilter::Cancelled => vec![RunStatus::Cancelled, RunStatus::Failed],
    };
    let search = asked.search.map(|text| {
        let text = text.trim().chars();
        text.take(SEARCH_CHARS_MAX).collect::<String>()
    });
    RunQuery {
        statuses,
        stopped: asked.filter == RunsFilter::Stopped,
        breached: asked.filter == RunsFilter::Breached,
        workflow: asked.workflow.filter(|id| !id.is_empty()),
        search: search.filter(|text| !text.is_empty()),
        before: asked.before,
        limit: ROWS + 1,
    }
}

fn line(run: &RunRow, titles: &Titles) -> RunLine {
    RunLine {
        id: run.run.id,
        case: run.case(),
        workflow: run.run.workflow.clone(),
        status: run.run.status.as_str().to_owned(),
        stopped: run.stopped,
        breached: run.breached,
        at: run
            .run
            .lists
            .iter()
            .map(|list| titles.step(&list.at))
            .collect(),
        started: run.run.started.unwrap_or_default(),
        ended: run.run.ended,
    }
}

fn task_line(row: &TaskRow, titles: &Titles, names: &Names, now: Time) -> RunTaskRow {
    let task: &Task = &row.task;
    let who = task.closed_by.as_deref().or(task.claimed_by.as_deref());
    RunTaskRow {
        id: task.id,
        step: task.step_id.clone(),
        title: titles.step(&task.step_id),
        actor: task.actor.to_string(),
        status: task.status.as_str().to_owned(),
        sla: sla_clock(titles.workflow(), task, now),
        attempt: task.attempt,
        who: who.map(|who| names.of(who)),
        result: task.result.clone(),
        error: task.error.clone(),
    }
}

/// Changing a run by hand wants a reason: the audit trail keeps it.
fn checked(note: &str) -> Result<String, Refused> {
    let note = note.replace("\r\n", "\n").trim().to_owned();
    let rule = match note.chars().count() {
        0 => Rule::Required,
        n if n > NOTE_CHARS_MAX as usize => Rule::TooLong(NOTE_CHARS_MAX),
        _ => return Ok(note),
    };
    Err(Refused::Form(vec![Fault {
        field: "note".to_owned(),
        rule,
    }]))
}

/// The run does not stand where the act needs it: told in the engine's words.
fn refused(refusal: Refusal) -> Refused {
    match refusal {
        Refusal::Rejected(rejected) => Refused::Conflict(Conflict::Run(rejected.to_string())),
        refusal => refuse::other(refusal),
    }
}
