//! What became of a transaction whose `COMMIT` went unanswered: the server may have kept it, and then nobody is to hear
//! that nothing was; or it may not, and then nobody is to hear that it was.
//!
//! Its number alone does not tell. After a crash, or when a standby takes over, a number that was never written to the
//! log is given to another transaction, and that one's outcome would be taken for this one's. So a row of the audit
//! trail that only this transaction writes is looked for: its hash covers what was done and all that was done before.

use std::time::Duration;

use sqlx::AssertSqlSafe;
use sqlx::postgres::PgConnection;
use uuid::Uuid;

use super::PostgresStore;
use super::journal::bounded;
use crate::store::chain::Hash;
use crate::store::{AuditWrite, StoreError};

/// How often to ask for the outcome.
const TRIES: u32 = 10;
/// How long to wait in between.
const PAUSE: Duration = Duration::from_millis(200);
/// What a server says of the number of a transaction that it has not begun: an invalid value.
const NOT_BEGUN: &str = "22023";

/// What a transaction is known by once it is over.
#[derive(Debug, Default)]
pub(super) struct Mark {
    /// Its number, where the server says what became of one.
    number: Option<String>,
    /// A row that it alone writes.
    row: Option<MarkRow>,
}

/// A row of the audit trail.
#[derive(Debug, Clone, Copy)]
pub(super) struct MarkRow {
    /// The run; none for the house's.
    pub(super) run: Option<Uuid>,
    /// Its number in that chain.
    pub(super) number: u64,
    pub(super) hash: Hash,
}

impl MarkRow {
    /// The last of these rows that is of a run.
    pub(super) fn of(rows: &[&(&AuditWrite, Hash)]) -> Option<MarkRow> {
        let mut rows = rows.iter().rev();
        rows.find_map(|(row, hash)| {
            Some(MarkRow {
                run: Some(row.run_id?),
                number: row.seq?,
                hash: *hash,
            })
        })
    }
}

/// What a server says of a transaction.
enum Outcome {
    Kept,
    /// It was not, and will not be.
    Lost,
    /// It may still come.
    Open,
    /// That cannot be told.
    Untold,
}

impl Mark {
    /// A transaction of this number that writes this row.
    pub(super) fn new(number: Option<String>, row: Option<MarkRow>) -> Mark {
        Mark { number, row }
    }
}

impl PostgresStore {
    /// What the transaction under way is known by, with a row that it has written.
    pub(super) async fn mark(
        &self,
        connection: &mut PgConnection,
        row: Option<MarkRow>,
    ) -> Result<Mark, StoreError> {
        if !self.able.outcomes {
            return Ok(Mark::new(None, row));
        }
        let number = sqlx::query_scalar("SELECT pg_current_xact_id()::text")
            .fetch_one(connection)
            .await?;
        Ok(Mark::new(Some(number), row))
    }

    /// Commits the transaction of this mark, and whether its connection is still good. After
    /// [`StoreError::Unknown`] it may have been kept, after another error it was not.
    pub(super) async fn commit(
        &self,
        mark: &Mark,
        commit: impl Future<Output = Result<(), sqlx::Error>>,
    ) -> Result<bool, StoreError> {
        let error = match bounded(async { Ok(commit.await?) }).await {
            Ok(()) => return Ok(true),
            // The server says so itself.
            Err(error @ StoreError::Conflict(_)) => return Err(error),
            Err(error) => error,
        };
        match self.kept(mark).await {
            Some(true) => Ok(false),
            Some(false) => Err(error),
            None => Err(StoreError::Unknown(error.to_string())),
        }
    }

    /// Whether a transaction was committed, as the server itself or the standby that took its place says; none where
    /// neither does in time.
    async fn kept(&self, mark: &Mark) -> Option<bool> {
        for _ in 0..TRIES {
            match self.outcome(mark).await {
                Ok(Outcome::Kept) => return Some(true),
                Ok(Outcome::Lost) => return Some(false),
                Ok(Outcome::Untold) => return None,
                Ok(Outcome::Open) | Err(_) => tokio::time::sleep(PAUSE).await,
            }
        }
        None
    }

    async fn outcome(&self, mark: &Mark) -> Result<Outcome, StoreError> {
        let mut connection = self.connect().await?;
        bounded(async {
            // In this order: what is committed by the first answer is seen by the second.
            let said = match &mark.number {
                Some(number) => said(&mut connection, number).await?,
                None => None,
            };
            let there = match &mark.row {
                Some(row) => Some(there(&mut connection, row).await?),
                None => None,
            };
            Ok(match (said.as_deref(), there) {
                (_, Some(true)) => Outcome::Kept,
                // Another's number by now, if it says committed: this one left nothing.
                (Some("aborted"), _) | (Some("committed"), Some(false)) => Outcome::Lost,
                (Some("in progress"), _) | (None, Some(false)) => Outcome::Open,
                // Nothing to know it by, or it no longer says of one so old.
                _ => Outcome::Untold,
            })
        })
        .await
    }
}

/// What became of the transaction that has this number, whichever it is.
async fn said(connection: &mut PgConnection, number: &str) -> Result<Option<String>, sqlx::Error> {
    let asked = sqlx::query_scalar("SELECT pg_xact_status($1::text::xid8)");
    match asked.bind(number).fetch_one(connection).await {
        // Whatever had this number before, this server, which takes writes, has nothing of it.
        Err(sqlx::Error::Database(error)) if error.code().as_deref() == Some(NOT_BEGUN) => {
            Ok(Some("aborted".to_owned()))
        }
        answer => answer,
    }
}

async fn there(connection: &mut PgConnection, row: &MarkRow) -> Result<bool, sqlx::Error> {
    let whose = match row.run {
        Some(_) => "run_id = $1",
        // The parameter stands there so that both texts take as many.
        None => "run_id IS NULL AND $1::uuid IS NULL",
    };
    let sql =
        format!("SELECT EXISTS (SELECT 1 FROM audit WHERE {whose} AND seq = $2 AND hash = $3)");
    sqlx::query_scalar(AssertSqlSafe(sql))
        .bind(row.run)
        .bind(row.number.cast_signed())
        .bind(row.hash.as_slice())
        .fetch_one(connection)
        .await
}
