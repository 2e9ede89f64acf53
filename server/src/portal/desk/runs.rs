use std::collections::{BTreeMap, BTreeSet};

use hms_app::agency::{Agency, Refused, Visitor};
use hms_app::views::{
    Conflict, Fault, Language, Person, Rule, RunRow as RunLine, RunTaskRow, RunView, RunsFilter,
    RunsPage, RunsQuery, SendOn, Waits,
};
use hms_engine::{ActorKind, Run, RunStatus, Task, Time, WaitsFor};
use uuid::Uuid;

use super::clock::sla_clock;
use super::names::{Names, signers};
use super::picture::picture;
use super::titles::Titles;
use super::{Desk, incidents, refuse};
use crate::identity::{Act, Reach, signature};
use crate::orchestrator::{Refusal, Sight};
use crate::store::{RunQuery, RunRow, TaskRow, Waiting};

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
        let (_, reach) = self.door.reaching(who, Act::ReadRuns).await?;
        let shelf = self.orchestrator.shelf();
        let unserved = self.workforce.unserved(shelf).await;
        let unserved = unserved.map_err(refuse::store)?;
        let search = asked.search.clone();
        let query = query(asked, &reach, &unserved);
        let runs = shelf.runs(&query).await.map_err(refuse::store)?;
        let cut = shelf.runs_cut(&query).await.map_err(refuse::store)?;
        let more = runs.len() > ROWS as usize;
        let rows: Vec<RunLine> = runs
            .iter()
            .take(ROWS as usize)
            .map(|run| line(run, &self.titles(run, who.language), &unserved))
            .collect();
        let archived = match &search {
            Some(search) if rows.is_empty() => self.found_in_archive(&reach, search).await?,
            _ => None,
        };
        Ok(RunsPage {
            archived,
            next: rows.last().filter(|_| more).map(|row| row.id),
            rows,
            cut,
            workflows: self.workflow_ids(&reach),
            clock: self.clock(),
        })
    }

    /// One run with its timeline.
    pub(super) async fn read_run(&self, who: &Visitor, id: Uuid) -> Result<RunView, Refused> {
        let (_, run) = self.reached(who, Act::ReadRuns, id).await?;
        self.run_view(who, &run).await
    }

    /// A run, and who asks, if they may do this with it. What is out of their reach is not there.
    pub(super) async fn reached(
        &self,
        who: &Visitor,
        act: Act,
        id: Uuid,
    ) -> Result<(Person, RunRow), Refused> {
        let (person, reach) = self.door.reaching(who, act).await?;
        let run = self.orchestrator.shelf().run(id).await;
        match run.map_err(refuse::store)? {
            Some(run) if reach.has(&run.run.workflow) => Ok((person, run)),
            Some(_) => Err(Refused::NotFound),
            None => Err(self.run_moved_out(&reach, id).await),
        }
    }

    /// Ends a run.
    pub(super) async fn cancel(
        &self,
        who: &Visitor,
        id: Uuid,
        note: String,
    ) -> Result<RunView, Refused> {
        let (person, _) = self.reached(who, Act::ChangeRuns, id).await?;
        let (me, note) = (signature(person.id), checked(&note)?);
        let run = self.orchestrator.cancel(id, &me, note).await;
        self.run_view(who, &run.map_err(refused)?).await
    }

    /// Sends a stopped run on.
    pub(super) async fn retry(
        &self,
        who: &Visitor,
        id: Uuid,
        send: SendOn,
    ) -> Result<RunView, Refused> {
        let (person, _) = self.reached(who, Act::ChangeRuns, id).await?;
        let (me, note) = (signature(person.id), checked(&send.note)?);
        let to = send.to.filter(|step| !step.is_empty());
        let sent = self.orchestrator.retry(id, &me, send.incident, to, note);
        self.run_view(who, &sent.await.map_err(refused)?).await
    }

    fn titles(&self, run: &RunRow, language: Language) -> Titles {
        Titles::of_version(self.orchestrator.registry(), &run.run.version, language)
    }

    /// The newest runs that one called, and whether there are more.
    async fn called(&self, run: Uuid, reach: &Reach) -> Result<(Vec<RunRow>, bool), Refused> {
        let asked = RunQuery {
            parent: Some(run),
            workflows: reach.narrowed(None),
            limit: ROWS + 1,
            ..RunQuery::default()
        };
        let rows = self.orchestrator.shelf().runs(&asked).await;
        let mut rows = rows.map_err(refuse::store)?;
        let more = rows.len() > ROWS as usize;
        rows.truncate(ROWS as usize);
        Ok((rows, more))
    }

    async fn run_view(&self, who: &Visitor, run: &RunRow) -> Result<RunView, Refused> {
        let language = who.language;
        let mut run = run.clone();
        self.show_personal(&mut run, Sight::Masked).await?;
        let run = &run;
        let (_, reach) = self.door.reaching(who, Act::ReadRuns).await?;
        let shelf = self.orchestrator.shelf();
        let tasks = shelf.run_tasks(run.run.id).await;
        let tasks = tasks.map_err(refuse::store)?;
        let unserved = self.workforce.unserved(shelf).await;
        let unserved = unserved.map_err(refuse::store)?;
        let history = self.history(run.run.id).await?;
        let by_history = history.iter().map(|row| row.who.as_str());
        let by_tasks = tasks.iter().flat_map(|row| signers(&row.task));
        let names = self.names(by_history.chain(by_tasks)).await?;
        let titles = self.titles(run, language);
        let now = self.orchestrator.now();
        let parent = match run.run.parent {
            Some(parent) => shelf.run(parent).await.map_err(refuse::store)?,
            None => None,
        };
        let parent = parent.filter(|parent| reach.has(&parent.run.workflow));
        let (called, called_more) = self.called(run.run.id, &reach).await?;
        let other = |row: &RunRow| line(row, &self.titles(row, language), &unserved);
        let picture = titles.workflow().and_then(|workflow| {
            picture(workflow, &BTreeMap::new(), &stands_at(&run.run), language)
        });
        let incidents = run.run.incidents.iter();
        let incidents = incidents.map(|one| incidents::row(&run.run, one, &titles));
        let workflow = &run.run.workflow;
        let changes = self.door.allowed_in(who, Act::ChangeRuns, workflow).await;
        Ok(RunView {
            row: line(run, &titles, &unserved),
            version: run.run.version.clone(),
            payload: run.run.payload.clone(),
            tasks: tasks
                .iter()
                .map(|task| task_line(task, &titles, &names, now))
                .collect(),
            incidents: incidents.collect(),
            timeline: names.timeline(&history, &titles),
            parent: parent.as_ref().map(other),
            called: called.iter().map(other).collect(),
            called_more,
            may_change: changes.is_ok(),
            personal: self.personal_view(who, run).await?,
            picture,
            clock: self.clock(),
        })
    }
}

