//! Calendars and the cases that are counted by them.

use async_trait::async_trait;
use sqlx::sqlite::{SqliteConnection, SqliteRow};
use sqlx::{Executor, Row};
use uuid::Uuid;

use super::encode::{from_json, id, json, stamp, text, time};
use super::queries::id_list;
use super::{SqliteStore, trail, write};
use crate::store::{
    Behind, CalendarShelf, CalendarVersion, CountedAt, CountedWrite, FoundBehind, Note, StoreError,
};

#[async_trait]
impl CalendarShelf for SqliteStore {
    async fn calendars(&self) -> Result<Vec<CalendarVersion>, StoreError> {
        let rows = sqlx::query(
            "SELECT version, id, source, deployed, deployed_by, in_force FROM calendars \
             WHERE in_force = 1 ORDER BY id",
        )
        .fetch_all(&self.read)
        .await?;
        rows.iter().map(calendar).collect()
    }

    async fn calendar_versions(
        &self,
        id: &str,
        limit: u32,
    ) -> Result<Vec<CalendarVersion>, StoreError> {
        let rows = sqlx::query(
            "SELECT version, id, source, deployed, deployed_by, in_force FROM calendars \
             WHERE id = ? ORDER BY in_force DESC, deployed DESC, rowid DESC LIMIT ?",
        )
        .bind(id.to_owned())
        .bind(limit)
        .fetch_all(&self.read)
        .await?;
        rows.iter().map(calendar).collect()
    }

    async fn calendar_version(&self, version: &str) -> Result<Option<CalendarVersion>, StoreError> {
        let row = sqlx::query(
            "SELECT version, id, source, deployed, deployed_by, in_force FROM calendars \
             WHERE version = ?",
        )
        .bind(version.to_owned())
        .fetch_optional(&self.read)
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
        // The versions before and after the one in force, so that the cases it counts are not walked over.
        let (from, run) = place(after);
        let (beyond, last) = beyond(version, after);
        let rows = sqlx::query(
            "SELECT c.version, c.run_id, r.state FROM ( \
             SELECT * FROM (SELECT version, run_id FROM counted WHERE calendar = ?1 AND version < ?2 \
             AND (version, run_id) > (?3, ?4) ORDER BY version, run_id LIMIT ?5) \
             UNION ALL \
             SELECT * FROM (SELECT version, run_id FROM counted WHERE calendar = ?1 AND (version, run_id) > (?6, ?7) \
             ORDER BY version, run_id LIMIT ?5) \
             ) c JOIN runs r ON r.id = c.run_id ORDER BY c.version, c.run_id LIMIT ?5",
        )
        .bind(calendar.to_owned())
        .bind(version.to_owned())
        .bind(from)
        .bind(run)
        .bind(limit)
        .bind(beyond)
        .bind(last)
        .fetch_all(&self.read)
        .await?;
        rows.iter()
            .map(|row| Ok((counted_at(row)?, from_json(text(row, 2)?)?)))
            .collect()
    }
}

/// A version, from its columns in the order of the table's.
fn calendar(row: &SqliteRow) -> Result<CalendarVersion, StoreError> {
    Ok(CalendarVersion {
        version: text(row, 0)?.to_owned(),
        id: text(row, 1)?.to_owned(),
        source: text(row, 2)?.to_owned(),
        deployed: time(text(row, 3)?)?,
        deployed_by: text(row, 4)?.to_owned(),
        in_force: row.try_get(5)?,
        deployment: 0,
    })
}

fn counted_at(row: &SqliteRow) -> Result<CountedAt, StoreError> {
    Ok(CountedAt {
        version: text(row, 0)?.to_owned(),
        run_id: id(text(row, 1)?)?,
    })
}

/// A place as it is bound; before the first of all without one.
fn place(after: Option<&CountedAt>) -> (String, String) {
    match after {
        Some(at) => (at.version.clone(), at.run_id.to_string()),
        None => (String::new(), String::new()),
    }
}

