//! What the pages ask of the server, on a real store: the desk, and the live sockets.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test stops where it goes wrong"
)]

mod acting;
mod adding;
mod browser;
mod clock;
mod erasing;
mod files;
mod filing;
mod forms;
mod guesses;
mod house;
mod incidents;
mod live;
mod long_inbox;
mod migrate;
mod moved_out;
mod noted;
mod other_site;
mod people;
mod plans;
#[path = "../support/postgres.rs"]
mod postgres;
mod reach;
mod reading;
mod services;
mod sight;
mod signing_in;
mod stored_pages;
mod stored_script;
mod story;
mod walk;
