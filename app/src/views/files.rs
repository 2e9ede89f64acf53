//! Files that come with a form.

use std::fmt;

pub use hms_forms::FileAnswer;
use hms_forms::Rule;
use uuid::Uuid;

use super::{Fault, Pairs};

/// Which form files come with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FileOf {
    /// A service's, not sent yet.
    Draft {
        /// Which service.
        slug: String,
        /// The draft's id.
        draft: Uuid,
    },
    /// That of a task.
    Task(Uuid),
}

/// A form as it was sent.
#[derive(Debug, Clone, Default)]
pub struct SentForm {
    /// The names and values of its controls.
    pub pairs: Pairs,
    /// The files chosen in it.
    pub files: Vec<SentFile>,
}

/// A file as it was sent: nothing of it is checked yet but its size.
#[derive(Clone, PartialEq, Eq)]
pub struct SentFile {
    /// The name of its control.
    pub control: String,
    /// What the sender calls it.
    pub name: String,
    /// Its bytes, or why they were not taken in.
    pub bytes: Result<Vec<u8>, Rule>,
}

impl fmt::Debug for SentFile {
    /// Without what it holds and what it is called.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bytes = self.bytes.as_ref().map(Vec::len);
        f.debug_struct("SentFile")
            .field("control", &self.control)
            .field("bytes", &bytes)
            .finish_non_exhaustive()
    }
}

/// A form whose files are kept.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TakenForm {
    /// Its controls; a control of a field of files has each file as the answer will name it, in JSON.
    pub pairs: Pairs,
    /// What is wrong with the files that could not be kept, at their fields.
    pub faults: Vec<Fault>,
}

/// The file that a control's value names: by its id, or as an answer names it.
pub fn file_named(value: &str) -> Option<Uuid> {
    let value = value.trim();
    let named = || serde_json::from_str(value).ok();
    value
        .parse()
        .ok()
        .or_else(|| FileAnswer::of(&named()?).map(|file| file.file))
}
