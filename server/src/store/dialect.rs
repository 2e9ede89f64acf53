//! What statements that list tasks and runs need of a store: its words, and values for their parameters.

use hms_engine::Time;
use uuid::Uuid;

/// How a store writes what the two write differently.
#[derive(Debug, Clone, Copy)]
pub(super) struct Dialect {
    /// Later than every deadline.
    pub(super) no_deadline: &'static str,
    /// That it is for people, of a row `x`, as the indexes have it.
    pub(super) of_people: &'static str,
    /// Escalated or past its deadline, of a row `x`.
    pub(super) late: &'static str,
    /// A column of yes and no, of a row `x`.
    pub(super) is: fn(column: &str) -> String,
    /// From which id to which those are that begin with a text; none where no id does.
    pub(super) ids_like: fn(begin: &str) -> Option<(Bind, Bind)>,
    /// Columns of a table's row `t`, for each row of another: of those that a query gives which depends on that row.
    pub(super) each: fn(each: Each<'_>) -> String,
}

/// What [`Dialect::each`] is about.
#[derive(Debug, Clone, Copy)]
pub(super) struct Each<'s> {
    /// The columns, of a row `t`, and of the query, which is called `one`; one of them is `id`.
    pub(super) columns: [&'s str; 2],
    /// The other table.
    pub(super) of: &'s str,
    /// The table of `t`.
    pub(super) table: &'s str,
    /// The query.
    pub(super) query: &'s str,
}

/// A statement with what its parameters `$1`, `$2` … stand for.
#[derive(Debug)]
pub(super) struct Statement {
    pub(super) sql: String,
    pub(super) binds: Vec<Bind>,
}

/// What a parameter stands for.
#[derive(Debug, Clone)]
pub(super) enum Bind {
    Text(String),
    Moment(Option<Time>),
    Id(Uuid),
    Number(i64),
}

/// The least value of a column of an index, of the rows of a table for which a condition holds; one look, where `min` reads
/// them all if PostgreSQL planned it while there were few.
pub(super) fn least(column: &str, table: &str, which: &str) -> String {
    format!("(SELECT {column} FROM {table} WHERE {which} ORDER BY {column} LIMIT 1)")
}

/// A table `name (value)` of the values that a column of an index has, each once and one after the other, then a null: of the rows of
/// a table for which a condition holds. It costs as many looks as there are values.
pub(super) fn walk((name, value): (&str, &str), column: &str, table: &str, which: &str) -> String {
    let first = least(column, table, which);
    let after = format!("{which} AND {column} > {name}.{value}");
    let next = least(column, table, &after);
    format!(
        "{name} ({value}) AS (SELECT {first} UNION ALL SELECT {next} FROM {name} WHERE {name}.{value} IS NOT NULL)"
    )
}
