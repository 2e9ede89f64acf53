//! Rows of PostgreSQL's types to what the program works with.

use hms_engine::{Actor, Priority, Run, Task, TaskStatus};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;
use sqlx::Row;
use sqlx::postgres::PgRow;
use uuid::Uuid;

use crate::store::{AuditRow, EventRow, ReportRow, RunRow, StoreError, TaskRow, WorkflowVersion};

/// JSON as stored.
pub(super) fn json<T: Serialize>(value: &T) -> Result<String, StoreError> {
    serde_json::to_string(value).map_err(|error| StoreError::Unreadable(error.to_string()))
}

fn unreadable(what: &str, error: impl std::fmt::Display) -> StoreError {
    StoreError::Unreadable(format!("{what}: {error}"))
}

pub(super) fn from_json<T: DeserializeOwned>(text: &str) -> Result<T, StoreError> {
    serde_json::from_str(text).map_err(|error| unreadable("JSON", error))
}

/// Every row, read.
pub(super) fn each<T>(
    rows: &[PgRow],
    read: impl Fn(&PgRow) -> Result<T, StoreError>,
) -> Result<Vec<T>, StoreError> {
    rows.iter().map(read).collect()
}

/// A count.
pub(super) fn count(row: &PgRow, column: usize) -> Result<u64, StoreError> {
    Ok(row.try_get::<i64, _>(column)?.unsigned_abs())
}

/// The columns [`task`] reads, of `tasks` named `t`.
pub(super) const TASK_COLUMNS: &str = "t.id, t.run_id, t.workflow, t.step_id, t.actor, t.status, \
    t.created, t.expires, t.attempt, t.escalated, t.not_before, t.claimed_by, t.claimed_at, \
    t.lease_until, t.breached_at, t.closed_at, t.closed_by, t.input::text, t.result::text, \
    t.error, t.priority, t.list, t.clock::text";

/// How many columns those are.
const TASK_WIDTH: usize = 23;

/// What a column of JSON holds, if anything.
fn maybe_json_of<T: DeserializeOwned>(row: &PgRow, column: usize) -> Result<Option<T>, StoreError> {
    let text: Option<&str> = row.try_get(column)?;
    text.map(from_json).transpose()
}

/// A task and its run, from [`TASK_COLUMNS`].
pub(super) fn task(row: &PgRow) -> Result<(Uuid, Task), StoreError> {
    let actor: Actor = row
        .try_get::<&str, _>(4)?
        .parse()
        .map_err(|error| unreadable("an actor", error))?;
    let status: &str = row.try_get(5)?;
    let status =
        TaskStatus::from_word(status).ok_or_else(|| unreadable("a task's status", status))?;
    let priority = row.try_get::<i16, _>(20)?;
    let task = Task {
        id: row.try_get(0)?,
        step_id: row.try_get(3)?,
        actor,
        status,
        created: row.try_get(6)?,
        expires: row.try_get(7)?,
        attempt: row.try_get::<i32, _>(8)?.cast_unsigned(),
        escalated: row.try_get(9)?,
        not_before: row.try_get(10)?,
        claimed_by: row.try_get(11)?,
        claimed_at: row.try_get(12)?,
        lease_until: row.try_get(13)?,
        breached_at: row.try_get(14)?,
        closed_at: row.try_get(15)?,
        closed_by: row.try_get(16)?,
        input: maybe_json_of(row, 17)?.unwrap_or_default(),
        result: maybe_json_of(row, 18)?,
        error: row.try_get(19)?,
        priority: Priority(
            u8::try_from(priority).map_err(|error| unreadable("a priority", error))?,
        ),
        list: row.try_get::<i32, _>(21)?.cast_unsigned(),
        clock: maybe_json_of(row, 22)?,
    };
    Ok((row.try_get(1)?, task))
}

/// A task with its payload, from [`TASK_COLUMNS`] and then the payload.
pub(super) fn task_row(row: &PgRow) -> Result<TaskRow, StoreError> {
    let (run_id, task) = task(row)?;
    let payload = RawValue::from_string(row.try_get(TASK_WIDTH)?)
        .map_err(|error| unreadable("a payload", error))?;
    Ok(TaskRow {
        task,
        run_id,
        workflow: row.try_get(2)?,
        payload,
    })
}

/// A run, from its state and its payload.
pub(super) fn run(row: &PgRow) -> Result<Run, StoreError> {
    let mut run: Run = from_json(row.try_get(0)?)?;
    run.payload = from_json(row.try_get(1)?)?;
    Ok(run)
}

/// A run with what the store adds: state, payload, event, stopped, breached, report.
pub(super) fn run_row(row: &PgRow) -> Result<RunRow, StoreError> {
    Ok(RunRow {
        run: run(row)?,
        event_id: row.try_get(2)?,
        stopped: row.try_get(3)?,
        breached: row.try_get(4)?,
        report: row.try_get(5)?,
    })
}

/// The columns [`event`] reads, of `events` named `e`.
pub(super) const EVENT_COLUMNS: &str = "e.id, e.source, e.external_id, e.name, e.payload::text, e.received, e.runs::text, \
     e.reached::text";

/// An event, from [`EVENT_COLUMNS`].
pub(super) fn event(row: &PgRow) -> Result<EventRow, StoreError> {
    Ok(EventRow {
        id: row.try_get(0)?,
        source: row.try_get(1)?,
        external_id: row.try_get(2)?,
        name: row.try_get(3)?,
        payload: from_json(row.try_get(4)?)?,
        received: row.try_get(5)?,
        runs: from_json(row.try_get(6)?)?,
        reached: from_json(row.try_get(7)?)?,
    })
}

/// A row of the audit trail: n, run_id, seq, at, who, version, command, entries.
pub(super) fn audit(row: &PgRow) -> Result<AuditRow, StoreError> {
    Ok(AuditRow {
        n: row.try_get(0)?,
        run_id: row.try_get(1)?,
        seq: row.try_get::<Option<i64>, _>(2)?.map(i64::unsigned_abs),
        at: row.try_get(3)?,
        who: row.try_get(4)?,
        version: row.try_get(5)?,
        command: from_json(row.try_get(6)?)?,
        entries: from_json(row.try_get(7)?)?,
    })
}

/// A report: number, receipt_hash, event_id, run_id, filed.
pub(super) fn report(row: &PgRow) -> Result<ReportRow, StoreError> {
    Ok(ReportRow {
        number: row.try_get(0)?,
        receipt_hash: row.try_get(1)?,
        event_id: row.try_get(2)?,
        run_id: row.try_get(3)?,
        filed: row.try_get(4)?,
    })
}

/// The columns [`workflow_version`] reads.
pub(super) const VERSION_COLUMNS: &str =
    "version, id, source, deployed, deployed_by, in_force, deployment";

/// A deployed definition, from [`VERSION_COLUMNS`].
pub(super) fn workflow_version(row: &PgRow) -> Result<WorkflowVersion, StoreError> {
    Ok(WorkflowVersion {
        version: row.try_get(0)?,
        id: row.try_get(1)?,
        source: row.try_get(2)?,
        deployed: row.try_get(3)?,
        deployed_by: row.try_get(4)?,
        in_force: row.try_get(5)?,
        deployment: row.try_get(6)?,
    })
}
