//! Everything a batch did: each column of a table goes over as one array. Rows that two
//! nodes may both want (an event by its sender's name, a report's number, an SLA figure) are written
//! in the order of their keys, so that nodes cannot wait for each other in a circle.

use std::borrow::Cow;

use hms_engine::{Timer, WaitsFor};
use sqlx::postgres::{PgArguments, PgConnection};
use sqlx::query::Query;
use sqlx::{Postgres, query};
use uuid::Uuid;

use super::able::Able;
use super::at_once::{self, Bound, Part};
use super::decode::json;
use super::outcome::{Mark, MarkRow};
use super::turn::{self, Turn};
use super::{PostgresStore, calendars, cases, files, moved, news, personal, retention, sla};
use crate::clock::moment;
use crate::store::chain::{Hash, Heads};
use crate::store::sla_figures::SlaFigures;
use crate::store::{
    AuditWrite, Batch, Changes, EventRow, NoticeWrite, ReportRow, RunWrite, StoreError, TaskWrite,
    open_counts,
};

/// Text as PostgreSQL takes it: it has no NUL. What people and workers wrote is kept whole as JSON;
/// this is for the columns beside it.
pub(super) fn plain(text: &str) -> Cow<'_, str> {
    if text.contains('\0') {
        Cow::Owned(text.replace('\0', "\u{fffd}"))
    } else {
        Cow::Borrowed(text)
    }
}

/// The same of a list; none stays none.
pub(super) fn plain_list(texts: Option<&[String]>) -> Option<Vec<String>> {
    texts.map(|texts| texts.iter().map(|text| plain(text).into_owned()).collect())
}

pub(super) fn maybe(text: Option<&String>) -> Option<Cow<'_, str>> {
    text.map(|text| plain(text))
}

/// One column of all rows.
pub(super) fn column<'r, R, C>(rows: &[&'r R], of: impl Fn(&'r R) -> C) -> Vec<C> {
    rows.iter().map(|row| of(row)).collect()
}

