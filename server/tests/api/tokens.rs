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
