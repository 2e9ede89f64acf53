//! Whether a pooler hands connections of the database on from one to the next, as pgbouncer does between transactions. Then
//! nothing that is said to a connection outlives a transaction.

use chrono::{DateTime, Utc};
use sqlx::Connection;
use sqlx::postgres::{PgConnectOptions, PgConnection};

/// How many new connections show that there is none.
const TRIES: u32 = 5;

/// Whether one stands before the server that these options lead to; `connection` is one of them. Then a new connection ends in one
/// that was there before. A pooler that has none free just then opens another, so it is tried several times; without
/// one each try is a new connection.
pub(super) async fn stands_before(
    options: &PgConnectOptions,
    connection: &mut PgConnection,
) -> Result<bool, sqlx::Error> {
    for _ in 0..TRIES {
        let before: DateTime<Utc> = sqlx::query_scalar("SELECT clock_timestamp()")
            .fetch_one(&mut *connection)
            .await?;
        let mut fresh = PgConnection::connect_with(options).await?;
        let was_there = sqlx::query_scalar(
            "SELECT backend_start < $1 FROM pg_stat_activity WHERE pid = pg_backend_pid()",
        )
        .bind(before)
        .fetch_one(&mut fresh)
        .await?;
        // It has said what it is; the server forgets it in any case.
        let _ = fresh.close().await;
        if was_there {
            return Ok(true);
        }
    }
    Ok(false)
}
