//! What one node does at a time: it holds a row while it does. Any database that locks rows can do that.

use sqlx::Executor;
use sqlx::postgres::PgConnection;

use crate::store::StoreError;

/// What one node does at a time.
#[derive(Debug, Clone, Copy)]
pub(super) enum Gate {
    /// Brings the tables up to date.
    Tables,
    /// Founds the demonstration.
    Founding,
    /// Chains rows from before there were chains.
    Adopting,
}

impl Gate {
    fn name(self) -> &'static str {
        match self {
            Gate::Tables => "tables",
            Gate::Founding => "founding",
            Gate::Adopting => "adopting",
        }
    }

    /// Makes the rows, which are there before any other table is. Nodes that begin at once may all come here.
    pub(super) async fn make(connection: &mut PgConnection) -> Result<(), StoreError> {
        let names = "SELECT name FROM gates";
        let mut tries = 0;
        // Of those that make a table at the same moment all but one are told that it exists, in one way or another.
        while let Err(missing) = connection.execute(names).await {
            let made =
                "CREATE TABLE IF NOT EXISTS gates (name text PRIMARY KEY, passed bigint NOT NULL)";
            if let Err(refused) = connection.execute(made).await
                && tries >= MAKE_TRIES
            {
                tracing::warn!(%missing, "no table of gates");
                return Err(refused.into());
            }
            tries += 1;
        }
        let rows = "INSERT INTO gates (name, passed) VALUES ('tables', 0), ('founding', 0), \
            ('adopting', 0) ON CONFLICT (name) DO NOTHING";
        connection.execute(rows).await?;
        Ok(())
    }

    /// Waits until nobody else is in it, and keeps others out until this transaction ends.
    pub(super) async fn enter(self, connection: &mut PgConnection) -> Result<(), StoreError> {
        sqlx::query("UPDATE gates SET passed = passed + 1 WHERE name = $1")
            .bind(self.name())
            .execute(connection)
            .await?;
        Ok(())
    }

    /// The same until the connection ends. It is a transaction that holds it: a pooler that hands connections on
    /// after each transaction lets go of nothing before.
    pub(super) async fn hold(
        self,
        mut connection: PgConnection,
    ) -> Result<PgConnection, StoreError> {
        connection.execute("BEGIN").await?;
        self.enter(&mut connection).await?;
        Ok(connection)
    }
}

/// How often to look again whether somebody else has made it.
const MAKE_TRIES: u32 = 5;
