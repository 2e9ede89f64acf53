//! What a batch writes, table by table.

use hms_engine::{Timer, WaitsFor};
use sqlx::sqlite::SqliteConnection;
use uuid::Uuid;

use super::encode::{self, json, stamp};
use super::sheet::{self, Table};
use super::write::Bound;
use super::{calendars, cases, files, moved, outbox, personal, reports, retention, sla, trail};
use crate::clock::moment;
use crate::store::chain::{Hash, Heads};
use crate::store::sla_figures::SlaFigures;
use crate::store::{AuditWrite, Batch, EventRow, RunWrite, StoreError, TaskWrite, open_counts};

const EVENTS: (&str, usize, &str) = (
    "INSERT INTO events (id, source, external_id, name, payload, received, runs, reached) \
     SELECT * FROM (VALUES",
    8,
    ") WHERE column1 IS NOT NULL",
);
const RUNS: (&str, usize, &str) = (
    "INSERT INTO runs (id, workflow, version, status, key, event_id, started, ended, seq, stopped, \
     breached, state, parent, waits_human, waits_timer, stuck, audit_hash) SELECT * FROM (VALUES",
    17,
    ") WHERE column1 IS NOT NULL \
     ON CONFLICT (id) DO UPDATE SET status = excluded.status, ended = excluded.ended, \
     seq = excluded.seq, stopped = excluded.stopped, \
     breached = max(breached, excluded.breached), state = excluded.state, \
     waits_human = excluded.waits_human, waits_timer = excluded.waits_timer, \
     stuck = excluded.stuck, audit_hash = excluded.audit_hash",
);
const TASKS: (&str, usize, &str) = (
    "INSERT INTO tasks (id, run_id, workflow, step_id, actor, status, created, expires, attempt, \
     escalated, not_before, claimed_by, claimed_at, lease_until, breached_at, closed_at, closed_by, \
     input, result, error, priority, list, clock, timed) SELECT * FROM (VALUES",
    encode::TASK_WIDTH + 1,
    ") WHERE column1 IS NOT NULL \
     ON CONFLICT (id) DO UPDATE SET status = excluded.status, expires = excluded.expires, \
     attempt = excluded.attempt, not_before = excluded.not_before, \
     claimed_by = excluded.claimed_by, claimed_at = excluded.claimed_at, \
     lease_until = excluded.lease_until, breached_at = excluded.breached_at, \
     closed_at = excluded.closed_at, closed_by = excluded.closed_by, \
     result = excluded.result, error = excluded.error, \
     priority = excluded.priority, clock = excluded.clock, timed = excluded.timed",
);
const TIMERS: (&str, usize, &str) = (
    "INSERT INTO timers (run_id, number, due_ms) SELECT * FROM (VALUES",
    3,
    ") WHERE column1 IS NOT NULL",
);
const TIMERS_OVER: (&str, usize, &str) = (
    "DELETE FROM timers WHERE (run_id, number) IN (VALUES",
    2,
    ")",
);

/// Writes a batch and commits it; begins a transaction when none was begun.
pub(super) async fn batch(
    connection: &mut SqliteConnection,
    mut begun: bool,
    batch: &Batch,
    heads: &mut Heads,
) -> Result<(), StoreError> {
    let audit = heads.chain(&batch.audit);
    if has_seldom(batch) {
        if !begun {
            super::begin(connection).await?;
            begun = true;
        }
        seldom(connection, batch).await?;
    }
    let figures = SlaFigures::of(&batch.sla);
    let mut tables = vec![
        Table::new(EVENTS, 4, &batch.events, event),
        Table::new(RUNS, 4, &batch.runs, |query, write| {
            run(query, write, batch, heads.of(write.run.id))
        }),
        // Nearly every command closes a task and opens another.
        Table::new(TASKS, 8, &batch.tasks, task),
        Table::new(TIMERS, 2, &batch.timers, timer),
        Table::new(
            TIMERS_OVER,
            2,
            &batch.timers_over,
            |query, (run, number)| Ok(query.bind(run.to_string()).bind(*number)),
        ),
        Table::new(
            trail::INSERT,
            4,
            &audit,
            |query, row: &(&AuditWrite, Hash)| trail::bind(query, row),
        ),
        // A handful of figures, however many tasks they count.
        Table::new(sla::DAYS, 1, &figures.days, sla::bind_day),
        Table::new(sla::DURATIONS, 1, &figures.durations, sla::bind_duration),
        Table::new(sla::ACCEPTED, 1, &figures.accepted, sla::bind_duration),
    ];
    if !(batch.personal.is_empty() && batch.personal_ended.is_empty()) {
        let (values, ended) = (&batch.personal, &batch.personal_ended);
        tables.push(Table::new(personal::INSERT, 4, values, personal::bind));
        tables.push(Table::new(retention::INSERT, 4, ended, retention::bind));
    }
    sheet::commit(connection, begun, &tables, batch.latest_ms).await
}