/// A place as it is bound, but not before the end of the cases counted by a version.
fn beyond(version: &str, after: Option<&CountedAt>) -> (String, String) {
    match after.filter(|at| at.version.as_str() > version) {
        Some(at) => place(Some(at)),
        // Behind all ids.
        None => (version.to_owned(), "~".to_owned()),
    }
}

/// Puts a version in force, in a transaction of its own.
pub(super) async fn deploy(
    connection: &mut SqliteConnection,
    calendar: &CalendarVersion,
) -> Result<i64, StoreError> {
    connection.execute("BEGIN IMMEDIATE").await?;
    sqlx::query("UPDATE calendars SET in_force = 0 WHERE id = ?")
        .bind(calendar.id.clone())
        .execute(&mut *connection)
        .await?;
    sqlx::query(
        "INSERT INTO calendars (version, id, source, deployed, deployed_by, in_force) \
         VALUES (?, ?, ?, ?, ?, 1) ON CONFLICT (version) DO UPDATE SET in_force = 1, \
         deployed = excluded.deployed, deployed_by = excluded.deployed_by",
    )
    .bind(calendar.version.clone())
    .bind(calendar.id.clone())
    .bind(calendar.source.clone())
    .bind(stamp(calendar.deployed))
    .bind(calendar.deployed_by.clone())
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
    trail::house(connection, &[note]).await?;
    connection.execute("COMMIT").await?;
    Ok(0)
}

/// Finds cases to be counted anew.
pub(super) async fn find_behind(
    connection: &mut SqliteConnection,
    behind: &Behind,
) -> Result<FoundBehind, StoreError> {
    let (from, run) = place(behind.after.as_ref());
    let (beyond, last) = beyond(&behind.version, behind.after.as_ref());
    let rows = sqlx::query(
        "SELECT * FROM ( \
         SELECT * FROM (SELECT version, run_id FROM counted WHERE calendar = ?1 AND version < ?2 \
         AND (version, run_id) > (?3, ?4) ORDER BY version, run_id LIMIT ?5) \
         UNION ALL \
         SELECT * FROM (SELECT version, run_id FROM counted WHERE calendar = ?1 AND (version, run_id) > (?6, ?7) \
         ORDER BY version, run_id LIMIT ?5) \
         ) ORDER BY version, run_id LIMIT ?5",
    )
    .bind(behind.calendar.clone())
    .bind(behind.version.clone())
    .bind(from)
    .bind(run)
    .bind(behind.limit)
    .bind(beyond)
    .bind(last)
    .fetch_all(connection)
    .await?;
    let places: Vec<CountedAt> = rows.iter().map(counted_at).collect::<Result<_, _>>()?;
    Ok(FoundBehind {
        more: places.len() >= behind.limit as usize,
        runs: places.iter().map(|at| at.run_id).collect(),
        last: places.into_iter().next_back(),
        passed_over: false,
    })
}

/// Writes by which calendars cases are counted, in place of what was kept of them.
pub(super) async fn write_counted(
    connection: &mut SqliteConnection,
    all: &[CountedWrite],
) -> Result<(), StoreError> {
    if all.is_empty() {
        return Ok(());
    }
    sqlx::query("DELETE FROM counted WHERE run_id IN (SELECT value FROM json_each(?))")
        .bind(id_list(all.iter().map(|write| &write.run_id)))
        .execute(&mut *connection)
        .await?;
    let rows: Vec<(Uuid, &str, &str)> = all
        .iter()
        .flat_map(|write| {
            let by = write.by.iter();
            by.map(|(calendar, version)| (write.run_id, calendar.as_str(), version.as_str()))
        })
        .collect();
    write::rows(
        connection,
        (
            "INSERT INTO counted (run_id, calendar, version) VALUES",
            3,
            "",
        ),
        &rows,
        |query, (run, calendar, version)| {
            Ok(query
                .bind(run.to_string())
                .bind((*calendar).to_owned())
                .bind((*version).to_owned()))
        },
    )
    .await
}
