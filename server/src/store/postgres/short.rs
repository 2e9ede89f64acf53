//! Short transactions beside the journal's: accounts, tokens, what was read, what is erased.

use std::ops::{Deref, DerefMut};

use sqlx::postgres::PgConnection;
use sqlx::{Postgres, Transaction};

use super::outcome::MarkRow;
use super::{PostgresStore, trail};
use crate::store::{Note, StoreError};

/// One that is under way. Dropped, it comes to nothing.
#[derive(Debug)]
pub(super) struct Short<'s> {
    store: &'s PostgresStore,
    transaction: Transaction<'static, Postgres>,
    /// The last row it has added to the house's chain.
    row: Option<MarkRow>,
}

impl PostgresStore {
    /// Begins one.
    pub(super) async fn short(&self) -> Result<Short<'_>, StoreError> {
        Ok(Short {
            store: self,
            transaction: self.pool.begin().await?,
            row: None,
        })
    }
}

impl Short<'_> {
    /// Adds rows to the house's chain; the number of the last. It comes last: the end of that chain is locked until the
    /// transaction is over.
    pub(super) async fn house(&mut self, notes: &[Note]) -> Result<u64, StoreError> {
        let last = trail::house(&mut self.transaction, &self.store.able, notes).await?;
        self.row = Some(last);
        Ok(last.number)
    }

    /// Keeps it. After [`StoreError::Unknown`] it may have been kept, after another error it was not.
    pub(super) async fn commit(mut self) -> Result<(), StoreError> {
        let mark = self.store.mark(&mut self.transaction, self.row).await?;
        let commit = self.transaction.commit();
        // Whether the connection is still good the pool finds out.
        self.store.commit(&mark, commit).await?;
        Ok(())
    }
}

impl Deref for Short<'_> {
    type Target = PgConnection;

    fn deref(&self) -> &PgConnection {
        &self.transaction
    }
}

impl DerefMut for Short<'_> {
    fn deref_mut(&mut self) -> &mut PgConnection {
        &mut self.transaction
    }
}
