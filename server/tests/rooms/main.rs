//! The rooms behind the API and the pages, over a real SQLite file.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test fails by panicking"
)]

mod by_token;
mod calendar_files;
mod calendars;
mod calls;
mod events;
mod lanes;
mod migrate;
mod orchestrator;
mod overload;
mod people;
mod private;
mod second_step;
mod unloadable;
