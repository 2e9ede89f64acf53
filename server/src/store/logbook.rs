//! The audit trail as people read it: the newest first, a page at a time.

use hms_engine::Time;
use uuid::Uuid;

use super::TrailRow;

/// The most rows looked at for one page. A page that has fewer rows than asked for says where it stopped looking, so that
/// what fits rarely costs many small answers and never a long one.
pub const LOOKED_MAX: u32 = 2_000;
/// A row may be written so much later than the moment it tells, in milliseconds: what its transaction takes at most.
pub(super) const WRITTEN_LATE_MS: i64 = 600_000;

/// What is asked of the audit trail.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LogQuery {
    /// Only what this one did, as the trail names them.
    pub who: Option<String>,
    /// Only this kind.
    pub kind: Option<LogKind>,
    /// Only what concerns this case or this account; of a case also what programs did.
    pub about: Option<Uuid>,
    /// Not before this moment.
    pub from: Option<Time>,
    /// Before this moment.
    pub until: Option<Time>,
    /// Only rows before this `n`.
    pub before: Option<i64>,
    /// How many at most.
    pub limit: u32,
}

/// Kinds of rows of the audit trail.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum LogKind {
    /// Somebody read something.
    Read,
    /// Somebody signed in or out, or tried to.
    SignIn,
    /// Something changed about an account or a token.
    Account,
    /// A person changed a case.
    Case,
    /// A definition or calendar was put in force.
    Deploy,
}

impl LogKind {
    /// The orders by which rows of the house are known to be of it.
    pub(super) fn orders(self) -> &'static [&'static str] {
        match self {
            LogKind::Read => &["read"],
            LogKind::SignIn => &["sign_in"],
            LogKind::Account => &["account"],
            LogKind::Case => &[],
            LogKind::Deploy => &["deploy", "deploy_calendar"],
        }
    }
}

/// A page of the audit trail.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LogPage {
    /// The newest first.
    pub rows: Vec<TrailRow>,
    /// Ask with this as `before` for what is older; none when there is nothing.
    pub next: Option<i64>,
}

impl LogQuery {
    /// The page that these rows are. `looked` says how many rows were looked at, and the last of them.
    pub(super) fn page(&self, rows: Vec<TrailRow>, looked: Option<(u32, i64)>) -> LogPage {
        let full = rows.len() == self.limit as usize;
        let next = match full {
            true => rows.last().map(|row| row.n),
            false => looked
                .filter(|(many, _)| *many >= LOOKED_MAX)
                .map(|(_, last)| last),
        };
        LogPage { rows, next }
    }
}
