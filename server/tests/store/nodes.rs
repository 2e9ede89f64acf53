//! Several nodes on one PostgreSQL database, each with a journal of its own.

use std::time::Duration;

use hms_engine::{Order, Run, TaskStatus};
use hms_server::clock::Anchor;
use hms_server::store::{
    Changes, Heard, Holder, Journal, Loaded, Needed, StoreError, TaskOrder, TaskQuery,
    WorkflowVersion,
};
use serde_json::json;
use uuid::Uuid;

use crate::kept::{self, Kept};
use crate::script::{Script, at};
use crate::shelf::of;

const TWO: &str = "id: Two\nstart: Filed\nsteps:\n  - id: fork\n    type: parallel\n    branches:\n      one:\n        - id: one\n          actor: SVC:one\n          sla: 1h\n      two:\n        - id: two\n          actor: SVC:two\n";

/// Two nodes.
async fn two() -> (Kept, Box<dyn Journal>, Box<dyn Journal>) {
    two_of(kept::postgres().await).await
}

/// Two nodes of one store.
async fn two_of(kept: Kept) -> (Kept, Box<dyn Journal>, Box<dyn Journal>) {
    let a = kept.store.journal().await.unwrap();
    let b = kept.again().await.journal().await.unwrap();
    (kept, a, b)
}

fn of_runs(runs: &[Uuid]) -> Needed {
    Needed {
        now: at(0),
        runs: runs.to_vec(),
        ..Needed::default()
    }
}

async fn write(journal: &mut dyn Journal, script: &mut Script, runs: &[Uuid]) -> Loaded {
    let loaded = journal.begin(&of_runs(runs)).await.unwrap();
    journal.commit(script.take()).await.unwrap();
    loaded
}

async fn within<T>(what: &str, asked: impl Future<Output = T>) -> T {
    tokio::time::timeout(Duration::from_secs(20), asked)
        .await
        .unwrap_or_else(|_| panic!("waited too long for {what}"))
}

#[tokio::test]
async fn what_another_node_wrote_is_read_though_an_older_state_is_at_hand() {
    let (_kept, mut a, mut b) = two().await;
    let mut script = Script::of(TWO);
    let mut run = script.start(1, json!({}));
    write(a.as_mut(), &mut script, &[]).await;
    // It is at hand at A now, and B takes it on.
    let task = run.tasks[0].id;
    script.complete(&mut run, task, json!({"by": "b"}));
    write(b.as_mut(), &mut script, &[run.id]).await;
    let needed = Needed {
        tasks: vec![task],
        ..of_runs(&[])
    };
    let loaded = a.begin(&needed).await.unwrap();
    a.abandon().await;
    assert_eq!(loaded.runs, [run]);
    assert_eq!(loaded.tasks[0].1.result, Some(json!({"by": "b"})));
}

/// The planner would read them whole while they are small, keep to that plan as they grow, and be the slower the more
/// cases there ever were.
#[tokio::test]
async fn a_turn_reads_no_table_from_end_to_end() {
    let kept = kept::postgres().await;
    let mut journal = kept.store.journal().await.unwrap();
    let mut script = Script::of(TWO);
    let mut runs: Vec<Run> = (1..=40).map(|n| script.start(n, json!({}))).collect();
    write(journal.as_mut(), &mut script, &[]).await;
    let ids: Vec<Uuid> = runs.iter().map(|run| run.id).collect();
    for _ in 0..2 {
        for run in &mut runs {
            let task = run.tasks[0].id;
            script.complete(run, task, json!({}));
        }
        write(journal.as_mut(), &mut script, &ids).await;
    }
    // What a connection did is counted when it ends.
    drop(journal);
    assert_eq!(read_from_end_to_end(&kept, 80).await, 0);
}

