//! Calendars and the cases that are counted by them.

use async_trait::async_trait;
use sqlx::postgres::{PgConnection, PgRow};
use sqlx::{AssertSqlSafe, Row};
use uuid::Uuid;

use super::PostgresStore;
use super::able::Able;
use super::decode::{VERSION_COLUMNS, each, from_json, json};
use super::load::Locked;
use super::outcome::MarkRow;
use super::trail;
use super::write::plain;
use crate::store::{
    Behind, CalendarShelf, CalendarVersion, CountedAt, CountedWrite, FoundBehind, Note, StoreError,
};

/// The places of cases counted by another version than `$2` of the calendar `$1`, at most `$5`: those of
/// versions before it from behind (`$3`, `$4`) on, and those of versions after it from behind (`$6`, `$7`)
/// on, so that the cases it counts are not walked over.
const COUNTED_OTHERWISE: &str = "SELECT version, run_id FROM ( \
    (SELECT version, run_id FROM counted WHERE calendar = $1 AND version < $2 \
    AND (version, run_id) > ($3, $4) ORDER BY version, run_id LIMIT $5) \
    UNION ALL \
    (SELECT version, run_id FROM counted WHERE calendar = $1 AND (version, run_id) > ($6, $7) \
    ORDER BY version, run_id LIMIT $5) \
    ) o ORDER BY version, run_id LIMIT $5";

#[async_trait]
impl CalendarShelf for PostgresStore {
    async fn calendars(&self) -> Result<Vec<CalendarVersion>, StoreError> {
        let sql = format!("SELECT {VERSION_COLUMNS} FROM calendars WHERE in_force ORDER BY id");
        let rows = sqlx::query(AssertSqlSafe(sql))
            .fetch_all(&self.pool)
            .await?;
        each(&rows, calendar)
    }

    async fn calendar_versions(
        &self,
        id: &str,
        limit: u32,
    ) -> Result<Vec<CalendarVersion>, StoreError> {
        let sql = format!(
            "SELECT {VERSION_COLUMNS} FROM calendars WHERE id = $1 \
             ORDER BY in_force DESC, deployment DESC LIMIT $2"
        );
        let rows = sqlx::query(AssertSqlSafe(sql))
            .bind(plain(id))
            .bind(i64::from(limit))
            .fetch_all(&self.pool)
            .await?;
        each(&rows, calendar)
    }

    async fn calendar_version(&self, version: &str) -> Result<Option<CalendarVersion>, StoreError> {
        let sql = format!("SELECT {VERSION_COLUMNS} FROM calendars WHERE version = $1");
        let row = sqlx::query(AssertSqlSafe(sql))
            .bind(plain(version))
            .fetch_optional(&self.pool)
            .await?;
        row.as_ref().map(calendar).transpose()
    }

    async fn counted_otherwise(
        &self,
        calendar: &str,
        version: &str,
        after: Option<&CountedAt>,
        limit: u32,
    ) -> Result<Vec<(CountedAt, hms_engine::Run)>, StoreError> {
        let (from, run) = place(after);
        let (beyond, last) = beyond(version, after);
        let sql = format!(
            "SELECT c.version, c.run_id, r.state::text FROM ({COUNTED_OTHERWISE}) c \
             JOIN runs r ON r.id = c.run_id ORDER BY c.version, c.run_id"
        );
        let rows = sqlx::query(AssertSqlSafe(sql))
            .bind(plain(calendar))
            .bind(plain(version))
            .bind(from)
            .bind(run)
            .bind(i64::from(limit))
            .bind(beyond)
            .bind(last)
            .fetch_all(&self.pool)
            .await?;
        each(&rows, |row| {
            Ok((counted_at(row)?, from_json(row.try_get(2)?)?))
        })
    }
}

/// A version, from [`VERSION_COLUMNS`].
pub(super) fn calendar(row: &PgRow) -> Result<CalendarVersion, StoreError> {
    Ok(CalendarVersion {
        version: row.try_get(0)?,
        id: row.try_get(1)?,
        source: row.try_get(2)?,
        deployed: row.try_get(3)?,
        deployed_by: row.try_get(4)?,
        in_force: row.try_get(5)?,
        deployment: row.try_get(6)?,
    })
}

fn counted_at(row: &PgRow) -> Result<CountedAt, StoreError> {
    Ok(CountedAt {
        version: row.try_get(0)?,
        run_id: row.try_get(1)?,
    })
}

/// A place as it is bound; before the first of all without one.
fn place(after: Option<&CountedAt>) -> (String, Uuid) {
    match after {
        Some(at) => (at.version.clone(), at.run_id),
        None => (String::new(), Uuid::nil()),
    }
}

