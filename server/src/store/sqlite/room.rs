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
