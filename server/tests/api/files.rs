//! Files that programs hand in and fetch.

use hms_server::api::ApiAuth;
use hms_server::identity::{KnownTokens, Verb};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::house::{Answer, House, text};
use crate::tokens::made;

const PERMIT: &str = "id: Permit
start: PermitAsked
portal:
  slug: permit
  title: Permit
  pages: [{ title: Plans, fields: [{ id: plans, type: file, label: Plans, max: 2 }] }]
steps:
  - { id: read, actor: AI:reader }
  - { id: scan, type: call, workflow: Scan, payload: { scans: payload.plans } }
  - id: decide
    actor: HUMAN:clerk
    sla: 1h
    form: [{ id: report, type: file, label: Report }]
";
const SCAN: &str = "id: Scan\nstart: ScanAsked\nsteps: [{ id: scan, actor: SVC:scanner }]\n";
const PDF: &[u8] = b"%PDF-1.7\n1 0 obj\n";
const OCTETS: [(&str, &str); 1] = [("content-type", "application/octet-stream")];

async fn permits(house: &House) {
    for definition in [SCAN, PERMIT] {
        house.orchestrator.deploy(definition, "test").await.unwrap();
    }
}

async fn hand_in(house: &House, bytes: &[u8]) -> Value {
    let path = "/act/files?name=plans.pdf";
    let answer = house.ask("POST", path, &OCTETS, bytes.to_vec()).await;
    assert_eq!(answer.status, 201, "{}", answer.body);
    answer.body
}

fn asked(plans: &Value) -> Value {
    json!({"name": "PermitAsked", "payload": {"plans": plans}})
}

async fn ask_for(house: &House, plans: Value) -> Answer {
    house.post("/act/events", &asked(&plans)).await
}

#[tokio::test]
async fn what_is_handed_in_is_looked_at_and_named_as_answered() {
    let house = House::open().await;
    let file = hand_in(&house, PDF).await;
    assert_eq!(
        (&file["name"], &file["type"], &file["size"]),
        (&json!("plans.pdf"), &json!("application/pdf"), &json!(17))
    );
    assert_eq!(text(&file["sha256"]).len(), 64);
    let large = vec![b'x'; 10 * 1024 * 1024 + 1];
    let html: &[u8] = b"<html><script>alert(1)</script>";
    for (path, kind, bytes, status, told) in [
        (
            "/act/files",
            "application/octet-stream",
            PDF,
            400,
            "name is missing",
        ),
        (
            "/act/files?name=a.pdf&x=1",
            "application/octet-stream",
            PDF,
            400,
            "no parameter \"x\"",
        ),
        (
            "/act/files?name=a.pdf",
            "application/json",
            PDF,
            415,
            "application/octet-stream",
        ),
        (
            "/act/files?name=a.pdf",
            "text/html",
            PDF,
            415,
            "application/",
        ),
        (
            "/act/files?name=a.pdf",
            "multipart/form-data; boundary=x",
            PDF,
            415,
            "application/",
        ),
        (
            "/act/files?name=a.pdf",
            "application/octet-stream",
            b"" as &[u8],
            422,
            "empty",
        ),
        (
            "/act/files?name=a.pdf",
            "application/octet-stream",
            html,
            422,
            "not taken",
        ),
        (
            "/act/files?name=a.html",
            "application/octet-stream",
            html,
            422,
            "not taken",
        ),
        (
            "/act/files?name=a.pdf",
            "application/octet-stream",
            &large,
            413,
            "10485760",
        ),
    ] {
        let headers = [("content-type", kind)];
        let answer = house.ask("POST", path, &headers, bytes.to_vec()).await;
        assert_eq!(answer.status, status, "{path} {kind}: {}", answer.body);
        let said = answer.body["detail"].as_str().unwrap();
        assert!(said.contains(told), "{path} {kind}: {said}");
    }
    // It belongs to no case yet, so nobody has it.
    let path = format!("/act/files/{}", text(&file["file"]));
    assert_eq!(house.get(&path).await.status, 404);
    assert_eq!(house.get("/act/files/plans.pdf").await.status, 404);
}