/// Whether a batch has what few have.
fn has_seldom(batch: &Batch) -> bool {
    !(batch.waits.is_empty()
        && batch.counted.is_empty()
        && batch.reports.is_empty()
        && batch.files.is_empty()
        && batch.outbox.is_empty())
        || batch.runs.iter().any(|write| write.moved)
}

async fn seldom(connection: &mut SqliteConnection, batch: &Batch) -> Result<(), StoreError> {
    moved::write(connection, batch).await?;
    cases::write_waits(connection, &batch.waits).await?;
    calendars::write_counted(connection, &batch.counted).await?;
    reports::write(connection, &batch.reports).await?;
    files::claim(connection, &batch.files).await?;
    outbox::write(connection, &batch.outbox).await
}

fn event(query: Bound<'static>, event: &EventRow) -> Result<Bound<'static>, StoreError> {
    Ok(query
        .bind(event.id.to_string())
        .bind(event.source.clone())
        .bind(event.external_id.clone())
        .bind(event.name.clone())
        .bind(json(&event.payload)?)
        .bind(stamp(event.received))
        .bind(json(&event.runs)?)
        .bind(json(&event.reached)?))
}

fn run(
    query: Bound<'static>,
    write: &RunWrite,
    batch: &Batch,
    hash: Hash,
) -> Result<Bound<'static>, StoreError> {
    let run = &write.run;
    // A run that changed has its row already; its event is not written again.
    let event = write
        .began_by
        .map(|event| event.to_string())
        .unwrap_or_default();
    let started = run.started.unwrap_or_else(|| moment(batch.latest_ms));
    let waits = run.waits_for();
    Ok(query
        .bind(run.id.to_string())
        .bind(run.workflow.clone())
        .bind(run.version.clone())
        .bind(run.status.as_str())
        .bind(run.key.clone())
        .bind(event)
        .bind(stamp(started))
        .bind(run.ended.map(stamp))
        .bind(run.seq.cast_signed())
        .bind(!run.incidents.is_empty())
        .bind(write.breached)
        .bind(json(run)?)
        .bind(run.parent.map(|parent| parent.to_string()))
        .bind(waits.contains(&WaitsFor::Human))
        .bind(waits.contains(&WaitsFor::Timer))
        .bind(run.is_stuck())
        .bind(hash.to_vec()))
}

fn task(query: Bound<'static>, write: &TaskWrite) -> Result<Bound<'static>, StoreError> {
    let task = &write.task;
    let input = (!task.input.is_null()).then(|| json(&task.input));
    Ok(query
        .bind(task.id.to_string())
        .bind(write.run_id.to_string())
        .bind(write.workflow.clone())
        .bind(task.step_id.clone())
        .bind(task.actor.to_string())
        .bind(task.status.as_str())
        .bind(stamp(task.created))
        .bind(task.expires.map(stamp))
        .bind(task.attempt)
        .bind(task.escalated)
        .bind(task.not_before.map(stamp))
        .bind(task.claimed_by.clone())
        .bind(task.claimed_at.map(stamp))
        .bind(task.lease_until.map(stamp))
        .bind(task.breached_at.map(stamp))
        .bind(task.closed_at.map(stamp))
        .bind(task.closed_by.clone())
        .bind(input.transpose()?)
        .bind(task.result.as_ref().map(json).transpose()?)
        .bind(task.error.clone())
        .bind(task.priority.0)
        .bind(task.list)
        .bind(task.clock.as_ref().map(json).transpose()?)
        .bind(open_counts::timed(task)))
}

fn timer(
    query: Bound<'static>,
    (run, timer): &(Uuid, Timer),
) -> Result<Bound<'static>, StoreError> {
    Ok(query
        .bind(run.to_string())
        .bind(timer.number)
        .bind(timer.due.timestamp_millis()))
}
