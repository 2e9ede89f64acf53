//! What goes over the live websockets. Both are plain axum routes on the portal:
//!
//! - `GET /live/status/{number}?after=SEQ` with the reporter's cookie: a [`StatusView`] for each change.
//! - `GET /live/inbox` with the session's cookie: an [`InboxCounts`] whenever the person's tasks change.
//!
//! The server sends a frame at once after opening, one for each change after it, and a
//! [`Frame::Beat`] at least every [`BEAT_SECONDS`]. A page that hears nothing for twice as long says
//! that it is reconnecting, opens the socket again with backoff, and catches up from `after`.
//! Frames are whole states, so a missed one is made good by the next.

use serde::{Deserialize, Serialize};

use crate::views::{ClockView, InboxCounts, StatusView};

/// The longest silence of a live socket, in seconds.
pub const BEAT_SECONDS: u32 = 15;

/// One text frame, as JSON.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "frame", content = "body", rename_all = "snake_case")]
pub enum Frame {
    /// The report as it stands.
    Status(Box<StatusView>),
    /// The inbox's counts; the page then asks for the rows when the person wants them.
    Inbox(InboxCounts),
    /// Still here; also sets the page's clock right.
    Beat(ClockView),
    /// The sign-in or the receipt is no longer good: the page stops and says so.
    Ended,
}
