//! A commit as one text.
//!
//! Every call of the writing connection is answered by a thread of its own, and going there and back costs more
//! than many a statement. So what nearly every commit writes goes over in one call: the statements of all tables,
//! and `BEGIN` and `COMMIT` around them.
//!
//! A text that was seen before is prepared already, so there must be few: each table has as many places as the size
//! of the sheet says, and those left free are filled with NULLs, which no statement writes. Each size is half of the next
//! one, so that no more than half of a sheet is free: to bind and to pass over a free place costs time as well.

use sqlx::sqlite::{SqliteArguments, SqliteConnection};
use sqlx::{Arguments, AssertSqlSafe};

use super::write::{Bound, tuples};
use crate::store::StoreError;

/// How many rows sheets have places for.
const SIZES: [usize; 7] = [1, 2, 4, 8, 16, 32, 64];

/// Rows of one table, and the statement that writes them.
pub(super) struct Table<'b> {
    before: &'static str,
    after: &'static str,
    width: usize,
    /// Its places for each four rows of the sheet.
    share: usize,
    rows: usize,
    bind:
        Box<dyn Fn(Bound<'static>, usize) -> Result<Bound<'static>, StoreError> + Send + Sync + 'b>,
}

impl<'b> Table<'b> {
    /// A statement of what stands `before` and `after` its tuples of so many values; `bind` binds a row's. The
    /// statement must do nothing for a tuple of NULLs. A `share` of 4 gives it a place for each row of the sheet.
    pub(super) fn new<T: Sync>(
        (before, width, after): (&'static str, usize, &'static str),
        share: usize,
        rows: &'b [T],
        bind: impl Fn(Bound<'static>, &T) -> Result<Bound<'static>, StoreError> + Send + Sync + 'b,
    ) -> Table<'b> {
        Table {
            before,
            after,
            width,
            share,
            rows: rows.len(),
            bind: Box::new(move |query, at| match rows.get(at) {
                Some(row) => bind(query, row),
                None => Ok(query),
            }),
        }
    }

    fn places(&self, size: usize) -> usize {
        (size * self.share / 4).max(1)
    }
}

/// Writes all rows and commits them with the latest moment. A transaction begins with the first sheet when none was
/// begun. After an error the transaction is still to be ended.
pub(super) async fn commit(
    connection: &mut SqliteConnection,
    begun: bool,
    tables: &[Table<'_>],
    latest_ms: i64,
) -> Result<(), StoreError> {
    let mut sheets = Sheets {
        tables,
        written: vec![0; tables.len()],
        begun,
        latest_ms,
        over: false,
    };
    let mut sheet = sheets.next()?;
    while let Some(filled) = sheet {
        // The next one is filled in while the database is at this one.
        let filling = async { sheets.next() };
        let (done, next) = tokio::join!(filled.execute(&mut *connection), filling);
        done?;
        sheet = next?;
    }
    Ok(())
}

/// The sheets of a commit, one after the other.
struct Sheets<'t, 'b> {
    tables: &'t [Table<'b>],
    /// How many rows of each table are on sheets already.
    written: Vec<usize>,
    begun: bool,
    latest_ms: i64,
    over: bool,
}

impl Sheets<'_, '_> {
    fn next(&mut self) -> Result<Option<Bound<'static>>, StoreError> {
        if self.over {
            return Ok(None);
        }
        let last = SIZES.iter().copied().find(|size| self.fits(*size));
        self.over = last.is_some();
        let size = last.unwrap_or(SIZES[SIZES.len() - 1]);
        let text = text(self.tables, size, !self.begun, self.over);
        self.begun = true;
        let places = |table: &Table<'_>| table.places(size) * table.width;
        let mut room = SqliteArguments::default();
        room.reserve(self.tables.iter().map(places).sum::<usize>() + 1, 0);
        let mut query = sqlx::query_with(AssertSqlSafe(text), room);
        for (table, written) in self.tables.iter().zip(&mut self.written) {
            let places = table.places(size);
            let rows = (table.rows - *written).min(places);
            for at in *written..*written + rows {
                query = (table.bind)(query, at)?;
            }
            for _ in 0..(places - rows) * table.width {
                query = query.bind(None::<i64>);
            }
            *written += rows;
        }
        if self.over {
            query = query.bind(self.latest_ms);
        }
        Ok(Some(query))
    }

    fn fits(&self, size: usize) -> bool {
        let mut each = self.tables.iter().zip(&self.written);
        each.all(|(table, written)| table.rows - written <= table.places(size))
    }
}

