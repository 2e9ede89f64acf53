//! Writing runs.

use hms_engine::{ActorPattern, Order, Run, TaskStatus};
use hms_server::clock::moment;
use hms_server::store::{
    Batch, Journal, Loaded, Needed, Outcomes, ReportRow, SlaChange, SlaOutcome, StoreError,
    histogram,
};
use serde_json::json;
use uuid::Uuid;

use crate::kept::Kept;
use crate::on_all;
use crate::script::{Script, at, nasty};

on_all!(
    what_was_written_is_read_back_as_it_was,
    what_is_not_committed_is_not_kept,
    a_batch_that_cannot_be_written_leaves_nothing,
    timers_come_due_earliest_first_and_are_over_once,
    free_tasks_are_handed_out_in_order,
    what_was_accepted_before_is_known,
    sla_figures_add_up,
    a_clock_is_kept_with_its_task,
);

pub(crate) const REVIEW: &str = "id: Review\nstart: Filed\nkey: payload.complaintId\nsteps:\n  - id: label\n    actor: AI:labeler\n  - id: review\n    actor: HUMAN:clerk\n    sla: 1h\n    on_timeout: boss\n    on_complete: end\n  - id: boss\n    actor: HUMAN:boss\n";

/// Reads runs in a transaction that writes nothing.
pub(crate) async fn read(journal: &mut dyn Journal, needed: Needed) -> Loaded {
    let loaded = journal.begin(&needed).await.unwrap();
    journal.abandon().await;
    loaded
}

async fn read_run(journal: &mut dyn Journal, run: Uuid) -> Option<Run> {
    let needed = Needed {
        now: at(0),
        runs: vec![run],
        ..Needed::default()
    };
    read(journal, needed).await.runs.pop()
}

/// Writes what a script gathered.
pub(crate) async fn write(journal: &mut dyn Journal, batch: Batch) -> Result<(), StoreError> {
    let runs = batch
        .runs
        .iter()
        .filter(|write| write.began_by.is_none())
        .map(|write| write.run.id)
        .collect();
    let needed = Needed {
        now: moment(batch.latest_ms),
        runs,
        ..Needed::default()
    };
    journal.begin(&needed).await?;
    let written = journal.commit(batch).await;
    if written.is_err() {
        journal.abandon().await;
    }
    written
}

async fn what_was_written_is_read_back_as_it_was(kept: Kept) {
    let mut journal = kept.store.journal().await.unwrap();
    let mut script = Script::of(REVIEW);
    let mut run = script.start(1, nasty());
    write(journal.as_mut(), script.take()).await.unwrap();
    script.now = at(10);
    let label = run.tasks[0].id;
    script.complete(&mut run, label, nasty());
    write(journal.as_mut(), script.take()).await.unwrap();

    // By the journal that wrote it, and by one that knows nothing.
    let mut cold = kept.again().await.journal().await.unwrap();
    for journal in [&mut journal, &mut cold] {
        let needed = Needed {
            now: at(20),
            runs: vec![run.id],
            tasks: vec![label, run.tasks[0].id, Uuid::from_u128(77)],
            ..Needed::default()
        };
        let loaded = read(journal.as_mut(), needed).await;
        assert_eq!(loaded.runs, [run.clone()]);
        // Replay compares states byte for byte.
        let [as_read, as_was] =
            [&loaded.runs[0], &run].map(|run| serde_json::to_string(run).unwrap());
        assert_eq!(as_read, as_was);
        assert_eq!(loaded.runs[0].payload.to_string(), nasty().to_string());
        let mut tasks = loaded.tasks;
        tasks.sort_by_key(|(_, task)| task.status.is_open());
        let [(of, closed), (_, open)] = tasks.as_slice() else {
            panic!("two of the three tasks: {tasks:?}")
        };
        assert_eq!(
            (*of, closed.id, closed.status),
            (run.id, label, TaskStatus::Done)
        );
        assert_eq!(closed.result, Some(nasty()));
        assert_eq!(closed.closed_at, Some(at(10)));
        assert_eq!(*open, run.tasks[0]);
    }
    let row = kept.store.shelf().run(run.id).await.unwrap().unwrap();
    assert_eq!((row.run, row.event_id), (run.clone(), Uuid::from_u128(1)));
    let history = kept.store.shelf().history(run.id, 0, 10).await.unwrap();
    let seqs: Vec<_> = history.iter().map(|row| row.seq.unwrap()).collect();
    assert_eq!(seqs, [1, 2]);
    assert!(history[0].n < history[1].n);
    let command = json!({"order": "complete", "task": label, "result": nasty()});
    assert_eq!(history[1].command, command);
    let who = (
        history[1].at,
        history[1].who.as_str(),
        history[1].version.as_ref(),
    );
    assert_eq!(who, (at(10), "worker", Some(&run.version)));
}

