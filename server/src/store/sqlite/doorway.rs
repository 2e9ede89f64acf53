//! The reading connection that sessions are looked up by, and nothing else: nearly every request of a person asks for
//! one, so it waits behind no report, and is spared what a pool does around each use of a connection.

use std::sync::Arc;

use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection, SqliteRow};
use sqlx::{ConnectOptions, Connection};
use tokio::sync::Mutex;

use crate::store::StoreError;

/// Its connection, until the store is closed.
#[derive(Debug, Clone)]
pub(super) struct Doorway(Arc<Mutex<Option<SqliteConnection>>>);

impl Doorway {
    pub(super) async fn open(options: &SqliteConnectOptions) -> Result<Doorway, StoreError> {
        let connection = options.connect().await?;
        Ok(Doorway(Arc::new(Mutex::new(Some(connection)))))
    }

    /// The row of a session that is still of somebody, by the hash of its token.
    pub(super) async fn session(&self, token_hash: &str) -> Result<Option<SqliteRow>, StoreError> {
        let mut connection = self.0.lock().await;
        let Some(connection) = connection.as_mut() else {
            return Err(StoreError::Unavailable("the store is closed".to_owned()));
        };
        let row = sqlx::query(
            "SELECT s.report, s.last_seen_ms, s.expires_ms, p.id, p.name, p.roles
             FROM sessions s LEFT JOIN people p ON p.id = s.person_id
             WHERE s.token_hash = $1
               AND (s.report IS NOT NULL OR (p.id IS NOT NULL AND p.disabled_ms IS NULL))",
        )
        .bind(token_hash)
        .fetch_optional(connection)
        .await?;
        Ok(row)
    }

    pub(super) async fn close(&self) {
        if let Some(connection) = self.0.lock().await.take() {
            // Nothing is under way at a reader.
            let _ = connection.close().await;
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::store::sqlite::SqliteStore;
    use crate::store::{NewSession, People, SessionOf};

    #[tokio::test]
    async fn a_session_is_found_while_every_reader_is_busy() {
        let folder = tempfile::tempdir().unwrap();
        let store = SqliteStore::open(&folder.path().join("hms.db"))
            .await
            .unwrap();
        let people = store.people();
        let session = NewSession {
            token_hash: "hash".to_owned(),
            of: SessionOf::Report("HMS-1".to_owned()),
            created_ms: 1,
            expires_ms: 2,
        };
        people.open_session(&session).await.unwrap();
        let mut readers = Vec::new();
        for _ in 0..store.read.options().get_max_connections() {
            readers.push(store.read.acquire().await.unwrap());
        }
        assert!(people.session("hash").await.unwrap().is_some());
        drop(readers);
        store.close().await;
        assert!(people.session("hash").await.is_err(), "it is closed");
    }
}
