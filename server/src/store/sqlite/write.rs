//! Multi-row writes: one statement for many rows.
//!
//! A statement's text depends on how many rows it takes, and a text seen before is prepared already.
//! So rows go in groups of 64, 32, 16 … 1: seven texts a table, whatever the batch.

use sqlx::query::Query;
use sqlx::sqlite::{SqliteArguments, SqliteConnection};
use sqlx::{AssertSqlSafe, Sqlite};

use crate::store::StoreError;

/// The largest group.
const GROUP: usize = 64;

/// A bound query.
pub(super) type Bound<'q> = Query<'q, Sqlite, SqliteArguments>;

/// Writes all rows: `head`, then a group of `(?, ?, …)`, then `tail`; `bind` binds one row's
/// `width` values. The texts are constants of this program and hold no data.
pub(super) async fn rows<T>(
    connection: &mut SqliteConnection,
    (head, width, tail): (&'static str, usize, &'static str),
    all: &[T],
    bind: impl for<'q> Fn(Bound<'q>, &T) -> Result<Bound<'q>, StoreError>,
) -> Result<(), StoreError> {
    let mut left = all;
    while !left.is_empty() {
        let size = GROUP.min(1 << left.len().ilog2());
        let (group, rest) = left.split_at(size);
        let mut query = sqlx::query(AssertSqlSafe(statement(head, width, tail, size)));
        for row in group {
            query = bind(query, row)?;
        }
        query.execute(&mut *connection).await?;
        left = rest;
    }
    Ok(())
}

fn statement(head: &str, width: usize, tail: &str, rows: usize) -> String {
    let mut text = String::with_capacity(head.len() + tail.len() + rows * (2 * width + 2) + 2);
    text.push_str(head);
    text.push(' ');
    tuples(&mut text, width, rows);
    text.push(' ');
    text.push_str(tail);
    text
}

/// Adds tuples of so many places for values, a comma between them.
pub(super) fn tuples(text: &mut String, width: usize, rows: usize) {
    for n in 0..rows {
        text.push_str(if n > 0 { ",(?" } else { "(?" });
        for _ in 1..width {
            text.push_str(",?");
        }
        text.push(')');
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_statement_has_a_tuple_for_each_row() {
        assert_eq!(
            statement("INSERT INTO t VALUES", 3, "RETURNING 1", 2),
            "INSERT INTO t VALUES (?,?,?),(?,?,?) RETURNING 1"
        );
    }
}
