//! The administrator's pages.

pub(crate) mod account;
pub(crate) mod audit;
pub(crate) mod mails;
mod migrate;
pub(crate) mod people;
pub(crate) mod run;
pub(crate) mod runs;
pub(crate) mod sla;
pub(crate) mod workers;
pub(crate) mod workflow;
