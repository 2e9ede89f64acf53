//! Cases that ended long ago and were moved out into the agency's archive.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// A case that is in the archive and on no page any more.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MovedOut {
    /// The day on which it ended (UTC), where that is known.
    pub closed: Option<NaiveDate>,
    /// Where it is, for people of the agency; its reporter is not told.
    pub archived: Option<ArchivedIn>,
}

/// Where a case is in the archive.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ArchivedIn {
    /// The case.
    pub run: Uuid,
    /// Its workflow's id.
    pub workflow: String,
    /// The month in which it ended: `2019-03`.
    pub month: String,
    /// The name of the file in the folder of archives: `FTC-Complaint/2019-03-000012.jsonl`.
    pub file: String,
    /// Whether this server can read it, so that the case can be taken out of it here.
    pub at_hand: bool,
}
