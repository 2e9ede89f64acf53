use std::collections::{BTreeSet, HashMap};

use hms_app::agency::{Agency, Refused};
use hms_app::views::{
    InboxCounts, InboxPlace, InboxQuery, InboxRow, InboxTab, InboxView, Language, Person, Time,
};
use hms_engine::{ActorKind, StepKind, TaskStatus, Workflow};
use uuid::Uuid;

use super::clock::sla_clock;
use super::names::{Names, signers};
use super::titles::Titles;
use super::{Desk, refuse};
use crate::identity::{inbox_of, signature};
use crate::store::{Holder, InboxLoad, RunRow, TaskOrder, TaskPlace, TaskQuery, TaskRow, TasksOf};

/// Tasks shown at once.
const ROWS: u32 = 100;

impl Desk {
    /// Rows of a person's inbox.
    pub(super) async fn inbox_of(
        &self,
        person: &Person,
        asked: InboxQuery,
        language: Language,
    ) -> Result<InboxView, Refused> {
        let actors = inbox_of(&person.roles);
        let counts = self.counts(person, &actors).await?;
        let shelf = self.orchestrator.shelf();
        let query = query(asked, actors, person);
        let mut tasks = shelf.tasks(&query).await.map_err(refuse::store)?;
        let more = tasks.len() > ROWS as usize;
        tasks.truncate(ROWS as usize);
        let last = tasks.last().filter(|_| more);
        let next = last.map(|row| query.order.place(&row.task)).map(shown);
        let ids: BTreeSet<Uuid> = tasks.iter().map(|row| row.run_id).collect();
        let ids: Vec<Uuid> = ids.into_iter().collect();
        let runs = shelf.runs_by_id(&ids).await.map_err(refuse::store)?;
        let runs: HashMap<Uuid, RunRow> = runs.into_iter().map(|run| (run.run.id, run)).collect();
        let names = self
            .names(tasks.iter().flat_map(|row| signers(&row.task)))
            .await?;
        let now = self.orchestrator.now();
        let rows = tasks
            .iter()
            .filter_map(|task| {
                let run = runs.get(&task.run_id)?;
                let registry = self.orchestrator.registry();
                let titles = Titles::of_version(registry, &run.run.version, language);
                Some(row(task, run, &titles, &names, person, now))
            })
            .collect();
        Ok(InboxView {
            tab: asked.tab,
            counts,
            rows,
            first: asked.after.is_none(),
            next,
            clock: self.clock(),
        })
    }

    /// How many tasks are under each tab.
    pub(in crate::portal) async fn counts(
        &self,
        person: &Person,
        actors: &[TasksOf],
    ) -> Result<InboxCounts, Refused> {
        let seq = *self.pulses.of(&self.orchestrator, actors).borrow();
        let load = self.orchestrator.shelf().inbox_load(actors).await;
        self.counts_of(person, actors, seq, load.map_err(refuse::store)?)
            .await
    }

    /// The same for who listens. What is the same for all with these roles is counted once for all of them, whatever
    /// number of pages is open.
    pub(in crate::portal) async fn counts_heard(
        &self,
        person: &Person,
        actors: &[TasksOf],
    ) -> Result<InboxCounts, Refused> {
        let counted = self.pulses.counted(&self.orchestrator, actors).await;
        let (seq, load) = counted.map_err(refuse::store)?;
        self.counts_of(person, actors, seq, load).await
    }

    async fn counts_of(
        &self,
        person: &Person,
        actors: &[TasksOf],
        seq: u64,
        load: InboxLoad,
    ) -> Result<InboxCounts, Refused> {
        let shelf = self.orchestrator.shelf();
        let mine = shelf.held(actors, &signature(person.id)).await;
        Ok(InboxCounts {
            unassigned: load.unassigned,
            mine: mine.map_err(refuse::store)?,
            team: load.taken,
            escalated: load.escalated,
            seq,
        })
    }
}

fn shown(place: TaskPlace) -> InboxPlace {
    let TaskPlace {
        moment,
        priority,
        id,
    } = place;
    InboxPlace {
        moment,
        priority,
        id,
    }
}

fn query(asked: InboxQuery, actors: Vec<TasksOf>, person: &Person) -> TaskQuery {
    use TaskStatus::{Cancelled, Claimed, Done, Failed, New, Timeout};
    let tab = asked.tab;
    let (statuses, order) = match tab {
        InboxTab::Unassigned => (vec![New], TaskOrder::Deadline),
        InboxTab::Mine | InboxTab::Team => (vec![Claimed], TaskOrder::Deadline),
        InboxTab::Escalated => (vec![New, Claimed], TaskOrder::Deadline),
        InboxTab::Done => (
            vec![Done, Timeout, Failed, Cancelled],
            TaskOrder::ClosedLast,
        ),
    };
    TaskQuery {
        actors,
        statuses,
        holder: match tab {
            InboxTab::Mine => Holder::Is(signature(person.id)),
            _ => Holder::Any,
        },
        escalated: tab == InboxTab::Escalated,
        ready_at: None,
        order,
        after: asked.after.map(|place| TaskPlace {
            moment: place.moment,
            priority: place.priority,
            id: place.id,
        }),
        limit: ROWS + 1,
    }
}

/// A task as a line of a list.
pub(super) fn row(
    task: &TaskRow,
    run: &RunRow,
    titles: &Titles,
    names: &Names,
    person: &Person,
    now: Time,
) -> InboxRow {
    let open = task.task.status.is_open();
    InboxRow {
        id: task.task.id,
        case: run.case(),
        title: titles.step(&task.task.step_id),
        workflow: task.workflow.clone(),
        severity: titles
            .workflow()
            .and_then(|workflow| labelled(workflow, run))
            .map(|(_, severity)| severity.to_owned()),
        created: task.task.created,
        sla: sla_clock(titles.workflow(), &task.task, now),
        held_by: open.then(|| names.holder(&task.task, person)).flatten(),
        status: task.task.status.as_str().to_owned(),
    }
}

/// The AI step of a run whose result has a severity, and that severity; of several the last in the
/// order written.
pub(super) fn labelled<'r>(workflow: &'r Workflow, run: &'r RunRow) -> Option<(&'r str, &'r str)> {
    workflow.steps.steps.iter().rev().find_map(|step| {
        let by_ai = matches!(&step.kind, StepKind::Task(task) if task.actor.kind == ActorKind::Ai);
        let severity = run.run.results.get(&step.id)?.get("severity")?.as_str()?;
        by_ai.then_some((step.id.as_str(), severity))
    })
}
