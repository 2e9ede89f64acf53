//! What nearly every commit writes, in one statement: each call to the database is a way there and back, and a turn
//! of one command would otherwise make eight of them.
//!
//! The parts write different tables or different rows, so it does not matter that they all see the tables as they
//! were before; nor that they do not, where a database takes no such statement and they go one by one. There are as many
//! texts as there are sets of parts that occur together, a dozen.

use std::fmt::Write as _;

use sqlx::postgres::{PgArguments, PgConnection};
use sqlx::query::Query;
use sqlx::{AssertSqlSafe, Postgres, Row, query, query_scalar};

use super::able::Able;
use crate::store::StoreError;

/// A statement being bound.
pub(super) type Bound<'q> = Query<'q, Postgres, PgArguments>;

/// A statement that changes rows, to be run with others.
pub(super) struct Part<'p> {
    /// What its rows are.
    what: &'static str,
    /// How many of them it must touch; others mean that another node was first.
    rows: usize,
    /// Its text, with parameters from `$1`.
    sql: &'static str,
    /// How many parameters it has.
    parameters: usize,
    /// What makes its rows count.
    returning: &'static str,
    /// Whether it may touch fewer rows.
    some: bool,
    bind: Box<dyn FnOnce(Bound<'p>) -> Result<Bound<'p>, StoreError> + Send + 'p>,
}

impl<'p> Part<'p> {
    /// A statement with so many parameters, which `bind` binds, that must touch so many rows.
    pub(super) fn new(
        (what, rows): (&'static str, usize),
        (sql, parameters): (&'static str, usize),
        bind: impl FnOnce(Bound<'p>) -> Result<Bound<'p>, StoreError> + Send + 'p,
    ) -> Part<'p> {
        Part {
            what,
            rows,
            sql,
            parameters,
            returning: " RETURNING 1",
            some: false,
            bind: Box::new(bind),
        }
    }

    /// A function that is called once.
    pub(super) fn call(
        what: &'static str,
        (sql, parameters): (&'static str, usize),
        bind: impl FnOnce(Bound<'p>) -> Result<Bound<'p>, StoreError> + Send + 'p,
    ) -> Part<'p> {
        Part {
            returning: "",
            ..Part::new((what, 1), (sql, parameters), bind)
        }
    }

    /// It may find fewer rows: some may be gone already.
    pub(super) fn or_fewer(self) -> Part<'p> {
        Part { some: true, ..self }
    }

    /// How many rows it must touch.
    fn expected(&self) -> Expected {
        Expected {
            what: self.what,
            rows: self.rows as u64,
            some: self.some,
        }
    }
}

/// How many rows of what a part must touch, or at most.
struct Expected {
    what: &'static str,
    rows: u64,
    some: bool,
}

impl Expected {
    fn met_by(&self, done: u64) -> Result<(), StoreError> {
        if done == self.rows || self.some {
            return Ok(());
        }
        let Expected { what, rows, .. } = self;
        Err(StoreError::Conflict(format!("{done} of {rows} {what}")))
    }
}

/// Runs the parts that have rows, and gives the transaction's number when it is wanted.
pub(super) async fn run(
    connection: &mut PgConnection,
    able: &Able,
    parts: Vec<Part<'_>>,
    numbered: bool,
) -> Result<Option<String>, StoreError> {
    let parts: Vec<Part<'_>> = parts.into_iter().filter(|part| part.rows > 0).collect();
    if !able.nests {
        return one_by_one(connection, able, parts, numbered).await;
    }
    let mut statement = query(able.writing(AssertSqlSafe(text(&parts, numbered))));
    let mut expected = Vec::with_capacity(parts.len());
    for part in parts {
        expected.push(part.expected());
        statement = (part.bind)(statement)?;
    }
    let row = statement.fetch_one(connection).await?;
    for (at, expected) in expected.into_iter().enumerate() {
        let done: i64 = row.try_get(at + 1)?;
        expected.met_by(done.unsigned_abs())?;
    }
    Ok(row.try_get(0)?)
}

/// The same where statements cannot be parts of one.
async fn one_by_one(
    connection: &mut PgConnection,
    able: &Able,
    parts: Vec<Part<'_>>,
    numbered: bool,
) -> Result<Option<String>, StoreError> {
    // As many as there are tables that a commit writes, whatever the number of rows.
    for part in parts {
        let expected = part.expected();
        let statement = (part.bind)(query(able.writing(part.sql)))?;
        let done = statement.execute(&mut *connection).await?;
        expected.met_by(done.rows_affected())?;
    }
    if !numbered {
        return Ok(None);
    }
    let number = query_scalar(AssertSqlSafe(text(&[], true)));
    Ok(number.fetch_one(connection).await?)
}

fn text(parts: &[Part<'_>], numbered: bool) -> String {
    let (mut with, mut counts) = (String::new(), String::new());
    let mut before = 0;
    for (n, part) in parts.iter().enumerate() {
        with.push_str(if n == 0 { "WITH " } else { ", " });
        // Writing to a text does not fail.
        let sql = renumbered(part.sql, before);
        let _ = write!(with, "p{n} AS ({sql}{})", part.returning);
        let _ = write!(counts, ", (SELECT count(*) FROM p{n})");
        before += part.parameters;
    }
    let number = if numbered {
        "pg_current_xact_id()::text"
    } else {
        "NULL::text"
    };
    format!("{with} SELECT {number}{counts}")
}

/// The text with so much added to the number of each parameter.
fn renumbered(sql: &str, add: usize) -> String {
    let mut pieces = sql.split('$');
    let mut text = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        let digits = piece.bytes().take_while(u8::is_ascii_digit).count();
        let (number, rest) = piece.split_at(digits);
        let number: usize = number.parse().unwrap_or_default();
        let _ = write!(text, "${}{rest}", number + add);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_are_numbered_through() {
        let part = |rows, sql, parameters| Part::new(("rows", rows), (sql, parameters), Ok);
        let parts = [
            part(1, "INSERT INTO a SELECT $1, $2", 2),
            part(1, "UPDATE b SET x = $2 WHERE y = $1 OR y = $10", 10),
            Part::call("call", ("SELECT f($1)", 1), Ok),
        ];
        assert_eq!(
            text(&parts, true),
            "WITH p0 AS (INSERT INTO a SELECT $1, $2 RETURNING 1), \
             p1 AS (UPDATE b SET x = $4 WHERE y = $3 OR y = $12 RETURNING 1), \
             p2 AS (SELECT f($13)) \
             SELECT pg_current_xact_id()::text, (SELECT count(*) FROM p0), \
             (SELECT count(*) FROM p1), (SELECT count(*) FROM p2)"
        );
        assert_eq!(text(&[], true), " SELECT pg_current_xact_id()::text");
        assert_eq!(text(&[], false), " SELECT NULL::text");
    }
}
