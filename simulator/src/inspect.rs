//! What must hold of a whole store, whenever one looks.

use std::collections::{BTreeMap, HashMap};
use std::path::Path;
use std::rc::Rc;
use std::sync::Arc;

use hms_engine::{Command, Order, Run, RunStatus, Task, TimerKind, Workflow, migrate, step};
use hms_server::clock::moment;
use hms_server::store::sqlite::SqliteStore;
use uuid::Uuid;

use crate::asks::Workflows;
use crate::calls::came_to;
use crate::definitions::Kind;
use crate::ensure;
use crate::ledger::{Ledger, Row};
use crate::office::{self, Office};
use crate::tables::{RunRow, Tables, TaskRow};

/// Compares the tables with the ledger and with one another.
pub(crate) async fn inspect(tables: &mut Tables, ledger: &Ledger) -> Result<(), String> {
    events(tables, ledger).await?;
    let runs = tables.runs().await;
    ensure!(runs.len() == ledger.runs.len(), "another number of runs");
    let rows = tables.tasks().await;
    ensure!(rows.len() == ledger.tasks.len(), "another number of tasks");
    let mut by_run: HashMap<Uuid, Vec<&TaskRow>> = HashMap::new();
    for row in &rows {
        task(row, ledger).map_err(|error| format!("task {}: {error}", row.id))?;
        if matches!(row.status.as_str(), "NEW" | "CLAIMED") {
            by_run.entry(row.run).or_default().push(row);
        }
    }
    let mut timers = Vec::new();
    for row in &runs {
        let open = by_run.remove(&row.id).unwrap_or_default();
        run(row, &open, ledger).map_err(|error| format!("run {}: {error}", row.id))?;
        let theirs = row.run.timers.iter();
        timers.extend(theirs.map(|one| (row.id, one.number, one.due.timestamp_millis())));
    }
    timers.sort_unstable();
    ensure!(
        tables.timers().await == timers,
        "the timers are not those of the runs"
    );
    let sla = tables.sla().await;
    ensure!(sla == ledger.sla, "{sla:?} is not {:?}", ledger.sla);
    let durations: BTreeMap<_, _> = tables.durations().await.into_iter().collect();
    ensure!(durations == ledger.durations, "durations differ");
    Ok(())
}

async fn events(tables: &mut Tables, ledger: &Ledger) -> Result<(), String> {
    let rows = tables.events().await;
    ensure!(
        rows.len() == ledger.events.len(),
        "another number of events"
    );
    let mut by_run = HashMap::new();
    for row in &rows {
        by_run.extend(row.runs.iter().map(|run| (*run, row)));
    }
    for event in &ledger.events {
        let Some(row) = event.runs.first().and_then(|run| by_run.get(run)) else {
            return Err(format!("an accepted event is lost: {event:?}"));
        };
        let origin = event.origin.as_ref();
        let origin = origin.map(|origin| (origin.source.clone(), origin.id.clone()));
        ensure!(
            event.id.is_none_or(|id| id == row.id)
                && origin == row.origin
                && event.runs == row.runs
                && event.payload == row.payload,
            "an event is not as it was sent: {event:?}"
        );
    }
    let reports = tables.reports().await;
    ensure!(
        reports.into_iter().eq(ledger.numbers.clone()),
        "the reports' numbers differ"
    );
    Ok(())
}

/// A row of `tasks` is as the ledger has it.
fn task(row: &TaskRow, ledger: &Ledger) -> Result<(), String> {
    let Some(known) = ledger.tasks.get(&row.id) else {
        return Err("nobody opened it".into());
    };
    let holder = known.holder.as_ref();
    let wanted = TaskRow {
        id: row.id,
        run: known.run,
        step: known.step.clone(),
        actor: known.spec.actor.to_owned(),
        status: known.status.as_str().to_owned(),
        created: known.created,
        expires: known.expires,
        attempt: known.attempt,
        not_before: known.not_before,
        claimed_by: holder.map(|holder| holder.by.clone()),
        claimed_at: holder.map(|holder| holder.since),
        lease_until: holder
            .and_then(|holder| holder.until)
            .filter(|_| known.is_open()),
        breached_at: known.breached_at,
        closed_at: known.closed_at,
        closed_by: known.closed_by.clone(),
        result: known.result.clone(),
        priority: known.spec.priority,
    };
    ensure!(*row == wanted, "it is {row:?} and must be {wanted:?}");
    Ok(())
}

