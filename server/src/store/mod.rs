//! What is kept, and where. The rest of the server sees the row types and the traits of this
//! module; SQL stands only below it.

mod error;
pub mod histogram;
mod journal;
mod migrations;
mod people;
mod rows;
mod shelf;
pub mod sqlite;
mod workforce;

pub use error::StoreError;
pub use journal::{
    AuditWrite, Batch, CASES_MAX, DueTimers, Journal, Loaded, Needed, RunWrite, SlaChange,
    SlaOutcome, Sought, TaskWrite, WaitsWrite,
};
pub use people::{Account, Added, NewSession, People, Session, SessionHolder, SessionOf};
pub use rows::*;
pub use shelf::{Holder, RunQuery, Shelf, TaskOrder, TaskQuery};
pub use workforce::{WorkerRecord, WorkforceStore};
