use hms_server::store::{Database, Store};
use tempfile::TempDir;

use crate::postgres::Server;

/// A store with nothing in it yet.
pub(crate) struct Kept {
    pub(crate) store: Store,
    database: Database,
    _folder: Option<TempDir>,
}

impl Kept {
    /// The same data, opened once more.
    pub(crate) async fn again(&self) -> Store {
        self.database.open().await.unwrap()
    }
}

/// In a SQLite file.
pub(crate) async fn sqlite() -> Kept {
    let folder = tempfile::tempdir().unwrap();
    let database = Database::File(folder.path().join("hms.db"));
    Kept {
        store: database.open().await.unwrap(),
        database,
        _folder: Some(folder),
    }
}

/// In a PostgreSQL database.
pub(crate) async fn postgres() -> Kept {
    let database = Database::Server(Server::fresh_database().await);
    Kept {
        store: database.open().await.unwrap(),
        database,
        _folder: None,
    }
}
