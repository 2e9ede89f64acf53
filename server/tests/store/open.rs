//! What is open is counted so far and no further.

use hms_app::views::COUNTED_MAX;
use hms_engine::TaskStatus;
use hms_server::store::{CLOSED_AMONG, Holder, TaskOrder, TaskQuery};
use serde_json::json;

use crate::journal::write;
use crate::kept::Kept;
use crate::on_all;
use crate::plans::plan;
use crate::script::{Script, at};
use crate::shelf::of;

on_all!(
    a_count_of_what_is_open_ends_at_the_most,
    what_has_no_time_is_told_from_what_has,
    closed_tasks_in_the_order_of_deadlines_are_those_of_the_newest_runs,
);

const WITH: &str = "id: Timed\nstart: E\nsteps:\n  - { id: one, actor: HUMAN:clerk, sla: 1h }\n";
const WITHOUT: &str = "id: Timed\nstart: E\nsteps:\n  - { id: one, actor: HUMAN:clerk }\n";

/// Makes rows behind the program's back: so many runs of a workflow, each with an open task. A third of these has no time,
/// and the first is past it.
async fn fill(kept: &Kept, workflow: &str, first: &str, rows: u64) {
    let file = kept.is_file();
    let numbers = match file {
        true => format!(
            "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {rows})"
        ),
        false => format!("WITH n (i) AS (SELECT generate_series(1, {rows}))"),
    };
    let id = |kind: &str| match file {
        true => format!("printf('{first}{kind}0000-0000-7000-8000-%012x', i)"),
        false => {
            format!("('{first}{kind}0000-0000-7000-8000-' || lpad(to_hex(i), 12, '0'))::uuid")
        }
    };
    let day = |day: u32| match file {
        true => format!("'2026-01-{day:02}T00:00:00.000Z'"),
        false => format!("'2026-01-{day:02}T00:00:00.000Z'::timestamptz"),
    };
    let no = if file { "0" } else { "false" };
    let (run, task, event) = (id("00"), id("01"), id("02"));
    let (one, two, three) = (day(1), day(2), day(3));
    kept.tamper(&format!(
        "{numbers} INSERT INTO runs (id, workflow, version, status, event_id, started, seq, stopped, \
         breached, state) SELECT {run}, '{workflow}', 'v', 'RUNNING', {event}, {one}, 1, {no}, {no}, \
         '{{}}' FROM n"
    ))
    .await;
    kept.tamper(&format!(
        "{numbers} INSERT INTO tasks (id, run_id, workflow, step_id, actor, status, created, expires, \
         attempt, escalated, priority, list, breached_at, timed) SELECT {task}, {run}, '{workflow}', 'one', \
         'HUMAN:{workflow}', 'NEW', {one}, CASE WHEN i % 3 > 0 THEN {two} END, 1, {no}, 50, 0, \
         CASE WHEN i = 1 THEN {three} END, CASE WHEN i % 3 = 0 THEN 0 WHEN i = 1 THEN 2 ELSE 1 END FROM n"
    ))
    .await;
}

async fn a_count_of_what_is_open_ends_at_the_most(kept: Kept) {
    fill(&kept, "Few", "bb", 3).await;
    fill(&kept, "Many", "aa", COUNTED_MAX * 2).await;
    let shelf = kept.store.shelf();
    let more = COUNTED_MAX + 1;
    let runs = shelf.open_runs().await.unwrap();
    assert_eq!(runs, [("Few".to_owned(), 3), ("Many".to_owned(), more)]);
    let actors = shelf.load_by_actor().await.unwrap();
    let waiting: Vec<u64> = actors.iter().map(|load| load.waiting).collect();
    assert_eq!(waiting, [3, more]);
    for (workflow, expected) in [("Few", vec![3]), ("Many", vec![more]), ("None", vec![])] {
        let steps = shelf.load_by_step(workflow).await.unwrap();
        let open: Vec<u64> = steps.iter().map(|step| step.open).collect();
        assert_eq!(open, expected, "{workflow}");
    }
    for kind in [" AND t.timed = 1", ""] {
        let count = format!(
            "SELECT count(*) FROM (SELECT 1 FROM tasks t WHERE t.closed_at IS NULL \
             AND t.workflow = 'Many' AND t.step_id = 'one'{kind} LIMIT {more}) few"
        );
        let plan = plan(&kept, &count).await;
        // PostgreSQL looks at nothing else once it knows that all see the rows: everything asked for stands there.
        let by_index = match kept.is_file() {
            true => plan.contains("COVERING INDEX tasks_open_at (workflow=? AND step_id=?"),
            false => plan.contains("tasks_open_at") && !plan.contains("Filter"),
        };
        assert!(by_index, "{count}\n{plan}");
    }
    let mut open = shelf.sla_open(None).await.unwrap();
    open.sort_by(|a, b| a.workflow.cmp(&b.workflow));
    let many = [of("HUMAN:Many", None), of("HUMAN:Few", None)];
    // Half of them are taken by one person, and all of these are late.
    let (yes, taken) = (if kept.is_file() { "1" } else { "true" }, COUNTED_MAX + 5);
    kept.tamper(&format!(
        "UPDATE tasks SET status = 'CLAIMED', claimed_by = 'ann', escalated = {yes} WHERE id IN \
         (SELECT id FROM tasks WHERE workflow = 'Many' ORDER BY id LIMIT {taken})"
    ))
    .await;
    for (of, expected, held) in [
        (&many[..], [COUNTED_MAX - 5 + 3, more, more], more),
        (
            &[of("HUMAN:*", None)],
            [COUNTED_MAX - 5 + 3, more, more],
            more,
        ),
        (
            &[of("HUMAN:*", Some("Many"))],
            [COUNTED_MAX - 5, more, more],
            more,
        ),
        (&many[1..], [3, 0, 1], 0),
    ] {
        let load = shelf.inbox_load(of).await.unwrap();
        let told = [load.unassigned, load.taken, load.escalated];
        assert_eq!(
            (told, shelf.held(of, "ann").await.unwrap()),
            (expected, held)
        );
    }
    let figures: Vec<_> = open.iter().map(|of| (of.on_time, of.breached)).collect();
    assert_eq!(figures, [(1, 1), (more, 1)]);
}

