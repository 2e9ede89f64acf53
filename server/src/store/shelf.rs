use async_trait::async_trait;
use chrono::NaiveDate;
use hms_engine::{ActorPattern, RunStatus, Task, TaskStatus};
use uuid::Uuid;

use super::*;

/// Everything the API and the pages read. Reads never wait for the writer.
#[async_trait]
pub trait Shelf: CalendarShelf + Trail + Personal + Retention {
    /// Tasks by actor and state.
    async fn tasks(&self, query: &TaskQuery) -> Result<Vec<TaskRow>, StoreError>;

    /// One task, open or closed.
    async fn task(&self, id: Uuid) -> Result<Option<TaskRow>, StoreError>;

    /// Every task of a run, oldest first.
    async fn run_tasks(&self, run: Uuid) -> Result<Vec<TaskRow>, StoreError>;

    /// What people were to be told about a task, the first first.
    async fn told_about(&self, task: Uuid) -> Result<Vec<Told>, StoreError>;

    /// One run.
    async fn run(&self, id: Uuid) -> Result<Option<RunRow>, StoreError>;

    /// Several runs at once, in no particular order; unknown ids are left out.
    async fn runs_by_id(&self, ids: &[Uuid]) -> Result<Vec<RunRow>, StoreError>;

    /// Runs, newest first.
    async fn runs(&self, query: &RunQuery) -> Result<Vec<RunRow>, StoreError>;

    /// Whether [`Shelf::runs`] leaves runs out that fit, because it looks no further: at [`hms_app::views::COUNTED_MAX`] runs
    /// whose number, key or id begins with a text, and at [`hms_app::views::WAITING_MAX`] tasks that wait for nobody.
    async fn runs_cut(&self, query: &RunQuery) -> Result<bool, StoreError>;

    /// A run's history after a seq, oldest first, at most `limit` rows.
    async fn history(&self, run: Uuid, after: u64, limit: u32)
    -> Result<Vec<AuditRow>, StoreError>;

    /// One event.
    async fn event(&self, id: Uuid) -> Result<Option<EventRow>, StoreError>;

    /// The event a sender knows by this name, if it was accepted.
    async fn event_by_source(
        &self,
        source: &str,
        external_id: &str,
    ) -> Result<Option<EventRow>, StoreError>;

    /// A filed report by its number.
    async fn report(&self, number: &str) -> Result<Option<ReportRow>, StoreError>;

    /// A filed report by the event it became.
    async fn report_of_event(&self, event: Uuid) -> Result<Option<ReportRow>, StoreError>;

    /// How many open tasks these are, for an inbox; each figure as far as it is counted
    /// ([`hms_app::views::COUNTED_MAX`]). None of these covers another.
    async fn inbox_load(&self, of: &[TasksOf]) -> Result<InboxLoad, StoreError>;

    /// How many of these a person has taken, as far as they are counted.
    async fn held(&self, of: &[TasksOf], holder: &str) -> Result<u64, StoreError>;

    /// The actors that have open tasks, each once, in the order of their names.
    async fn open_actors(&self) -> Result<Vec<String>, StoreError>;

    /// Open tasks by actor, as far as they are counted ([`hms_app::views::COUNTED_MAX`]).
    async fn load_by_actor(&self) -> Result<Vec<ActorLoad>, StoreError>;

    /// Open tasks of a workflow by step, as far as they are counted.
    async fn load_by_step(&self, workflow: &str) -> Result<Vec<StepLoad>, StoreError>;

    /// Runs going on, by workflow and over all its versions, as far as they are counted.
    async fn open_runs(&self) -> Result<Vec<(String, u64)>, StoreError>;

    /// Where the open runs of a workflow stand, by version and step, of the newest so many.
    async fn standing(&self, workflow: &str, newest: u32) -> Result<Vec<Standing>, StoreError>;

    /// SLA outcomes of the days from `from` to `to`, both included; of these workflows, or of all.
    async fn sla_days(
        &self,
        from: NaiveDate,
        to: NaiveDate,
        workflows: Option<&[String]>,
    ) -> Result<Vec<SlaDay>, StoreError>;

