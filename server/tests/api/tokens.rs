//! What each token is good for, call by call.

use hms_server::api::ApiAuth;
use hms_server::clock::wall_ms;
use hms_server::identity::{KnownTokens, Verb, fresh_token, token_hash};
use hms_server::store::{TokenRow, Tokens};
use serde_json::json;
use uuid::Uuid;

use crate::house::House;

pub(crate) async fn made(
    tokens: &dyn Tokens,
    actors: &[&str],
    verbs: &[Verb],
    days: i64,
) -> (Uuid, String) {
    let secret = fresh_token();
    let row = TokenRow {
        id: Uuid::now_v7(),
        hash: token_hash(&secret),
        name: String::new(),
        actors: actors.iter().map(|actor| actor.parse().unwrap()).collect(),
        verbs: verbs.to_vec(),
        created_ms: wall_ms(),
        expires_ms: Some(wall_ms() + days * 24 * 3_600_000),
        last_used_ms: None,
        revoked_ms: None,
    };
    tokens.add(&row).await.unwrap();
    (row.id, format!("Bearer {}", secret.0))
}

async fn told(house: &House, token: &str, method: &str, path: &str, body: &str) -> u16 {
    let headers = [
        ("authorization", token),
        ("content-type", "application/json"),
    ];
    house
        .ask(method, path, &headers, body.to_owned())
        .await
        .status
}

#[tokio::test]
async fn each_token_opens_what_it_is_good_for_and_no_more() {
    let house = House::by(|store| ApiAuth::kept(KnownTokens::new(store.tokens())), 1.0).await;
    let tokens = house.store.tokens();
    let (_, emitter) = made(tokens.as_ref(), &[], &[Verb::Emit], 1).await;
    let (_, labeller) = made(tokens.as_ref(), &["AI:fraud-labeler"], &[], 1).await;
    let (_, mailer) = made(tokens.as_ref(), &["SVC:*"], &[], 1).await;
    let (_, reader) = made(tokens.as_ref(), &[], &[Verb::Read], 1).await;
    let (_, deployer) = made(tokens.as_ref(), &[], &[Verb::Deploy], 1).await;
    let (_, changer) = made(tokens.as_ref(), &[], &[Verb::Change], 1).await;
    let (_, expired) = made(tokens.as_ref(), &["AI:*"], &Verb::ALL, -1).await;
    let event = r#"{"name":"ComplaintLogged","payload":{"complaintId":"C-7","text":"Spam calls"}}"#;
    let headers = [
        ("authorization", emitter.as_str()),
        ("content-type", "application/json"),
    ];
    let filed = house.ask("POST", "/act/events", &headers, event).await;
    assert_eq!(filed.status, 202, "{}", filed.body);
    let run = filed.body["runs"][0]["run_id"].as_str().unwrap().to_owned();
    let headers = [("authorization", labeller.as_str())];
    let tasks = house
        .ask("GET", "/act/tasks?actor=AI:fraud-labeler", &headers, "")
        .await;
    let task = tasks.body[0]["id"].as_str().unwrap().to_owned();

    let all = [&emitter, &labeller, &mailer, &reader, &deployer, &changer];
    let low = r#"{"severity":"Low"}"#;
    let claim = format!("/act/tasks/{task}/claim");
    let release = format!("/act/tasks/{task}/release");
    let complete = format!("/act/tasks/{task}/complete");
    let cancel = format!("/act/runs/{run}/cancel");
    let of_run = format!("/runs/{run}");
    let one = format!("/act/tasks/{task}");
    // What each call answers, in the order of `all`.
    for (method, path, body, expect) in [
        ("GET", "/metrics", "", [403, 403, 403, 200, 403, 403]),
        ("GET", "/act/workers", "", [403, 403, 403, 200, 403, 403]),
        ("GET", of_run.as_str(), "", [403, 403, 403, 200, 403, 403]),
        (
            "GET",
            "/act/tasks?actor=AI:fraud-labeler",
            "",
            [403, 200, 403, 200, 403, 403],
        ),
        (
            "GET",
            "/act/tasks?actor=AI:*",
            "",
            [403, 403, 403, 200, 403, 403],
        ),
        (
            "GET",
            "/act/tasks?actor=AI:*&lease=60s",
            "",
            [403, 403, 403, 403, 403, 403],
        ),
        ("GET", "/act/tasks", "", [403, 200, 200, 200, 403, 403]),
        ("GET", one.as_str(), "", [403, 200, 404, 200, 403, 403]),
        ("POST", claim.as_str(), "", [403, 200, 404, 403, 403, 403]),
        ("POST", release.as_str(), "", [403, 200, 404, 403, 403, 403]),
        (
            "POST",
            "/act/workflows/check",
            "id: X",
            [403, 403, 403, 403, 415, 403],
        ),
        ("GET", "/act/workflows", "", [403, 403, 403, 200, 403, 403]),
        (
            "POST",
            "/act/workflows/FTC-Complaint/migrate",
            "{}",
            [403, 403, 403, 403, 422, 403],
        ),
        ("GET", "/act/nowhere", "", [404, 404, 404, 404, 404, 404]),
        (
            "DELETE",
            "/act/workflows",
            "",
            [405, 405, 405, 405, 405, 405],
        ),
        (
            "POST",
            complete.as_str(),
            low,
            [403, 200, 404, 403, 403, 403],
        ),
        (
            "POST",
            cancel.as_str(),
            r#"{"note":"a test"}"#,
            [403, 403, 403, 403, 403, 200],
        ),
    ] {
        for (token, expect) in all.iter().zip(expect) {
            let status = told(&house, token, method, path, body).await;
            let who = all.iter().position(|one| one == token);
            assert_eq!(status, expect, "{method} {path} by {who:?}");
        }
        assert_eq!(
            told(&house, &expired, method, path, body).await,
            401,
            "{path}"
        );
        assert_eq!(
            told(&house, "Bearer nobody's", method, path, body).await,
            401
        );
    }
    let headers = [("authorization", mailer.as_str())];
    let seen = house
        .ask("GET", "/act/tasks?status=NEW,DONE,CANCELLED", &headers, "")
        .await;
    let seen = seen.body.as_array().unwrap().clone();
    assert!(seen.iter().all(|task| task["actor"] == "SVC:email-svc") && !seen.is_empty());
    let used = tokens.all().await.unwrap();
    let used = used
        .iter()
        .filter(|token| token.last_used_ms.is_some())
        .count();
    assert_eq!(used, all.len(), "each was used, the expired one was not");
}

