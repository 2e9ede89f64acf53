//! The running cases that events may be for.

use std::collections::BTreeSet;

use sqlx::postgres::{PgConnection, PgPool};
use sqlx::{AssertSqlSafe, Row};
use uuid::Uuid;

use super::decode::{count, each};
use super::write::plain;
use crate::store::{CASES_MAX, Sought, Standing, StoreError, WaitsWrite};

/// By workflow and business key.
const BY_KEY: &str = "SELECT r.id FROM runs r WHERE r.status = 'RUNNING' AND r.key IS NOT NULL \
    AND r.workflow = o.a AND r.key = o.b ORDER BY r.id";
/// By event and address.
const BY_ADDRESS: &str = "SELECT w.run_id FROM waits w WHERE w.event = o.a AND w.address = o.b \
    ORDER BY w.run_id";

/// Finds runs, in one statement for each way to find them; what finds too many is told instead.
pub(super) async fn find(
    connection: &mut PgConnection,
    cases: &BTreeSet<Sought>,
) -> Result<(Vec<Uuid>, Vec<Sought>), StoreError> {
    let (by_key, by_address): (Vec<&Sought>, Vec<&Sought>) = cases
        .iter()
        .partition(|sought| matches!(sought, Sought::Key { .. }));
    let mut found = Vec::new();
    let mut crowded = Vec::new();
    for (select, asked) in [(BY_KEY, by_key), (BY_ADDRESS, by_address)] {
        if asked.is_empty() {
            continue;
        }
        let sql = format!(
            "SELECT o.n, ARRAY({select} LIMIT {}) \
             FROM unnest($1::text[], $2::text[]) WITH ORDINALITY AS o (a, b, n)",
            CASES_MAX + 1
        );
        let pairs = asked.iter().map(|sought| match sought {
            Sought::Key { workflow, key } => (plain(workflow), plain(key)),
            Sought::Address { event, address } => (plain(event), plain(address)),
        });
        let (one, other): (Vec<_>, Vec<_>) = pairs.unzip();
        let rows = sqlx::query(AssertSqlSafe(sql))
            .bind(one)
            .bind(other)
            .fetch_all(&mut *connection)
            .await?;
        for row in &rows {
            let runs: Vec<Uuid> = row.try_get(1)?;
            if runs.len() <= CASES_MAX {
                found.extend(runs);
                continue;
            }
            // Counted from 1.
            let at = usize::try_from(row.try_get::<i64, _>(0)? - 1).unwrap_or(usize::MAX);
            crowded.extend(asked.get(at).map(|sought| (*sought).clone()));
        }
    }
    Ok((found, crowded))
}

/// Where the newest open runs of a workflow stand.
pub(super) async fn standing(
    pool: &PgPool,
    workflow: &str,
    newest: u32,
) -> Result<Vec<Standing>, StoreError> {
    // PostgreSQL looks into no JSON that has a NUL in it, wherever that stands.
    let rows = sqlx::query(
        "SELECT r.version, l ->> 'at', count(*) FROM \
         (SELECT version, state FROM runs WHERE status = 'RUNNING' AND workflow = $1 \
          ORDER BY id DESC LIMIT $2) r, json_array_elements( \
          replace(r.state::text, '\\u0000', '\\ufffd')::json -> 'lists') l \
         GROUP BY 1, 2",
    )
    .bind(plain(workflow))
    .bind(i64::from(newest))
    .fetch_all(pool)
    .await?;
    let mut standing = each(&rows, |row| {
        Ok(Standing {
            version: row.try_get(0)?,
            step_id: row.try_get(1)?,
            runs: count(row, 2)?,
        })
    })?;
    standing.sort_by(|a, b| (&a.version, &a.step_id).cmp(&(&b.version, &b.step_id)));
    Ok(standing)
}

/// Writes what runs wait for by `match`, in place of what they waited for.
pub(super) async fn write_waits(
    connection: &mut PgConnection,
    all: &[WaitsWrite],
) -> Result<(), StoreError> {
    if all.is_empty() {
        return Ok(());
    }
    let runs: Vec<Uuid> = all.iter().map(|write| write.run_id).collect();
    sqlx::query("DELETE FROM waits WHERE run_id = ANY($1)")
        .bind(runs)
        .execute(&mut *connection)
        .await?;
    let (mut runs, mut events, mut addresses) = (Vec::new(), Vec::new(), Vec::new());
    for write in all {
        for (event, address) in &write.waits {
            runs.push(write.run_id);
            events.push(plain(event));
            addresses.push(plain(address));
        }
    }
    sqlx::query(
        "INSERT INTO waits (run_id, event, address) \
         SELECT * FROM unnest($1::uuid[], $2::text[], $3::text[])",
    )
    .bind(runs)
    .bind(events)
    .bind(addresses)
    .execute(connection)
    .await?;
    Ok(())
}