async fn a_clock_is_kept_with_its_task(kept: Kept) {
    const LADDER: &str = "id: Review\nstart: Filed\nsteps:\n  - id: review\n    actor: HUMAN:clerk\n    sla: { within: 1h, accept: 5m, ladder: [{ at: 50%, remind: assignee, notify: HUMAN:boss }] }\n";
    let mut journal = kept.store.journal().await.unwrap();
    let mut script = Script::of(LADDER);
    let mut run = script.start(1, json!({}));
    write(journal.as_mut(), script.take()).await.unwrap();
    let task = run.tasks[0].id;
    let reason = "it waits for a letter".to_owned();
    let pause = Order::Pause {
        task,
        reason,
        waiting_for_reporter: true,
    };
    for (seconds, order) in [
        (1_900, None),
        (2_000, Some(pause)),
        (9_000, Some(Order::Resume { task })),
    ] {
        script.now = at(seconds);
        script.fire(&mut run);
        if let Some(order) = order {
            script.order(&mut run, "ann", order);
        }
        write(journal.as_mut(), script.take()).await.unwrap();
        let needed = Needed {
            now: script.now,
            tasks: vec![task],
            ..Needed::default()
        };
        // Another journal knows nothing of the runs this one has at hand.
        let mut other = kept.store.journal().await.unwrap();
        let loaded = read(other.as_mut(), needed).await;
        assert_eq!(loaded.tasks, vec![(run.id, run.tasks[0].clone())]);
        assert_eq!(loaded.runs, vec![run.clone()]);
        let row = kept.store.shelf().task(task).await.unwrap().unwrap();
        assert_eq!(row.task, run.tasks[0]);
    }
    assert_eq!(run.tasks[0].clock.as_ref().unwrap().fired, [0]);
}

async fn what_is_not_committed_is_not_kept(kept: Kept) {
    let mut journal = kept.store.journal().await.unwrap();
    let mut script = Script::of(REVIEW);
    let run = script.start(1, json!({}));
    let mut lost = script.take();
    // Begun and given up, twice: the second finds no transaction open.
    journal.begin(&Needed::default()).await.unwrap();
    journal.abandon().await;
    journal.abandon().await;
    assert_eq!(read_run(journal.as_mut(), run.id).await, None);
    lost.latest_ms = at(5).timestamp_millis();
    write(journal.as_mut(), lost).await.unwrap();
    assert_eq!(read_run(journal.as_mut(), run.id).await, Some(run));
}

async fn a_batch_that_cannot_be_written_leaves_nothing(kept: Kept) {
    let mut journal = kept.store.journal().await.unwrap();
    let mut script = Script::of(REVIEW);
    let mut first = script.start(1, json!({}));
    write(journal.as_mut(), script.take()).await.unwrap();
    // One that is right, and with it the sender's event 1 a second time.
    let label = first.tasks[0].id;
    let before = first.clone();
    script.complete(&mut first, label, json!({}));
    let second = script.start(2, json!({}));
    script.batch().events[0].external_id = Some("1".to_owned());
    assert!(write(journal.as_mut(), script.take()).await.is_err());
    assert_eq!(read_run(journal.as_mut(), second.id).await, None);
    assert_eq!(read_run(journal.as_mut(), first.id).await, Some(before));
    let event = kept.store.shelf().event(Uuid::from_u128(2)).await.unwrap();
    assert_eq!(event, None);
    // The journal goes on.
    let third = script.start(3, json!({}));
    write(journal.as_mut(), script.take()).await.unwrap();
    assert_eq!(read_run(journal.as_mut(), third.id).await, Some(third));
}

