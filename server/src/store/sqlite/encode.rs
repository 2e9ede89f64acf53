//! Rows of text and numbers from and to what the program works with.

use chrono::{Datelike, SecondsFormat, Timelike};
use hms_engine::{Actor, Priority, Run, Task, TaskStatus, Time};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;
use sqlx::Row;
use sqlx::sqlite::SqliteRow;
use uuid::Uuid;

use crate::store::{AuditRow, EventRow, ReportRow, RunRow, StoreError, TaskRow, WorkflowVersion};

/// A moment as stored: RFC 3339 UTC with milliseconds, so that text order is time order.
pub(crate) fn stamp(time: Time) -> String {
    stamped(time).unwrap_or_else(|| time.to_rfc3339_opts(SecondsFormat::Millis, true))
}

/// The same, digit by digit: a command writes seven moments, and chrono's way takes many times as long. None for what has
/// more digits, or a leap second.
fn stamped(time: Time) -> Option<String> {
    let year = u32::try_from(time.year())
        .ok()
        .filter(|year| *year <= 9999)?;
    let ms = time.timestamp_subsec_millis();
    if ms > 999 {
        return None;
    }
    let mut text = *b"0000-00-00T00:00:00.000Z";
    for (number, last, digits) in [
        (year, 3, 4),
        (time.month(), 6, 2),
        (time.day(), 9, 2),
        (time.hour(), 12, 2),
        (time.minute(), 15, 2),
        (time.second(), 18, 2),
        (ms, 22, 3),
    ] {
        let mut left = number;
        for place in 0..digits {
            text[last - place] += (left % 10) as u8;
            left /= 10;
        }
    }
    String::from_utf8(text.to_vec()).ok()
}

/// JSON as stored. What the engine holds can always be written as JSON: its maps have text keys.
pub(crate) fn json<T: Serialize>(value: &T) -> Result<String, StoreError> {
    serde_json::to_string(value).map_err(|error| StoreError::Unreadable(error.to_string()))
}

fn unreadable(what: &str, error: impl std::fmt::Display) -> StoreError {
    StoreError::Unreadable(format!("{what}: {error}"))
}

pub(super) fn time(text: &str) -> Result<Time, StoreError> {
    text.parse().map_err(|error| unreadable("a moment", error))
}

pub(super) fn id(text: &str) -> Result<Uuid, StoreError> {
    Uuid::parse_str(text).map_err(|error| unreadable("an id", error))
}

pub(super) fn from_json<T: DeserializeOwned>(text: &str) -> Result<T, StoreError> {
    serde_json::from_str(text).map_err(|error| unreadable("JSON", error))
}

/// A column's text.
pub(super) fn text(row: &SqliteRow, column: usize) -> Result<&str, StoreError> {
    Ok(row.try_get(column)?)
}

/// A column's number.
pub(super) fn number(row: &SqliteRow, column: usize) -> Result<i64, StoreError> {
    Ok(row.try_get(column)?)
}

fn maybe(row: &SqliteRow, column: usize) -> Result<Option<&str>, StoreError> {
    Ok(row.try_get(column)?)
}

pub(super) fn maybe_time(row: &SqliteRow, column: usize) -> Result<Option<Time>, StoreError> {
    maybe(row, column)?.map(time).transpose()
}

fn owned(row: &SqliteRow, column: usize) -> Result<Option<String>, StoreError> {
    Ok(maybe(row, column)?.map(str::to_owned))
}

/// The columns [`task`] reads, of `tasks` named `t`.
pub(super) const TASK_COLUMNS: &str = "t.id, t.run_id, t.workflow, t.step_id, t.actor, t.status, \
    t.created, t.expires, t.attempt, t.escalated, t.not_before, t.claimed_by, t.claimed_at, \
    t.lease_until, t.breached_at, t.closed_at, t.closed_by, t.input, t.result, t.error, \
    t.priority, t.list, t.clock";

/// How many columns those are.
pub(super) const TASK_WIDTH: usize = 23;

/// A task and its run, from [`TASK_COLUMNS`].
pub(super) fn task(row: &SqliteRow) -> Result<(Uuid, Task), StoreError> {
    let actor: Actor = text(row, 4)?
        .parse()
        .map_err(|error| unreadable("an actor", error))?;
    let status = TaskStatus::from_word(text(row, 5)?)
        .ok_or_else(|| unreadable("a task's status", text(row, 5).unwrap_or("?")))?;
    let task = Task {
        id: id(text(row, 0)?)?,
        step_id: text(row, 3)?.to_owned(),
        actor,
        status,
        created: time(text(row, 6)?)?,
        expires: maybe_time(row, 7)?,
        attempt: row.try_get::<u32, _>(8)?,
        escalated: row.try_get::<bool, _>(9)?,
        not_before: maybe_time(row, 10)?,
        claimed_by: owned(row, 11)?,
        claimed_at: maybe_time(row, 12)?,
        lease_until: maybe_time(row, 13)?,
        breached_at: maybe_time(row, 14)?,
        closed_at: maybe_time(row, 15)?,
        closed_by: owned(row, 16)?,
        input: maybe(row, 17)?
            .map(from_json)
            .transpose()?
            .unwrap_or_default(),
        result: maybe(row, 18)?.map(from_json).transpose()?,
        error: owned(row, 19)?,
        priority: Priority(row.try_get::<u8, _>(20)?),
        list: row.try_get::<u32, _>(21)?,
        clock: maybe(row, 22)?.map(from_json).transpose()?,
    };
    Ok((id(text(row, 1)?)?, task))
}

