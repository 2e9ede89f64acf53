//! The orchestrator over a real SQLite file: what is accepted, refused, repeated and timed.

use std::path::Path;
use std::time::Duration;

use hms_engine::{ActorPattern, Rejected, RunStatus, TaskStatus};
use hms_server::node::{self, Place};
use hms_server::orchestrator::{
    Interest, NewEvent, NewReport, Orchestrator, Origin, Refusal, TaskOrder,
};
use hms_server::store::{Holder, TaskOrder as Order, TaskQuery, TaskRow};
use serde_json::{Value, json};
use uuid::Uuid;

pub(crate) async fn node(data: &Path, clock_rate: f64) -> Orchestrator {
    let place = Place {
        data_dir: data.to_owned(),
        database_url: None,
        workflows: None,
        clock_rate,
    };
    let (orchestrator, _store, lock) = node::open(&place).await.unwrap().start();
    // The lock ends with the process in real use; here with the test.
    std::mem::forget(lock);
    orchestrator
}

fn complaint() -> NewEvent {
    NewEvent {
        name: "ComplaintLogged".to_owned(),
        payload: json!({"complaintId": "C-42", "text": "Spam calls"}),
        origin: None,
        report: None,
    }
}

pub(crate) fn actor(text: &str) -> ActorPattern {
    text.parse().unwrap()
}

pub(crate) async fn open_tasks(orchestrator: &Orchestrator, of: &str) -> Vec<TaskRow> {
    let query = TaskQuery {
        actors: vec![actor(of).into()],
        statuses: vec![TaskStatus::New, TaskStatus::Claimed],
        holder: Holder::Any,
        escalated: false,
        ready_at: None,
        order: Order::Deadline,
        after: None,
        limit: 100,
    };
    orchestrator.shelf().tasks(&query).await.unwrap()
}

pub(crate) async fn only_task(orchestrator: &Orchestrator, of: &str) -> TaskRow {
    let mut tasks = open_tasks(orchestrator, of).await;
    assert_eq!(tasks.len(), 1, "{tasks:?}");
    tasks.remove(0)
}

pub(crate) fn done(result: Value) -> TaskOrder {
    TaskOrder::Complete { result }
}

#[tokio::test]
async fn a_run_goes_from_event_to_end() {
    let data = tempfile::tempdir().unwrap();
    let orchestrator = node(data.path(), 1.0).await;
    let emitted = orchestrator.emit(complaint()).await.unwrap();
    let run = emitted.runs[0].run_id;
    let label = only_task(&orchestrator, "AI:fraud-labeler").await;
    assert_eq!(label.run_id, run);
    let row = orchestrator
        .task_order(label.task.id, "labeler", done(json!({"severity": "High"})))
        .await
        .unwrap();
    assert_eq!(row.task.status, TaskStatus::Done);
    let review = only_task(&orchestrator, "HUMAN:*").await;
    let approve = json!({"outcome": "approve", "approved": true, "note": "ok"});
    orchestrator
        .task_order(review.task.id, "person:1", done(approve.clone()))
        .await
        .unwrap();
    // The same answer again is answered like the first time; another one is not.
    orchestrator
        .task_order(review.task.id, "person:1", done(approve))
        .await
        .unwrap();
    let other = orchestrator
        .task_order(
            review.task.id,
            "person:2",
            done(json!({"outcome": "reject", "note": "no"})),
        )
        .await;
    assert!(
        matches!(other, Err(Refusal::Closed(row)) if row.task.closed_by.as_deref() == Some("person:1"))
    );
    let mail = only_task(&orchestrator, "SVC:email-svc").await;
    orchestrator
        .task_order(mail.task.id, "mail", done(json!({})))
        .await
        .unwrap();
    let row = orchestrator.shelf().run(run).await.unwrap().unwrap();
    assert_eq!(row.run.status, RunStatus::Completed);
    assert_eq!(row.case(), "C-42");
    let history = orchestrator.shelf().history(run, 0, 100).await.unwrap();
    assert_eq!(
        history
            .iter()
            .map(|row| row.seq.unwrap())
            .collect::<Vec<_>>(),
        [1, 2, 3, 4]
    );
    assert!(open_tasks(&orchestrator, "HUMAN:*").await.is_empty());
}

