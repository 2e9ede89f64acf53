//! The rooms behind the API and the pages, over a real SQLite file.

mod orchestrator;
mod people;
