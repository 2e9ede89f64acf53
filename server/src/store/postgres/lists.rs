//! Lists of tasks and runs, as PostgreSQL is asked for them.

use std::ops::{Deref, DerefMut};

use sqlx::pool::PoolConnection;
use sqlx::postgres::{PgArguments, PgConnection};
use sqlx::query::Query;
use sqlx::{AssertSqlSafe, Postgres, SqlSafeStr, Transaction};

use super::write::plain;
use super::{PostgresStore, runs};
use crate::store::StoreError;
use crate::store::dialect::{Bind, Dialect, Statement};

/// How PostgreSQL writes lists of tasks and runs.
pub(super) const DIALECT: Dialect = Dialect {
    no_deadline: "'infinity'",
    of_people: "starts_with(x.actor, 'HUMAN:')",
    late: "(x.escalated OR x.breached_at IS NOT NULL)",
    is: |column| format!("x.{column}"),
    ids_like: |begin| {
        let (lowest, highest) = runs::ids_with_prefix(begin)?;
        Some((Bind::Id(lowest), Bind::Id(highest)))
    },
    each: |each| {
        let (columns, of, query) = (each.columns[1], each.of, each.query);
        format!("SELECT {columns} FROM {of} CROSS JOIN LATERAL ({query}) one")
    },
};

/// A statement with its parameters.
pub(super) fn ask(statement: Statement) -> Query<'static, Postgres, PgArguments> {
    let query = sqlx::query(AssertSqlSafe(statement.sql));
    let bind = |query: Query<'static, Postgres, PgArguments>, bind| match bind {
        Bind::Text(text) => query.bind(plain(&text).into_owned()),
        Bind::Moment(moment) => query.bind(moment),
        Bind::Id(id) => query.bind(id),
        Bind::Number(number) => query.bind(number),
    };
    statement.binds.into_iter().fold(query, bind)
}

/// A connection that reads lists, which are found by indexes: see `Able`.
pub(super) enum Listing {
    /// It was told so when it was made.
    Told(PoolConnection<Postgres>),
    /// A pooler may have given it to anybody meanwhile, so it is told with each transaction.
    Begun(Transaction<'static, Postgres>),
}

impl Listing {
    /// Lets it go. What has begun is not committed, for it changes nothing.
    pub(super) async fn end(self) -> Result<(), StoreError> {
        match self {
            Listing::Told(_) => Ok(()),
            Listing::Begun(transaction) => Ok(transaction.rollback().await?),
        }
    }
}

impl Deref for Listing {
    type Target = PgConnection;

    fn deref(&self) -> &PgConnection {
        match self {
            Listing::Told(connection) => connection,
            Listing::Begun(transaction) => transaction,
        }
    }
}

impl DerefMut for Listing {
    fn deref_mut(&mut self) -> &mut PgConnection {
        match self {
            Listing::Told(connection) => connection,
            Listing::Begun(transaction) => transaction,
        }
    }
}

impl PostgresStore {
    /// Begins to read lists.
    pub(super) async fn listing(&self) -> Result<Listing, StoreError> {
        let Some(words) = &self.able.begin_list else {
            return Ok(Listing::Told(self.pool.acquire().await?));
        };
        let words = AssertSqlSafe(words.as_str()).into_sql_str();
        Ok(Listing::Begun(self.pool.begin_with(words).await?))
    }
}