#[tokio::test]
async fn nobody_signs_as_somebody_else() {
    let house = House::by(|store| ApiAuth::kept(KnownTokens::new(store.tokens())), 1.0).await;
    let tokens = house.store.tokens();
    let all = ["AI:*", "HUMAN:*", "SVC:*"];
    let (id, token) = made(tokens.as_ref(), &all, &Verb::ALL, 1).await;
    let as_one = |name: &'static str| {
        [
            ("authorization", token.clone()),
            ("content-type", "application/json".to_owned()),
            ("x-worker", name.to_owned()),
        ]
    };
    let ask = async |name: &'static str, method: &str, path: &str, body: &str| {
        let headers = as_one(name);
        let headers: Vec<_> = headers.iter().map(|(n, v)| (*n, v.as_str())).collect();
        house.ask(method, path, &headers, body.to_owned()).await
    };
    let event = r#"{"name":"ComplaintLogged","payload":{"text":"Spam calls"}}"#;
    let filed = ask("sender", "POST", "/act/events", event).await;
    let run = filed.body["runs"][0]["run_id"].as_str().unwrap().to_owned();
    let lease = "/act/tasks?actor=AI:fraud-labeler&lease=60s";
    let free = ask("labeler-1", "GET", "/act/tasks?actor=AI:fraud-labeler", "").await;
    let task = free.body[0]["id"].as_str().unwrap().to_owned();
    let (claim, complete) = (
        format!("/act/tasks/{task}/claim"),
        format!("/act/tasks/{task}/complete"),
    );
    let (cancel, heartbeat) = (format!("/act/runs/{run}/cancel"), "/act/workers/heartbeat");
    let names = [
        "person:0192f3a4-0000-7000-8000-000000000001",
        "PERSON:0192f3a4-0000-7000-8000-000000000001",
        "token:0192f3a4-0000-7000-8000-000000000001",
        "reporter",
        "Clock",
        "nobody",
        "hms",
    ];
    for name in names {
        for (method, path, body) in [
            ("GET", lease, ""),
            ("POST", &claim, ""),
            ("POST", &complete, r#"{"severity":"Low"}"#),
            ("POST", &cancel, r#"{"note":"x"}"#),
            ("POST", heartbeat, r#"{"actor":"AI:fraud-labeler"}"#),
        ] {
            let told = ask(name, method, path, body).await;
            assert_eq!(told.status, 400, "{name} {path}: {}", told.body);
        }
        let told = house
            .ask(
                "GET",
                &format!("{lease}&worker={name}"),
                &[("authorization", token.as_str())],
                "",
            )
            .await;
        assert_eq!(told.status, 400, "{name}: {}", told.body);
        let heartbeat_of = json!({"actor": "AI:fraud-labeler", "worker": name}).to_string();
        let told = ask("labeler-1", "POST", heartbeat, &heartbeat_of).await;
        assert_eq!(told.status, 400, "{name}: {}", told.body);
    }
    // A name that only begins alike is a name.
    assert_eq!(ask("persona-1", "POST", &claim, "").await.status, 200);
    // A change is the token's, whatever the caller calls itself.
    let cancelled = ask("Ada", "POST", &cancel, r#"{"note":"filed twice"}"#).await;
    assert_eq!(cancelled.status, 200, "{}", cancelled.body);
    let history = format!("/act/runs/{run}/history");
    let rows = ask("reader-1", "GET", &history, "").await.body;
    let rows = rows.as_array().unwrap();
    let order = |order: &str| rows.iter().find(|row| row["command"]["order"] == order);
    assert_eq!(order("claim").unwrap()["who"], "persona-1");
    assert_eq!(order("cancel").unwrap()["who"], format!("token:{id}"));
    // Under whatever name a program works, the row says with which token.
    for asked in ["start", "claim"] {
        assert_eq!(
            order(asked).unwrap()["command"]["token"],
            json!(id),
            "{asked}"
        );
    }
}

#[tokio::test]
async fn what_a_program_does_is_kept_with_its_token() {
    let house = House::by(|store| ApiAuth::kept(KnownTokens::new(store.tokens())), 1.0).await;
    let tokens = house.store.tokens();
    let (id, token) = made(tokens.as_ref(), &["AI:*", "SVC:*"], &Verb::ALL, 1).await;
    let ask = async |method: &str, path: &str, body: String| {
        let headers = [
            ("authorization", token.as_str()),
            ("content-type", "application/json"),
        ];
        house.ask(method, path, &headers, body).await.body
    };
    let event = r#"[{"name":"ComplaintLogged","payload":{"text":"Spam calls"}}]"#;
    let filed = ask("POST", "/act/events/batch", event.to_owned()).await;
    let run = filed[0]["runs"][0]["run_id"].as_str().unwrap().to_owned();
    let lease = "/act/tasks?actor=AI:fraud-labeler&lease=60s";
    let leased = ask("GET", lease, String::new()).await;
    let task = leased[0]["id"].as_str().unwrap().to_owned();
    let many = json!([{"id": task, "result": {"severity": "Low"}}]).to_string();
    let done = ask("POST", "/act/tasks/complete", many).await;
    assert_eq!(done[0]["status"], 200, "{done}");
    let history = format!("/act/runs/{run}/history");
    let rows = ask("GET", &history, String::new()).await;
    let told: Vec<_> = rows
        .as_array()
        .unwrap()
        .iter()
        .map(|row| (&row["command"]["order"], &row["command"]["token"]))
        .collect();
    let id = json!(id);
    let expect = [json!("start"), json!("claim"), json!("complete")];
    let expect: Vec<_> = expect.iter().map(|order| (order, &id)).collect();
    assert_eq!(told, expect);
    assert_eq!(house.verified().await, [""; 0]);
}

#[tokio::test]
async fn a_list_of_tasks_that_is_only_looked_at_is_noted() {
    let house = House::by(|store| ApiAuth::kept(KnownTokens::new(store.tokens())), 1.0).await;
    let tokens = house.store.tokens();
    let (_, sender) = made(tokens.as_ref(), &["AI:*"], &[Verb::Emit], 1).await;
    let (id, reader) = made(tokens.as_ref(), &[], &[Verb::Read], 1).await;
    let who = format!("token:{id}");
    let read = async || {
        let rows = house.store.trail().trail_of(None, 0, 100).await.unwrap();
        let own = rows.into_iter().filter(|row| row.who == who);
        own.map(|row| row.command).collect::<Vec<_>>()
    };
    let event = r#"{"name":"ComplaintLogged","payload":{"text":"Spam calls"}}"#;
    let tasks = "/act/tasks?status=NEW,DONE";
    assert_eq!(told(&house, &reader, "GET", tasks, "").await, 200);
    assert_eq!(read().await, [""; 0], "nothing was read");
    assert_eq!(
        told(&house, &sender, "POST", "/act/events", event).await,
        202
    );
    for _ in 0..2 {
        assert_eq!(told(&house, &reader, "GET", tasks, "").await, 200);
    }
    let noted = read().await;
    let expect = json!({"order": "read", "what": "tasks"});
    let noted: Vec<serde_json::Value> = noted
        .iter()
        .map(|command| serde_json::from_str(command).unwrap())
        .collect();
    // Once a minute is enough; between the two the minute may have passed.
    assert!(
        !noted.is_empty() && noted.iter().all(|one| *one == expect),
        "{noted:?}"
    );
    // Who takes a task leaves that in its case.
    let lease = "/act/tasks?actor=AI:fraud-labeler&lease=60s";
    let before = house.store.trail().trail_of(None, 0, 100).await.unwrap();
    assert_eq!(told(&house, &sender, "GET", lease, "").await, 200);
    let after = house.store.trail().trail_of(None, 0, 100).await.unwrap();
    assert_eq!(before.len(), after.len());
}

#[tokio::test]
async fn many_tasks_go_in_one_call_under_one_token() {
    let house = House::by(|store| ApiAuth::kept(KnownTokens::new(store.tokens())), 1.0).await;
    let tokens = house.store.tokens();
    let (_, token) = made(tokens.as_ref(), &["AI:*"], &[Verb::Emit, Verb::Read], 1).await;
    let headers = [
        ("authorization", token.as_str()),
        ("content-type", "application/json"),
    ];
    let event = json!([
        {"name": "ComplaintLogged", "payload": {"text": "Spam calls"}},
        {"name": "ComplaintLogged", "payload": {"text": "Spam calls"}},
    ]);
    house
        .ask("POST", "/act/events/batch", &headers, event.to_string())
        .await;
    let tasks = house
        .ask("GET", "/act/tasks?actor=AI:*", &headers, "")
        .await;
    let ids: Vec<_> = tasks
        .body
        .as_array()
        .unwrap()
        .iter()
        .map(|task| &task["id"])
        .collect();
    let low = json!({"severity": "Low"});
    let answers = json!([
        {"id": ids[0], "result": low},
        {"id": "not an id", "result": low},
        {"id": ids[1], "result": low},
        {"id": Uuid::nil(), "result": low},
    ]);
    let done = house
        .ask("POST", "/act/tasks/complete", &headers, answers.to_string())
        .await;
    let statuses: Vec<_> = done
        .body
        .as_array()
        .unwrap()
        .iter()
        .map(|one| &one["status"])
        .collect();
    assert_eq!(statuses, [200, 404, 200, 404]);
    assert_eq!(done.body[2]["task"]["closed_by"], "AI:fraud-labeler");
    // What came of it is the mailer's now, and not this token's to touch.
    let mails = house
        .ask("GET", "/act/tasks?actor=SVC:email-svc", &headers, "")
        .await;
    let answer = json!([{"id": mails.body[0]["id"], "result": {}}]);
    let done = house
        .ask("POST", "/act/tasks/complete", &headers, answer.to_string())
        .await;
    assert_eq!(done.body[0]["status"], 404, "{}", done.body);
}
