//! What a turn reads, and the locks it takes first.
//!
//! Runs named by the work are locked in the order of their ids, waiting for whoever has them; only
//! then runs with free tasks or due timers, passing over those another node is at. Who waits holds
//! only runs of lower ids, and who passes over never waits: nodes cannot wait for each other in a
//! circle. Everything is read after the locks, so it is as the last writer left it. Runs that call each
//! other are locked as the turn comes to them, so there two nodes may meet: the database ends one of the two
//! turns, and it is done again.

use std::collections::{BTreeMap, HashMap};

use hms_engine::{ActorPattern, Run, Task};
use sqlx::postgres::{PgConnection, PgRow};
use sqlx::{AssertSqlSafe, Postgres, QueryBuilder, Row};
use uuid::Uuid;

use super::able::Able;
use super::decode::{self, EVENT_COLUMNS, TASK_COLUMNS, VERSION_COLUMNS, each};
use super::lists::{DIALECT, ask};
use super::write::plain;
use super::{calendars, cases, files};
use crate::store::chain::{BEGINNING, Heads, kept};
use crate::store::hot::{HotForAll, HotRuns};
use crate::store::{
    CalendarVersion, DueTimers, Loaded, Needed, StoreError, WorkflowVersion, free_tasks,
};

/// How many runs the turn of another node may be at: a batch, or as many due timers.
const BATCH_MAX: u32 = 512;

/// Locks and reads all that a batch needs; `known` is the last deployment this node knows of.
pub(super) async fn all(
    connection: &mut PgConnection,
    able: &Able,
    (hot, heads): (&HotForAll, &mut Heads),
    known: &mut i64,
    needed: &Needed,
) -> Result<Loaded, StoreError> {
    let mut loaded = Loaded::default();
    let mut running = Vec::new();
    if !needed.cases.is_empty() {
        (running, loaded.crowded) = cases::find(connection, &needed.cases).await?;
    }
    let mut locked = named(connection, hot, needed, running).await?;
    for (actor, limit) in &needed.free {
        let asked = (actor, *limit);
        let (free, passed_over) = free(connection, able, asked, needed, &mut locked).await?;
        loaded.free.push(free);
        loaded.passed_over |= passed_over;
    }
    if needed.due > 0 {
        loaded.due = due(connection, able, needed, &mut locked).await?;
    }
    if let Some(behind) = &needed.behind {
        loaded.behind = calendars::find_behind(connection, able, behind, &mut locked).await?;
    }
    let cold = warm(&mut hot.lock(), heads, &locked, &mut loaded.runs);
    if !cold.is_empty() {
        loaded.runs.extend(runs(connection, &cold, heads).await?);
    }
    loaded.tasks = tasks(connection, &loaded.runs, &needed.tasks).await?;
    if !needed.origins.is_empty() {
        let sql = format!(
            "SELECT {EVENT_COLUMNS} FROM unnest($1::text[], $2::text[]) AS o (source, id) \
             JOIN events e ON e.source = o.source AND e.external_id = o.id"
        );
        let (sources, ids): (Vec<_>, Vec<_>) = needed
            .origins
            .iter()
            .map(|(source, id)| (plain(source), plain(id)))
            .unzip();
        let rows = sqlx::query(AssertSqlSafe(sql))
            .bind(sources)
            .bind(ids)
            .fetch_all(&mut *connection)
            .await?;
        loaded.events = each(&rows, decode::event)?;
    }
    if !needed.numbers.is_empty() {
        loaded.numbers = sqlx::query_scalar("SELECT number FROM reports WHERE number = ANY($1)")
            .bind(&needed.numbers)
            .fetch_all(&mut *connection)
            .await?;
    }
    if !needed.files.is_empty() {
        loaded.files = files::locked(connection, &needed.files).await?;
    }
    // A run read here may have begun at another node with a version deployed there, or be counted by
    // a calendar deployed there.
    if needed.starts || !cold.is_empty() {
        (loaded.deployed, loaded.calendars) = deployed(connection, known).await?;
    }
    Ok(loaded)
}

/// Run → the `seq` of its locked row.
pub(super) type Locked = BTreeMap<Uuid, i64>;

/// More runs for a turn under way: the callers of those that ended, or what others called.
pub(super) async fn more(
    connection: &mut PgConnection,
    (hot, heads): (&HotForAll, &mut Heads),
    known: &mut i64,
    ids: &[Uuid],
) -> Result<Loaded, StoreError> {
    let mut loaded = Loaded::default();
    let locked = lock(connection, ids).await?;
    let cold = warm(&mut hot.lock(), heads, &locked, &mut loaded.runs);
    if !cold.is_empty() {
        loaded.runs.extend(runs(connection, &cold, heads).await?);
        (loaded.deployed, loaded.calendars) = deployed(connection, known).await?;
    }
    Ok(loaded)
}