/// A row of `runs` is as the ledger has it, and its state agrees with its open tasks.
fn run(row: &RunRow, open: &[&TaskRow], ledger: &Ledger) -> Result<(), String> {
    let Some(known) = ledger.runs.get(&row.id) else {
        return Err("it never began".into());
    };
    let run = &row.run;
    let word = known.status.as_str();
    ensure!(
        row.status == word && run.status == known.status,
        "not {word}"
    );
    ensure!(
        row.seq.cast_unsigned() == known.seq && run.seq == known.seq,
        "seq is not {}",
        known.seq
    );
    ensure!(
        row.stopped != known.incidents.is_empty(),
        "stopped: {}",
        row.stopped
    );
    ensure!(row.breached == known.breached, "breached: {}", row.breached);
    ensure!(
        row.ended == run.ended.map(|moment| moment.timestamp_millis())
            && row.ended.is_some() == (run.status != RunStatus::Running),
        "ended: {:?}",
        row.ended
    );
    ensure!(
        row.event != Uuid::nil() && run.version == known.version,
        "not its own event or version"
    );
    ensure!(
        open.len() == run.tasks.len()
            && open
                .iter()
                .all(|row| run.tasks.iter().any(|task| same(task, row))),
        "its open tasks are {open:?} and {:?}",
        run.tasks
    );
    let incidents = run.incidents.iter().map(|one| (one.number, &one.step));
    ensure!(
        incidents.eq(known.incidents.iter().map(|(number, step)| (*number, step))),
        "its incidents differ"
    );
    let calls = run.calls.iter().map(|call| (call.run, &call.step));
    let calls: BTreeMap<Uuid, &String> = calls.collect();
    ensure!(
        calls
            .into_iter()
            .eq(known.calls.iter().map(|(run, step)| (*run, step)))
            && run.parent == ledger.parents.get(&row.id).copied(),
        "its calls or its caller differ"
    );
    let counted = known.office.as_ref().map(|office| &office.calendar.version);
    ensure!(
        run.calendars.get(office::ID) == counted || run.calendars.is_empty(),
        "counted by {:?}",
        run.calendars
    );
    ensure!(run.added == known.informed, "added to {} times", run.added);
    if run.status != RunStatus::Running {
        let nothing = run.tasks.is_empty() && run.timers.is_empty() && run.lists.is_empty();
        let nothing = nothing && run.calls.is_empty();
        ensure!(nothing, "ended, and something is open");
        return Ok(());
    }
    lists(run, known)
}

fn same(task: &Task, row: &TaskRow) -> bool {
    let ms = |moment: Option<hms_engine::Time>| moment.map(|moment| moment.timestamp_millis());
    task.id == row.id
        && task.step_id == row.step
        && task.actor.to_string() == row.actor
        && task.status.as_str() == row.status
        && ms(task.expires) == row.expires
        && task.attempt == row.attempt
        && ms(task.not_before) == row.not_before
        && task.claimed_by == row.claimed_by
        && ms(task.claimed_at) == row.claimed_at
        && ms(task.lease_until) == row.lease_until
        && ms(task.breached_at) == row.breached_at
        && task.priority.0 == row.priority
}

/// Every open list waits for one thing: a task, an incident, a moment, an event, or lists under it.
fn lists(run: &Run, known: &crate::ledger::Run) -> Result<(), String> {
    ensure!(!run.lists.is_empty(), "running, and no list is open");
    for list in &run.lists {
        let Some(step) = known.flow.steps.get(&list.at) else {
            return Err(format!("a list stands at \"{}\"", list.at));
        };
        let tasks = run.tasks.iter().filter(|task| task.list == list.number);
        let incidents = run.incidents.iter().filter(|one| one.list == list.number);
        let under = run.lists.iter().filter(|other| {
            let inside = other.inside.as_ref();
            inside.is_some_and(|inside| inside.parent == list.number)
        });
        let timers = run.timers.iter();
        let timers: Vec<&TimerKind> = timers
            .map(|timer| &timer.kind)
            .filter(|kind| kind.list() == Some(list.number))
            .collect();
        let calls = run.calls.iter().filter(|call| call.list == list.number);
        let things = (
            tasks.count(),
            incidents.count(),
            under.count(),
            calls.count(),
            timers,
        );
        let waits = match (&step.kind, &things) {
            (_, (0, 1, 0, 0, timers)) => timers.is_empty(),
            (Kind::Task(_), (1, 0, 0, 0, timers)) => timers.is_empty(),
            (Kind::Lists, (0, 0, 1.., 0, timers)) => timers.is_empty(),
            (Kind::Call, (0, 0, 0, 1, timers)) => timers.is_empty(),
            (Kind::Sleep, (0, 0, 0, 0, timers)) => {
                matches!(timers.as_slice(), [TimerKind::Wake { .. }])
            }
            (Kind::Await { forever: true }, (0, 0, 0, 0, timers)) => timers.is_empty(),
            (Kind::Await { forever: false }, (0, 0, 0, 0, timers)) => {
                matches!(timers.as_slice(), [TimerKind::WaitDeadline { .. }])
            }
            _ => false,
        };
        ensure!(waits, "at {} it waits for {things:?}", list.at);
    }
    let known = |number: u32| run.lists.iter().any(|list| list.number == number);
    let all = run.tasks.iter().map(|task| task.list);
    let all = all.chain(run.incidents.iter().map(|one| one.list));
    let all = all.chain(run.calls.iter().map(|call| call.list));
    let mut all = all.chain(run.timers.iter().filter_map(|timer| timer.kind.list()));
    ensure!(all.all(known), "something is open in no list");
    Ok(())
}

