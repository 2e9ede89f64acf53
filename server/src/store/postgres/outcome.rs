//! What became of a transaction whose `COMMIT` went unanswered: the server may have kept it, and then nobody is to hear
//! that nothing was.

use std::time::Duration;

use sqlx::postgres::PgConnection;

use super::PostgresStore;
use super::journal::bounded;
use crate::store::StoreError;

/// How often to ask for the outcome.
const TRIES: u32 = 10;
/// How long to wait in between.
const PAUSE: Duration = Duration::from_millis(200);

impl PostgresStore {
    /// The number of the transaction under way, by which its outcome can be asked for; none where that cannot be.
    pub(super) async fn number(
        &self,
        connection: &mut PgConnection,
    ) -> Result<Option<String>, StoreError> {
        if !self.able.outcomes {
            return Ok(None);
        }
        let number = sqlx::query_scalar("SELECT pg_current_xact_id()::text")
            .fetch_one(connection)
            .await?;
        Ok(Some(number))
    }

    /// Commits the transaction of this number, and whether its connection is still good. After
    /// [`StoreError::Unknown`] it may have been kept, after another error it was not.
    pub(super) async fn commit(
        &self,
        number: Option<&str>,
        commit: impl Future<Output = Result<(), sqlx::Error>>,
    ) -> Result<bool, StoreError> {
        let error = match bounded(async { Ok(commit.await?) }).await {
            Ok(()) => return Ok(true),
            // The server says so itself.
            Err(error @ StoreError::Conflict(_)) => return Err(error),
            Err(error) => error,
        };
        let kept = match number {
            Some(number) => self.kept(number).await,
            None => None,
        };
        match kept {
            Some(true) => Ok(false),
            Some(false) => Err(error),
            None => Err(StoreError::Unknown(error.to_string())),
        }
    }

    /// Whether a transaction was committed, as the server itself or the standby that took its place says; none where
    /// neither does in time.
    async fn kept(&self, number: &str) -> Option<bool> {
        for _ in 0..TRIES {
            match self.outcome(number).await.as_deref() {
                Ok("committed") => return Some(true),
                Ok("in progress") | Err(_) => tokio::time::sleep(PAUSE).await,
                Ok("aborted") => return Some(false),
                // It no longer says of one so old.
                Ok(_) => return None,
            }
        }
        None
    }

    async fn outcome(&self, number: &str) -> Result<String, StoreError> {
        let mut connection = self.connect().await?;
        bounded(async {
            let outcome: Option<String> =
                sqlx::query_scalar("SELECT pg_xact_status($1::text::xid8)")
                    .bind(number)
                    .fetch_one(&mut connection)
                    .await?;
            Ok(outcome.unwrap_or_default())
        })
        .await
    }
}