/// One column of all rows, as JSON text.
fn texts<'r, R>(
    rows: &[&'r R],
    of: impl Fn(&'r R) -> Result<String, StoreError>,
) -> Result<Vec<String>, StoreError> {
    rows.iter().map(|row| of(row)).collect()
}

/// Writes all rows of a writer's batch, tells the other nodes, and gives what the transaction is known by once it is over.
pub(super) async fn batch(
    connection: &mut PgConnection,
    (store, writer): (&PostgresStore, Uuid),
    batch: &Batch,
    heads: &mut Heads,
) -> Result<Mark, StoreError> {
    let (able, node) = (&store.able, store.node);
    let audit = heads.chain(&batch.audit);
    let turn = turn::turn(connection, able, audit.len()).await?;
    reports(connection, &batch.reports).await?;
    moved::write(connection, able, batch).await?;
    cases::write_waits(connection, &batch.waits).await?;
    calendars::write_counted(connection, &batch.counted).await?;
    files::claim(connection, &batch.files).await?;
    outbox(connection, able, &batch.outbox).await?;
    let (new, changed): (Vec<_>, Vec<_>) = batch.runs.iter().partition(|w| w.began_by.is_some());
    let (opened, others): (Vec<_>, Vec<_>) = batch.tasks.iter().partition(|write| write.new);
    let timers: Vec<_> = batch.timers.iter().collect();
    let over: Vec<_> = batch.timers_over.iter().collect();
    let values: Vec<_> = batch.personal.iter().collect();
    let ended: Vec<_> = batch.personal_ended.iter().collect();
    let audit: Vec<_> = audit.iter().collect();
    let row = MarkRow::of(&audit);
    let events = in_order(&batch.events);
    let figures = SlaFigures::of(&batch.sla);
    let mut parts = vec![
        new_events(&events),
        new_runs(&new, batch.latest_ms, heads),
        changed_runs(&changed, heads),
        new_tasks(&opened),
        changed_tasks(&others),
        timers_set(&timers),
        timers_over(&over),
        personal::put(&values),
        retention::put(&ended),
        audit_rows(&audit, turn),
        latest(writer, batch.latest_ms),
    ];
    if able.calls {
        parts.push(news::tell(node, &Changes::of(batch)));
    }
    // Rows that every node wants, so they are held no longer than need be.
    parts.extend(sla::parts(&figures));
    let number = at_once::run(connection, able, parts, able.outcomes).await?;
    Ok(Mark::new(number, row))
}

/// Runs a statement that must touch so many rows; others mean that another node was first.
pub(super) async fn all_of(
    connection: &mut PgConnection,
    what: &str,
    rows: usize,
    statement: Query<'_, Postgres, PgArguments>,
) -> Result<(), StoreError> {
    let done = statement.execute(connection).await?.rows_affected();
    if done == rows as u64 {
        return Ok(());
    }
    Err(StoreError::Conflict(format!("{done} of {rows} {what}")))
}

/// Events in the order of their keys.
fn in_order(rows: &[EventRow]) -> Vec<&EventRow> {
    let mut rows: Vec<&EventRow> = rows.iter().collect();
    rows.sort_by_key(|event| (&event.source, &event.external_id));
    rows
}

fn new_events<'p>(rows: &'p [&'p EventRow]) -> Part<'p> {
    let sql = "INSERT INTO events (id, source, external_id, name, payload, received, runs, reached) \
         SELECT id, source, external_id, name, payload::json, received, runs::json, reached::json \
         FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[], \
         $6::timestamptz[], $7::text[], $8::text[]) \
         AS new (id, source, external_id, name, payload, received, runs, reached) \
         ON CONFLICT (source, external_id) WHERE external_id IS NOT NULL DO NOTHING";
    Part::new(("events", rows.len()), (sql, 8), move |statement| {
        Ok(statement
            .bind(column(rows, |event| event.id))
            .bind(column(rows, |event| maybe(event.source.as_ref())))
            .bind(column(rows, |event| maybe(event.external_id.as_ref())))
            .bind(column(rows, |event| plain(&event.name)))
            .bind(texts(rows, |event| json(&event.payload))?)
            .bind(column(rows, |event| event.received))
            .bind(texts(rows, |event| json(&event.runs))?)
            .bind(texts(rows, |event| json(&event.reached))?))
    })
}

async fn reports(connection: &mut PgConnection, rows: &[ReportRow]) -> Result<(), StoreError> {
    if rows.is_empty() {
        return Ok(());
    }
    let mut rows: Vec<&ReportRow> = rows.iter().collect();
    rows.sort_by_key(|report| &report.number);
    let statement = query(
        "INSERT INTO reports (number, receipt_hash, event_id, run_id, filed) \
         SELECT * FROM unnest($1::text[], $2::text[], $3::uuid[], $4::uuid[], $5::timestamptz[]) \
         ON CONFLICT (number) DO NOTHING",
    )
    .bind(column(&rows, |report| report.number.as_str()))
    .bind(column(&rows, |report| report.receipt_hash.as_str()))
    .bind(column(&rows, |report| report.event_id))
    .bind(column(&rows, |report| report.run_id))
    .bind(column(&rows, |report| report.filed));
    all_of(connection, "reports", rows.len(), statement).await
}

fn waits(write: &RunWrite, what: WaitsFor) -> bool {
    write.run.waits_for().contains(&what)
}

fn new_runs<'p>(rows: &'p [&'p RunWrite], latest_ms: i64, heads: &'p Heads) -> Part<'p> {
    let now = moment(latest_ms);
    let sql = "INSERT INTO runs (id, workflow, version, status, key, event_id, started, ended, seq, \
         stopped, breached, state, parent, waits_human, waits_timer, stuck, audit_hash) \
         SELECT id, workflow, version, status, key, event_id, started, ended, seq, stopped, \
         breached, state::json, parent, waits_human, waits_timer, stuck, audit_hash \
         FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[], $6::uuid[], \
         $7::timestamptz[], $8::timestamptz[], $9::bigint[], $10::boolean[], $11::boolean[], \
         $12::text[], $13::uuid[], $14::boolean[], $15::boolean[], $16::boolean[], $17::bytea[]) AS new \
         (id, workflow, version, status, key, event_id, started, ended, seq, stopped, breached, \
         state, parent, waits_human, waits_timer, stuck, audit_hash)";
    Part::new(("new runs", rows.len()), (sql, 17), move |statement| {
        Ok(statement
            .bind(column(rows, |write| write.run.id))
            .bind(column(rows, |write| write.run.workflow.as_str()))
            .bind(column(rows, |write| write.run.version.as_str()))
            .bind(column(rows, |write| write.run.status.as_str()))
            .bind(column(rows, |write| maybe(write.run.key.as_ref())))
            .bind(column(rows, |write| write.began_by.unwrap_or_default()))
            .bind(column(rows, |write| write.run.started.unwrap_or(now)))
            .bind(column(rows, |write| write.run.ended))
            .bind(column(rows, |write| write.run.seq.cast_signed()))
            .bind(column(rows, |write| !write.run.incidents.is_empty()))
            .bind(column(rows, |write| write.breached))
            .bind(texts(rows, |write| json(&write.run))?)
            .bind(column(rows, |write| write.run.parent))
            .bind(column(rows, |write| waits(write, WaitsFor::Human)))
            .bind(column(rows, |write| waits(write, WaitsFor::Timer)))
            .bind(column(rows, |write| write.run.is_stuck()))
            .bind(column(rows, |write| heads.of(write.run.id).to_vec())))
    })
}

fn changed_runs<'p>(rows: &'p [&'p RunWrite], heads: &'p Heads) -> Part<'p> {
    // The row is locked since it was read; that its seq grows is the proof.
    let sql = "UPDATE runs SET status = new.status, ended = new.ended, seq = new.seq, \
         stopped = new.stopped, breached = runs.breached OR new.breached, state = new.state::json, \
         waits_human = new.waits_human, waits_timer = new.waits_timer, stuck = new.stuck, \
         audit_hash = new.audit_hash \
         FROM unnest($1::uuid[], $2::text[], $3::timestamptz[], $4::bigint[], $5::boolean[], \
         $6::boolean[], $7::text[], $8::boolean[], $9::boolean[], $10::boolean[], $11::bytea[]) \
         AS new (id, status, ended, seq, stopped, breached, state, waits_human, waits_timer, \
         stuck, audit_hash) \
         WHERE runs.id = new.id AND runs.seq < new.seq";
    Part::new(("changed runs", rows.len()), (sql, 11), move |statement| {
        Ok(statement
            .bind(column(rows, |write| write.run.id))
            .bind(column(rows, |write| write.run.status.as_str()))
            .bind(column(rows, |write| write.run.ended))
            .bind(column(rows, |write| write.run.seq.cast_signed()))
            .bind(column(rows, |write| !write.run.incidents.is_empty()))
            .bind(column(rows, |write| write.breached))
            .bind(texts(rows, |write| json(&write.run))?)
            .bind(column(rows, |write| waits(write, WaitsFor::Human)))
            .bind(column(rows, |write| waits(write, WaitsFor::Timer)))
            .bind(column(rows, |write| write.run.is_stuck()))
            .bind(column(rows, |write| heads.of(write.run.id).to_vec())))
    })
}

