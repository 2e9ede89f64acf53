//! Runs that call each other, over a real store: begun, ended, cancelled and refused in one commit.

use hms_engine::RunStatus;
use hms_server::orchestrator::{NewEvent, Orchestrator};
use hms_server::store::{RunQuery, RunRow};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::orchestrator::{done, node, only_task, open_tasks};

const CASE: &str = r#"
id: Case
start: CaseOpened
key: payload.id
steps:
  - id: checks
    type: parallel
    join: any
    branches:
      records: [{ id: records, type: call, workflow: Records, payload: { who: payload.name } }]
      person: [{ id: ask, actor: "SVC:clerk" }]
  - { id: close, type: end, result: { checks: steps.checks.result } }
"#;

const RECORDS: &str = r#"
id: Records
start: RecordsAsked
key: payload.who
steps:
  - { id: offices, type: foreach, items: "['north', 'south']", as: office, steps: [
      { id: one, type: call, workflow: Office, payload: { office: office } } ] }
"#;

const OFFICE: &str = r#"
id: Office
start: OfficeAsked
steps:
  - { id: look, actor: "SVC:archive", input: { office: payload.office } }
"#;

async fn house(definitions: &[&str]) -> (Orchestrator, tempfile::TempDir) {
    let data = tempfile::tempdir().unwrap();
    let orchestrator = node(data.path(), 1.0).await;
    for definition in definitions {
        orchestrator.deploy(definition, "test").await.unwrap();
    }
    (orchestrator, data)
}

async fn open_case(house: &Orchestrator) -> Uuid {
    let event = NewEvent {
        name: "CaseOpened".to_owned(),
        payload: json!({"id": 7, "name": "Ann"}),
        origin: None,
        report: None,
    };
    house.emit(event).await.unwrap().runs[0].run_id
}

async fn run(house: &Orchestrator, id: Uuid) -> RunRow {
    house.shelf().run(id).await.unwrap().unwrap()
}

async fn complete(house: &Orchestrator, task: Uuid, result: Value) {
    house.task_order(task, "test", done(result)).await.unwrap();
}

async fn running(house: &Orchestrator) -> usize {
    let asked = RunQuery {
        statuses: vec![RunStatus::Running],
        limit: 100,
        ..RunQuery::default()
    };
    house.shelf().runs(&asked).await.unwrap().len()
}

#[tokio::test]
async fn results_come_up_through_the_runs_that_called() {
    let (house, data) = house(&[CASE, RECORDS, OFFICE]).await;
    let case = open_case(&house).await;
    assert_eq!(running(&house).await, 4);
    let records = run(&house, case).await.run.calls[0].run;
    let row = run(&house, records).await;
    assert_eq!((row.run.parent, row.run.depth), (Some(case), 1));
    assert_eq!(row.run.key.as_deref(), Some("Ann"));
    assert_eq!(row.run.payload, json!({"who": "Ann"}));
    // A restart between the calls and their ends: nothing of them is in memory alone.
    house.stop().await;
    let copy = tempfile::tempdir().unwrap();
    for file in std::fs::read_dir(data.path()).unwrap() {
        let file = file.unwrap();
        std::fs::copy(file.path(), copy.path().join(file.file_name())).unwrap();
    }
    let house = node(copy.path(), 1.0).await;
    let looks = open_tasks(&house, "SVC:archive").await;
    assert_eq!(looks.len(), 2);
    for look in looks {
        let found = json!(look.task.input["office"]);
        complete(&house, look.task.id, found).await;
    }
    let row = run(&house, case).await;
    assert_eq!(row.run.status, RunStatus::Completed);
    let result = json!({"checks": {"records": ["north", "south"]}});
    assert_eq!(row.run.result, Some(result));
    assert_eq!(running(&house).await, 0);
    let history = house.shelf().history(case, 0, 10).await.unwrap();
    assert_eq!(history.last().unwrap().who, "call");
}