/// A task with its payload, from [`TASK_COLUMNS`] and then the payload.
pub(super) fn task_row(row: &SqliteRow) -> Result<TaskRow, StoreError> {
    let (run_id, task) = task(row)?;
    let payload = RawValue::from_string(text(row, TASK_WIDTH)?.to_owned())
        .map_err(|error| unreadable("a payload", error))?;
    Ok(TaskRow {
        task,
        run_id,
        workflow: text(row, 2)?.to_owned(),
        payload,
    })
}

/// A run, from its state and its payload.
pub(super) fn run(state: &str, payload: &str) -> Result<Run, StoreError> {
    let mut run: Run = from_json(state)?;
    run.payload = from_json(payload)?;
    Ok(run)
}

/// A run with what the store adds: state, payload, event, stopped, breached, report.
pub(super) fn run_row(row: &SqliteRow) -> Result<RunRow, StoreError> {
    Ok(RunRow {
        run: run(text(row, 0)?, text(row, 1)?)?,
        event_id: id(text(row, 2)?)?,
        stopped: row.try_get(3)?,
        breached: row.try_get(4)?,
        report: owned(row, 5)?,
    })
}

/// An event: id, source, external_id, name, payload, received, runs, reached.
pub(super) fn event(row: &SqliteRow) -> Result<EventRow, StoreError> {
    Ok(EventRow {
        id: id(text(row, 0)?)?,
        source: owned(row, 1)?,
        external_id: owned(row, 2)?,
        name: text(row, 3)?.to_owned(),
        payload: from_json(text(row, 4)?)?,
        received: time(text(row, 5)?)?,
        runs: from_json(text(row, 6)?)?,
        reached: from_json(text(row, 7)?)?,
    })
}

/// A row of the audit trail: n, run_id, seq, at, who, version, command, entries.
pub(super) fn audit(row: &SqliteRow) -> Result<AuditRow, StoreError> {
    Ok(AuditRow {
        n: row.try_get(0)?,
        run_id: maybe(row, 1)?.map(id).transpose()?,
        seq: row.try_get::<Option<i64>, _>(2)?.map(i64::unsigned_abs),
        at: time(text(row, 3)?)?,
        who: text(row, 4)?.to_owned(),
        version: owned(row, 5)?,
        command: from_json(text(row, 6)?)?,
        entries: from_json(text(row, 7)?)?,
    })
}

/// A report: number, receipt_hash, event_id, run_id, filed.
pub(super) fn report(row: &SqliteRow) -> Result<ReportRow, StoreError> {
    Ok(ReportRow {
        number: text(row, 0)?.to_owned(),
        receipt_hash: text(row, 1)?.to_owned(),
        event_id: id(text(row, 2)?)?,
        run_id: id(text(row, 3)?)?,
        filed: time(text(row, 4)?)?,
    })
}

/// A deployed definition: version, id, source, deployed, deployed_by, in_force.
pub(super) fn workflow_version(row: &SqliteRow) -> Result<WorkflowVersion, StoreError> {
    Ok(WorkflowVersion {
        version: text(row, 0)?.to_owned(),
        id: text(row, 1)?.to_owned(),
        source: text(row, 2)?.to_owned(),
        deployed: time(text(row, 3)?)?,
        deployed_by: text(row, 4)?.to_owned(),
        in_force: row.try_get(5)?,
        deployment: 0,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_is_written_as_chrono_would() {
        for text in [
            "2026-11-26T11:16:04.123Z",
            "2026-01-02T03:04:05.006Z",
            "2024-02-29T23:59:59.999999999Z",
            "1969-12-31T23:59:59.001Z",
            "0001-01-01T00:00:00Z",
            "0000-01-01T00:00:00Z",
            "-0001-12-31T23:59:59Z",
            "9999-12-31T23:59:59.999Z",
            "+10000-01-01T00:00:00Z",
            "2016-12-31T23:59:60Z",
        ] {
            let time: Time = text.parse().unwrap();
            let expected = time.to_rfc3339_opts(SecondsFormat::Millis, true);
            assert_eq!(stamp(time), expected, "{text}");
        }
        for day in 0..40_000 {
            let time = crate::clock::moment(day * 86_400_000 + day * 7_919);
            let expected = time.to_rfc3339_opts(SecondsFormat::Millis, true);
            assert_eq!(stamp(time), expected);
        }
    }
}