/// The steps at which a run works, waits or has stopped.
fn stands_at(run: &Run) -> Vec<&str> {
    run.lists.iter().map(|list| list.at.as_str()).collect()
}

fn query(asked: RunsQuery, reach: &Reach, unserved: &[String]) -> RunQuery {
    let statuses = match asked.filter {
        RunsFilter::All
        | RunsFilter::Human
        | RunsFilter::Timer
        | RunsFilter::Stuck
        | RunsFilter::Stopped
        | RunsFilter::Breached => vec![],
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
        waiting: match asked.filter {
            RunsFilter::Human => Some(Waiting::Human),
            RunsFilter::Timer => Some(Waiting::Timer),
            _ => None,
        },
        stuck: (asked.filter == RunsFilter::Stuck).then(|| unserved.to_vec()),
        parent: None,
        workflows: reach.narrowed(asked.workflow.as_deref()),
        version: None,
        search: search.filter(|text| !text.is_empty()),
        before: asked.before,
        limit: ROWS + 1,
    }
}

fn line(run: &RunRow, titles: &Titles, unserved: &[String]) -> RunLine {
    let waits = |what| match what {
        WaitsFor::Human => Waits::Human,
        WaitsFor::Worker => Waits::Worker,
        WaitsFor::Timer => Waits::Timer,
        WaitsFor::Event => Waits::Event,
        WaitsFor::Call => Waits::Call,
    };
    let actors: BTreeSet<String> = run
        .run
        .tasks
        .iter()
        .map(|task| task.actor.to_string())
        .collect();
    RunLine {
        waits_for: run.run.waits_for().into_iter().map(waits).collect(),
        unserved: actors
            .into_iter()
            .filter(|actor| unserved.contains(actor))
            .collect(),
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
        human: task.actor.kind == ActorKind::Human,
        input: task.input.clone(),
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