#[tokio::test]
async fn cancel_goes_down_and_leaves_nothing_open() {
    let (house, _data) = house(&[CASE, RECORDS, OFFICE]).await;
    let case = open_case(&house).await;
    house
        .cancel(case, "admin", "over".to_owned())
        .await
        .unwrap();
    assert_eq!(running(&house).await, 0);
    assert!(open_tasks(&house, "SVC:*").await.is_empty());
    // So does a branch that is wanted no more.
    let case = open_case(&house).await;
    let ask = only_task(&house, "SVC:clerk").await.task.id;
    complete(&house, ask, json!({"found": 1})).await;
    assert_eq!(run(&house, case).await.run.status, RunStatus::Completed);
    assert_eq!(running(&house).await, 0);
}

#[tokio::test]
async fn a_called_run_that_is_cancelled_stops_its_caller_and_is_called_anew() {
    let (house, _data) = house(&[CASE, RECORDS, OFFICE]).await;
    let case = open_case(&house).await;
    let records = run(&house, case).await.run.calls[0].run;
    house
        .cancel(records, "admin", "wrong".to_owned())
        .await
        .unwrap();
    let row = run(&house, case).await;
    assert!(row.stopped);
    assert_eq!(
        row.run.incidents[0].message,
        "records: the run it called was cancelled"
    );
    assert_eq!(running(&house).await, 1);
    let sent_on = house
        .retry(case, "admin", None, None, "again".to_owned())
        .await
        .unwrap();
    assert_ne!(sent_on.run.calls[0].run, records);
    assert_eq!(running(&house).await, 4);
}

#[tokio::test]
async fn a_workflow_that_is_not_there_is_an_incident_and_works_once_it_is() {
    let (house, _data) = house(&[CASE]).await;
    let warned = house.deploy(CASE, "test").await.unwrap().warnings;
    let warned: Vec<&str> = warned.iter().map(|one| one.code.as_str()).collect();
    assert_eq!(warned, ["HMS071"]);
    let case = open_case(&house).await;
    let incident = run(&house, case).await.run.incidents[0].clone();
    assert_eq!(
        incident.message,
        "records: there is no workflow \"Records\""
    );
    // The other branch goes on meanwhile.
    only_task(&house, "SVC:clerk").await;
    house.deploy(RECORDS, "test").await.unwrap();
    house.deploy(OFFICE, "test").await.unwrap();
    let number = Some(incident.number);
    house
        .retry(case, "admin", number, None, "deployed".to_owned())
        .await
        .unwrap();
    assert_eq!(running(&house).await, 4);
}

/// Two runs that end in one commit are both heard by the run that called them.
#[tokio::test]
async fn ends_in_one_batch_are_all_heard() {
    let (house, _data) = house(&[CASE, RECORDS, OFFICE]).await;
    let case = open_case(&house).await;
    let looks = open_tasks(&house, "SVC:archive").await;
    let results = looks
        .iter()
        .map(|look| (look.task.id, json!("found")))
        .collect();
    let done = house.complete_many("test", results).await;
    assert!(done.iter().all(Result::is_ok));
    assert_eq!(run(&house, case).await.run.status, RunStatus::Completed);
}

#[tokio::test]
async fn workflows_that_call_each_other_for_ever_end_at_a_depth() {
    let ping = "id: Ping\nstart: Ping\nsteps:\n  - { id: on, type: call, workflow: Pong }\n";
    let pong = "id: Pong\nstart: Pong\nsteps:\n  - { id: on, type: call, workflow: Ping }\n";
    let (house, _data) = house(&[ping, pong]).await;
    let event = NewEvent {
        name: "Ping".to_owned(),
        payload: json!({}),
        origin: None,
        report: None,
    };
    let first = house.emit(event).await.unwrap().runs[0].run_id;
    assert_eq!(running(&house).await, 21);
    let stopped = RunQuery {
        stopped: true,
        limit: 10,
        ..RunQuery::default()
    };
    let stopped = house.shelf().runs(&stopped).await.unwrap();
    assert_eq!(stopped.len(), 1);
    assert_eq!(stopped[0].run.depth, 20);
    house
        .cancel(first, "admin", "enough".to_owned())
        .await
        .unwrap();
    assert_eq!(running(&house).await, 0);
}
