//! Whole histories of runs: what is ordered, and what comes of it.

// Clippy's leave to unwrap in tests does not reach the helpers of tests.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod answers;
mod attempts;
mod calendars;
mod calls;
mod choices;
mod clock;
mod desk;
mod ends;
mod inform;
mod ladder;
mod lists;
mod migrate;
mod recount;
mod story;
mod waiting;
mod waits;