/// A place as it is bound, but not before the end of the cases counted by a version.
fn beyond(version: &str, after: Option<&CountedAt>) -> (String, Uuid) {
    match after.filter(|at| at.version.as_str() > version) {
        Some(at) => place(Some(at)),
        None => (version.to_owned(), Uuid::max()),
    }
}

/// Puts a version in force, in the transaction begun.
pub(super) async fn deploy(
    connection: &mut PgConnection,
    able: &Able,
    calendar: &CalendarVersion,
) -> Result<(MarkRow, i64), StoreError> {
    // The row's lock makes the numbers grow in the order of the commits, definitions' among them.
    let n: i64 = sqlx::query_scalar("UPDATE deployments SET n = n + 1 RETURNING n")
        .fetch_one(&mut *connection)
        .await?;
    sqlx::query("UPDATE calendars SET in_force = false WHERE id = $1 AND in_force")
        .bind(&calendar.id)
        .execute(&mut *connection)
        .await?;
    sqlx::query(
        "INSERT INTO calendars \
         (version, id, source, deployed, deployed_by, in_force, deployment) \
         VALUES ($1, $2, $3, $4, $5, true, $6) ON CONFLICT (version) DO UPDATE SET \
         in_force = true, deployed = excluded.deployed, \
         deployed_by = excluded.deployed_by, deployment = excluded.deployment",
    )
    .bind(&calendar.version)
    .bind(&calendar.id)
    .bind(plain(&calendar.source))
    .bind(calendar.deployed)
    .bind(plain(&calendar.deployed_by))
    .bind(n)
    .execute(&mut *connection)
    .await?;
    let command = serde_json::json!({"order": "deploy_calendar", "calendar": calendar.id});
    let note = Note {
        at: calendar.deployed,
        who: calendar.deployed_by.clone(),
        version: Some(calendar.version.clone()),
        about: None,
        command: json(&command)?,
    };
    Ok((trail::house(connection, able, &[note]).await?, n))
}

/// Finds and locks cases to be counted anew, passing over those another node is at.
pub(super) async fn find_behind(
    connection: &mut PgConnection,
    able: &Able,
    behind: &Behind,
    locked: &mut Locked,
) -> Result<FoundBehind, StoreError> {
    let (from, run) = place(behind.after.as_ref());
    let (beyond, last) = beyond(&behind.version, behind.after.as_ref());
    let rows = sqlx::query(COUNTED_OTHERWISE)
        .bind(plain(&behind.calendar))
        .bind(plain(&behind.version))
        .bind(from)
        .bind(run)
        .bind(i64::from(behind.limit))
        .bind(beyond)
        .bind(last)
        .fetch_all(&mut *connection)
        .await?;
    let places: Vec<CountedAt> = each(&rows, counted_at)?;
    let wanted: Vec<Uuid> = places.iter().map(|at| at.run_id).collect();
    let lock = "SELECT id, seq FROM runs WHERE id = ANY($1) ORDER BY id \
        FOR NO KEY UPDATE SKIP LOCKED";
    let rows = sqlx::query(able.skipping(lock))
        .bind(&wanted)
        .fetch_all(connection)
        .await?;
    let mut runs = Vec::with_capacity(rows.len());
    for row in &rows {
        let run: Uuid = row.try_get(0)?;
        locked.insert(run, row.try_get(1)?);
        runs.push(run);
    }
    Ok(FoundBehind {
        more: places.len() >= behind.limit as usize,
        passed_over: runs.len() < wanted.len(),
        last: places.into_iter().next_back(),
        runs,
    })
}

/// Writes by which calendars cases are counted, in place of what was kept of them.
pub(super) async fn write_counted(
    connection: &mut PgConnection,
    all: &[CountedWrite],
) -> Result<(), StoreError> {
    if all.is_empty() {
        return Ok(());
    }
    let runs: Vec<Uuid> = all.iter().map(|write| write.run_id).collect();
    sqlx::query("DELETE FROM counted WHERE run_id = ANY($1)")
        .bind(runs)
        .execute(&mut *connection)
        .await?;
    let (mut runs, mut calendars, mut versions) = (Vec::new(), Vec::new(), Vec::new());
    for write in all {
        for (calendar, version) in &write.by {
            runs.push(write.run_id);
            calendars.push(calendar.as_str());
            versions.push(version.as_str());
        }
    }
    sqlx::query(
        "INSERT INTO counted (run_id, calendar, version) \
         SELECT * FROM unnest($1::uuid[], $2::text[], $3::text[])",
    )
    .bind(runs)
    .bind(calendars)
    .bind(versions)
    .execute(connection)
    .await?;
    Ok(())
}
