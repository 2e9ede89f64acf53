//! The running cases that events may be for.

use std::collections::{BTreeSet, HashSet};

use sqlx::AssertSqlSafe;
use sqlx::sqlite::{SqliteConnection, SqlitePool};
use uuid::Uuid;

use super::encode::{self, json};
use super::queries::id_list;
use super::write;
use crate::store::{CASES_MAX, Sought, Standing, StoreError, WaitsWrite};

/// By workflow and business key: the place of each pair in the list asked for, and its runs.
const BY_KEY: &str = "SELECT r.id FROM runs r WHERE r.status = 'RUNNING' AND r.key IS NOT NULL \
    AND r.workflow = o.value ->> 0 AND r.key = o.value ->> 1 ORDER BY r.id";
/// By event and address.
const BY_ADDRESS: &str = "SELECT w.run_id AS id FROM waits w WHERE w.event = o.value ->> 0 \
    AND w.address = o.value ->> 1 ORDER BY w.run_id";

/// Finds runs, in one statement for each way to find them; what finds too many is told instead.
pub(super) async fn find(
    connection: &mut SqliteConnection,
    cases: &BTreeSet<Sought>,
) -> Result<(HashSet<Uuid>, Vec<Sought>), StoreError> {
    let (by_key, by_address): (Vec<&Sought>, Vec<&Sought>) = cases
        .iter()
        .partition(|sought| matches!(sought, Sought::Key { .. }));
    let mut found = HashSet::new();
    let mut crowded = Vec::new();
    for (select, asked) in [(BY_KEY, by_key), (BY_ADDRESS, by_address)] {
        if asked.is_empty() {
            continue;
        }
        let sql = format!(
            "SELECT o.key, (SELECT json_group_array(id) FROM ({select} LIMIT {})) FROM json_each(?) o",
            CASES_MAX + 1
        );
        let pairs: Vec<[&str; 2]> = asked.iter().map(|sought| pair(sought)).collect();
        let rows = sqlx::query(AssertSqlSafe(sql))
            .bind(json(&pairs)?)
            .fetch_all(&mut *connection)
            .await?;
        for row in &rows {
            let runs: Vec<Uuid> = encode::from_json(encode::text(row, 1)?)?;
            if runs.len() <= CASES_MAX {
                found.extend(runs);
                continue;
            }
            let at = usize::try_from(encode::number(row, 0)?).unwrap_or(usize::MAX);
            crowded.extend(asked.get(at).map(|sought| (*sought).clone()));
        }
    }
    Ok((found, crowded))
}

fn pair(sought: &Sought) -> [&str; 2] {
    match sought {
        Sought::Key { workflow, key } => [workflow, key],
        Sought::Address { event, address } => [event, address],
    }
}

/// Where the newest open runs of a workflow stand.
pub(super) async fn standing(
    pool: &SqlitePool,
    workflow: &str,
    newest: u32,
) -> Result<Vec<Standing>, StoreError> {
    let rows = sqlx::query(
        "SELECT r.version, l.value ->> 'at', count(*) FROM \
         (SELECT version, state FROM runs WHERE status = 'RUNNING' AND workflow = ? \
          ORDER BY id DESC LIMIT ?) r, json_each(r.state, '$.lists') l GROUP BY 1, 2 ORDER BY 1, 2",
    )
    .bind(workflow.to_owned())
    .bind(newest)
    .fetch_all(pool)
    .await?;
    let each = rows.iter().map(|row| {
        Ok(Standing {
            version: encode::text(row, 0)?.to_owned(),
            step_id: encode::text(row, 1)?.to_owned(),
            runs: encode::number(row, 2)?.unsigned_abs(),
        })
    });
    each.collect()
}

/// Writes what runs wait for by `match`, in place of what they waited for.
pub(super) async fn write_waits(
    connection: &mut SqliteConnection,
    all: &[WaitsWrite],
) -> Result<(), StoreError> {
    if all.is_empty() {
        return Ok(());
    }
    sqlx::query("DELETE FROM waits WHERE run_id IN (SELECT value FROM json_each(?))")
        .bind(id_list(all.iter().map(|write| &write.run_id)))
        .execute(&mut *connection)
        .await?;
    let rows: Vec<(Uuid, &str, &str)> = all
        .iter()
        .flat_map(|write| {
            let waits = write.waits.iter();
            waits.map(|(event, address)| (write.run_id, event.as_str(), address.as_str()))
        })
        .collect();
    write::rows(
        connection,
        ("INSERT INTO waits (run_id, event, address) VALUES", 3, ""),
        &rows,
        |query, (run, event, address)| {
            Ok(query
                .bind(run.to_string())
                .bind((*event).to_owned())
                .bind((*address).to_owned()))
        },
    )
    .await
}