#[tokio::test]
async fn the_same_event_again_starts_nothing() {
    let data = tempfile::tempdir().unwrap();
    let orchestrator = node(data.path(), 1.0).await;
    let origin = Some(Origin {
        source: "s".to_owned(),
        id: "1".to_owned(),
    });
    let event = || NewEvent {
        origin: origin.clone(),
        ..complaint()
    };
    // Twice in one batch, and once more later.
    let both = orchestrator.emit_many(vec![event(), event()]).await;
    let first = both[0].as_ref().unwrap();
    assert!(!first.repeated);
    let again = orchestrator.emit(event()).await.unwrap();
    for repeat in [both[1].as_ref().unwrap(), &again] {
        assert!(repeat.repeated);
        assert_eq!(
            (repeat.event_id, &repeat.runs),
            (first.event_id, &first.runs)
        );
    }
    assert_eq!(open_tasks(&orchestrator, "AI:*").await.len(), 1);
}

#[tokio::test]
async fn a_report_number_is_given_once() {
    let data = tempfile::tempdir().unwrap();
    let orchestrator = node(data.path(), 1.0).await;
    let report = |number: &str| {
        let report = NewReport {
            number: number.to_owned(),
            receipt_hash: "h".to_owned(),
            workflow: None,
        };
        NewEvent {
            report: Some(report),
            ..complaint()
        }
    };
    let filed = orchestrator.emit(report("1-1")).await.unwrap();
    assert!(matches!(
        orchestrator.emit(report("1-1")).await,
        Err(Refusal::NumberTaken)
    ));
    let kept = orchestrator.shelf().report("1-1").await.unwrap().unwrap();
    assert_eq!(kept.run_id, filed.runs[0].run_id);
    let by_event = orchestrator
        .shelf()
        .report_of_event(filed.event_id)
        .await
        .unwrap();
    assert_eq!(by_event, Some(kept));
}

#[tokio::test]
async fn what_cannot_be_done_is_told_with_what_would_be_right() {
    let data = tempfile::tempdir().unwrap();
    let orchestrator = node(data.path(), 1.0).await;
    let wrong = NewEvent {
        name: "ComplaintLoged".to_owned(),
        ..complaint()
    };
    let Err(Refusal::UnknownEvent { nearest, .. }) = orchestrator.emit(wrong).await else {
        panic!("an event nobody starts on")
    };
    assert_eq!(nearest, ["ComplaintLogged"]);
    let list = NewEvent {
        payload: json!([1]),
        ..complaint()
    };
    assert!(matches!(
        orchestrator.emit(list).await,
        Err(Refusal::NotAnObject)
    ));
    let large = NewEvent {
        payload: json!({"text": "x".repeat(300_000)}),
        ..complaint()
    };
    assert!(matches!(
        orchestrator.emit(large).await,
        Err(Refusal::TooLarge { .. })
    ));
    let nobody = orchestrator
        .task_order(Uuid::nil(), "x", TaskOrder::Release)
        .await;
    assert!(matches!(nobody, Err(Refusal::UnknownTask(_))));
    let no_run = orchestrator.cancel(Uuid::nil(), "x", String::new()).await;
    assert!(matches!(no_run, Err(Refusal::UnknownRun(_))));
    let Err(Refusal::BadDefinition(faults)) = orchestrator.deploy("id: x\nsteps: 3\n", "x").await
    else {
        panic!("a definition with errors")
    };
    assert!(!faults.is_empty());
}

#[tokio::test]
async fn a_claimed_task_is_its_holders() {
    let data = tempfile::tempdir().unwrap();
    let orchestrator = node(data.path(), 1.0).await;
    orchestrator
        .emit_many(vec![complaint(), complaint(), complaint()])
        .await;
    let labeler = actor("AI:fraud-labeler");
    let mine = orchestrator
        .lease(&labeler, "one", 2, 60_000)
        .await
        .unwrap();
    let rest = orchestrator
        .lease(&labeler, "two", 5, 60_000)
        .await
        .unwrap();
    assert_eq!((mine.len(), rest.len()), (2, 1));
    let low = json!({"severity": "Low"});
    let stolen = orchestrator
        .task_order(mine[0].task.id, "two", done(low.clone()))
        .await;
    assert!(matches!(stolen, Err(Refusal::Rejected(Rejected::HeldBy { by, .. })) if by == "one"));
    orchestrator
        .task_order(mine[0].task.id, "one", done(low))
        .await
        .unwrap();
    orchestrator
        .task_order(mine[1].task.id, "one", TaskOrder::Release)
        .await
        .unwrap();
    assert_eq!(
        orchestrator
            .lease(&labeler, "two", 5, 60_000)
            .await
            .unwrap()
            .len(),
        1
    );
}

