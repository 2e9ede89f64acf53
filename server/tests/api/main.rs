//! The HTTP API at its router, over a real orchestrator and a real SQLite file.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test fails by panicking"
)]

mod archived;
mod calendars;
mod clock;
mod edge;
mod events;
mod files;
mod house;
mod metrics;
mod migrate;
mod openapi;
mod personal;
mod problems;
mod retention;
mod runs;
mod schemas;
mod tasks;
mod tokens;
mod workers;
mod workflows;