fn new_tasks<'p>(rows: &'p [&'p TaskWrite]) -> Part<'p> {
    let input = |write: &TaskWrite| -> Result<_, StoreError> {
        let input = &write.task.input;
        (!input.is_null()).then(|| json(input)).transpose()
    };
    let sql = "INSERT INTO tasks (id, run_id, workflow, step_id, actor, status, created, expires, \
         attempt, escalated, not_before, claimed_by, claimed_at, lease_until, breached_at, \
         closed_at, closed_by, input, result, error, priority, list, clock, timed) \
         SELECT id, run_id, workflow, step_id, actor, status, created, expires, attempt, \
         escalated, not_before, claimed_by, claimed_at, lease_until, breached_at, closed_at, \
         closed_by, input::json, result::json, error, priority, list, clock::json, timed \
         FROM unnest($1::uuid[], $2::text[], $3::timestamptz[], $4::integer[], $5::timestamptz[], \
         $6::text[], $7::timestamptz[], $8::timestamptz[], $9::timestamptz[], $10::timestamptz[], \
         $11::text[], $12::text[], $13::text[], $14::smallint[], $15::text[], $16::smallint[], \
         $17::uuid[], $18::text[], $19::text[], $20::text[], $21::timestamptz[], $22::boolean[], \
         $23::integer[], $24::text[]) AS new (id, status, expires, attempt, not_before, \
         claimed_by, claimed_at, lease_until, breached_at, closed_at, closed_by, result, error, \
         priority, clock, timed, run_id, workflow, step_id, actor, created, escalated, list, input)";
    Part::new(("new tasks", rows.len()), (sql, 24), move |statement| {
        let inputs = rows.iter().map(|row| input(row));
        let inputs: Vec<Option<String>> = inputs.collect::<Result<_, _>>()?;
        Ok(changing(statement, rows)?
            .bind(column(rows, |write| write.run_id))
            .bind(column(rows, |write| write.workflow.as_str()))
            .bind(column(rows, |write| write.task.step_id.as_str()))
            .bind(column(rows, |write| write.task.actor.to_string()))
            .bind(column(rows, |write| write.task.created))
            .bind(column(rows, |write| write.task.escalated))
            .bind(column(rows, |write| write.task.list.cast_signed()))
            .bind(inputs))
    })
}

fn changed_tasks<'p>(rows: &'p [&'p TaskWrite]) -> Part<'p> {
    let sql = "UPDATE tasks SET status = new.status, expires = new.expires, attempt = new.attempt, \
         not_before = new.not_before, claimed_by = new.claimed_by, claimed_at = new.claimed_at, \
         lease_until = new.lease_until, breached_at = new.breached_at, \
         closed_at = new.closed_at, closed_by = new.closed_by, result = new.result::json, \
         error = new.error, priority = new.priority, clock = new.clock::json, timed = new.timed \
         FROM unnest($1::uuid[], $2::text[], $3::timestamptz[], $4::integer[], $5::timestamptz[], \
         $6::text[], $7::timestamptz[], $8::timestamptz[], $9::timestamptz[], $10::timestamptz[], \
         $11::text[], $12::text[], $13::text[], $14::smallint[], $15::text[], \
         $16::smallint[]) AS new (id, status, expires, attempt, not_before, claimed_by, claimed_at, lease_until, breached_at, closed_at, \
         closed_by, result, error, priority, clock, timed) WHERE tasks.id = new.id";
    Part::new(("changed tasks", rows.len()), (sql, 16), move |statement| {
        changing(statement, rows)
    })
}

/// Binds the columns of a task that change in its life, `$1` to `$16`.
fn changing<'q>(statement: Bound<'q>, rows: &[&'q TaskWrite]) -> Result<Bound<'q>, StoreError> {
    let results: Vec<Option<String>> = rows
        .iter()
        .map(|write| write.task.result.as_ref().map(json).transpose())
        .collect::<Result<_, _>>()?;
    let clocks: Vec<Option<String>> = rows
        .iter()
        .map(|write| write.task.clock.as_ref().map(json).transpose())
        .collect::<Result<_, _>>()?;
    Ok(statement
        .bind(column(rows, |write| write.task.id))
        .bind(column(rows, |write| write.task.status.as_str()))
        .bind(column(rows, |write| write.task.expires))
        .bind(column(rows, |write| write.task.attempt.cast_signed()))
        .bind(column(rows, |write| write.task.not_before))
        .bind(column(rows, |write| maybe(write.task.claimed_by.as_ref())))
        .bind(column(rows, |write| write.task.claimed_at))
        .bind(column(rows, |write| write.task.lease_until))
        .bind(column(rows, |write| write.task.breached_at))
        .bind(column(rows, |write| write.task.closed_at))
        .bind(column(rows, |write| maybe(write.task.closed_by.as_ref())))
        .bind(results)
        .bind(column(rows, |write| maybe(write.task.error.as_ref())))
        .bind(column(rows, |write| i16::from(write.task.priority.0)))
        .bind(clocks)
        .bind(column(rows, |write| {
            i16::from(open_counts::timed(&write.task))
        })))
}

fn timers_set<'p>(rows: &'p [&'p (Uuid, Timer)]) -> Part<'p> {
    let sql = "INSERT INTO timers (run_id, number, due) \
               SELECT * FROM unnest($1::uuid[], $2::integer[], $3::timestamptz[])";
    Part::new(("timers", rows.len()), (sql, 3), move |statement| {
        Ok(statement
            .bind(column(rows, |(run, _)| *run))
            .bind(column(rows, |(_, timer)| timer.number.cast_signed()))
            .bind(column(rows, |(_, timer)| timer.due)))
    })
}

fn timers_over<'p>(rows: &'p [&'p (Uuid, u32)]) -> Part<'p> {
    let sql = "DELETE FROM timers USING unnest($1::uuid[], $2::integer[]) AS gone (run_id, number) \
               WHERE timers.run_id = gone.run_id AND timers.number = gone.number";
    Part::new(("timers over", rows.len()), (sql, 2), move |statement| {
        Ok(statement
            .bind(column(rows, |(run, _)| *run))
            .bind(column(rows, |(_, number)| number.cast_signed())))
    })
    .or_fewer()
}

const AUDIT: &str = "INSERT INTO audit (run_id, seq, at, who, version, command, entries, hash) \
    SELECT run_id, seq, at, who, version, command::json, entries::json, hash \
    FROM unnest($1::uuid[], $2::bigint[], $3::timestamptz[], $4::text[], $5::text[], \
    $6::text[], $7::text[], $8::bytea[]) \
    AS new (run_id, seq, at, who, version, command, entries, hash)";
/// The same with numbers that were given before.
const AUDIT_IN_TURN: &str = "INSERT INTO audit \
    (n, run_id, seq, at, who, version, command, entries, hash) OVERRIDING SYSTEM VALUE \
    SELECT n, run_id, seq, at, who, version, command::json, entries::json, hash \
    FROM unnest($1::uuid[], $2::bigint[], $3::timestamptz[], $4::text[], $5::text[], \
    $6::text[], $7::text[], $8::bytea[], $9::bigint[]) \
    AS new (run_id, seq, at, who, version, command, entries, hash, n)";

fn audit_rows<'p>(rows: &'p [&'p (&'p AuditWrite, Hash)], turn: Option<Turn>) -> Part<'p> {
    let sql = match turn {
        None => (AUDIT, 8),
        Some(_) => (AUDIT_IN_TURN, 9),
    };
    Part::new(("audit rows", rows.len()), sql, move |statement| {
        let statement = statement
            .bind(column(rows, |(row, _)| row.run_id))
            .bind(column(rows, |(row, _)| row.seq.map(u64::cast_signed)))
            .bind(column(rows, |(row, _)| row.at))
            .bind(column(rows, |(row, _)| plain(&row.who)))
            .bind(column(rows, |(row, _)| row.version.as_deref()))
            .bind(column(rows, |(row, _)| row.command.as_str()))
            .bind(column(rows, |(row, _)| row.entries.as_str()))
            .bind(column(rows, |(_, hash)| hash.to_vec()));
        Ok(match turn {
            None => statement,
            Some(turn) => statement.bind(turn.numbers()),
        })
    })
}

/// The latest moment this node has committed.
fn latest<'p>(node: Uuid, latest_ms: i64) -> Part<'p> {
    let sql = "INSERT INTO clock_latest (node, latest_ms) VALUES ($1, $2) ON CONFLICT (node) \
               DO UPDATE SET latest_ms = greatest(clock_latest.latest_ms, excluded.latest_ms)";
    Part::new(("clock", 1), (sql, 2), move |statement| {
        Ok(statement.bind(node).bind(latest_ms))
    })
}

/// Keeps what people are to be told.
async fn outbox(
    connection: &mut PgConnection,
    able: &Able,
    notices: &[NoticeWrite],
) -> Result<(), StoreError> {
    if notices.is_empty() {
        return Ok(());
    }
    let rows: Vec<&NoticeWrite> = notices.iter().collect();
    let sql = "INSERT INTO outbox (id, run_id, task_id, workflow, step_id, who, at_percent, deadline, \
         created) \
         SELECT id, run_id, task_id, workflow, step_id, who::json, at_percent, deadline, created \
         FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::text[], $5::text[], $6::text[], \
         $7::integer[], $8::timestamptz[], $9::timestamptz[]) AS new (id, run_id, task_id, \
         workflow, step_id, who, at_percent, deadline, created)";
    query(able.writing(sql))
        .bind(column(&rows, |notice| notice.id))
        .bind(column(&rows, |notice| notice.run_id))
        .bind(column(&rows, |notice| notice.about.task))
        .bind(column(&rows, |notice| notice.workflow.as_str()))
        .bind(column(&rows, |notice| notice.about.step.as_str()))
        .bind(texts(&rows, |notice| json(&notice.who))?)
        .bind(column(&rows, |notice| notice.about.at.cast_signed()))
        .bind(column(&rows, |notice| notice.about.deadline))
        .bind(column(&rows, |notice| notice.created))
        .execute(connection)
        .await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_with_a_nul_is_written_without_it() {
        assert_eq!(plain("a\0b"), "a\u{fffd}b");
        assert!(matches!(plain("ab"), Cow::Borrowed("ab")));
    }
}
