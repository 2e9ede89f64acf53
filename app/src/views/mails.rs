//! Messages kept as files, for the administrator.

use serde::{Deserialize, Serialize};

use super::Time;

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
