//! Events into running cases: by business key, by match, early, twice, for nobody, for too many.

use hms_engine::RunStatus;
use hms_server::orchestrator::{Emitted, NewEvent, Orchestrator, Origin, Refusal};
use hms_server::store::{CASES_MAX, Reach, RunQuery};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::orchestrator::{done, node, only_task, open_tasks};

const APPEAL: &str = r#"
id: Appeal
start: AppealFiled
key: payload.case
steps:
  - { id: ask, actor: "SVC:asker" }
  - { id: documents, type: wait, event: DocumentsReceived, sla: 30d, on_timeout: end }
  - { id: decide, actor: "SVC:judge" }
"#;

const LETTER: &str = r#"
id: Letter
start: LetterWritten
steps:
  - { id: send, actor: "SVC:post" }
  - { id: reply, type: wait, event: Replied, match: event.payload.letter == steps.send.result.letter }
"#;

async fn house(definitions: &[&str]) -> (Orchestrator, tempfile::TempDir) {
    let data = tempfile::tempdir().unwrap();
    let orchestrator = node(data.path(), 1.0).await;
    for definition in definitions {
        orchestrator.deploy(definition, "test").await.unwrap();
    }
    (orchestrator, data)
}

fn event(name: &str, payload: Value) -> NewEvent {
    NewEvent {
        name: name.to_owned(),
        payload,
        origin: None,
        report: None,
    }
}

fn reached(emitted: &Emitted) -> Vec<(Uuid, Reach)> {
    let reached = emitted.reached.iter();
    reached.map(|run| (run.run_id, run.how)).collect()
}

async fn started(house: &Orchestrator, name: &str, payload: Value) -> Uuid {
    house.emit(event(name, payload)).await.unwrap().runs[0].run_id
}

async fn stands(house: &Orchestrator, run: Uuid) -> String {
    let row = house.shelf().run(run).await.unwrap().unwrap();
    match row.run.status {
        RunStatus::Running => row.run.lists[0].at.clone(),
        ended => ended.as_str().to_owned(),
    }
}

#[tokio::test]
async fn an_event_reaches_the_case_with_its_key_early_or_in_time() {
    let (house, _data) = house(&[APPEAL]).await;
    let one = started(&house, "AppealFiled", json!({"case": "A-1"})).await;
    let two = started(&house, "AppealFiled", json!({"case": "A-2"})).await;
    let papers = |case: &str| event("DocumentsReceived", json!({"case": case}));
    let early = house.emit(papers("A-1")).await.unwrap();
    assert_eq!(reached(&early), [(one, Reach::Kept)]);
    assert!(early.runs.is_empty());
    let ask = open_tasks(&house, "SVC:asker").await;
    for task in ask {
        let id = task.task.id;
        house
            .task_order(id, "asker", done(json!({})))
            .await
            .unwrap();
    }
    assert_eq!(stands(&house, one).await, "decide");
    assert_eq!(stands(&house, two).await, "documents");
    let nobody = house.emit(papers("A-3")).await.unwrap();
    assert_eq!((nobody.runs.len(), nobody.reached.len()), (0, 0));
    // Accepted is kept, also when it concerned nobody.
    assert!(
        house
            .shelf()
            .event(nobody.event_id)
            .await
            .unwrap()
            .is_some()
    );
    let in_time = house.emit(papers("A-2")).await.unwrap();
    assert_eq!(reached(&in_time), [(two, Reach::Taken)]);
    assert_eq!(stands(&house, two).await, "decide");
    let kept = house
        .shelf()
        .event(in_time.event_id)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(kept.reached, in_time.reached);
    // Behind them, nobody waits any more.
    let late = house.emit(papers("A-2")).await.unwrap();
    assert!(late.reached.is_empty());
}

#[tokio::test]
async fn the_same_event_again_reaches_nothing_twice() {
    let (house, _data) = house(&[APPEAL]).await;
    let run = started(&house, "AppealFiled", json!({"case": "A-1"})).await;
    let papers = || NewEvent {
        origin: Some(Origin {
            source: "post".to_owned(),
            id: "1".to_owned(),
        }),
        ..event("DocumentsReceived", json!({"case": "A-1"}))
    };
    let both = house.emit_many(vec![papers(), papers()]).await;
    let again = house.emit(papers()).await.unwrap();
    let first = both[0].as_ref().unwrap();
    for repeat in [both[1].as_ref().unwrap(), &again] {
        assert!(repeat.repeated);
        assert_eq!(repeat.event_id, first.event_id);
        assert_eq!(reached(repeat), [(run, Reach::Kept)]);
    }
    let row = house.shelf().run(run).await.unwrap().unwrap();
    assert_eq!(row.run.kept.len(), 1);
}

