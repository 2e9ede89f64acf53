//! Where the measured servers keep their data: new files on a real disk, new databases on a real server.

use std::fs::File;
use std::path::{Path, PathBuf};

use chrono::Utc;
use hms_server::identity::ServerKey;
use hms_server::store::Database;
use hms_server::trail::{self, CHECKPOINTS_FILE, Outside};
use sqlx::postgres::PgConnection;
use sqlx::{Connection, Executor};
use tempfile::TempDir;

use crate::Failure;
use crate::postgres::Server;

/// Which store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// One file.
    Sqlite,
    /// A PostgreSQL server of our own, with its settings as installed: every commit is on disk.
    Postgres,
}

impl Kind {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Kind::Sqlite => "SQLite",
            Kind::Postgres => "PostgreSQL",
        }
    }
}

/// Where one server, or several, keep their data.
#[derive(Clone)]
pub(crate) struct Place {
    /// The data folder.
    pub(crate) folder: PathBuf,
    /// The database, unless it is a file in the folder.
    pub(crate) url: Option<String>,
}

/// Makes places.
pub(crate) struct Databases {
    folder: TempDir,
    server: Option<Server>,
}

impl Databases {
    pub(crate) fn new(kinds: &[Kind]) -> Result<Databases, Failure> {
        // /tmp may be memory, where nothing is durable.
        let disk = Path::new(env!("CARGO_MANIFEST_DIR")).join("../target");
        Ok(Databases {
            folder: tempfile::tempdir_in(disk)?,
            server: kinds.contains(&Kind::Postgres).then(|| Server::start("")),
        })
    }

    /// A new place.
    pub(crate) async fn fresh(&self, kind: Kind, name: &str) -> Place {
        let url = match (&self.server, kind) {
            (Some(server), Kind::Postgres) => Some(server.database().await),
            _ => None,
        };
        Place {
            folder: self.folder.path().join(kind.name()).join(name),
            url,
        }
    }
}

impl Place {
    /// The same in the server's words.
    pub(crate) fn database(&self) -> Database {
        match &self.url {
            Some(url) => Database::Server(url.clone()),
            None => Database::File(self.file()),
        }
    }

    /// The file, where it is one.
    pub(crate) fn file(&self) -> PathBuf {
        self.folder.join("hms.db")
    }

    /// Leaves what was written in haste as the work of years would: its audit trail sealed, its tables counted and tidied, and all
    /// of it on the disk. Otherwise that would be done while something else is measured.
    pub(crate) async fn settle(&self) -> Result<(), Failure> {
        let store = self.database().open().await?;
        let seal = ServerKey::of_folder(&self.folder)?.seal();
        let outside = Outside::at(self.folder.join(CHECKPOINTS_FILE));
        trail::seal(store.trail().as_ref(), &seal, Utc::now(), Some(&outside)).await?;
        store.close().await;
        let Some(url) = &self.url else {
            return Ok(File::open(self.file())?.sync_all()?);
        };
        let mut connection = PgConnection::connect(url).await?;
        connection.execute("VACUUM ANALYZE").await?;
        connection.execute("CHECKPOINT").await?;
        Ok(connection.close().await?)
    }
}
