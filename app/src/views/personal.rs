//! What is kept of people apart from a run, as far as its pages tell.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::Time;

/// The longest reason for erasing, in characters.
pub const ERASE_REASON_CHARS_MAX: u32 = 500;

/// What of a run's personal data is there and what was erased; no value.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PersonalView {
    /// So many values are kept.
    pub kept: u64,
    /// What is known of how others were erased, last.
    pub erased: Option<ErasedView>,
    /// Whether the person who asks may erase them.
    pub may_erase: bool,
}

/// That values were erased.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ErasedView {
    /// How many.
    pub values: u64,
    /// When the last of them, in workflow time.
    pub at: Time,
    /// By whom; none when it was done for another run that has them too.
    pub who: Option<String>,
    /// Why.
    pub reason: Option<String>,
}

/// A run whose personal data is to be erased.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ErasureView {
    /// The run.
    pub run: Uuid,
    /// How people call it.
    pub case: String,
    /// Whether it still goes on.
    pub running: bool,
    /// How many other runs began with the same event and lose the values too.
    pub shared: u64,
    /// What there is.
    pub personal: PersonalView,
}
