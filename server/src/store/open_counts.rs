//! Statements that count what is open, so far and no further: a million open cases cost as much as ten thousand. They go
//! from one workflow, step or actor to the next in an index, and count from there.

use hms_app::views::COUNTED_MAX;
use hms_engine::Task;

use super::dialect::{least, walk};
use super::task_lists::waits;

/// Open tasks, as the indexes have it.
const OPEN: &str = "t.closed_at IS NULL";
/// Of how many free tasks of an actor, of how many taken ones and of how many that wait for their next attempt, those that come first in
/// the order of hand-out, the oldest is looked for.
const OLDEST_OF: u32 = 1_000;

/// The column `timed` of tasks whose time does not count.
const UNTIMED: u8 = 0;
/// Of those that are within their time.
const WITHIN: u8 = 1;
/// Of those that are past it.
const PAST: u8 = 2;

/// What stands in a task's column `timed`: it is there so that a count looks at nothing but the index by step.
pub(super) fn timed(task: &Task) -> u8 {
    match (task.has_sla(), task.breached_at) {
        (false, _) => UNTIMED,
        (true, None) => WITHIN,
        (true, Some(_)) => PAST,
    }
}

/// Step, and how many open tasks of the workflow `$1` stand there.
pub(super) fn by_step() -> String {
    let walk = walk(
        ("at", "step_id"),
        "t.step_id",
        "tasks t",
        &format!("{OPEN} AND t.workflow = CAST($1 AS text)"),
    );
    let open = tasks("workflow = CAST($1 AS text) AND t.step_id = at.step_id");
    format!("WITH RECURSIVE {walk} SELECT at.step_id, {open} FROM at WHERE at.step_id IS NOT NULL")
}

/// Workflow, step, and how many of its open tasks are within their time and past it. `only` is a condition on `flow.id`.
pub(super) fn with_sla(only: &str) -> String {
    let [within, past] = [WITHIN, PAST].map(|timed| {
        tasks(&format!(
            "workflow = at.workflow AND t.step_id = at.step_id AND t.timed = {timed}"
        ))
    });
    let flows = walk(("flow", "id"), "t.workflow", "tasks t", OPEN);
    let step = |more: &str| least("t.step_id", "tasks t", &format!("{OPEN}{more}"));
    format!(
        "WITH RECURSIVE {flows}, \
         at (workflow, step_id) AS (SELECT flow.id, {} FROM flow WHERE flow.id IS NOT NULL AND {only} \
         UNION ALL SELECT at.workflow, {} FROM at WHERE at.step_id IS NOT NULL) \
         SELECT at.workflow, at.step_id, {within}, {past} FROM at WHERE at.step_id IS NOT NULL",
        step(" AND t.workflow = flow.id"),
        step(" AND t.workflow = at.workflow AND t.step_id > at.step_id"),
    )
}

/// Actor, how many of its tasks are open, and when the oldest opened; `order` is that of the hand-out.
pub(super) fn by_actor(order: &str) -> String {
    let more = COUNTED_MAX + 1;
    let waits = waits("t");
    let parts = [("NEW", 0), ("NEW", 1), ("CLAIMED", 0), ("CLAIMED", 1)];
    let first = parts.map(|(status, waiting)| {
        format!(
            "SELECT * FROM (SELECT t.created FROM tasks t WHERE {OPEN} AND t.actor = found.actor \
             AND t.status = '{status}' AND {waits} = {waiting} \
             ORDER BY {order} LIMIT {OLDEST_OF}) first_{status}_{waiting}"
        )
    });
    format!(
        "WITH RECURSIVE {} SELECT found.actor, \
         (SELECT count(*) FROM (SELECT 1 FROM tasks t WHERE {OPEN} AND t.actor = found.actor LIMIT {more}) few), \
         (SELECT min(first.created) FROM ({}) first) \
         FROM found WHERE found.actor IS NOT NULL",
        found(),
        first.join(" UNION ALL ")
    )
}

/// The actors that have open tasks, one after the other in the index.
pub(super) fn actors() -> String {
    format!(
        "WITH RECURSIVE {} SELECT actor FROM found WHERE actor IS NOT NULL",
        found()
    )
}

fn found() -> String {
    walk(("found", "actor"), "t.actor", "tasks t", OPEN)
}

/// Workflow, and how many of its runs go on.
pub(super) fn runs() -> String {
    let more = COUNTED_MAX + 1;
    let open = "r.status = 'RUNNING'";
    let flows = walk(("flow", "id"), "r.workflow", "runs r", open);
    format!(
        "WITH RECURSIVE {flows} \
         SELECT flow.id, (SELECT count(*) FROM (SELECT 1 FROM runs r \
         WHERE {open} AND r.workflow = flow.id LIMIT {more}) few) \
         FROM flow WHERE flow.id IS NOT NULL"
    )
}

/// How many open tasks there are of some kind.
fn tasks(which: &str) -> String {
    let more = COUNTED_MAX + 1;
    format!(
        "(SELECT count(*) FROM (SELECT 1 FROM tasks t WHERE {OPEN} AND t.{which} LIMIT {more}) few)"
    )
}
