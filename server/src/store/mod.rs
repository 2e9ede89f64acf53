//! What is kept, and where. The rest of the server sees the row types and the traits of this
//! module; SQL stands only below it.

mod accounts;
mod archive;
mod browsers;
mod calendars;
pub mod chain;
mod dialect;
mod error;
mod files;
mod floor;
mod free_tasks;
pub mod histogram;
mod history;
mod hot;
mod identities;
mod journal;
mod logbook;
mod migrations;
mod news;
mod open_counts;
mod opened;
mod outbox;
mod people;
mod personal;
pub mod postgres;
mod reported;
mod retention;
mod rows;
mod run_lists;
mod second_steps;
mod shelf;
mod sla_figures;
pub mod sqlite;
mod task_counts;
mod task_lists;
mod tokens;
mod trail;
mod transfer;
mod workforce;

pub use accounts::{AccountChange, AccountEntry, AccountLink, Accounts, LinkPurpose, NewLink};
pub use archive::{
    Archive, ArchiveRow, ArchiveWrite, Archived, Beside, Candidate, Lease, MovedOut,
};
pub use browsers::{BROWSERS_MAX, Browser, Browsers};
pub use calendars::{Behind, CalendarShelf, CalendarVersion, CountedAt, CountedWrite, FoundBehind};
pub use error::StoreError;
pub use files::{FileRow, Files, OWNER_API, Unclaimed, owner_of_draft, owner_of_task};
pub use identities::Identities;
pub use journal::{
    AuditWrite, Batch, CASES_MAX, Claim, DueTimers, Journal, Loaded, Look, Needed, NoticeWrite,
    RunWrite, SlaChange, SlaOutcome, Sought, TaskWrite, WaitsWrite,
};
pub use logbook::{LOOKED_MAX, LogKind, LogPage, LogQuery};
pub use news::{Changes, Heard, News};
pub use opened::{Database, Store};
pub use outbox::{Notice, Outbox, Receiver, Receivers, Told};
pub use people::{Account, Added, NewSession, People, Session, SessionHolder, SessionOf};
pub use personal::{Personal, PersonalKept, PersonalRow, PersonalWrite, SealedAnew, SealedRow};
pub use reported::{
    Covers, Reported, TaskAnswer, Texts, add_member, file_hash, json_hash, payload_hash,
};
pub use retention::{Erased, PersonalEnded, Retention, RetentionRule};
pub use rows::*;
pub use second_steps::{SecondStep, SecondSteps};
pub use shelf::{Holder, RunQuery, Shelf, TaskOrder, TaskPlace, TaskQuery, TasksOf, Waiting};
pub use task_lists::CLOSED_AMONG;
pub use tokens::{TokenRow, Tokens};
pub use trail::{Checkpoint, Head, Leaf, Note, Stand, Trail, TrailRow};
pub use transfer::{Moved, TransferError, transfer};
pub use workforce::{WorkerRecord, WorkforceStore};
