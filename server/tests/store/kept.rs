use std::path::PathBuf;
use std::sync::OnceLock;

use hms_server::store::{Database, Store};
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection, SqliteConnection};
use tempfile::TempDir;

use crate::lesser::{self, Lesser};
use crate::postgres::Server;

/// What stands before the server and lacks much of PostgreSQL.
static LESSER: OnceLock<Lesser> = OnceLock::new();

/// A store with nothing in it yet.
pub(crate) struct Kept {
    pub(crate) store: Store,
    database: Database,
    _folder: Option<TempDir>,
}

impl Kept {
    /// What a database keeps.
    pub(crate) async fn of(database: Database) -> Kept {
        Kept {
            store: database.open().await.unwrap(),
            database,
            _folder: None,
        }
    }

    /// Whether it is in a file.
    pub(crate) fn is_file(&self) -> bool {
        matches!(self.database, Database::File(_))
    }

    /// Whether its server lacks much of PostgreSQL.
    pub(crate) fn is_lesser(&self) -> bool {
        let folder = LESSER.get().and_then(|lesser| lesser.folder().to_str());
        let there = |url: &str| folder.is_some_and(|f| url.contains(&f.replace('/', "%2F")));
        matches!(&self.database, Database::Server(url) if there(url))
    }

    /// Its file.
    pub(crate) fn file(&self) -> PathBuf {
        match &self.database {
            Database::File(path) => path.clone(),
            Database::Server(_) => panic!("it is in no file"),
        }
    }

    /// Its connection string.
    pub(crate) fn url(&self) -> String {
        match &self.database {
            Database::Server(url) => url.clone(),
            Database::File(_) => panic!("it is at no server"),
        }
    }

    /// Changes what is kept behind the program's back.
    pub(crate) async fn tamper(&self, sql: &str) -> u64 {
        let sql = AssertSqlSafe(sql.to_owned());
        let done = match &self.database {
            Database::File(path) => {
                let url = format!("sqlite://{}", path.display());
                let mut connection = SqliteConnection::connect(&url).await.unwrap();
                let done = connection.execute(sql).await.unwrap().rows_affected();
                connection.close().await.unwrap();
                done
            }
            Database::Server(url) => {
                let mut connection = PgConnection::connect(url).await.unwrap();
                connection.execute(sql).await.unwrap().rows_affected()
            }
        };
        assert!(done > 0, "nothing was changed");
        done
    }

    /// What a statement counts.
    pub(crate) async fn count(&self, sql: &str) -> i64 {
        let sql = AssertSqlSafe(sql.to_owned());
        match &self.database {
            Database::File(path) => {
                let url = format!("sqlite://{}", path.display());
                let mut connection = SqliteConnection::connect(&url).await.unwrap();
                let count = sqlx::query_scalar(sql).fetch_one(&mut connection).await;
                connection.close().await.unwrap();
                count.unwrap()
            }
            Database::Server(url) => {
                let mut connection = PgConnection::connect(url).await.unwrap();
                let count = sqlx::query_scalar(sql).fetch_one(&mut connection).await;
                count.unwrap()
            }
        }
    }

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
    Kept::of(Database::Server(Server::fresh_database().await)).await
}

/// In a database that lacks much of PostgreSQL.
pub(crate) async fn lesser() -> Kept {
    let direct = Server::fresh_database().await;
    lesser_of(&direct).await
}

/// In the database of a connection string, as one that lacks much of PostgreSQL.
pub(crate) async fn lesser_of(direct: &str) -> Kept {
    Kept::of(Database::Server(lesser_url(direct).await)).await
}

/// The connection string of the same.
pub(crate) async fn lesser_url(direct: &str) -> String {
    let before = LESSER.get_or_init(|| Lesser::before(direct, lesser::ALL));
    before.url(direct).await
}

/// In the same, as one that cannot say which transactions are under way and has all else.
pub(crate) async fn turning_of(direct: &str) -> Kept {
    static BEFORE: OnceLock<Lesser> = OnceLock::new();
    let before = BEFORE.get_or_init(|| Lesser::before(direct, &["pg_current_snapshot"]));
    Kept::of(Database::Server(before.url(direct).await)).await
}