/// Definitions, each bound to the calendars that counted at some time.
#[derive(Default)]
struct Bound(HashMap<(String, String), Arc<Workflow>>);

impl Bound {
    fn of(&mut self, workflow: &Arc<Workflow>, office: Option<&Rc<Office>>) -> Arc<Workflow> {
        let Some(office) = office else {
            return workflow.clone();
        };
        let key = (workflow.version.clone(), office.calendar.version.clone());
        let known = self.0.entry(key);
        known
            .or_insert_with(|| Arc::new(workflow.bound_to(&office.calendar)))
            .clone()
    }
}

/// The commands of the audit trail, given to the engine again, give each run's state byte for byte.
pub(crate) async fn replay(
    tables: &mut Tables,
    audit: &[Row],
    workflows: &Workflows,
    ledger: &Ledger,
) -> Result<(), String> {
    let stored = tables.runs().await;
    let mut runs: HashMap<Uuid, Run> = HashMap::new();
    let mut counted: HashMap<Uuid, &Rc<Office>> = HashMap::new();
    let mut bound = Bound::default();
    let stored_by: HashMap<Uuid, &RunRow> = stored.iter().map(|row| (row.id, row)).collect();
    for row in audit {
        let office = ledger.counted.get(&(row.run, row.seq));
        let before = counted.get(&row.run).copied();
        let office = office.or(before);
        let workflow = &bound.of(&workflows[&row.version], office);
        if let Order::CallEnded { run, result, .. } = &row.order {
            let told = runs.get(run).map(came_to);
            ensure!(
                told.as_ref() == Some(result),
                "it came to {told:?}: {row:?}"
            );
        }
        if !runs.contains_key(&row.run) {
            let kept = stored_by.get(&row.run).map(|row| &row.run);
            let payload = kept.map(|run| run.payload.clone()).unwrap_or_default();
            let parent = kept.and_then(|run| runs.get(&run.parent?));
            let run = match parent {
                Some(parent) => Run::called(row.run, workflow, payload, parent),
                None => Run::new(row.run, workflow, payload),
            };
            runs.insert(row.run, run);
        }
        let Some(run) = runs.get_mut(&row.run) else {
            continue;
        };
        let command = Command::new(row.who.clone(), row.order.clone());
        let effects = match &row.order {
            Order::Migrate { .. } => {
                let had = bound.of(&workflows[&run.version], before);
                migrate(&had, workflow, run, &command, moment(row.at))
            }
            _ => step(workflow, run, &command, moment(row.at)),
        };
        let effects =
            effects.map_err(|rejected| format!("replayed, {row:?} is refused: {rejected}"))?;
        let entries = effects.into_iter().filter_map(|effect| match effect {
            hms_engine::Effect::Record(entry) => Some(entry),
            _ => None,
        });
        ensure!(entries.eq(row.entries.clone()), "replayed, not so: {row:?}");
        counted.extend(office.map(|office| (row.run, office)));
    }
    ensure!(runs.len() == stored.len(), "runs without a history");
    for row in &stored {
        let again = serde_json::to_string(&runs[&row.id]).unwrap_or_default();
        ensure!(
            again == row.state,
            "run {} replayed is {again}, and it is kept as {}",
            row.id,
            row.state
        );
    }
    Ok(())
}

/// Whatever was lived through, the chains of the audit trail are whole, and there are so many.
pub(crate) async fn whole_chain(database: &Path, runs: usize) -> Result<(), String> {
    let unread = |error| format!("the chains cannot be read: {error}");
    let store = SqliteStore::open(database)
        .await
        .map_err(|error| unread(error.to_string()))?;
    let mut faults = Vec::new();
    let mut tell = |fault: hms_server::trail::Fault| faults.push(fault.to_string());
    let looked = hms_server::trail::verify(&store, None, None, &mut tell)
        .await
        .map_err(|error| unread(error.to_string()))?;
    store.close().await;
    ensure!(faults.is_empty(), "the audit trail: {faults:?}");
    ensure!(
        looked.runs == runs as u64,
        "{} chains of {runs} runs",
        looked.runs
    );
    Ok(())
}