#[tokio::test]
async fn an_event_names_its_files_or_is_refused_with_their_places() {
    let house = House::open().await;
    permits(&house).await;
    let file = hand_in(&house, PDF).await;
    let with = |member: &str, value: Value| {
        let mut other = file.clone();
        other[member] = value;
        other
    };
    let unknown = with("file", json!(Uuid::nil()));
    for (plans, place, told) in [
        (json!("plans.pdf"), "/payload/plans", "no list of files"),
        (
            json!([{"file": file["file"]}]),
            "/payload/plans",
            "no list of files",
        ),
        (json!([file, file]), "/payload/plans", "no list of files"),
        (
            json!([file, unknown]),
            "/payload/plans/1/file",
            "no such file",
        ),
        (
            json!([with("size", json!(18))]),
            "/payload/plans/0/file",
            "as POST /act/files answered",
        ),
        (
            json!([with("name", json!("x.pdf"))]),
            "/payload/plans/0/file",
            "as POST /act/files",
        ),
    ] {
        let answer = ask_for(&house, plans.clone()).await;
        assert_eq!(answer.status, 422, "{plans}: {}", answer.body);
        let error = &answer.body["errors"][0];
        assert_eq!(error["pointer"], place, "{}", answer.body);
        assert!(text(&error["detail"]).contains(told), "{}", answer.body);
    }
    // Two events of one call want it: the first has it.
    let both = json!([asked(&json!([file])), asked(&json!([file]))]);
    let answer = house.post("/act/events/batch", &both).await;
    assert_eq!(answer.body[0]["status"], 202, "{}", answer.body);
    assert_eq!(answer.body[1]["status"], 422, "{}", answer.body);
    assert!(text(&answer.body[1]["errors"][0]["detail"]).contains("another case"));
    let path = format!("/act/files/{}", text(&file["file"]));
    let got = house.get(&path).await;
    assert_eq!(got.status, 200);
    assert_eq!(got.body, json!(std::str::from_utf8(PDF).unwrap()));
    for (header, expected) in [
        ("content-type", "application/pdf"),
        ("x-content-type-options", "nosniff"),
        ("cache-control", "no-store"),
        ("content-security-policy", "sandbox; default-src 'none'"),
    ] {
        assert_eq!(got.headers[header], expected);
    }
    // Without files, and where no field asks for any, nothing is looked at.
    assert_eq!(ask_for(&house, Value::Null).await.status, 202);
    let event = json!({"name": "ScanAsked", "payload": {"scans": [unknown]}});
    assert_eq!(house.post("/act/events", &event).await.status, 202);
}

#[tokio::test]
async fn the_same_event_again_is_the_same_answer() {
    let house = House::open().await;
    permits(&house).await;
    let file = hand_in(&house, PDF).await;
    let mut event = asked(&json!([file]));
    event["source"] = json!("counter");
    event["id"] = json!("7");
    let first = house.post("/act/events", &event).await;
    let again = house.post("/act/events", &event).await;
    assert_eq!((first.status, again.status), (202, 200));
    assert_eq!(first.body, again.body);
}

#[tokio::test]
async fn an_answer_to_a_persons_task_names_files_too() {
    let house = House::open().await;
    permits(&house).await;
    let plans = hand_in(&house, PDF).await;
    let filed = ask_for(&house, json!([plans])).await;
    let run = text(&filed.body["runs"][0]["run_id"]);
    let read = house.task_of(&run).await;
    house
        .post(&format!("/act/tasks/{read}/complete"), &json!({}))
        .await;
    let scans = house.get("/act/tasks?actor=SVC:scanner").await.body;
    let scan = text(&scans[0]["id"]);
    assert_eq!(scans[0]["payload"]["scans"][0]["name"], "plans.pdf");
    house
        .post(&format!("/act/tasks/{scan}/complete"), &json!({}))
        .await;

    let decide = format!("/act/tasks/{}/complete", house.task_of(&run).await);
    let elsewhere = hand_in(&house, PDF).await;
    assert_eq!(ask_for(&house, json!([elsewhere])).await.status, 202);
    let result = |report: &Value| json!({"outcome": "approve", "report": [report]});
    let refused = house.post(&decide, &result(&elsewhere)).await;
    assert_eq!(refused.status, 422, "{}", refused.body);
    assert_eq!(refused.body["errors"][0]["pointer"], "/report");
    let report = hand_in(&house, PDF).await;
    let done = house.post(&decide, &result(&report)).await;
    assert_eq!(done.status, 200, "{}", done.body);
    let again = house.post(&decide, &result(&report)).await;
    assert_eq!(again.status, 200, "{}", again.body);
    let path = format!("/act/files/{}", text(&report["file"]));
    assert_eq!(house.get(&path).await.status, 200);

    // The audit trail covers both files, the one that was reported and the one that was answered.
    assert_eq!(house.verified().await, [""; 0]);
    let case = house.get(&format!("/act/runs/{run}/export")).await.body;
    let mut files = vec![plans.clone(), report.clone()];
    files.sort_by_key(|file| text(&file["file"]));
    assert_eq!(case["files"], json!(files));
    house.tamper("UPDATE files SET name = 'other.pdf'").await;
    let mut expect: Vec<String> = files
        .iter()
        .map(|file| {
            let file = text(&file["file"]);
            format!("run {run}: file {file} was changed after it was handed in")
        })
        .collect();
    let others = house.verified().await;
    expect.retain(|one| !others.contains(one));
    assert!(expect.is_empty(), "{others:?}");
    assert_eq!(others.len(), 3, "the other case has one: {others:?}");
}

