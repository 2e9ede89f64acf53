//! Lists of tasks and runs, as SQLite is asked for them.

use sqlx::query::Query;
use sqlx::sqlite::SqliteArguments;
use sqlx::{AssertSqlSafe, Sqlite};

use super::encode;
use crate::store::dialect::{Bind, Dialect, Statement};

/// How SQLite writes lists of tasks and runs.
pub(super) const DIALECT: Dialect = Dialect {
    no_deadline: "'9'",
    of_people: "substr(x.actor, 1, 6) = 'HUMAN:'",
    late: "(x.escalated = 1 OR x.breached_at IS NOT NULL)",
    is: |column| format!("x.{column} = 1"),
    ids_like: |begin| {
        Some((
            Bind::Text(begin.to_owned()),
            Bind::Text(format!("{begin}\u{10ffff}")),
        ))
    },
    // No row of the other table is looked at before the query has said which: `CROSS JOIN` keeps the order.
    each: |each| {
        let (columns, of, table, query) = (each.columns[0], each.of, each.table, each.query);
        format!(
            "SELECT {columns} FROM {of} CROSS JOIN {table} t WHERE t.id IN (SELECT id FROM ({query}))"
        )
    },
};

/// A statement with its parameters.
pub(super) fn ask(statement: Statement) -> Query<'static, Sqlite, SqliteArguments> {
    let query = sqlx::query(AssertSqlSafe(statement.sql));
    let bind = |query: Query<'static, Sqlite, SqliteArguments>, bind| match bind {
        Bind::Text(text) => query.bind(text),
        Bind::Moment(moment) => query.bind(moment.map(encode::stamp)),
        Bind::Id(id) => query.bind(id.to_string()),
        Bind::Number(number) => query.bind(number),
    };
    statement.binds.into_iter().fold(query, bind)
}
