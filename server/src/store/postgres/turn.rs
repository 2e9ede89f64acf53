//! Who writes to the audit trail, and with which numbers. A checkpoint holds all rows up to one: none may appear behind it
//! later. PostgreSQL says which transactions are under way (`trail.rs` waits for those that were); where a database does
//! not, or hands out the numbers of a sequence in no order or none at all, all who write take turns and have their numbers by that.

use sqlx::postgres::PgConnection;

use super::able::Able;
use crate::store::StoreError;

/// A turn in the audit trail. It ends with its transaction, so rows appear in the order of their numbers.
#[derive(Debug, Clone, Copy)]
pub(super) struct Turn {
    last: i64,
    rows: i64,
}

impl Turn {
    /// The numbers of its rows.
    pub(super) fn numbers(self) -> Vec<i64> {
        (self.last - self.rows + 1..=self.last).collect()
    }
}

/// Waits for the turn to write so many rows; none where the database numbers them. It comes before what else may have
/// to be waited for in the writing of a transaction.
pub(super) async fn turn(
    connection: &mut PgConnection,
    able: &Able,
    rows: usize,
) -> Result<Option<Turn>, StoreError> {
    if able.numbers || rows == 0 {
        return Ok(None);
    }
    let rows = i64::try_from(rows).unwrap_or(i64::MAX);
    let last = sqlx::query_scalar("UPDATE audit_turn SET n = n + $1 RETURNING n")
        .bind(rows)
        .fetch_one(connection)
        .await?;
    Ok(Some(Turn { last, rows }))
}

/// Has the numbers go on where they are, when the store is opened: by turns from the last row there is, or was when it
/// was sealed; and by the sequence from the last turn, of a database that came from where there were turns. If no table
/// could number its rows there, this one does not here.
pub(super) async fn settle(
    connection: &mut PgConnection,
    able: &mut Able,
) -> Result<(), StoreError> {
    let mut last = 0_i64;
    if able.numbers {
        let sequence: Option<String>;
        (last, sequence) =
            sqlx::query_as("SELECT n, pg_get_serial_sequence('audit', 'n') FROM audit_turn")
                .fetch_one(&mut *connection)
                .await?;
        able.numbers = sequence.is_some();
    }
    if !able.numbers {
        sqlx::query(
            "UPDATE audit_turn SET n = greatest(n, (SELECT coalesce(max(a.n), 0) FROM audit a), \
             (SELECT coalesce(max(upto_n), 0) FROM checkpoints))",
        )
        .execute(connection)
        .await?;
        return Ok(());
    }
    if last > 0 {
        sqlx::query("SELECT setval(pg_get_serial_sequence('audit', 'n'), $1)")
            .bind(last)
            .execute(&mut *connection)
            .await?;
        sqlx::query("UPDATE audit_turn SET n = 0")
            .execute(connection)
            .await?;
    }
    Ok(())
}
