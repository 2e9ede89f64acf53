//! What the pages show, as the server hands it over. Texts that come from a workflow are already in
//! the visitor's language; everything else is put into words by the pages.

mod archive;
mod audit;
mod files;
mod form;
mod inbox;
mod inbox_place;
mod mails;
mod people;
mod personal;
mod report;
mod runs;
mod sla;
mod workers;
mod workflows;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

pub use archive::*;
pub use audit::*;
pub use files::*;
pub use form::*;
pub use inbox::*;
pub use inbox_place::*;
pub use mails::*;
pub use people::*;
pub use personal::*;
pub use report::*;
pub use runs::*;
pub use sla::*;
pub use workers::*;
pub use workflows::*;

/// Counts of what is open go so far and no further; one more stands for any number more.
pub const COUNTED_MAX: u64 = 10_000;

/// Of the tasks of programs that nobody runs so many are looked at to find the newest runs.
pub const WAITING_MAX: u64 = 2_000;

/// A count of what is open, as it is shown.
pub fn counted(open: u64) -> String {
    match open {
        0..=COUNTED_MAX => open.to_string(),
        _ => "10,000+".to_owned(),
    }
}

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
    /// Whether they hold a role for all workflows. It only decides what the menu offers: what they may do, the server
    /// says.
    pub fn is(&self, role: &str) -> bool {
        self.roles.iter().any(|held| held == role)
    }

    /// Whether they hold a role, if only for one workflow (`role@workflow`).
    pub fn is_somewhere(&self, role: &str) -> bool {
        self.role_names().any(|held| held == role)
    }

    /// Their roles without what they are held for.
    pub fn role_names(&self) -> impl Iterator<Item = &str> {
        let name = |held: &'_ String| held.find('@').unwrap_or(held.len());
        self.roles.iter().map(move |held| &held[..name(held)])
    }
}
