//! What the pages show, as the server hands it over. Texts that come from a workflow are already in
//! the visitor's language; everything else is put into words by the pages.

use std::fmt;
use std::str::FromStr;

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

/// A moment of workflow time.
pub type Time = DateTime<Utc>;

/// A language of the pages.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Language {
    /// English.
    #[default]
    En,
    /// Spanish.
    Es,
}

impl Language {
    /// As in `<html lang>` and in definitions.
    pub fn code(self) -> &'static str {
        match self {
            Language::En => "en",
            Language::Es => "es",
        }
    }
}

/// Workflow time now and how fast it runs.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct ClockView {
    /// Workflow time when the server answered.
    pub now: Time,
    /// How many times faster than the wall clock; 1 in real use.
    pub rate: f64,
}

/// The demonstration's people.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DemoView {
    /// One for each role.
    pub people: Vec<DemoPerson>,
}

/// A person of the demonstration.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DemoPerson {
    /// What they sign in with.
    pub email: String,
    /// Their password, made for this installation.
    pub password: String,
    /// Shown name.
    pub name: String,
    /// Their role.
    pub role: String,
}

/// A complaint as the form sends it: texts as typed, checked by [`crate::views::Draft`]'s rules on both sides.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Draft {
    /// From [`crate::agency::Agency::new_draft`]; the same draft is one report.
    pub id: Uuid,
    /// What happened; required, at most 10,000 characters.
    pub text: String,
    /// How much was lost, in dollars, as typed; may be empty.
    pub lost: String,
    /// How they were contacted: `phone`, `text`, `email`, `web`, `social`, `mail`, `in_person`, `other`, or empty.
    pub contact: String,
    /// Who did it, as far as known; may be empty, at most 200 characters.
    pub suspect: String,
    /// Where to write to; may be empty.
    pub email: String,
    /// The language of the page, for messages.
    pub language: Language,
}

/// What is wrong with one field of a form. The page has the words for it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fault {
    /// The field's name.
    pub field: String,
    /// Which rule it broke.
    pub rule: Rule,
}

/// The rules a field can break.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Rule {
    /// It is empty and must not be.
    Required,
    /// It is longer than this many characters.
    TooLong(u32),
    /// It is not an amount of money.
    Money,
    /// It is not an e-mail address.
    Email,
    /// It is none of the choices.
    Choice,
}

/// A complaint that is durably kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Filed {
    /// The number, like `4839-2017-55`.
    pub number: String,
    /// The secret, 80 bits or more in base32 groups with a check character.
    pub receipt: Receipt,
    /// Goes into the reporter's cookie, so that the status page opens at once.
    pub token: crate::agency::Token,
}

/// A receipt's secret. `Debug` does not show it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Receipt(pub String);

impl fmt::Debug for Receipt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Receipt(…)")
    }
}

/// A report opened with number and receipt.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Opened {
    /// The number, as written officially.
    pub number: String,
    /// Goes into the reporter's cookie.
    pub token: crate::agency::Token,
}

/// A report as its reporter sees it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct StatusView {
    /// The report's number.
    pub number: String,
    /// Grows with each change; the live socket's cursor.
    pub seq: u64,
    /// Where it stands as a whole.
    pub state: ReportState,
    /// When it was received.
    pub received: Time,
    /// What is being done now; empty when it ended.
    pub current: Vec<StatusStep>,
    /// What happened so far, oldest first.
    pub events: Vec<StatusEvent>,
    /// Workflow time.
    pub clock: ClockView,
}

/// Where a report stands as a whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReportState {
    /// Being worked on.
    Open,
    /// Stopped by a problem that a person looks at.
    Held,
    /// Finished.
    Finished,
    /// Ended before it was finished.
    Cancelled,
}

