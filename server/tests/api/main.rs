//! The HTTP API at its router, over a real orchestrator and a real SQLite file.

mod events;
mod house;
mod problems;
mod runs;
mod tasks;
mod workers;
mod workflows;
