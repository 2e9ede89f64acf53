//! The inbox, one task, and what a person does with it.

use std::str::FromStr;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

use super::{Answered, ClockView, FieldView, InboxPlace, Time, TimelineRow, Typed};

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

/// How many tasks are under each tab, as far as they are counted ([`super::COUNTED_MAX`]). `Done` is not counted: it only
/// grows.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct InboxCounts {
    /// Under Unassigned.
    pub unassigned: u64,
    /// Under Mine.
    pub mine: u64,
    /// Under Team.
    pub team: u64,
    /// Under Escalated.
    pub escalated: u64,
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
    /// Whether these are the first.
    pub first: bool,
    /// Ask with this as `after` for the next ones.
    pub next: Option<InboxPlace>,
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
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SlaClock {
    /// When the clock began.
    pub opened: Time,
    /// The deadline; none when the step has no SLA, or while the clock stands still before it.
    pub due: Option<Time>,
    /// When it was closed; the clock stands still from then on.
    pub closed: Option<Time>,
    /// All the time there is, in milliseconds, where the clock on the wall counts.
    pub budget_ms: Option<i64>,
    /// How much of the time was used when the server said so, in percent, where the wall clock does
    /// not tell.
    pub percent: Option<u32>,
    /// Whether the deadline was missed, also when more time was given later.
    pub breached: bool,
    /// Whether it runs.
    pub stands: Stands,
}

/// Whether a clock runs.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stands {
    /// It does.
    #[default]
    Runs,
    /// It was stopped, for this reason.
    Paused(String),
    /// Nobody works now; when somebody does, as far as the calendar knows.
    OutsideHours(Option<Time>),
}

/// Why a clock stands still.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PauseView {
    /// As written by who stopped it.
    pub reason: String,
    /// Whether the person who sent the report is asked for something.
    pub for_reporter: bool,
    /// Since when.
    pub since: Time,
}

/// A task's clock with everything that happened to it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TaskClock {
    /// Why it stands still; none while it runs.
    pub stopped: Option<PauseView>,
    /// When the office opens, while nobody works.
    pub opens: Option<Time>,
    /// Whether the person who asks may stop it and let it run again.
    pub may_stop: bool,
    /// Whether they may give it more time.
    pub may_extend: bool,
    /// The first first.
    pub ledger: Vec<LedgerRow>,
}

/// A line of a clock's ledger.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LedgerRow {
    /// When.
    pub at: Time,
    /// Who, by name.
    pub who: String,
    /// What happened.
    pub what: LedgerView,
}

/// What happens to a clock.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "what", rename_all = "snake_case")]
pub enum LedgerView {
    /// It runs from then on.
    Started,
    /// It stands still from then on.
    Stopped {
        /// Why.
        reason: String,
        /// Whether the person who sent the report is asked for something.
        for_reporter: bool,
    },
    /// It was given more time.
    Extended {
        /// So many milliseconds; of business days 86,400,000 each.
        by_ms: i64,
        /// Why.
        reason: String,
    },
    /// The calendar changed that counts it.
    Recalendared,
    /// Its case moved to another version of the workflow, which gives it another time.
    Migrated,
    /// Nobody claimed the task in the time there was for it.
    AcceptMissed,
    /// A share of the time was used at which something happens.
    Reached {
        /// The share, in percent.
        percent: u32,
        /// What became of the reminder to who has the task, when there is one.
        reminded: Option<Sent>,
        /// Who else was told, when somebody is.
        notified: Option<ToldView>,
        /// Whether the task comes before others from then on.
        priority: bool,
    },
}

/// What became of a message to people.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sent {
    /// How many people it was sent to.
    pub people: u32,
    /// Whether nothing more is sent: all have it, or there is nobody, or it was given up.
    pub over: bool,
}

/// Who was told something.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ToldView {
    /// The role.
    pub role: String,
    /// What became of it.
    pub sent: Sent,
}

/// What a person does with a task's clock.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "act", rename_all = "snake_case")]
pub enum ClockAct {
    /// Stop it.
    Pause {
        /// Why; must not be empty.
        reason: String,
        /// Whether the person who sent the report is asked for something.
        waiting_for_reporter: bool,
    },
    /// Let it run again.
    Resume,
    /// Give it more time.
    Extend {
        /// How much, as definitions write it: `4h`, `2bd`.
        by: String,
        /// Why; must not be empty.
        reason: String,
    },
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
    /// Whether there is personal data in it, of which only a mask is shown: the visitor does not have the task.
    pub masked: bool,
    /// What the reporter answered in the form of the service; empty when the run began otherwise.
    pub reported: Vec<Answered>,
    /// What the reporter added since, the first first.
    pub added: Vec<AddedView>,
    /// What an AI said before, with its reasons.
    pub label: Option<Label>,
    /// How it closed, when it did.
    pub closed: Option<Closed>,
    /// The answers that can be given, in the order written, and what comes after each.
    pub outcomes: Vec<NextStep>,
    /// What comes when the deadline passes first; none when nothing does.
    pub after_deadline: Option<NextStep>,
    /// The fields to fill in.
    pub fields: Vec<FieldView>,
    /// What they were answered, once the task is done.
    pub answered: Vec<Answered>,
    /// Whether the visitor's roles may take and decide it.
    pub may_decide: bool,
    /// What happened in the run so far, oldest first.
    pub timeline: Vec<TimelineRow>,
    /// Its clock with all that happened to it, when the step has an SLA.
    pub sla_clock: Option<TaskClock>,
    /// Workflow time.
    pub clock: ClockView,
}

/// What a reporter added to their report.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AddedView {
    /// When.
    pub at: Time,
    /// What they wrote.
    pub text: String,
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
    /// `approve`, `reject` or whatever else the workflow lets a person decide.
    pub outcome: Option<String>,
    /// Their note.
    pub note: Option<String>,
}

/// What comes after a decision.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NextStep {
    /// `approve`, `reject` or another of the workflow's outcomes; `timeout` for a deadline.
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
    /// Decide it.
    Decide(Decision),
}

/// What a person decides.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Decision {
    /// `approve`, `reject` or another of the task's outcomes.
    pub outcome: String,
    /// At most 4,000 characters; must not be empty when the outcome is `reject`.
    pub note: String,
    /// What was typed into the fields of the task's form.
    pub typed: Typed,
}

impl Decision {
    /// A decision without answers to fields.
    pub fn of(outcome: &str, note: &str) -> Decision {
        Decision {
            outcome: outcome.to_owned(),
            note: note.to_owned(),
            typed: Typed::new(),
        }
    }
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