/// Locks the runs that the work names, by themselves or by a task, and the running cases that its
/// events may be for.
async fn named(
    connection: &mut PgConnection,
    hot: &HotForAll,
    needed: &Needed,
    running: Vec<Uuid>,
) -> Result<Locked, StoreError> {
    let mut wanted = needed.runs.clone();
    wanted.extend(running);
    let mut strangers = Vec::new();
    {
        let hot = hot.lock();
        for task in &needed.tasks {
            match hot.run_of(*task) {
                Some(run) => wanted.push(run),
                None => strangers.push(*task),
            }
        }
    }
    if !strangers.is_empty() {
        let runs: Vec<Uuid> = sqlx::query_scalar("SELECT run_id FROM tasks WHERE id = ANY($1)")
            .bind(&strangers)
            .fetch_all(&mut *connection)
            .await?;
        wanted.extend(runs);
    }
    if wanted.is_empty() {
        return Ok(Locked::new());
    }
    lock(connection, &wanted).await
}

async fn lock(connection: &mut PgConnection, wanted: &[Uuid]) -> Result<Locked, StoreError> {
    let rows =
        sqlx::query("SELECT id, seq FROM runs WHERE id = ANY($1) ORDER BY id FOR NO KEY UPDATE")
            .bind(wanted)
            .fetch_all(connection)
            .await?;
    rows.iter()
        .map(|row| Ok((row.try_get(0)?, row.try_get(1)?)))
        .collect()
}

/// Free tasks in the order of hand-out, each with its run; and whether there are more than could be
/// had because another node is at their runs.
async fn free(
    connection: &mut PgConnection,
    able: &Able,
    (actor, limit): (&ActorPattern, u32),
    needed: &Needed,
    locked: &mut Locked,
) -> Result<(Vec<(Uuid, Uuid)>, bool), StoreError> {
    let lock = format!(" FOR NO KEY UPDATE OF r{}", able.skip_locked());
    let wanted = free_tasks::Wanted {
        columns: "t.id, t.run_id, r.seq",
        actor,
        limit,
        // Its turn has no more than these.
        spare: BATCH_MAX,
        lock: &lock,
    };
    let statement = free_tasks::rows(DIALECT, wanted, needed);
    let rows = ask(statement).fetch_all(&mut *connection).await?;
    let found = taken(&rows, locked, |row| Ok((row.try_get(0)?, row.try_get(1)?)))?;
    if found.len() >= limit as usize {
        return Ok((found, false));
    }
    // Of one more than were had, one at least was passed over, if there are so many.
    let all = free_tasks::Wanted {
        columns: "t.id",
        limit: u32::try_from(found.len()).unwrap_or(limit) + 1,
        spare: 0,
        lock: "",
        ..wanted
    };
    let statement = free_tasks::rows(DIALECT, all, needed);
    let rows = ask(statement).fetch_all(connection).await?;
    let all: Vec<Uuid> = each(&rows, |row| Ok(row.try_get(0)?))?;
    let had = |task: &Uuid| found.iter().any(|(found, _)| found == task);
    let passed_over = !all.iter().all(had);
    Ok((found, passed_over))
}

/// The condition that the run of a row `t` is of no version that is left alone.
fn left_alone(query: &mut QueryBuilder<Postgres>, needed: &Needed) {
    if needed.left_alone.is_empty() {
        return;
    }
    query.push(" AND NOT EXISTS (SELECT 1 FROM runs o WHERE o.id = t.run_id AND o.version = ANY(");
    query.push_bind(needed.left_alone.clone()).push("))");
}

/// The timers due by a moment, earliest first.
async fn due(
    connection: &mut PgConnection,
    able: &Able,
    needed: &Needed,
    locked: &mut Locked,
) -> Result<DueTimers, StoreError> {
    let mut query = QueryBuilder::<Postgres>::new(
        "SELECT t.number, t.run_id, r.seq FROM timers t JOIN runs r ON r.id = t.run_id \
         WHERE t.due <= ",
    );
    query.push_bind(needed.now);
    left_alone(&mut query, needed);
    query.push(" ORDER BY t.due LIMIT ");
    query.push_bind(i64::from(needed.due));
    query
        .push(" FOR NO KEY UPDATE OF r")
        .push(able.skip_locked());
    let rows = query.build().fetch_all(&mut *connection).await?;
    let more = rows.len() >= needed.due as usize;
    let mut runs = taken(&rows, locked, |row| Ok(row.try_get(1)?))?;
    runs.sort_unstable();
    runs.dedup();
    let mut query =
        QueryBuilder::<Postgres>::new("SELECT t.due FROM timers t WHERE NOT (t.due <= ");
    query.push_bind(needed.now);
    query.push(" AND t.run_id = ANY(");
    query.push_bind(runs.clone()).push("))");
    left_alone(&mut query, needed);
    query.push(" ORDER BY t.due LIMIT 1");
    let row = query.build().fetch_optional(connection).await?;
    let next = row.map(|row| row.try_get(0)).transpose()?;
    Ok(DueTimers { runs, more, next })
}

