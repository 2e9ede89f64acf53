//! Room in the write-ahead log, made before it is needed.

use sqlx::{ConnectOptions, Connection, Executor};

use super::SqliteStore;
use crate::store::StoreError;

/// What the log grows to before it is copied into the file and begun anew, in bytes: `wal_autocheckpoint` pages.
const LOG_BYTES: u64 = 4_000 * 4_096;

impl SqliteStore {
    /// Lets the log grow to the size it will have.
    ///
    /// A commit that makes a file longer waits for two things, what it wrote and the file's new length; one that
    /// overwrites waits for the first. So a log is overwritten from its beginning each time it was copied into the file,
    /// and only the first time round every commit pays for its growth. Here it is paid at once, by a transaction that
    /// comes to nothing: its pages have no room in a small cache and go to the log, where nobody reads them.
    pub async fn make_room(&self) -> Result<(), StoreError> {
        let mut log = self.options.get_filename().as_os_str().to_owned();
        log.push("-wal");
        // One that is not there is as good as an empty one.
        let has = tokio::fs::metadata(&log).await.map_or(0, |log| log.len());
        if has >= LOG_BYTES {
            return Ok(());
        }
        let options = self.options.as_ref().clone().pragma("cache_size", "8");
        let mut connection = options.connect().await?;
        super::begin(&mut connection).await?;
        connection.execute("CREATE TABLE room (bytes BLOB)").await?;
        sqlx::query("INSERT INTO room VALUES (zeroblob($1))")
            .bind(LOG_BYTES.cast_signed())
            .execute(&mut connection)
            .await?;
        connection.execute("ROLLBACK").await?;
        connection.close().await?;
        // Not left to the first commit. No lock of SQLite's lies on this file, so it may be opened and closed here.
        let synced = async { tokio::fs::File::open(&log).await?.sync_data().await };
        let unwritten = |error: std::io::Error| StoreError::Unavailable(error.to_string());
        synced.await.map_err(unwritten)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::sqlite::SqliteStore;
    use crate::store::{NewSession, People, SessionOf};

    #[tokio::test]
    async fn a_log_with_room_does_not_grow_and_nothing_is_changed() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("hms.db");
        let log = || std::fs::metadata(folder.path().join("hms.db-wal")).map(|log| log.len());
        let store = SqliteStore::open(&path).await.unwrap();
        let tables = async || -> i64 {
            let asked = sqlx::query_scalar("SELECT count(*) FROM sqlite_schema");
            asked.fetch_one(&store.read).await.unwrap()
        };
        let before = tables().await;
        store.make_room().await.unwrap();
        let made = log().unwrap();
        assert!(made >= LOG_BYTES, "{made}");
        assert_eq!(tables().await, before);
        for n in 0..100 {
            let session = NewSession {
                token_hash: n.to_string(),
                of: SessionOf::Report("HMS-1".to_owned()),
                created_ms: 1,
                expires_ms: 2,
            };
            store.people().open_session(&session).await.unwrap();
        }
        assert_eq!(log().unwrap(), made, "commits overwrite what is there");
        store.make_room().await.unwrap();
        assert_eq!(log().unwrap(), made, "there was room");
        // As a crash leaves it: what was committed counts, and what lies behind it in the log does not.
        let crashed = tempfile::tempdir().unwrap();
        for name in ["hms.db", "hms.db-wal"] {
            std::fs::copy(folder.path().join(name), crashed.path().join(name)).unwrap();
        }
        let again = SqliteStore::open(&crashed.path().join("hms.db"))
            .await
            .unwrap();
        let whole: String = sqlx::query_scalar("PRAGMA integrity_check")
            .fetch_one(&again.read)
            .await
            .unwrap();
        assert_eq!(whole, "ok");
        let kept: i64 = sqlx::query_scalar("SELECT count(*) FROM sessions")
            .fetch_one(&again.read)
            .await
            .unwrap();
        assert_eq!(kept, 100);
    }
}