/// How many rows were, once so many were found by indexes.
async fn read_from_end_to_end(kept: &Kept, found: i64) -> i64 {
    let rows = |how: &str| {
        format!(
            "SELECT coalesce(sum({how}), 0)::bigint FROM pg_stat_user_tables \
             WHERE relname IN ('runs', 'tasks', 'timers', 'events', 'audit')"
        )
    };
    let counted = async {
        while kept.count(&rows("idx_tup_fetch")).await < found {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    within("what was read", counted).await;
    kept.count(&rows("seq_tup_read")).await
}

/// The same of those who read lists, whose connections are told once.
#[tokio::test]
async fn a_list_reads_no_table_from_end_to_end() {
    let kept = kept::postgres().await;
    let mut journal = kept.store.journal().await.unwrap();
    let mut script = Script::of(TWO);
    for n in 1..=40 {
        script.start(n, json!({}));
    }
    write(journal.as_mut(), &mut script, &[]).await;
    let reader = kept.again().await;
    let asked = TaskQuery {
        actors: vec![of("SVC:one", None), of("SVC:two", None)],
        statuses: vec![TaskStatus::New],
        holder: Holder::Any,
        escalated: false,
        ready_at: None,
        order: TaskOrder::Deadline,
        after: None,
        limit: 100,
    };
    for _ in 0..2 {
        assert_eq!(reader.shelf().tasks(&asked).await.unwrap().len(), 80);
    }
    reader.close().await;
    assert_eq!(read_from_end_to_end(&kept, 160).await, 0);
}

#[tokio::test]
async fn a_run_is_one_nodes_at_a_time() {
    let (_kept, mut a, mut b) = two().await;
    let mut script = Script::of(TWO);
    let mut run = script.start(1, json!({}));
    write(a.as_mut(), &mut script, &[]).await;
    a.begin(&of_runs(&[run.id])).await.unwrap();
    let needed = of_runs(&[run.id]);
    let mut waiting = Box::pin(b.begin(&needed));
    let early = tokio::time::timeout(Duration::from_millis(300), &mut waiting).await;
    assert!(early.is_err(), "it has the run while another node has it");
    let task = run.tasks[0].id;
    script.complete(&mut run, task, json!({}));
    a.commit(script.take()).await.unwrap();
    let loaded = within("the run", waiting).await.unwrap();
    assert_eq!(loaded.runs, [run]);
}

#[tokio::test]
async fn a_stopped_node_keeps_a_run_from_others_for_seconds_only() {
    let (_kept, mut a, mut b) = two().await;
    let mut script = Script::of(TWO);
    let mut run = script.start(1, json!({}));
    write(a.as_mut(), &mut script, &[]).await;
    let task = run.tasks[0].id;
    a.begin(&of_runs(&[run.id])).await.unwrap();
    // A does nothing from here on. B tries, as a conductor does.
    let asked = async {
        loop {
            match b.begin(&of_runs(&[run.id])).await {
                Ok(loaded) => return loaded,
                Err(StoreError::Conflict(_)) => {}
                Err(other) => panic!("{other}"),
            }
        }
    };
    let loaded = within("the run", asked).await;
    assert_eq!(loaded.runs, [run.clone()]);
    // A wakes up and finds that nothing of its turn is kept.
    script.complete(&mut run, task, json!({"by": "a"}));
    assert!(a.commit(script.take()).await.is_err());
    a.abandon().await;
    b.abandon().await;
    let loaded = a.begin(&of_runs(&[run.id])).await.unwrap();
    assert_eq!(loaded.runs[0].seq, 1);
}

#[tokio::test]
async fn free_tasks_and_due_timers_go_to_one_node_each() {
    let (_kept, mut a, mut b) = two().await;
    let mut script = Script::of(TWO);
    let runs: Vec<Run> = (1..=4).map(|n| script.start(n, json!({}))).collect();
    write(a.as_mut(), &mut script, &[]).await;
    let free = |limit| Needed {
        now: at(0),
        free: vec![("SVC:one".parse().unwrap(), limit)],
        ..Needed::default()
    };
    let at_a = a.begin(&free(3)).await.unwrap();
    assert!(!at_a.passed_over);
    let at_b = b.begin(&free(3)).await.unwrap();
    assert!(at_b.passed_over, "three are left out");
    let ids =
        |loaded: &Loaded| -> Vec<Uuid> { loaded.free[0].iter().map(|(_, run)| *run).collect() };
    let mut handed_out = [ids(&at_a), ids(&at_b)].concat();
    assert_eq!((ids(&at_a).len(), handed_out.len()), (3, 4));
    handed_out.sort_unstable();
    assert!(handed_out.iter().eq(runs.iter().map(|run| &run.id)));
    a.abandon().await;
    b.abandon().await;

    let due = |limit| Needed {
        now: at(9_000),
        due: limit,
        ..Needed::default()
    };
    let at_a = a.begin(&due(3)).await.unwrap().due;
    let at_b = b.begin(&due(3)).await.unwrap().due;
    assert_eq!((at_a.runs.len(), at_a.more), (3, true));
    assert_eq!((at_b.runs.len(), at_b.more), (1, false));
    assert!(!at_a.runs.contains(&at_b.runs[0]));
    assert_eq!(
        at_b.next,
        Some(at(3_600)),
        "three are left to the other node"
    );
    // The one A has is not waited for when it is due only.
    a.abandon().await;
    let all = b.begin(&due(9)).await;
    assert_eq!(all.unwrap().due.runs.len(), 4);
}

#[tokio::test]
async fn the_same_event_at_two_nodes_is_accepted_once() {
    accepted_once(kept::postgres().await).await;
}

/// The parts of a commit are counted where they go one by one as well.
#[tokio::test]
async fn so_it_is_where_much_is_lacking() {
    accepted_once(kept::lesser().await).await;
}

async fn accepted_once(kept: Kept) {
    let (_kept, mut a, mut b) = two_of(kept).await;
    let (mut at_a, mut at_b) = (Script::of(TWO), Script::of(TWO));
    at_a.start(1, json!({}));
    at_b.start(2, json!({}));
    at_b.batch().events[0].external_id = Some("1".to_owned());
    // Both looked before either wrote.
    a.begin(&of_runs(&[])).await.unwrap();
    b.begin(&of_runs(&[])).await.unwrap();
    a.commit(at_a.take()).await.unwrap();
    let refused = within("an answer", b.commit(at_b.take())).await;
    assert!(
        matches!(refused, Err(StoreError::Conflict(_))),
        "{refused:?}"
    );
    b.abandon().await;
    let needed = Needed {
        origins: vec![("script".to_owned(), "1".to_owned())],
        ..of_runs(&[])
    };
    let again = b.begin(&needed).await.unwrap();
    assert_eq!(again.events[0].id, Uuid::from_u128(1));
}

#[tokio::test]
async fn two_journals_of_one_node_write_beside_each_other_and_share_what_is_at_hand() {
    let kept = kept::postgres().await;
    let mut a = kept.store.journal().await.unwrap();
    let mut b = a.beside().unwrap();
    let mut script = Script::of(TWO);
    let runs = [1, 2].map(|n| script.start(n, json!({})));
    write(a.as_mut(), &mut script, &[]).await;
    // Both are at their commits at the same time, each with another run.
    let [mut one, mut two] = runs;
    let (of_one, of_two) = (one.tasks[0].id, two.tasks[0].id);
    let (mut script_a, mut script_b) = (Script::of(TWO), Script::of(TWO));
    let from_a = a.begin(&of_runs(&[one.id])).await.unwrap();
    let from_b = within("the other run", b.begin(&of_runs(&[two.id])))
        .await
        .unwrap();
    assert_eq!(
        (&from_a.runs, &from_b.runs),
        (&vec![one.clone()], &vec![two.clone()])
    );
    script_a.complete(&mut one, of_one, json!({"by": "a"}));
    script_b.complete(&mut two, of_two, json!({"by": "b"}));
    within("the second", b.commit(script_b.take()))
        .await
        .unwrap();
    within("the first", a.commit(script_a.take()))
        .await
        .unwrap();
    // What B wrote is at hand at A: its state in the table is not read, so what stands there does not matter.
    kept.tamper(&format!(
        "UPDATE runs SET state = '{{}}' WHERE id = '{}'",
        two.id
    ))
    .await;
    let loaded = a.begin(&of_runs(&[two.id])).await.unwrap();
    a.abandon().await;
    assert_eq!(loaded.runs, [two]);
}

#[tokio::test]
async fn a_connection_that_broke_while_it_rested_is_nobodys_trouble() {
    let (kept, mut a, _) = two().await;
    let mut script = Script::of(TWO);
    let run = script.start(1, json!({}));
    write(a.as_mut(), &mut script, &[]).await;
    let cut = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity \
               WHERE datname = current_database() AND application_name = 'hms'";
    assert!(
        kept.count(cut).await > 0,
        "there was a connection to be cut"
    );
    let loaded = a.begin(&of_runs(&[run.id])).await.unwrap();
    a.abandon().await;
    assert_eq!(loaded.runs, [run]);
}

#[tokio::test]
async fn a_deployment_is_told_at_the_other_node_before_a_run_begins_there() {
    let (_kept, mut a, mut b) = two().await;
    let version = |version: &str, deployment| WorkflowVersion {
        version: version.to_owned(),
        id: "W".to_owned(),
        source: format!("id: W # {version}"),
        deployed: at(1),
        deployed_by: "me".to_owned(),
        in_force: true,
        deployment,
    };
    let starts = Needed {
        starts: true,
        ..of_runs(&[])
    };
    assert_eq!(a.deploy(&version("one", 0)).await.unwrap(), 1);
    let told = b.begin(&starts).await.unwrap().deployed;
    b.abandon().await;
    assert_eq!(told, [version("one", 1)]);
    a.deploy(&version("two", 0)).await.unwrap();
    assert_eq!(b.look().await.unwrap().deployed, [version("two", 2)]);
    for deployed in [
        b.look().await.unwrap().deployed,
        b.begin(&starts).await.unwrap().deployed,
    ] {
        assert!(deployed.is_empty(), "told once");
    }
    b.abandon().await;
    // Back to the first.
    a.deploy(&version("one", 0)).await.unwrap();
    assert_eq!(b.look().await.unwrap().deployed, [version("one", 3)]);
}

#[tokio::test]
async fn the_next_timer_and_the_turned_clock_are_seen_at_the_other_node() {
    let (_kept, mut a, mut b) = two().await;
    let anchor = Anchor {
        wall_ms: 1,
        workflow_ms: 2,
        rate: 240.0,
    };
    a.set_clock(anchor, 0).await.unwrap();
    let mut script = Script::of(TWO);
    script.start(1, json!({}));
    write(a.as_mut(), &mut script, &[]).await;
    let look = b.look().await.unwrap();
    assert_eq!((look.next, look.anchor), (Some(at(3_600)), Some(anchor)));
    // On one machine the clocks are the same.
    assert!(look.ahead_ms.abs() < 1_000, "{}", look.ahead_ms);
    let latest = b.clock().await.unwrap().unwrap().1;
    assert_eq!(latest, at(0).timestamp_millis());
}

#[tokio::test]
async fn a_node_with_another_key_is_known() {
    let (kept, _a, _b) = two().await;
    let other = kept.again().await;
    for (store, key_print, same) in [
        (&kept.store, "one", true),
        (&other, "one", true),
        (&other, "two", false),
    ] {
        assert_eq!(
            store.belongs_to(key_print).await.unwrap(),
            same,
            "{key_print}"
        );
    }
}

#[tokio::test]
async fn what_one_node_changes_the_others_hear() {
    let (kept, mut a, _b) = two().await;
    let (mut mine, mut theirs) = (
        kept.store.news().unwrap(),
        kept.again().await.news().unwrap(),
    );
    // Whoever begins to listen may have missed anything.
    assert_eq!(within("the first word", mine.next()).await, Heard::Anything);
    assert_eq!(
        within("the first word", theirs.next()).await,
        Heard::Anything
    );
    let mut script = Script::of(TWO);
    let mut run = script.start(1, json!({}));
    write(a.as_mut(), &mut script, &[]).await;
    let actors = |names: &[&str]| names.iter().map(|name| name.parse().unwrap()).collect();
    let heard = Changes {
        runs: vec![run.id],
        free: actors(&["SVC:one", "SVC:two"]),
        tasks: actors(&["SVC:one", "SVC:two"]),
    };
    assert_eq!(within("news", theirs.next()).await, Heard::Changes(heard));
    let task = run.tasks[0].id;
    script.order(
        &mut run,
        "w",
        Order::Claim {
            task,
            lease_ms: None,
        },
    );
    write(a.as_mut(), &mut script, &[run.id]).await;
    let heard = Changes {
        runs: vec![run.id],
        free: vec![],
        tasks: actors(&["SVC:one"]),
    };
    assert_eq!(within("news", theirs.next()).await, Heard::Changes(heard));
    let own = tokio::time::timeout(Duration::from_millis(300), mine.next()).await;
    assert!(own.is_err(), "one's own changes are no news: {own:?}");
}
