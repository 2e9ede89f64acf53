//! The shared store: one PostgreSQL database, any number of nodes. Whatever the nodes have to agree
//! on, they agree on by its rows and locks.

mod able;
mod accounts;
mod archive;
mod at_once;
mod browsers;
mod calendars;
mod cases;
mod decode;
mod files;
pub mod floor;
mod gate;
pub mod history;
mod hosts;
mod identities;
mod journal;
mod lists;
mod load;
mod logbook;
mod moved;
mod news;
mod open;
mod outbox;
mod outcome;
mod people;
mod personal;
mod pooler;
mod reported;
mod retention;
mod runs;
mod second_steps;
mod shelf;
mod short;
mod sla;
mod tokens;
mod trail;
mod turn;
mod words;
mod workforce;
mod write;

use std::sync::Arc;
use std::time::Duration;

use sqlx::postgres::{PgConnection, PgPool, PgPoolOptions};
use sqlx::{AssertSqlSafe, Connection, Executor};
use uuid::Uuid;

pub use journal::PostgresJournal;
pub use news::PostgresNews;
pub use people::PostgresPeople;

use self::able::Able;
use self::gate::Gate;
use self::hosts::Hosts;
use super::{StoreError, migrations};

/// An opened PostgreSQL store, migrated to the newest tables.
#[derive(Debug, Clone)]
pub struct PostgresStore {
    hosts: Arc<Hosts>,
    /// What the database has of PostgreSQL.
    able: Arc<Able>,
    /// For what is not a change of a run: reading, sign-ins, worker figures.
    pool: PgPool,
    /// This life of this node.
    node: Uuid,
}

/// How long a request waits for a free connection.
const ACQUIRE_WAIT: Duration = Duration::from_secs(3);
/// A connection that rested for longer is asked whether it is there still.
const RESTED: Duration = Duration::from_secs(1);
/// Connections that nobody needs go after this long.
const IDLE_MAX: Duration = Duration::from_secs(300);

impl PostgresStore {
    /// Opens the database of a connection string, which may name several servers, and brings its
    /// tables up to date.
    pub async fn open(url: &str) -> Result<PostgresStore, StoreError> {
        let hosts = Hosts::parse(url)?;
        let (mut connection, primary) = hosts.connect().await?;
        let (lock, _) = hosts.connect().await?;
        Gate::make(&mut connection).await?;
        let mut held = Gate::Tables.hold(lock).await?;
        let shared = match pooler::stands_before(&primary, &mut connection).await {
            Ok(shared) => shared,
            // It does not say, so it may be.
            Err(sqlx::Error::Database(_)) => true,
            Err(error) => return Err(error.into()),
        };
        let mut able = Able::of(&mut connection, &mut held, shared).await?;
        migrations::of("postgres", |sql| able.tables(sql))?
            // Its own lock is the connection's, and behind a pooler there is no such thing.
            .set_locking(false)
            .run(&mut connection)
            .await
            .map_err(|error| StoreError::Unavailable(format!("migration: {error}")))?;
        trail::adopt(&mut connection).await?;
        turn::settle(&mut connection, &mut able).await?;
        let able = Arc::new(able);
        // They have done their work; the server forgets them in any case.
        let _ = connection.close().await;
        let _ = held.close().await;
        let first_words = able.clone();
        let pool = PgPoolOptions::new()
            // One more is the listener's, and one the journal's own.
            .max_connections(hosts.connections() + 1)
            .acquire_timeout(ACQUIRE_WAIT)
            .idle_timeout(IDLE_MAX)
            // One that was in use a moment ago is there still, or its breaking is the trouble of whoever asks.
            .test_before_acquire(false)
            .before_acquire(|connection, rested| {
                Box::pin(async move {
                    if rested.idle_for > RESTED {
                        connection.ping().await?;
                    }
                    Ok(true)
                })
            })
            .after_connect(move |connection, _| {
                let words = first_words.first_words.clone();
                Box::pin(async move {
                    connection.execute(AssertSqlSafe(words)).await?;
                    Ok(())
                })
            })
            .connect_lazy_with(primary);
        Ok(PostgresStore {
            hosts: Arc::new(hosts),
            able,
            pool,
            node: Uuid::new_v4(),
        })
    }

    /// Whether a text is a connection string of this store.
    pub fn is_url(url: &str) -> bool {
        url.starts_with("postgres://") || url.starts_with("postgresql://")
    }

    /// Where this node writes runs; it connects when it is first needed. One that is not `synced`
    /// waits for no disk.
    pub fn journal(&self, synced: bool) -> PostgresJournal {
        PostgresJournal::new(self.clone(), synced)
    }

    /// What other nodes do.
    pub fn news(&self) -> PostgresNews {
        PostgresNews::new(self.pool.clone(), self.node, self.able.calls)
    }

    /// Waits until no other node founds the installation, and keeps others from it while the answer
    /// is held: the demonstration's history is made once.
    pub(crate) async fn founding(&self) -> Result<Founding, StoreError> {
        let connection = self.connect().await?;
        Ok(Founding {
            _lock: Gate::Founding.hold(connection).await?,
        })
    }

    /// Whether this is the database of the key with this print; the first to ask is believed.
    pub(super) async fn belongs_to(&self, key_print: &str) -> Result<bool, StoreError> {
        sqlx::query(
            "INSERT INTO installation (one, key_print) VALUES (1, $1) ON CONFLICT (one) DO NOTHING",
        )
        .bind(key_print)
        .execute(&self.pool)
        .await?;
        let kept: String = sqlx::query_scalar("SELECT key_print FROM installation")
            .fetch_one(&self.pool)
            .await?;
        Ok(kept == key_print)
    }

    /// A connection of its own to the server that takes writes; the pool follows it there.
    pub(super) async fn connect(&self) -> Result<PgConnection, StoreError> {
        let (connection, primary) = self.hosts.connect().await?;
        self.pool.set_connect_options(primary);
        Ok(connection)
    }

    /// Closes all connections but the journal's.
    pub async fn close(&self) {
        self.pool.close().await;
    }
}

/// As long as it is held, no other node founds the installation.
#[derive(Debug)]
pub struct Founding {
    /// The lock ends with its connection.
    _lock: PgConnection,
}
