//! Reading.

use hms_engine::{Order, Run, RunStatus, TaskStatus};
use hms_server::store::{
    Holder, InboxLoad, Needed, ReportRow, RunQuery, Store, TaskOrder, TaskQuery, TasksOf,
};
use serde_json::json;
use uuid::Uuid;

use crate::kept::Kept;
use crate::on_all;
use crate::script::{Script, at, nasty};

on_all!(
    tasks_are_found_by_actor_state_and_holder,
    runs_are_found_by_state_and_by_what_people_know,
    a_history_is_read_in_pieces,
    events_and_reports_are_found_by_their_names,
    open_work_is_counted,
    what_is_not_there_is_not_found,
);

const FORK: &str = "id: Fork\nstart: Filed\nkey: payload.key\nsteps:\n  - id: fork\n    type: parallel\n    branches:\n      one:\n        - id: clerk\n          actor: HUMAN:clerk\n          sla: 1h\n      two:\n        - id: boss\n          actor: HUMAN:boss\n      three:\n        - id: mail\n          actor: SVC:mail\n";

/// The tasks of an actor, in all workflows or in one.
pub(crate) fn of(actor: &str, workflow: Option<&str>) -> TasksOf {
    TasksOf {
        actor: actor.parse().unwrap(),
        workflow: workflow.map(str::to_owned),
    }
}

pub(crate) async fn write(store: &Store, script: &mut Script) {
    let mut journal = store.journal().await.unwrap();
    let batch = script.take();
    let changed = batch.runs.iter().filter(|write| write.began_by.is_none());
    let needed = Needed {
        now: script.now,
        runs: changed.map(|write| write.run.id).collect(),
        ..Needed::default()
    };
    journal.begin(&needed).await.unwrap();
    journal.commit(batch).await.unwrap();
}

fn task(run: &Run, step: &str) -> Uuid {
    run.tasks
        .iter()
        .find(|task| task.step_id == step)
        .unwrap()
        .id
}

/// Two runs: the first's clerk and mail are done, the clerk of the second is taken and late.
async fn two_runs(store: &Store) -> [Run; 2] {
    let mut script = Script::of(FORK);
    let mut first = script.start(1, json!({"key": "C-1"}));
    script.now = at(60);
    let mut second = script.start(2, json!({"key": "C-22", "n": nasty()}));
    for (n, step) in ["clerk", "mail"].iter().enumerate() {
        script.now = at(100 + n as i64);
        let done = task(&first, step);
        script.order(
            &mut first,
            "ann",
            Order::Complete {
                task: done,
                result: json!({"outcome": "approve", "note": ""}),
            },
        );
    }
    let clerk = task(&second, "clerk");
    script.order(
        &mut second,
        "ben",
        Order::Claim {
            task: clerk,
            lease_ms: None,
        },
    );
    script.now = at(4_000);
    script.fire(&mut second);
    for write in &mut script.batch().runs {
        write.breached = write.run.id == second.id;
    }
    script.batch().reports.push(ReportRow {
        number: "4839-2017-55".to_owned(),
        receipt_hash: "h".to_owned(),
        event_id: Uuid::from_u128(2),
        run_id: second.id,
        filed: at(60),
    });
    write(store, &mut script).await;
    [first, second]
}

async fn tasks_are_found_by_actor_state_and_holder(kept: Kept) {
    let [first, second] = two_runs(&kept.store).await;
    let shelf = kept.store.shelf();
    let all = TaskQuery {
        actors: vec![of("HUMAN:*", None), of("HUMAN:clerk", None)],
        statuses: vec![TaskStatus::New, TaskStatus::Claimed],
        holder: Holder::Any,
        escalated: false,
        ready_at: None,
        order: TaskOrder::Deadline,
        after: None,
        limit: 10,
    };
    let is = |holder: &str| Holder::Is(holder.to_owned());
    // What is asked, and the (step, run) expected in this order.
    let (one, two) = (first.id, second.id);
    let cases = [
        (
            "open",
            all.clone(),
            vec![("clerk", two), ("boss", one), ("boss", two)],
        ),
        (
            "limit",
            TaskQuery {
                limit: 2,
                ..all.clone()
            },
            vec![("clerk", two), ("boss", one)],
        ),
        (
            "mine",
            TaskQuery {
                holder: is("ben"),
                ..all.clone()
            },
            vec![("clerk", two)],
        ),
        (
            "nobody's",
            TaskQuery {
                holder: is("b\0n"),
                ..all.clone()
            },
            vec![],
        ),
        (
            "late",
            TaskQuery {
                escalated: true,
                ..all.clone()
            },
            vec![("clerk", two)],
        ),
        (
            "new",
            TaskQuery {
                statuses: vec![TaskStatus::New],
                ready_at: Some(at(0)),
                ..all.clone()
            },
            vec![("boss", one), ("boss", two)],
        ),
        (
            "done",
            TaskQuery {
                statuses: vec![TaskStatus::Done],
                order: TaskOrder::ClosedLast,
                actors: vec![of("HUMAN:*", None)],
                ..all.clone()
            },
            vec![("clerk", one)],
        ),
        (
            "done by ann",
            TaskQuery {
                statuses: vec![TaskStatus::Done],
                holder: is("ann"),
                actors: vec![of("HUMAN:*", None), of("SVC:*", None)],
                ..all.clone()
            },
            vec![("clerk", one), ("mail", one)],
        ),
        (
            "no actor",
            TaskQuery {
                actors: vec![],
                ..all.clone()
            },
            vec![],
        ),
        (
            "no state",
            TaskQuery {
                statuses: vec![],
                ..all.clone()
            },
            vec![],
        ),
        (
            "another kind",
            TaskQuery {
                actors: vec![of("AI:*", None)],
                ..all
            },
            vec![],
        ),
    ];
    for (what, asked, expected) in cases {
        let rows = shelf.tasks(&asked).await.unwrap();
        let found: Vec<_> = rows
            .iter()
            .map(|row| (row.task.step_id.as_str(), row.run_id))
            .collect();
        assert_eq!(found, expected, "{what}");
    }
    let one = shelf.task(task(&second, "boss")).await.unwrap().unwrap();
    assert_eq!((one.run_id, one.workflow.as_str()), (second.id, "Fork"));
    assert_eq!(one.payload.get(), second.payload.to_string());
    assert_eq!(Some(&one.task), second.task(one.task.id));
    let of_run = shelf.run_tasks(first.id).await.unwrap();
    assert_eq!(of_run.len(), 3);
    assert!(of_run.is_sorted_by_key(|row| row.task.id));
}

