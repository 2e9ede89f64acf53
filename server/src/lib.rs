//! HMS: ACT, the conductor. It takes events, drives the engine, hands out tasks, runs the clocks,
//! and serves the HTTP API and the pages.
//!
//! Who may know whom: `main ▶ {api, portal, cli} ▶ orchestrator ▶ store`. SQL stands only under
//! `store`, HTTP types of the API only under `api`.

pub mod api;
pub mod archive;
pub mod calendars;
pub mod cli;
pub mod clock;
pub mod config;
pub mod demo;
pub mod edge;
pub mod files;
pub mod identity;
pub mod metrics;
pub mod node;
pub mod orchestrator;
pub mod portal;
pub mod shipped;
pub(crate) mod sla;
pub mod store;
pub mod trail;
pub mod workers;