fn text(tables: &[Table<'_>], size: usize, begin: bool, commit: bool) -> String {
    let mut text = String::new();
    if begin {
        text.push_str("BEGIN IMMEDIATE;");
    }
    for table in tables {
        text.push_str(table.before);
        text.push(' ');
        tuples(&mut text, table.width, table.places(size));
        text.push_str(table.after);
        text.push(';');
    }
    if commit {
        text.push_str("UPDATE clock SET latest_ms = max(latest_ms, ?);COMMIT");
    }
    text
}

#[cfg(test)]
mod tests {
    use sqlx::{Connection, Executor};

    use super::*;

    const INSERT: (&str, usize, &str) = (
        "INSERT INTO t (n, word) SELECT * FROM (VALUES",
        2,
        ") WHERE column1 IS NOT NULL",
    );
    const DELETE: (&str, usize, &str) = ("DELETE FROM t WHERE n IN (VALUES", 1, ")");

    async fn database() -> SqliteConnection {
        let mut connection = SqliteConnection::connect("sqlite::memory:").await.unwrap();
        let made = "CREATE TABLE t (n INTEGER PRIMARY KEY, word TEXT) STRICT; \
                    CREATE TABLE clock (latest_ms INTEGER NOT NULL) STRICT; \
                    INSERT INTO clock VALUES (7)";
        connection.execute(made).await.unwrap();
        connection
    }

    async fn kept(connection: &mut SqliteConnection) -> (i64, i64, i64) {
        sqlx::query_as("SELECT count(*), coalesce(sum(n), 0), (SELECT latest_ms FROM clock) FROM t")
            .fetch_one(connection)
            .await
            .unwrap()
    }

    fn tables<'b>(rows: &'b [i64], gone: &'b [i64]) -> [Table<'b>; 2] {
        [
            Table::new(INSERT, 4, rows, |query, n| {
                Ok(query.bind(*n).bind(format!("row {n}")))
            }),
            Table::new(DELETE, 1, gone, |query, n| Ok(query.bind(*n))),
        ]
    }

    #[tokio::test]
    async fn every_row_is_written_once_whatever_their_number() {
        for count in [0, 1, 2, 3, 4, 5, 8, 9, 16, 17, 31, 32, 33, 63, 64, 65, 200] {
            let mut connection = database().await;
            let rows: Vec<i64> = (1..=count).collect();
            let all = tables(&rows, &[]);
            commit(&mut connection, false, &all, 9).await.unwrap();
            let sum = count * (count + 1) / 2;
            assert_eq!(kept(&mut connection).await, (count, sum, 9), "{count} rows");
            let gone: Vec<i64> = (1..=count).filter(|n| n % 2 == 0).collect();
            connection.execute("BEGIN IMMEDIATE").await.unwrap();
            let all = tables(&[], &gone);
            commit(&mut connection, true, &all, 3).await.unwrap();
            let (left, _, latest) = kept(&mut connection).await;
            assert_eq!((left, latest), (count - count / 2, 9), "of {count} rows");
        }
    }

    #[tokio::test]
    async fn nothing_is_left_of_a_commit_that_failed() {
        let mut connection = database().await;
        let rows: Vec<i64> = (1..=100).chain([1]).collect();
        let all = tables(&rows, &[]);
        commit(&mut connection, false, &all, 9).await.unwrap_err();
        connection.execute("ROLLBACK").await.unwrap();
        assert_eq!(kept(&mut connection).await, (0, 0, 7));
    }

    #[test]
    fn there_are_few_texts() {
        let all = tables(&[], &[]);
        let texts: std::collections::HashSet<String> = SIZES
            .iter()
            .flat_map(|size| {
                [(true, true), (true, false), (false, true), (false, false)].map(|how| (size, how))
            })
            .map(|(size, (begin, commit))| text(&all, *size, begin, commit))
            .collect();
        assert_eq!(texts.len(), 28);
    }
}
