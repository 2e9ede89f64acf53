//! Finished runs moved out of the database into files, a month at a time, when they are older than they are to be kept.
//!
//! A file is written once and never added to, so nothing that ends a program in the middle can spoil one, and media that
//! are written once will do. It is on the disk before the runs are removed, by one transaction that keeps where the chain of
//! each ended; what that transaction did not take is thrown away and written again. Each line of a file is a
//! case's file as `hms audit export` gives it, with what stood beside the case; so what is moved out is what can be verified.

mod case;
mod find;
mod folder;
mod keep;
mod look;
mod settings;
mod sweep;

pub use case::ArchivedCase;
pub use find::{NotTaken, find};
pub use folder::Folder;
pub use keep::{KeepRule, KeepRules};
pub use look::{ArchivesLooked, look, look_at_file};
pub use settings::ArchiveSettings;
pub use sweep::{ArchiveError, Archivist, Swept};