async fn runs_are_found_by_state_and_by_what_people_know(kept: Kept) {
    let [mut first, second] = two_runs(&kept.store).await;
    let mut script = Script::of(FORK);
    script.now = at(5_000);
    let note = String::new();
    script.order(&mut first, "boss", Order::Cancel { note });
    write(&kept.store, &mut script).await;
    let shelf = kept.store.shelf();
    let all = RunQuery {
        limit: 10,
        ..RunQuery::default()
    };
    let states = |statuses: &[RunStatus]| RunQuery {
        statuses: statuses.to_vec(),
        ..all.clone()
    };
    let search = |text: &str| RunQuery {
        search: Some(text.to_owned()),
        ..all.clone()
    };
    let (one, two) = (first.id, second.id);
    let id = two.to_string();
    let cases = [
        ("all", all.clone(), vec![two, one]),
        (
            "limit",
            RunQuery {
                limit: 1,
                ..all.clone()
            },
            vec![two],
        ),
        (
            "older",
            RunQuery {
                before: Some(two),
                ..all.clone()
            },
            vec![one],
        ),
        ("running", states(&[RunStatus::Running]), vec![two]),
        (
            "ended badly",
            states(&[RunStatus::Cancelled, RunStatus::Failed]),
            vec![one],
        ),
        ("three states", states(&RunStatus::ALL[..3]), vec![two]),
        ("completed", states(&[RunStatus::Completed]), vec![]),
        (
            "breached",
            RunQuery {
                breached: true,
                ..all.clone()
            },
            vec![two],
        ),
        (
            "stopped",
            RunQuery {
                stopped: true,
                ..all.clone()
            },
            vec![],
        ),
        (
            "workflow",
            RunQuery {
                workflows: Some(vec!["Fork".into()]),
                ..all.clone()
            },
            vec![two, one],
        ),
        (
            "another",
            RunQuery {
                workflows: Some(vec!["Spoon".into()]),
                ..all.clone()
            },
            vec![],
        ),
        ("key", search("C-22"), vec![two]),
        ("start of a key", search("C-"), vec![two, one]),
        ("number", search("4839"), vec![two]),
        ("id", search(&id), vec![two]),
        ("start of an id", search(&id[..20]), vec![two, one]),
        ("no id", search("0000000-"), vec![]),
        ("wildcard", search("%"), vec![]),
        ("nul", search("C\0"), vec![]),
    ];
    for (what, asked, expected) in cases {
        let rows = shelf.runs(&asked).await.unwrap();
        let found: Vec<_> = rows.iter().map(|row| row.run.id).collect();
        assert_eq!(found, expected, "{what}");
    }
    let mut rows = shelf
        .runs_by_id(&[two, Uuid::from_u128(9), one])
        .await
        .unwrap();
    rows.sort_by_key(|row| row.run.id);
    let told: Vec<_> = rows
        .iter()
        .map(|row| (row.run.id, row.breached, row.report.as_deref()))
        .collect();
    assert_eq!(
        told,
        [(one, false, None), (two, true, Some("4839-2017-55"))]
    );
    assert_eq!(rows[1].run, second);
}

