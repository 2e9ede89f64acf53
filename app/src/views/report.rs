//! A complaint and its status, as its reporter fills it in and sees it.

use std::fmt;

pub use hms_forms::Rule;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{ClockView, FileAnswer, Language, PauseView, Time};

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
    /// What the service is called, when it is one of its own.
    pub service: Option<String>,
    /// Grows with each change; the live socket's cursor.
    pub seq: u64,
    /// Where it stands as a whole.
    pub state: ReportState,
    /// When it was received.
    pub received: Time,
    /// The files that came with it.
    pub files: Vec<FileAnswer>,
    /// Whether its reporter may add to it.
    pub may_add: bool,
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
    /// Why its clock stands still, while it does.
    pub paused: Option<PauseView>,
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
    /// Its clock was stopped.
    Paused {
        /// The step in plain words.
        title: String,
        /// Why, as written by who stopped it.
        reason: String,
        /// Whether the reporter is asked for something.
        for_reporter: bool,
    },
    /// Its clock runs again.
    Continued {
        /// The step in plain words.
        title: String,
        /// The promised time now.
        promised: Option<Time>,
    },
    /// It was given more time.
    Extended {
        /// The step in plain words.
        title: String,
        /// Why.
        reason: String,
        /// The promised time now.
        promised: Option<Time>,
    },
    /// Its promised time moved, because the calendar of working days changed.
    Moved {
        /// The step in plain words.
        title: String,
        /// The promised time now.
        promised: Option<Time>,
    },
    /// Its promised time moved, because the rules for the step changed.
    Revised {
        /// The step in plain words.
        title: String,
        /// The promised time now.
        promised: Option<Time>,
    },
    /// Its reporter added to it.
    Added {
        /// What they wrote.
        text: String,
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