/// A step being worked on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct StatusStep {
    /// In plain words, from the workflow: "An investigator reviews your report".
    pub title: String,
    /// Who has it.
    pub holder: Holder,
    /// Since when.
    pub since: Time,
    /// The promised time.
    pub promised: Option<Time>,
    /// Whether the promised time has passed.
    pub late: bool,
}

/// Who works on something, told without names.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "holder", content = "name", rename_all = "snake_case")]
pub enum Holder {
    /// A computer program that reads and sorts.
    Ai,
    /// People with this role; taken by one of them or not.
    People {
        /// The role, as in the definition: `investigator`.
        role: String,
        /// Whether a person has taken it.
        taken: bool,
    },
    /// A service, like the one that writes mails.
    Service,
}

/// Something that happened to a report.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct StatusEvent {
    /// When.
    pub at: Time,
    /// What.
    pub what: Happened,
}

/// What can happen to a report, as told to its reporter.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "happened", rename_all = "snake_case")]
pub enum Happened {
    /// It was received and kept.
    Received,
    /// A step began.
    Began {
        /// The step in plain words.
        title: String,
        /// Who has it.
        holder: Holder,
        /// The promised time.
        promised: Option<Time>,
    },
    /// A person took it.
    Taken {
        /// The step in plain words.
        title: String,
    },
    /// A step was finished.
    Done {
        /// The step in plain words.
        title: String,
    },
    /// A promised time was missed.
    Missed {
        /// The step in plain words.
        title: String,
        /// The step that takes over, when one does.
        now: Option<String>,
    },
    /// It stopped by a problem; a person looks at it.
    Held,
    /// It goes on.
    Resumed,
    /// It is finished.
    Finished,
    /// It was ended before it was finished.
    Cancelled,
}

/// A signed-in person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Person {
    /// Their id, as the audit trail names them.
    pub id: Uuid,
    /// Shown name.
    pub name: String,
    /// Their roles: `investigator`, `supervisor`, `administrator`, or any a definition names.
    pub roles: Vec<String>,
}

impl Person {
    /// Whether they hold a role.
    pub fn is(&self, role: &str) -> bool {
        self.roles.iter().any(|held| held == role)
    }
}

/// The tabs of the inbox.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum InboxTab {
    /// Open and taken by nobody.
    #[default]
    Unassigned,
    /// Open and mine.
    Mine,
    /// Open and taken by somebody of my roles.
    Team,
    /// Open and reached by a missed deadline, or breached themselves.
    Escalated,
    /// Closed lately.
    Done,
}

impl InboxTab {
    /// In the order shown.
    pub const ALL: [InboxTab; 5] = [
        InboxTab::Unassigned,
        InboxTab::Mine,
        InboxTab::Team,
        InboxTab::Escalated,
        InboxTab::Done,
    ];

    /// As in the URL: `/inbox?tab=mine`.
    pub fn as_str(self) -> &'static str {
        match self {
            InboxTab::Unassigned => "unassigned",
            InboxTab::Mine => "mine",
            InboxTab::Team => "team",
            InboxTab::Escalated => "escalated",
            InboxTab::Done => "done",
        }
    }
}

impl FromStr for InboxTab {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        InboxTab::ALL
            .into_iter()
            .find(|tab| tab.as_str() == text)
            .ok_or(())
    }
}

/// How many tasks are under each tab. `Done` is not counted: it only grows.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct InboxCounts {
    /// Under Unassigned.
    pub unassigned: u32,
    /// Under Mine.
    pub mine: u32,
    /// Under Team.
    pub team: u32,
    /// Under Escalated.
    pub escalated: u32,
    /// Grows whenever the person's tasks change; a page that shows an older one offers the new rows.
    pub seq: u64,
}

/// One tab of the inbox.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct InboxView {
    /// The tab shown.
    pub tab: InboxTab,
    /// For all tabs.
    pub counts: InboxCounts,
    /// Soonest deadline first; at most 100.
    pub rows: Vec<InboxRow>,
    /// Whether there are more than shown.
    pub more: bool,
    /// Workflow time.
    pub clock: ClockView,
}