async fn timers_come_due_earliest_first_and_are_over_once(kept: Kept) {
    let mut journal = kept.store.journal().await.unwrap();
    assert_eq!(journal.look().await.unwrap().next, None);
    let mut script = Script::of(REVIEW);
    let mut runs = Vec::new();
    for n in [3, 1, 2] {
        let mut run = script.start(n, json!({}));
        script.now = at(n as i64);
        let label = run.tasks[0].id;
        script.complete(&mut run, label, json!({}));
        runs.push(run);
    }
    write(journal.as_mut(), script.take()).await.unwrap();
    assert_eq!(journal.look().await.unwrap().next, Some(at(3_601)));
    let due = |now, due| Needed {
        now: at(now),
        due,
        ..Needed::default()
    };
    let none = read(journal.as_mut(), due(3_600, 10)).await;
    assert_eq!((none.due.runs.len(), none.due.next), (0, Some(at(3_601))));
    assert!(!none.due.more && none.runs.is_empty());
    let first = read(journal.as_mut(), due(3_603, 1)).await.due;
    assert_eq!(
        (first.runs, first.more),
        (vec![Uuid::from_u128(1001)], true)
    );
    let loaded = read(journal.as_mut(), due(3_602, 10)).await;
    assert_eq!(
        loaded.due.runs,
        [Uuid::from_u128(1001), Uuid::from_u128(1002)]
    );
    assert_eq!((loaded.due.next, loaded.runs.len()), (Some(at(3_603)), 2));

    // Fired and written, the timers are over; the others stay.
    script.now = at(3_602);
    for run in &mut runs {
        script.fire(run);
    }
    write(journal.as_mut(), script.take()).await.unwrap();
    let left = read(journal.as_mut(), due(9_999, 10)).await.due;
    assert_eq!((left.runs, left.next), (vec![Uuid::from_u128(1003)], None));
}

async fn free_tasks_are_handed_out_in_order(kept: Kept) {
    let mut journal = kept.store.journal().await.unwrap();
    let mut script = Script::of(
        "id: W\nstart: E\nsteps:\n  - id: fork\n    type: parallel\n    branches:\n      \
         never:\n        - id: never\n          actor: SVC:a\n      \
         urgent:\n        - id: urgent\n          actor: SVC:a\n          priority: high\n      \
         late:\n        - id: late\n          actor: SVC:a\n          sla: 2h\n      \
         soon:\n        - id: soon\n          actor: SVC:a\n          sla: 1h\n      \
         other:\n        - id: other\n          actor: SVC:b\n",
    );
    let mut run = script.start(1, json!({}));
    let task = |run: &Run, step: &str| {
        run.tasks
            .iter()
            .find(|task| task.step_id == step)
            .unwrap()
            .id
    };
    let failing = task(&run, "never");
    write(journal.as_mut(), script.take()).await.unwrap();
    let steps = |run: &Run, found: &[(Uuid, Uuid)]| -> Vec<String> {
        found
            .iter()
            .map(|(id, of)| {
                assert_eq!(*of, run.id);
                run.task(*id).unwrap().step_id.clone()
            })
            .collect()
    };
    let needed = |patterns: &[(&str, u32)]| Needed {
        now: at(0),
        free: patterns
            .iter()
            .map(|(pattern, limit)| (pattern.parse::<ActorPattern>().unwrap(), *limit))
            .collect(),
        ..Needed::default()
    };
    let asked = needed(&[("SVC:a", 10), ("SVC:*", 2), ("AI:*", 5), ("SVC:b", 1)]);
    let loaded = read(journal.as_mut(), asked).await;
    assert_eq!(loaded.runs, [run.clone()]);
    assert!(!loaded.passed_over);
    let found: Vec<_> = loaded.free.iter().map(|free| steps(&run, free)).collect();
    assert_eq!(found[0], ["soon", "late", "urgent", "never"]);
    assert_eq!(found[1], ["soon", "late"]);
    assert!(found[2].is_empty());
    assert_eq!(found[3], ["other"]);

    // One that is taken is not free, and neither is one that waits for its next attempt.
    let soon = task(&run, "soon");
    script.order(
        &mut run,
        "w",
        Order::Claim {
            task: soon,
            lease_ms: None,
        },
    );
    write(journal.as_mut(), script.take()).await.unwrap();
    let mut later = run.task(failing).unwrap().clone();
    later.not_before = Some(at(30));
    script.batch().tasks.push(hms_server::store::TaskWrite {
        task: later,
        run_id: run.id,
        workflow: run.workflow.clone(),
        new: false,
        moved: false,
    });
    write(journal.as_mut(), script.take()).await.unwrap();
    for (now, expected) in [
        (29, vec!["late", "urgent"]),
        (30, vec!["late", "urgent", "never"]),
    ] {
        let asked = Needed {
            now: at(now),
            ..needed(&[("SVC:a", 10)])
        };
        let loaded = read(journal.as_mut(), asked).await;
        assert_eq!(steps(&run, &loaded.free[0]), expected);
    }
}

