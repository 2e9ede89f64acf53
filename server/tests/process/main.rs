//! The real program on free ports: the main job over HTTP, starting, stopping, and being killed.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test fails by panicking"
)]

mod archive;
mod calendars;
mod checkpoints;
mod files;
mod kill;
#[path = "../support/lesser.rs"]
mod lesser;
mod lesser_nodes;
mod load;
mod lost_answer;
mod nodes;
mod personal;
mod pooler;
#[path = "../support/postgres.rs"]
mod postgres;
mod story;
mod support;
mod trouble;