/// A task in a list.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct InboxRow {
    /// The task.
    pub id: Uuid,
    /// The report's number or the run's business key; a short run id when there is neither.
    pub case: String,
    /// The step in plain words.
    pub title: String,
    /// The workflow's id.
    pub workflow: String,
    /// The label of the step before, when it has one: `High`.
    pub severity: Option<String>,
    /// When it opened.
    pub created: Time,
    /// Its clock.
    pub sla: SlaClock,
    /// Who has it.
    pub held_by: Option<HeldBy>,
    /// `NEW`, `CLAIMED`, `DONE`, `TIMEOUT`, `FAILED`, `CANCELLED`.
    pub status: String,
}

/// A task's clock; the page derives the words and the counting down from it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct SlaClock {
    /// When the clock began.
    pub opened: Time,
    /// The deadline; none when the step has no SLA.
    pub due: Option<Time>,
    /// When it was closed; the clock stands still from then on.
    pub closed: Option<Time>,
}

/// Somebody of the staff who has a task.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HeldBy {
    /// Shown name.
    pub name: String,
    /// Since when.
    pub since: Time,
    /// Whether it is the person who asks.
    pub me: bool,
}

/// One task with what is needed to decide it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TaskView {
    /// As in the list.
    pub row: InboxRow,
    /// The role it is for: `investigator`.
    pub role: String,
    /// The run.
    pub run_id: Uuid,
    /// The event's payload.
    pub payload: Value,
    /// What an AI said before, with its reasons.
    pub label: Option<Label>,
    /// How it closed, when it did.
    pub closed: Option<Closed>,
    /// What comes after each decision, in plain words.
    pub next: Vec<NextStep>,
    /// What happened in the run so far, oldest first.
    pub timeline: Vec<TimelineRow>,
    /// Workflow time.
    pub clock: ClockView,
}

/// What an AI said about a case.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Label {
    /// The actor's name.
    pub by: String,
    /// `High`, `Low` …
    pub severity: String,
    /// 0 to 1, when it says.
    pub confidence: Option<f64>,
    /// The reasons found, in words.
    pub reasons: Vec<String>,
}

/// How a task closed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Closed {
    /// `DONE`, `TIMEOUT`, `FAILED`, `CANCELLED`.
    pub status: String,
    /// When.
    pub at: Time,
    /// By whom; none when a clock or a cancellation did.
    pub by: Option<String>,
    /// `approve` or `reject`, when a person decided.
    pub outcome: Option<String>,
    /// Their note.
    pub note: Option<String>,
}

/// What comes after a decision.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NextStep {
    /// `approve`, `reject` or `timeout`.
    pub outcome: String,
    /// The step in plain words; none when the run ends there.
    pub title: Option<String>,
}

/// What a person does with a task.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "act", rename_all = "snake_case")]
pub enum TaskAct {
    /// Take it.
    Accept,
    /// Give it back.
    Release,
    /// Decide for it.
    Approve {
        /// May be empty; at most 4,000 characters.
        note: String,
    },
    /// Decide against it.
    Reject {
        /// Why; must not be empty.
        note: String,
    },
}

/// Why a task could not be acted on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "conflict", content = "by", rename_all = "snake_case")]
pub enum Conflict {
    /// Somebody else has it.
    Held(HeldBy),
    /// It is closed: decided by somebody, timed out or cancelled.
    Closed(Closed),
    /// The run has ended or does not stand where the act needs it.
    Run(String),
}

/// The SLA report.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SlaReport {
    /// The first day.
    pub from: NaiveDate,
    /// The last day.
    pub to: NaiveDate,
    /// The workflows to choose from.
    pub workflows: Vec<String>,
    /// Over everything.
    pub total: SlaFigures,
    /// By workflow and step.
    pub steps: Vec<SlaStepRow>,
    /// By day, every day of the range.
    pub days: Vec<SlaDayRow>,
    /// Workflow time.
    pub clock: ClockView,
}

