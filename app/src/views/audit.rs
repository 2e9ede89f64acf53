//! The audit trail, for administrators and auditors.

use std::str::FromStr;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::Time;

/// What somebody asks of the audit trail.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct AuditQuery {
    /// Only what this one did: a person's id, or how the trail names what is no person.
    pub who: Option<String>,
    /// Only this kind.
    pub kind: Option<AuditKind>,
    /// Only what concerns this: a case's number, or the id of a run or of a person.
    pub object: Option<String>,
    /// The first day, UTC.
    pub from: Option<NaiveDate>,
    /// The last day, UTC; included.
    pub to: Option<NaiveDate>,
    /// Only what stands before this in the trail.
    pub before: Option<i64>,
}

/// Kinds of entries.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AuditKind {
    /// Somebody read something about people.
    Read,
    /// Somebody signed in or out, or tried to.
    SignIn,
    /// An account or a token changed.
    Account,
    /// A person changed a case.
    Case,
    /// A definition or calendar was put in force.
    Deploy,
}

impl AuditKind {
    /// In the order shown.
    pub const ALL: [AuditKind; 5] = [
        AuditKind::Read,
        AuditKind::Case,
        AuditKind::SignIn,
        AuditKind::Account,
        AuditKind::Deploy,
    ];

    /// As in the address.
    pub fn as_str(self) -> &'static str {
        match self {
            AuditKind::Read => "read",
            AuditKind::SignIn => "sign_in",
            AuditKind::Account => "account",
            AuditKind::Case => "case",
            AuditKind::Deploy => "deploy",
        }
    }
}

impl FromStr for AuditKind {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        AuditKind::ALL
            .into_iter()
            .find(|kind| kind.as_str() == text)
            .ok_or(())
    }
}

/// A page of the audit trail.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct AuditPage {
    /// Newest first; at most 50.
    pub rows: Vec<AuditLine>,
    /// Ask with this as `before` for what is older.
    pub next: Option<i64>,
    /// The people to choose from, by id and name: the newest of the staff, and who is chosen.
    pub people: Vec<(Uuid, String)>,
    /// Whether there is no case or person as asked for.
    pub unknown_object: bool,
    /// Whether the trail is whole as far as a page can tell; of the first page only.
    pub seal: Option<SealView>,
}

/// An entry of the audit trail.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AuditLine {
    /// Its place in the trail.
    pub n: i64,
    /// When.
    pub at: Time,
    /// Who, by name; what is no person as the trail names it.
    pub who: String,
    /// Their id, of a person.
    pub person: Option<Uuid>,
    /// What the token is for, of a program.
    pub token: Option<String>,
    /// What was done, as the trail names it: `read.task`, `sign_in.failed`, `case.complete`.
    pub what: String,
    /// The case or the account it is about.
    pub object: Option<AuditObject>,
    /// Whatever else names the thing: a file's id, a definition's name, a number that was tried.
    pub detail: Option<String>,
    /// The address it came from; none where it came from this machine, or it is not known.
    pub from: Option<String>,
    /// What it was before.
    pub before: Option<String>,
    /// What it is after.
    pub after: Option<String>,
}

/// What an entry is about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "snake_case")]
pub enum AuditObject {
    /// A case.
    Case {
        /// The run.
        run: Uuid,
        /// How people call it.
        case: String,
    },
    /// Somebody's account.
    Person {
        /// Their id.
        id: Uuid,
        /// Their name.
        name: String,
    },
    /// A program's token.
    Token {
        /// Its id.
        id: Uuid,
        /// What it is for.
        name: String,
    },
    /// It is not there any more.
    Other {
        /// Its id.
        id: Uuid,
    },
}

/// How the trail was last sealed, and whether that still fits what is kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "snake_case")]
pub enum SealView {
    /// Nothing was sealed yet.
    None,
    /// What the last checkpoint covers is as it was.
    Whole {
        /// Its number.
        number: u64,
        /// When it was made.
        at: Time,
        /// How many cases and other chains it covers.
        chains: u64,
    },
    /// It is, but nothing has been sealed for minutes though there is something to seal.
    Late {
        /// When the last one was made.
        at: Time,
    },
    /// Something is not as it was.
    Broken {
        /// The checkpoint's number.
        number: u64,
        /// When it was made.
        at: Time,
        /// How much does not fit.
        faults: u64,
    },
}
