//! Statements that count what is open, so far and no further: a million open cases cost as much as ten thousand. They go
//! from one workflow, step or actor to the next in an index, and count from there.

use hms_app::views::COUNTED_MAX;

/// Open tasks, as the index by step has it.
const OPEN: &str = "t.status IN ('NEW', 'CLAIMED')";
/// The same, as the index by actor has it.
const LISTED: &str = "t.closed_at IS NULL";
/// Of how many free tasks of an actor, and of how many taken ones, those that are handed out first, the oldest is looked for.
const OLDEST_OF: u32 = 1_000;

/// Whether a task's time counts, as each store's index has it.
pub(super) type TimeOf = &'static str;

/// Tasks of a step whose time does not count.
pub(super) const UNTIMED: u8 = 0;
/// Those that are within their time.
pub(super) const WITHIN: u8 = 1;
/// Those that are past it.
pub(super) const PAST: u8 = 2;

/// Workflow, step, and how many of its open tasks are of each of these kinds. `only` is a condition on `flow.id`.
pub(super) fn by_step(time: TimeOf, kinds: &[u8], only: &str) -> String {
    let mut counts = String::new();
    for kind in kinds {
        let which =
            format!("workflow = at.workflow AND t.step_id = at.step_id AND {time} = {kind}");
        counts += &format!(", {}", tasks(&which));
    }
    format!(
        "WITH RECURSIVE flow (id) AS (SELECT min(t.workflow) FROM tasks t WHERE {OPEN} \
         UNION ALL SELECT (SELECT min(t.workflow) FROM tasks t WHERE {OPEN} AND t.workflow > flow.id) \
         FROM flow WHERE flow.id IS NOT NULL), \
         at (workflow, step_id) AS (SELECT flow.id, \
         (SELECT min(t.step_id) FROM tasks t WHERE {OPEN} AND t.workflow = flow.id) \
         FROM flow WHERE flow.id IS NOT NULL AND {only} \
         UNION ALL SELECT at.workflow, (SELECT min(t.step_id) FROM tasks t \
         WHERE {OPEN} AND t.workflow = at.workflow AND t.step_id > at.step_id) \
         FROM at WHERE at.step_id IS NOT NULL) \
         SELECT at.workflow, at.step_id{counts} FROM at WHERE at.step_id IS NOT NULL"
    )
}

/// Actor, how many of its tasks are open, and when the oldest opened; `order` is that of the hand-out.
pub(super) fn by_actor(order: &str) -> String {
    let more = COUNTED_MAX + 1;
    let first = |status: &str| {
        format!(
            "SELECT * FROM (SELECT t.created FROM tasks t WHERE {LISTED} AND t.actor = found.actor \
             AND t.status = '{status}' ORDER BY {order} LIMIT {OLDEST_OF}) first_{status}"
        )
    };
    format!(
        "WITH RECURSIVE found (actor) AS (SELECT min(t.actor) FROM tasks t WHERE {LISTED} \
         UNION ALL SELECT (SELECT min(t.actor) FROM tasks t WHERE {LISTED} AND t.actor > found.actor) \
         FROM found WHERE found.actor IS NOT NULL) \
         SELECT found.actor, \
         (SELECT count(*) FROM (SELECT 1 FROM tasks t WHERE {LISTED} AND t.actor = found.actor LIMIT {more}) few), \
         (SELECT min(first.created) FROM ({} UNION ALL {}) first) \
         FROM found WHERE found.actor IS NOT NULL",
        first("NEW"),
        first("CLAIMED")
    )
}

/// Workflow, and how many of its runs go on.
pub(super) fn runs() -> String {
    let more = COUNTED_MAX + 1;
    format!(
        "WITH RECURSIVE flow (id) AS (SELECT min(r.workflow) FROM runs r WHERE r.status = 'RUNNING' \
         UNION ALL SELECT (SELECT min(r.workflow) FROM runs r \
         WHERE r.status = 'RUNNING' AND r.workflow > flow.id) FROM flow WHERE flow.id IS NOT NULL) \
         SELECT flow.id, (SELECT count(*) FROM (SELECT 1 FROM runs r \
         WHERE r.status = 'RUNNING' AND r.workflow = flow.id LIMIT {more}) few) \
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