/// The figures of the SLA report. Compliance is met ÷ (met + breached).
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct SlaFigures {
    /// Finished before the deadline.
    pub met: u64,
    /// The deadline passed first; also those still open.
    pub breached: u64,
    /// Open now and not breached (whatever the range).
    pub open: u64,
    /// Open now and breached (whatever the range).
    pub open_breached: u64,
    /// Cancelled before finish or deadline.
    pub cancelled: u64,
    /// Half of those finished took at most this long, in milliseconds.
    pub p50_ms: Option<u64>,
    /// Nine of ten took at most this long, in milliseconds.
    pub p90_ms: Option<u64>,
}

impl SlaFigures {
    /// Met ÷ (met + breached); none when there are neither.
    pub fn compliance(&self) -> Option<f64> {
        let decided = self.met + self.breached;
        (decided > 0).then(|| self.met as f64 / decided as f64)
    }
}

/// A step of the SLA report.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SlaStepRow {
    /// The workflow's id.
    pub workflow: String,
    /// The step's id.
    pub step: String,
    /// In plain words.
    pub title: String,
    /// Its figures.
    pub figures: SlaFigures,
}

/// A day of the SLA report: the day the outcome was decided, UTC.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SlaDayRow {
    /// The day.
    pub day: NaiveDate,
    /// Its figures; `open` is only known now and therefore 0 here.
    pub figures: SlaFigures,
}

/// Which runs to list.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunsQuery {
    /// Which kind.
    pub filter: RunsFilter,
    /// Only of this workflow.
    pub workflow: Option<String>,
    /// Runs older than this one: the next page.
    pub before: Option<Uuid>,
    /// Only runs whose case number, business key or id begins with this.
    pub search: Option<String>,
}

/// The kinds of runs an administrator looks for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RunsFilter {
    /// Every run.
    #[default]
    All,
    /// Going on.
    Running,
    /// Stopped at an incident.
    Stopped,
    /// With a missed deadline.
    Breached,
    /// Finished.
    Completed,
    /// Cancelled or failed.
    Cancelled,
}

impl RunsFilter {
    /// In the order shown.
    pub const ALL: [RunsFilter; 6] = [
        RunsFilter::All,
        RunsFilter::Running,
        RunsFilter::Stopped,
        RunsFilter::Breached,
        RunsFilter::Completed,
        RunsFilter::Cancelled,
    ];

    /// As in the URL.
    pub fn as_str(self) -> &'static str {
        match self {
            RunsFilter::All => "all",
            RunsFilter::Running => "running",
            RunsFilter::Stopped => "stopped",
            RunsFilter::Breached => "breached",
            RunsFilter::Completed => "completed",
            RunsFilter::Cancelled => "cancelled",
        }
    }
}

impl FromStr for RunsFilter {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        RunsFilter::ALL
            .into_iter()
            .find(|filter| filter.as_str() == text)
            .ok_or(())
    }
}

/// A page of runs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RunsPage {
    /// Newest first; at most 50.
    pub rows: Vec<RunRow>,
    /// Ask with this as `before` for the next page.
    pub next: Option<Uuid>,
    /// The workflows to choose from.
    pub workflows: Vec<String>,
    /// Workflow time.
    pub clock: ClockView,
}

/// A run in a list.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RunRow {
    /// Its id.
    pub id: Uuid,
    /// The report's number or business key; a short id when there is neither.
    pub case: String,
    /// The workflow's id.
    pub workflow: String,
    /// `RUNNING`, `COMPLETED`, `FAILED`, `CANCELLED`.
    pub status: String,
    /// Stopped at an incident.
    pub stopped: bool,
    /// Has missed a deadline.
    pub breached: bool,
    /// The steps it stands at, in plain words.
    pub at: Vec<String>,
    /// When it began.
    pub started: Time,
    /// When it ended.
    pub ended: Option<Time>,
}