async fn a_history_is_read_in_pieces(kept: Kept) {
    let [first, _] = two_runs(&kept.store).await;
    let shelf = kept.store.shelf();
    for (after, limit, expected) in [
        (0, 10, vec![1, 2, 3]),
        (1, 1, vec![2]),
        (3, 10, vec![]),
        (u64::from(u32::MAX), 10, vec![]),
    ] {
        let rows = shelf.history(first.id, after, limit).await.unwrap();
        let seqs: Vec<_> = rows.iter().map(|row| row.seq.unwrap()).collect();
        assert_eq!(seqs, expected, "after {after}, at most {limit}");
    }
}

async fn events_and_reports_are_found_by_their_names(kept: Kept) {
    let [_, second] = two_runs(&kept.store).await;
    let shelf = kept.store.shelf();
    let event = shelf.event_by_source("script", "2").await.unwrap().unwrap();
    assert_eq!(event.payload.to_string(), second.payload.to_string());
    assert_eq!((event.name.as_str(), event.received), ("Filed", at(60)));
    assert_eq!(shelf.event(event.id).await.unwrap(), Some(event.clone()));
    let report = shelf.report("4839-2017-55").await.unwrap().unwrap();
    assert_eq!((report.run_id, report.filed), (second.id, at(60)));
    assert_eq!(shelf.report_of_event(event.id).await.unwrap(), Some(report));
}

async fn open_work_is_counted(kept: Kept) {
    two_runs(&kept.store).await;
    let shelf = kept.store.shelf();
    let roles = [of("HUMAN:clerk", None), of("HUMAN:boss", None)];
    let load = shelf.inbox_load(&roles).await.unwrap();
    let expected = InboxLoad {
        unassigned: 2,
        taken: 1,
        escalated: 1,
    };
    assert_eq!(load, expected);
    assert_eq!(shelf.inbox_load(&[]).await.unwrap(), InboxLoad::default());
    for (who, expected) in [("ben", 1), ("b\0n", 0)] {
        assert_eq!(shelf.held(&roles, who).await.unwrap(), expected);
    }
    assert_eq!(shelf.held(&[], "ben").await.unwrap(), 0);
    let mut actors = shelf.load_by_actor().await.unwrap();
    actors.sort_by(|a, b| a.actor.cmp(&b.actor));
    let told: Vec<_> = actors
        .iter()
        .map(|load| (load.actor.as_str(), load.waiting, load.oldest))
        .collect();
    assert_eq!(
        told,
        [
            ("HUMAN:boss", 2, at(0)),
            ("HUMAN:clerk", 1, at(60)),
            ("SVC:mail", 1, at(60)),
        ]
    );
    let mut steps: Vec<_> = shelf
        .load_by_step("Fork")
        .await
        .unwrap()
        .into_iter()
        .map(|load| (load.step_id, load.open))
        .collect();
    steps.sort();
    let expected = [("boss", 2), ("clerk", 1), ("mail", 1)];
    assert_eq!(steps, expected.map(|(step, open)| (step.to_owned(), open)));
    assert_eq!(shelf.open_runs().await.unwrap(), [("Fork".to_owned(), 2)]);
    let only = |ids: &[&str]| Some(ids.iter().map(|id| (*id).to_owned()).collect::<Vec<_>>());
    for (workflows, expected) in [
        (None, 1),
        (only(&["Fork"]), 1),
        (only(&["Spoon", "Fork"]), 1),
        (only(&["Spoon"]), 0),
        (only(&[]), 0),
    ] {
        let open = shelf.sla_open(workflows.as_deref()).await.unwrap();
        assert_eq!(open.len(), expected);
        assert!(
            open.iter()
                .all(|open| (open.on_time, open.breached) == (0, 1))
        );
    }
}

async fn what_is_not_there_is_not_found(kept: Kept) {
    let shelf = kept.store.shelf();
    let nobody = Uuid::from_u128(5);
    shelf.ready().await.unwrap();
    assert!(shelf.task(nobody).await.unwrap().is_none());
    assert!(shelf.run(nobody).await.unwrap().is_none());
    assert!(shelf.event(nobody).await.unwrap().is_none());
    assert!(shelf.event_by_source("a\0", "b").await.unwrap().is_none());
    assert!(shelf.report("1\0").await.unwrap().is_none());
    assert!(shelf.report_of_event(nobody).await.unwrap().is_none());
    assert!(shelf.run_tasks(nobody).await.unwrap().is_empty());
    assert!(shelf.workflow_versions().await.unwrap().is_empty());
    let odd = RunQuery {
        workflows: Some(vec!["W\0".to_owned()]),
        limit: 1,
        ..RunQuery::default()
    };
    assert!(shelf.runs(&odd).await.unwrap().is_empty());
    assert!(
        shelf
            .sla_open(Some(&["W\0".to_owned()]))
            .await
            .unwrap()
            .is_empty()
    );
    let day = at(0).date_naive();
    let days = shelf
        .sla_days(day, day, Some(&["W\0".to_owned()]))
        .await
        .unwrap();
    assert!(days.is_empty());
}