#[tokio::test]
async fn a_deadline_fires_on_time_also_over_a_restart() {
    let data = tempfile::tempdir().unwrap();
    // Four hours in two seconds.
    let orchestrator = node(data.path(), 7_200.0).await;
    orchestrator.emit(complaint()).await.unwrap();
    let label = only_task(&orchestrator, "AI:*").await;
    orchestrator
        .task_order(label.task.id, "labeler", done(json!({"severity": "High"})))
        .await
        .unwrap();
    let review = only_task(&orchestrator, "HUMAN:investigator").await;
    let fires = |orchestrator: &Orchestrator| {
        orchestrator
            .hub()
            .listen(Interest::Free(vec![actor("HUMAN:supervisor")]))
    };
    let listener = fires(&orchestrator);
    tokio::time::timeout(Duration::from_secs(20), listener.changed())
        .await
        .unwrap();
    let closed = orchestrator
        .shelf()
        .task(review.task.id)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(closed.task.status, TaskStatus::Timeout);
    let late = closed.task.closed_at.unwrap() - closed.task.expires.unwrap();
    // A second of wall time is two hours here.
    assert!(late.num_seconds() < 7_200, "{late}");
    assert!(
        only_task(&orchestrator, "HUMAN:supervisor")
            .await
            .task
            .escalated
    );

    // A second one, whose deadline passes while nobody is there.
    orchestrator.emit(complaint()).await.unwrap();
    let label = only_task(&orchestrator, "AI:*").await;
    orchestrator
        .task_order(label.task.id, "labeler", done(json!({"severity": "High"})))
        .await
        .unwrap();
    let before = orchestrator.now();
    orchestrator.stop().await;
    tokio::time::sleep(Duration::from_millis(2_500)).await;
    let copy = tempfile::tempdir().unwrap();
    for file in std::fs::read_dir(data.path()).unwrap() {
        let file = file.unwrap();
        std::fs::copy(file.path(), copy.path().join(file.file_name())).unwrap();
    }
    let again = node(copy.path(), 7_200.0).await;
    assert!(again.now() > before);
    let listener = fires(&again);
    if open_tasks(&again, "HUMAN:supervisor").await.len() < 2 {
        tokio::time::timeout(Duration::from_secs(1), listener.changed())
            .await
            .unwrap();
    }
    assert_eq!(open_tasks(&again, "HUMAN:supervisor").await.len(), 2);
}

#[tokio::test]
async fn a_second_process_on_the_same_data_is_refused() {
    let data = tempfile::tempdir().unwrap();
    let _first = node(data.path(), 1.0).await;
    let place = Place {
        data_dir: data.path().to_owned(),
        database_url: None,
        workflows: None,
        clock_rate: 1.0,
    };
    let Err(error) = node::open(&place).await else {
        panic!("it opened")
    };
    assert!(
        error.to_string().contains("in use by another hms"),
        "{error}"
    );
}

/// A deployment has a transaction of its own, whatever has arrived around it.
#[tokio::test]
async fn a_definition_is_deployed_in_the_middle_of_other_work() {
    let data = tempfile::tempdir().unwrap();
    let orchestrator = node(data.path(), 1.0).await;
    let (_, shipped) = hms_server::shipped::definitions().swap_remove(0);
    let revised = |n: u32| format!("{shipped}# revision {n}\n");
    let (one, two) = (revised(1), revised(2));
    let (first, event, second, last) = tokio::join!(
        orchestrator.deploy(&one, "x"),
        orchestrator.emit(complaint()),
        orchestrator.deploy(&two, "x"),
        orchestrator.emit(complaint()),
    );
    assert!(first.unwrap().changed && second.unwrap().changed);
    event.unwrap();
    last.unwrap();
}
