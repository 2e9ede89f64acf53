//! The embedded store: one SQLite file, one writing connection for runs, readers beside it.

mod accounts;
mod archive;
mod browsers;
mod calendars;
mod cases;
mod commit;
mod doorway;
mod encode;
mod files;
pub mod floor;
pub mod history;
mod identities;
mod journal;
mod lists;
mod logbook;
mod moved;
mod notices;
mod open;
mod outbox;
mod people;
mod personal;
mod queries;
mod reported;
mod reports;
mod retention;
mod room;
mod runs;
mod second_steps;
mod sheet;
mod shelf;
mod sla;
mod tokens;
mod trail;
mod workforce;
mod write;

use std::path::Path;
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use log::LevelFilter;
use sqlx::sqlite::{
    SqliteConnectOptions, SqliteConnection, SqliteJournalMode, SqlitePool, SqlitePoolOptions,
    SqliteSynchronous,
};
use sqlx::{ConnectOptions, Executor};

pub use journal::SqliteJournal;
pub use people::SqlitePeople;

use self::doorway::Doorway;
use super::{StoreError, migrations};
use crate::identity::private_file::make_empty;

/// An opened SQLite store, migrated to the newest tables.
#[derive(Debug, Clone)]
pub struct SqliteStore {
    options: Arc<SqliteConnectOptions>,
    /// Readers; they never wait for the writer.
    pub(crate) read: SqlitePool,
    /// One connection for what is not a change of a run: sign-ins, worker figures.
    pub(crate) write: SqlitePool,
    doorway: Doorway,
}

/// How long a writer waits for another one, such as a sign-in for a batch.
const BUSY_WAIT: Duration = Duration::from_secs(5);
/// Reading connections.
const READERS: u32 = 4;

impl SqliteStore {
    /// Opens the file, makes it when it is not there, and brings its tables up to date.
    pub async fn open(path: &Path) -> Result<SqliteStore, StoreError> {
        let url = format!("sqlite://{}", path.display());
        let options = SqliteConnectOptions::from_str(&url)?
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .busy_timeout(BUSY_WAIT)
            .foreign_keys(false)
            .statement_cache_capacity(256)
            .pragma("cache_size", "-16000")
            // A page that changes with each commit is copied into the file once for many of them: the log grows to
            // 16 MB before it is, four times the usual.
            .pragma("wal_autocheckpoint", "4000")
            .pragma("temp_store", "memory")
            // What is erased or removed is overwritten in its page, which is written in any case.
            .pragma("secure_delete", "fast")
            // For whoever asks how the database finds things. What is bound to them is in no line.
            .log_statements(LevelFilter::Trace)
            .log_slow_statements(LevelFilter::Off, Duration::MAX);
        // SQLite would make it for everybody of this machine to read, and gives the files beside it its mode.
        make_empty(options.get_filename()).map_err(|error| {
            StoreError::Unavailable(format!("{} cannot be made: {error}", path.display()))
        })?;
        // A connection here is a thread of this process: that it is still there needs no asking before each use.
        let pool = SqlitePoolOptions::new().test_before_acquire(false);
        let write = pool
            .clone()
            .max_connections(1)
            .connect_with(options.clone())
            .await?;
        migrations::of("sqlite", str::to_owned)?
            .run(&write)
            .await
            .map_err(|error| StoreError::Unavailable(format!("migration: {error}")))?;
        // What a reader has at hand is void with the next commit, so it keeps little.
        let reader = options.clone().pragma("cache_size", "-4000");
        let reader = reader.pragma("query_only", "on");
        let doorway = Doorway::open(&reader).await?;
        let read = pool
            .max_connections(READERS)
            .acquire_timeout(BUSY_WAIT)
            .connect_with(reader)
            .await?;
        let store = SqliteStore {
            options: Arc::new(options),
            read,
            write,
            doorway,
        };
        trail::adopt(&store).await?;
        Ok(store)
    }

    /// The connection that writes runs. There is to be one: SQLite has one writer at a time.
    pub async fn journal(&self) -> Result<SqliteJournal, StoreError> {
        let connection = self.options.connect().await?;
        Ok(SqliteJournal::new(connection, self.options.get_filename()))
    }

    /// A writing connection that waits for no disk, for what is made before the node is at work and
    /// can be made again. A crash loses its latest commits and breaks nothing.
    pub(crate) async fn unsynced_journal(&self) -> Result<SqliteJournal, StoreError> {
        let options =
            SqliteConnectOptions::clone(&self.options).synchronous(SqliteSynchronous::Normal);
        let connection = options.connect().await?;
        Ok(SqliteJournal::new(connection, options.get_filename()))
    }

    /// Folds the write-ahead log into the file and closes all connections.
    pub async fn close(&self) {
        self.doorway.close().await;
        self.read.close().await;
        // The log is folded in at the next opening when this fails; nothing is lost.
        let _ = self.write.execute("PRAGMA wal_checkpoint(TRUNCATE)").await;
        self.write.close().await;
    }
}

/// Begins a transaction that may write, and waits for another writer if there is one.
async fn begin(connection: &mut SqliteConnection) -> Result<(), StoreError> {
    connection.execute("BEGIN IMMEDIATE").await?;
    Ok(())
}