async fn what_was_accepted_before_is_known(kept: Kept) {
    let mut journal = kept.store.journal().await.unwrap();
    let mut script = Script::of(REVIEW);
    let run = script.start(7, nasty());
    script.batch().reports.push(ReportRow {
        number: "4839-2017-55".to_owned(),
        receipt_hash: "hash".to_owned(),
        event_id: Uuid::from_u128(7),
        run_id: run.id,
        filed: at(0),
    });
    write(journal.as_mut(), script.take()).await.unwrap();
    let pair = |source: &str, id: &str| (source.to_owned(), id.to_owned());
    let needed = Needed {
        now: at(0),
        origins: vec![
            pair("script", "7"),
            pair("script", "8"),
            pair("7", "script"),
        ],
        numbers: vec!["4839-2017-55".to_owned(), "4839-2017-56".to_owned()],
        starts: true,
        ..Needed::default()
    };
    let loaded = read(journal.as_mut(), needed).await;
    assert_eq!(loaded.numbers, ["4839-2017-55"]);
    assert_eq!(loaded.events.len(), 1);
    let event = &loaded.events[0];
    assert_eq!((event.id, &event.payload), (Uuid::from_u128(7), &nasty()));
    assert_eq!(event.runs[0].run_id, run.id);
}

fn counts(of: &Outcomes) -> [u64; 3] {
    [of.met, of.breached, of.cancelled]
}

async fn sla_figures_add_up(kept: Kept) {
    let mut journal = kept.store.journal().await.unwrap();
    let mut script = Script::of(REVIEW);
    let change = |workflow: &str, seconds, outcome| SlaChange {
        workflow: workflow.to_owned(),
        step_id: "review".to_owned(),
        at: at(seconds),
        outcome,
    };
    let day = 86_400;
    for (n, changes) in [
        vec![
            change("A", 0, SlaOutcome::Met(60_000)),
            change("A", 5, SlaOutcome::Met(60_100)),
            change("A", 5, SlaOutcome::Breached),
            change("B", 5, SlaOutcome::Cancelled),
            change("A", 5, SlaOutcome::AcceptMet(30_000)),
            change("A", 6, SlaOutcome::AcceptBreached),
        ],
        vec![
            change("A", day - 1, SlaOutcome::Late(9_000_000)),
            change("A", day, SlaOutcome::Met(1)),
            change("A", 7, SlaOutcome::AcceptLate(600_000)),
            change("A", day, SlaOutcome::AcceptCancelled),
        ],
    ]
    .into_iter()
    .enumerate()
    {
        script.start(n as u128, json!({}));
        script.batch().sla = changes;
        write(journal.as_mut(), script.take()).await.unwrap();
    }
    let (first, second) = (at(0).date_naive(), at(day).date_naive());
    let shelf = kept.store.shelf();
    let mut days = shelf.sla_days(first, second, None).await.unwrap();
    let told: Vec<_> = days
        .iter()
        .map(|d| {
            (
                d.workflow.as_str(),
                d.day,
                counts(&d.finish),
                counts(&d.accept),
            )
        })
        .collect();
    assert_eq!(
        told,
        [
            ("A", first, [2, 1, 0], [1, 1, 0]),
            ("B", first, [0, 0, 1], [0, 0, 0]),
            ("A", second, [1, 0, 0], [0, 0, 1]),
        ]
    );
    days[0].finish.durations.sort_unstable();
    assert_eq!(
        days[0].finish.durations,
        [
            (histogram::bucket(60_000), 2),
            (histogram::bucket(9_000_000), 1)
        ]
    );
    days[0].accept.durations.sort_unstable();
    assert_eq!(
        days[0].accept.durations,
        [
            (histogram::bucket(30_000), 1),
            (histogram::bucket(600_000), 1)
        ]
    );
    assert!(days[1].finish.durations.is_empty() && days[1].accept.durations.is_empty());
    let only = shelf
        .sla_days(second, second, Some(&["A".to_owned()]))
        .await
        .unwrap();
    assert_eq!(only.len(), 1);
    assert!(
        shelf
            .sla_days(second, second, Some(&["B".to_owned()]))
            .await
            .unwrap()
            .is_empty()
    );
}
