use async_trait::async_trait;
use hms_engine::{Run, Time};
use uuid::Uuid;

use super::StoreError;

/// A version of a calendar, as kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CalendarVersion {
    /// The content hash.
    pub version: String,
    /// The calendar's id.
    pub id: String,
    /// The text.
    pub source: String,
    /// When it was last put in force.
    pub deployed: Time,
    /// By whom.
    pub deployed_by: String,
    /// Whether deadlines are counted by it.
    pub in_force: bool,
    /// The number of its deployment, as [`WorkflowVersion::deployment`](super::WorkflowVersion::deployment).
    pub deployment: i64,
}

/// What is asked of the store about calendars and the cases counted by them.
#[async_trait]
pub trait CalendarShelf: Send + Sync {
    /// The version in force of each calendar, by id.
    async fn calendars(&self) -> Result<Vec<CalendarVersion>, StoreError>;

    /// The versions of a calendar that were in force last, the latest first, at most `limit`.
    async fn calendar_versions(
        &self,
        id: &str,
        limit: u32,
    ) -> Result<Vec<CalendarVersion>, StoreError>;

    /// A version by its content hash.
    async fn calendar_version(&self, version: &str) -> Result<Option<CalendarVersion>, StoreError>;

    /// Running cases that are counted by another version of a calendar than this one, without their
    /// payloads, in the order of where they were come to, from behind `after` on.
    async fn counted_otherwise(
        &self,
        calendar: &str,
        version: &str,
        after: Option<&CountedAt>,
        limit: u32,
    ) -> Result<Vec<(CountedAt, Run)>, StoreError>;
}

/// A place in the order of the running cases that a calendar counts: by version, then by id.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct CountedAt {
    /// By which version the case is counted.
    pub version: String,
    /// The case.
    pub run_id: Uuid,
}

/// Running cases to be counted anew, with the work of a turn.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Behind {
    /// The calendar's id.
    pub calendar: String,
    /// The version in force: wanted are the cases that are counted by another.
    pub version: String,
    /// From behind this place on.
    pub after: Option<CountedAt>,
    /// So many at most.
    pub limit: u32,
}

/// The cases found that are to be counted anew.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FoundBehind {
    /// They are loaded.
    pub runs: Vec<Uuid>,
    /// Where the last one was found, also when another node is at it; none when none was found.
    pub last: Option<CountedAt>,
    /// Whether there may be more behind it.
    pub more: bool,
    /// Whether some were left out because another node is at them.
    pub passed_over: bool,
}

/// By which calendars a running case is counted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CountedWrite {
    /// The case.
    pub run_id: Uuid,
    /// Each calendar's id and the version; none once the case has ended.
    pub by: Vec<(String, String)>,
}