    /// Open tasks with an SLA, by step, as far as they are counted.
    async fn sla_open(&self, workflows: Option<&[String]>) -> Result<Vec<SlaOpen>, StoreError>;

    /// Every deployed version of every definition.
    async fn workflow_versions(&self) -> Result<Vec<WorkflowVersion>, StoreError>;

    /// Whether the store answers.
    async fn ready(&self) -> Result<(), StoreError>;
}

/// The tasks of an actor, or of a pattern of actors.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TasksOf {
    /// Whose.
    pub actor: ActorPattern,
    /// In the cases of this workflow only; none: of all.
    pub workflow: Option<String>,
}

impl From<ActorPattern> for TasksOf {
    fn from(actor: ActorPattern) -> TasksOf {
        let workflow = None;
        TasksOf { actor, workflow }
    }
}

/// Which tasks to read.
#[derive(Debug, Clone)]
pub struct TaskQuery {
    /// Any of these.
    pub actors: Vec<TasksOf>,
    /// In any of these states.
    pub statuses: Vec<TaskStatus>,
    /// Taken by whom.
    pub holder: Holder,
    /// Only escalated or breached ones.
    pub escalated: bool,
    /// Leave out those whose next attempt is later than this moment.
    pub ready_at: Option<hms_engine::Time>,
    /// In which order.
    pub order: TaskOrder,
    /// Only those that come after this place in that order.
    pub after: Option<TaskPlace>,
    /// At most this many.
    pub limit: u32,
}

/// A place in a list of tasks, between the task that stands there or stood there once, and the next: tasks may come and
/// go before and after it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TaskPlace {
    /// The task's deadline, if it has one; in a list of closed ones when it closed.
    pub moment: Option<hms_engine::Time>,
    /// Its priority.
    pub priority: u8,
    /// The task.
    pub id: Uuid,
}

/// Who has the tasks to read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Holder {
    /// Anybody or nobody.
    Any,
    /// This one.
    Is(String),
}

/// The order of tasks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TaskOrder {
    /// Soonest deadline first, those without one last; then the urgent first, then by id.
    Deadline,
    /// Closed last first.
    ClosedLast,
}

impl TaskOrder {
    /// Where a task stands in this order.
    pub fn place(self, task: &Task) -> TaskPlace {
        TaskPlace {
            moment: match self {
                TaskOrder::Deadline => task.expires,
                TaskOrder::ClosedLast => task.closed_at,
            },
            priority: task.priority.0,
            id: task.id,
        }
    }
}

/// What runs wait for that are looked for by it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Waiting {
    /// A person.
    Human,
    /// A moment: the end of a wait for a time, or the next attempt of a task that failed.
    Timer,
}

impl Waiting {
    /// Both, as asked for.
    pub const ALL: [Waiting; 2] = [Waiting::Human, Waiting::Timer];

    /// The word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Waiting::Human => hms_engine::WaitsFor::Human.as_str(),
            Waiting::Timer => hms_engine::WaitsFor::Timer.as_str(),
        }
    }
}

/// Which runs to read.
#[derive(Debug, Clone, Default)]
pub struct RunQuery {
    /// In any of these states; all when empty.
    pub statuses: Vec<RunStatus>,
    /// Only stopped ones.
    pub stopped: bool,
    /// Only those with a missed deadline.
    pub breached: bool,
    /// Only those that wait for a person, or for a moment.
    pub waiting: Option<Waiting>,
    /// Only stuck ones: all that is left of them has stopped ([`hms_engine::Run::is_stuck`]), or they
    /// have an open task of one of these actors, for whom nobody works.
    pub stuck: Option<Vec<String>>,
    /// Only those that this run called.
    pub parent: Option<Uuid>,
    /// Only of these workflows; none: of all.
    pub workflows: Option<Vec<String>>,
    /// Only of this version of it. The index of those that go on knows it, and no other.
    pub version: Option<String>,
    /// Only those whose report number, business key or id is this or begins with this.
    pub search: Option<String>,
    /// Only runs older than this one.
    pub before: Option<Uuid>,
    /// At most this many.
    pub limit: u32,
}
