use std::path::PathBuf;
use std::sync::Arc;

use super::postgres::{Founding, PostgresStore};
use super::sqlite::SqliteStore;
use super::{
    Archive, Files, Journal, News, Outbox, People, Personal, Retention, Shelf, StoreError, Tokens,
    Trail, WorkforceStore,
};

/// Where a store is kept.
#[derive(Clone, PartialEq, Eq)]
pub enum Database {
    /// In a SQLite file.
    File(PathBuf),
    /// In the PostgreSQL database of a connection string, which may hold a password.
    Server(String),
}

impl Database {
    /// Opens it, makes what is missing, and brings its tables up to date.
    pub async fn open(&self) -> Result<Store, StoreError> {
        Ok(match self {
            Database::File(path) => Store::Sqlite(SqliteStore::open(path).await?),
            Database::Server(url) => Store::Postgres(PostgresStore::open(url).await?),
        })
    }
}

/// An opened store of either kind. Everything else works with the traits it hands out.
#[derive(Debug, Clone)]
pub enum Store {
    /// One file, one node.
    Sqlite(SqliteStore),
    /// One database, any number of nodes.
    Postgres(PostgresStore),
}

impl Store {
    /// What the API and the pages read.
    pub fn shelf(&self) -> Arc<dyn Shelf> {
        match self {
            Store::Sqlite(store) => Arc::new(store.clone()),
            Store::Postgres(store) => Arc::new(store.clone()),
        }
    }

    /// The staff, who is signed in, and who tried in vain.
    pub fn people(&self) -> Arc<dyn People> {
        match self {
            Store::Sqlite(store) => Arc::new(store.people()),
            Store::Postgres(store) => Arc::new(store.people()),
        }
    }

    /// The tokens of programs.
    pub fn tokens(&self) -> Arc<dyn Tokens> {
        match self {
            Store::Sqlite(store) => Arc::new(store.clone()),
            Store::Postgres(store) => Arc::new(store.clone()),
        }
    }

    /// The audit trail as it is kept.
    pub fn trail(&self) -> Arc<dyn Trail> {
        match self {
            Store::Sqlite(store) => Arc::new(store.clone()),
            Store::Postgres(store) => Arc::new(store.clone()),
        }
    }

    /// Finished runs that were moved out.
    pub fn archive(&self) -> Arc<dyn Archive> {
        match self {
            Store::Sqlite(store) => Arc::new(store.clone()),
            Store::Postgres(store) => Arc::new(store.clone()),
        }
    }

    /// Personal data, sealed.
    pub fn personal(&self) -> Arc<dyn Personal> {
        match self {
            Store::Sqlite(store) => Arc::new(store.clone()),
            Store::Postgres(store) => Arc::new(store.clone()),
        }
    }

    /// Erases personal data by rule.
    pub fn retention(&self) -> Arc<dyn Retention> {
        match self {
            Store::Sqlite(store) => Arc::new(store.clone()),
            Store::Postgres(store) => Arc::new(store.clone()),
        }
    }

    /// The files that were handed in.
    pub fn files(&self) -> Arc<dyn Files> {
        match self {
            Store::Sqlite(store) => Arc::new(store.clone()),
            Store::Postgres(store) => Arc::new(store.clone()),
        }
    }

    /// What people are to be told.
    pub fn outbox(&self) -> Arc<dyn Outbox> {
        match self {
            Store::Sqlite(store) => Arc::new(store.clone()),
            Store::Postgres(store) => Arc::new(store.clone()),
        }
    }

    /// Who works.
    pub fn workforce(&self) -> Arc<dyn WorkforceStore> {
        match self {
            Store::Sqlite(store) => Arc::new(store.clone()),
            Store::Postgres(store) => Arc::new(store.clone()),
        }
    }

    /// Where this node writes runs. A node has one, and those [beside](Journal::beside) it.
    pub async fn journal(&self) -> Result<Box<dyn Journal>, StoreError> {
        Ok(match self {
            Store::Sqlite(store) => Box::new(store.journal().await?),
            Store::Postgres(store) => Box::new(store.journal(true)),
        })
    }

    /// Makes ready what commits would else wait for one by one.
    ///
    /// # Errors
    ///
    /// The store's. It can be worked with all the same.
    pub(crate) async fn make_room(&self) -> Result<(), StoreError> {
        match self {
            Store::Sqlite(store) => store.make_room().await,
            // The server keeps its log's files and uses them again.
            Store::Postgres(_) => Ok(()),
        }
    }

    /// A journal that waits for no disk, for what is made before the node is at work and can be made
    /// again. A crash loses its latest commits and breaks nothing.
    pub(crate) async fn unsynced_journal(&self) -> Result<Box<dyn Journal>, StoreError> {
        Ok(match self {
            Store::Sqlite(store) => Box::new(store.unsynced_journal().await?),
            Store::Postgres(store) => Box::new(store.journal(false)),
        })
    }

    /// What other nodes do; none where there is no other.
    pub fn news(&self) -> Option<Box<dyn News>> {
        match self {
            Store::Sqlite(_) => None,
            Store::Postgres(store) => Some(Box::new(store.news())),
        }
    }

    /// Waits until no other node founds the installation, and keeps others from it while the answer
    /// is held.
    pub(crate) async fn founding(&self) -> Result<Option<Founding>, StoreError> {
        match self {
            Store::Sqlite(_) => Ok(None),
            Store::Postgres(store) => Ok(Some(store.founding().await?)),
        }
    }

    /// Whether this is the store of the key with this print; the first to ask is believed. A file is
    /// beside its key, so only nodes with data folders of their own can differ.
    pub async fn belongs_to(&self, key_print: &str) -> Result<bool, StoreError> {
        match self {
            Store::Sqlite(_) => Ok(true),
            Store::Postgres(store) => store.belongs_to(key_print).await,
        }
    }

    /// Closes all connections.
    pub async fn close(&self) {
        match self {
            Store::Sqlite(store) => store.close().await,
            Store::Postgres(store) => store.close().await,
        }
    }
}