/// One run with its timeline.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RunView {
    /// As in the list.
    pub row: RunRow,
    /// The definition's content hash.
    pub version: String,
    /// The event's payload.
    pub payload: Value,
    /// Its tasks, oldest first.
    pub tasks: Vec<RunTaskRow>,
    /// What stopped it, while it stands.
    pub incidents: Vec<IncidentRow>,
    /// What happened, oldest first.
    pub timeline: Vec<TimelineRow>,
    /// The steps a stopped run can be sent to.
    pub steps: Vec<String>,
    /// Workflow time.
    pub clock: ClockView,
}

/// A task of a run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RunTaskRow {
    /// Its id.
    pub id: Uuid,
    /// The step's id.
    pub step: String,
    /// The step in plain words.
    pub title: String,
    /// `AI:fraud-labeler` …
    pub actor: String,
    /// `NEW` …
    pub status: String,
    /// Its clock.
    pub sla: SlaClock,
    /// Which attempt.
    pub attempt: u32,
    /// Who has or had it.
    pub who: Option<String>,
    /// Its answer.
    pub result: Option<Value>,
    /// What went wrong in its last attempt.
    pub error: Option<String>,
}

/// What stopped a run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct IncidentRow {
    /// Its number in the run.
    pub number: u32,
    /// The step that stopped.
    pub step: String,
    /// What is wrong and what would be right.
    pub message: String,
    /// Since when.
    pub since: Time,
}

/// A line of a run's timeline, from the audit trail.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TimelineRow {
    /// When.
    pub at: Time,
    /// Who: a person's name, a worker, `event`, `clock`.
    pub who: String,
    /// The entry's kind, as in the engine: `task_opened`.
    pub kind: String,
    /// The step in plain words.
    pub step: Option<String>,
    /// The entry's other fields.
    pub detail: Value,
}

/// A worker, or an actor nobody polls for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct WorkerRow {
    /// The actor.
    pub actor: String,
    /// The worker's own name; none for an actor nobody polls for.
    pub worker: Option<String>,
    /// Its version, when it says.
    pub version: Option<String>,
    /// When it last polled, by the wall clock.
    pub last_seen: Option<Time>,
    /// Seconds since then.
    pub idle_seconds: Option<u64>,
    /// Tasks done.
    pub done: u64,
    /// Attempts failed.
    pub failed: u64,
    /// Open tasks of this actor.
    pub waiting: u64,
    /// How long the oldest of them has waited, in seconds of workflow time.
    pub oldest_seconds: Option<u64>,
}

/// A definition in a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WorkflowRow {
    /// Its id.
    pub id: String,
    /// In plain words.
    pub title: String,
    /// The event it starts on.
    pub start: String,
    /// The content hash of the version in force.
    pub version: String,
    /// Open runs, over all versions.
    pub open: u64,
}

/// A definition.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WorkflowView {
    /// As in the list.
    pub row: WorkflowRow,
    /// Its steps in order: id, title, actor or type, SLA as written, where it goes on.
    pub steps: Vec<WorkflowStepRow>,
    /// The YAML text.
    pub source: String,
}

/// A step of a definition.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WorkflowStepRow {
    /// Its id.
    pub id: String,
    /// In plain words.
    pub title: String,
    /// `HUMAN:investigator`, or `switch`.
    pub does: String,
    /// `4h`.
    pub sla: Option<String>,
    /// Where it can go on, as `label → step`.
    pub next: Vec<String>,
    /// Tasks open at it now.
    pub open: u64,
}

/// A message that was kept as a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MailRow {
    /// When it was written, by the wall clock.
    pub at: Time,
    /// The receiver, masked: `m…@example.org`.
    pub to: String,
    /// Its subject.
    pub subject: String,
    /// Its text.
    pub body: String,
}