/// Whatever came before it in the same transaction has happened for an event.
#[tokio::test]
async fn one_batch_may_start_a_case_and_reach_it() {
    let (house, _data) = house(&[APPEAL]).await;
    let events = vec![
        event("AppealFiled", json!({"case": "A-1"})),
        event("DocumentsReceived", json!({"case": "A-1"})),
    ];
    let both = house.emit_many(events).await;
    let run = both[0].as_ref().unwrap().runs[0].run_id;
    assert_eq!(reached(both[1].as_ref().unwrap()), [(run, Reach::Kept)]);
}

#[tokio::test]
async fn an_event_may_start_one_case_and_reach_another() {
    let follow =
        "id: Filing\nstart: DocumentsReceived\nsteps:\n  - { id: file, actor: \"SVC:x\" }\n";
    let (house, _data) = house(&[APPEAL, follow]).await;
    let run = started(&house, "AppealFiled", json!({"case": "A-1"})).await;
    let papers = house
        .emit(event("DocumentsReceived", json!({"case": "A-1"})))
        .await;
    let papers = papers.unwrap();
    assert_eq!(papers.runs.len(), 1);
    assert_eq!(reached(&papers), [(run, Reach::Kept)]);
}

#[tokio::test]
async fn a_match_finds_its_case_among_many() {
    let (house, _data) = house(&[LETTER]).await;
    let mut letters = Vec::new();
    for n in 0..3 {
        let run = started(&house, "LetterWritten", json!({})).await;
        let task = only_task(&house, "SVC:post").await.task.id;
        let sent = done(json!({"letter": format!("L-{n}")}));
        house.task_order(task, "post", sent).await.unwrap();
        letters.push(run);
    }
    let reply = |n: u32| event("Replied", json!({"letter": format!("L-{n}")}));
    let answer = house.emit(reply(1)).await.unwrap();
    assert_eq!(reached(&answer), [(letters[1], Reach::Taken)]);
    assert_eq!(stands(&house, letters[1]).await, "COMPLETED");
    assert_eq!(stands(&house, letters[2]).await, "reply");
    // It waits no more, and nobody else ever had that letter.
    for n in [1, 7] {
        assert!(house.emit(reply(n)).await.unwrap().reached.is_empty());
    }
}

/// A new version does not make the cases of the one before deaf.
#[tokio::test]
async fn a_case_waits_as_the_version_it_began_with_says() {
    let (house, _data) = house(&[APPEAL]).await;
    let run = started(&house, "AppealFiled", json!({"case": "A-1"})).await;
    let other =
        "id: Appeal\nstart: AppealFiled\nsteps:\n  - { id: decide, actor: \"SVC:judge\" }\n";
    house.deploy(other, "test").await.unwrap();
    let papers = house
        .emit(event("DocumentsReceived", json!({"case": "A-1"})))
        .await;
    assert_eq!(reached(&papers.unwrap()), [(run, Reach::Kept)]);
}

#[tokio::test]
async fn an_event_for_too_many_cases_is_refused_and_changes_nothing() {
    let (house, _data) = house(&[APPEAL]).await;
    let file = |_| event("AppealFiled", json!({"case": "same"}));
    let filed = house.emit_many((0..=CASES_MAX).map(file).collect()).await;
    assert!(filed.iter().all(Result::is_ok));
    let papers = || event("DocumentsReceived", json!({"case": "same"}));
    let refused = house.emit(papers()).await;
    assert!(
        matches!(refused, Err(Refusal::TooManyCases { .. })),
        "{refused:?}"
    );
    let any = RunQuery {
        limit: 1,
        ..RunQuery::default()
    };
    let newest = house.shelf().runs(&any).await.unwrap().remove(0).run;
    assert!(newest.kept.is_empty());
    house
        .cancel(newest.id, "test", "one less".to_owned())
        .await
        .unwrap();
    let reached = house.emit(papers()).await.unwrap().reached;
    assert_eq!(reached.len(), CASES_MAX);
}