async fn what_has_no_time_is_told_from_what_has(kept: Kept) {
    async fn counted(kept: &Kept, script: &mut Script) -> (Vec<(u64, u64)>, u64) {
        let mut journal = kept.store.journal().await.unwrap();
        write(journal.as_mut(), script.take()).await.unwrap();
        let shelf = kept.store.shelf();
        let open = shelf.sla_open(None).await.unwrap();
        let steps = shelf.load_by_step("Timed").await.unwrap();
        (
            open.iter().map(|of| (of.on_time, of.breached)).collect(),
            steps.iter().map(|step| step.open).sum(),
        )
    }
    let mut script = Script::of(WITH);
    let mut late = script.start(1, json!({}));
    script.now = at(7_000);
    let mut moved = [script.start(2, json!({}))];
    assert_eq!(counted(&kept, &mut script).await, (vec![(2, 0)], 2));
    script.now = at(7_200);
    script.fire(&mut late);
    assert_eq!(counted(&kept, &mut script).await, (vec![(1, 1)], 2));
    script.migrate(&mut moved, WITHOUT, &[]);
    assert_eq!(counted(&kept, &mut script).await, (vec![(0, 1)], 2));
    script.migrate(&mut moved, WITH, &[]);
    assert_eq!(counted(&kept, &mut script).await, (vec![(1, 1)], 2));
    for run in [&mut late, &mut moved[0]] {
        let task = run.tasks[0].id;
        script.complete(run, task, json!({ "outcome": "approve" }));
    }
    assert_eq!(counted(&kept, &mut script).await, (vec![], 0));
}

async fn closed_tasks_in_the_order_of_deadlines_are_those_of_the_newest_runs(kept: Kept) {
    fill(&kept, "Many", "aa", u64::from(CLOSED_AMONG) + 10).await;
    fill(&kept, "Few", "bb", 3).await;
    kept.tamper(
        "INSERT INTO events (id, name, payload, received, runs) \
         SELECT event_id, 'E', '{}', started, '[]' FROM runs",
    )
    .await;
    let task = |first: &str, n: u32| format!("{first}010000-0000-7000-8000-{n:012x}");
    // Thirteen of the many are older than the newest that are looked at.
    let closed = [task("aa", 13), task("aa", 14), task("bb", 1)];
    kept.tamper(&format!(
        "UPDATE tasks SET status = 'DONE', closed_at = created WHERE id IN ('{}')",
        closed.join("', '")
    ))
    .await;
    let asked = |statuses: &[TaskStatus]| TaskQuery {
        actors: vec![of("HUMAN:*", None)],
        statuses: statuses.to_vec(),
        holder: Holder::Any,
        escalated: false,
        ready_at: None,
        order: TaskOrder::Deadline,
        after: None,
        limit: 5,
    };
    for (statuses, expected) in [
        (&[TaskStatus::Done][..], vec![&closed[1], &closed[2]]),
        (&[TaskStatus::Failed], vec![]),
    ] {
        let rows = kept.store.shelf().tasks(&asked(statuses)).await.unwrap();
        let ids: Vec<String> = rows.iter().map(|row| row.task.id.to_string()).collect();
        assert_eq!(ids.iter().collect::<Vec<_>>(), expected);
    }
    // Those that are open are found wherever they are.
    let both = asked(&[TaskStatus::New, TaskStatus::Done]);
    let rows = kept.store.shelf().tasks(&both).await.unwrap();
    assert_eq!(rows.len(), 5);
    assert_eq!(rows[0].task.id.to_string(), task("aa", 1));
}