/// Notes the locks of rows of (…, run, seq), and reads them.
fn taken<T>(
    rows: &[PgRow],
    locked: &mut Locked,
    read: impl Fn(&PgRow) -> Result<T, StoreError>,
) -> Result<Vec<T>, StoreError> {
    for row in rows {
        locked.insert(row.try_get(1)?, row.try_get(2)?);
    }
    each(rows, read)
}

/// Takes the locked runs that are at hand and still as their rows are; gives those to be read.
fn warm(hot: &mut HotRuns, heads: &mut Heads, locked: &Locked, runs: &mut Vec<Run>) -> Vec<Uuid> {
    let mut cold = Vec::new();
    for (id, seq) in locked {
        match hot.take(*id) {
            Some((run, hash)) if run.seq == seq.unsigned_abs() => {
                heads.set(*id, hash);
                runs.push(run);
            }
            _ => cold.push(*id),
        }
    }
    cold
}

/// Where the chains of runs end.
pub(super) async fn heads(
    connection: &mut PgConnection,
    ids: &[Uuid],
    heads: &mut Heads,
) -> Result<(), StoreError> {
    let rows = sqlx::query("SELECT id, audit_hash FROM runs WHERE id = ANY($1)")
        .bind(ids)
        .fetch_all(connection)
        .await?;
    for row in &rows {
        heads.set(row.try_get(0)?, kept(row.try_get(1)?)?.unwrap_or(BEGINNING));
    }
    Ok(())
}

async fn runs(
    connection: &mut PgConnection,
    ids: &[Uuid],
    heads: &mut Heads,
) -> Result<Vec<Run>, StoreError> {
    let rows = sqlx::query(
        "SELECT r.state::text, e.payload::text, r.audit_hash FROM runs r JOIN events e ON e.id = r.event_id \
         WHERE r.id = ANY($1)",
    )
    .bind(ids)
    .fetch_all(connection)
    .await?;
    rows.iter()
        .map(|row| {
            let run = decode::run(row)?;
            heads.set(run.id, kept(row.try_get(2)?)?.unwrap_or(BEGINNING));
            Ok(run)
        })
        .collect()
}

/// The tasks asked for, each with its run: an open one is in its run's state, others are read.
async fn tasks(
    connection: &mut PgConnection,
    runs: &[Run],
    ids: &[Uuid],
) -> Result<Vec<(Uuid, Task)>, StoreError> {
    let open: HashMap<Uuid, (Uuid, &Task)> = runs
        .iter()
        .flat_map(|run| run.tasks.iter().map(|task| (task.id, (run.id, task))))
        .collect();
    let mut found = Vec::with_capacity(ids.len());
    let mut closed = Vec::new();
    for id in ids {
        match open.get(id) {
            Some((run, task)) => found.push((*run, (*task).clone())),
            None => closed.push(*id),
        }
    }
    if !closed.is_empty() {
        let sql = format!("SELECT {TASK_COLUMNS} FROM tasks t WHERE t.id = ANY($1)");
        let rows = sqlx::query(AssertSqlSafe(sql))
            .bind(&closed)
            .fetch_all(connection)
            .await?;
        found.extend(each(&rows, decode::task)?);
    }
    Ok(found)
}

/// Definitions and calendars deployed after `known`, which moves on to the last of them. They are asked
/// for in one statement: their numbers are of one sequence, and between two statements one more of
/// either could be left behind.
pub(super) async fn deployed(
    connection: &mut PgConnection,
    known: &mut i64,
) -> Result<(Vec<WorkflowVersion>, Vec<CalendarVersion>), StoreError> {
    let sql = format!(
        "SELECT {VERSION_COLUMNS}, false AS calendar FROM workflows \
         WHERE deployment > $1 UNION ALL \
         SELECT {VERSION_COLUMNS}, true FROM calendars WHERE deployment > $1 \
         ORDER BY deployment"
    );
    let rows = sqlx::query(AssertSqlSafe(sql))
        .bind(*known)
        .fetch_all(connection)
        .await?;
    if let Some(last) = rows.last() {
        *known = last.try_get(6)?;
    }
    let (mut workflows, mut deployed) = (Vec::new(), Vec::new());
    for row in &rows {
        match row.try_get(7)? {
            true => deployed.push(calendars::calendar(row)?),
            false => workflows.push(decode::workflow_version(row)?),
        }
    }
    Ok((workflows, deployed))
}