#[tokio::test]
async fn a_worker_has_the_files_of_its_tasks_and_no_others() {
    let house = House::by(|store| ApiAuth::kept(KnownTokens::new(store.tokens())), 1.0).await;
    permits(&house).await;
    let tokens = house.store.tokens();
    let (_, emitter) = made(tokens.as_ref(), &[], &[Verb::Emit], 1).await;
    let (_, reader) = made(tokens.as_ref(), &[], &[Verb::Read], 1).await;
    let (_, labeller) = made(tokens.as_ref(), &["AI:reader"], &[], 1).await;
    let (_, scanner) = made(tokens.as_ref(), &["SVC:scanner"], &[], 1).await;
    let (_, mailer) = made(tokens.as_ref(), &["SVC:email-svc"], &[], 1).await;
    let ask = async |token: &str, method: &str, path: &str, kind: &str, body: Vec<u8>| {
        let headers = [("authorization", token), ("content-type", kind)];
        house.ask(method, path, &headers, body).await
    };
    let octets = "application/octet-stream";
    let hand = "/act/files?name=plans.pdf";
    for token in [&reader, &labeller] {
        assert_eq!(
            ask(token, "POST", hand, octets, PDF.to_vec()).await.status,
            403
        );
    }
    let file = ask(&emitter, "POST", hand, octets, PDF.to_vec()).await.body;
    let event = asked(&json!([file])).to_string().into_bytes();
    let filed = ask(&emitter, "POST", "/act/events", "application/json", event).await;
    assert_eq!(filed.status, 202, "{}", filed.body);
    let path = format!("/act/files/{}", text(&file["file"]));
    let fetch =
        async |token: &str, path: &str| ask(token, "GET", path, octets, vec![]).await.status;
    for (token, status) in [
        (&emitter, 403),
        (&reader, 200),
        (&labeller, 200),
        (&scanner, 404),
        (&mailer, 404),
    ] {
        assert_eq!(fetch(token, &path).await, status);
    }
    let mine = ask(
        &labeller,
        "GET",
        "/act/tasks?actor=AI:reader",
        octets,
        vec![],
    )
    .await;
    let task = text(&mine.body[0]["id"]);
    let complete = format!("/act/tasks/{task}/complete");
    ask(
        &labeller,
        "POST",
        &complete,
        "application/json",
        b"{}".to_vec(),
    )
    .await;
    // The case called a run that was handed the file: its worker says by which task.
    let scans = ask(
        &scanner,
        "GET",
        "/act/tasks?actor=SVC:scanner",
        octets,
        vec![],
    )
    .await;
    let scan = text(&scans.body[0]["id"]);
    let by_task = format!("{path}?task={scan}");
    assert_eq!(fetch(&scanner, &path).await, 404);
    assert_eq!(fetch(&scanner, &by_task).await, 200);
    assert_eq!(fetch(&mailer, &by_task).await, 404);
    assert_eq!(fetch(&labeller, &path).await, 200, "also once it is done");
    // A case that only names another's file does not bring it.
    let event = json!({"name": "ScanAsked", "payload": {"scans": [file]}});
    let event = event.to_string().into_bytes();
    ask(&emitter, "POST", "/act/events", "application/json", event).await;
    let scans = ask(
        &scanner,
        "GET",
        "/act/tasks?actor=SVC:scanner",
        octets,
        vec![],
    )
    .await;
    let other = scans.body.as_array().unwrap().iter();
    let other = other
        .map(|task| text(&task["id"]))
        .find(|id| *id != scan)
        .unwrap();
    assert_eq!(fetch(&scanner, &format!("{path}?task={other}")).await, 404);
}
