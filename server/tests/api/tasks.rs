use std::time::Duration;

use serde_json::{Value, json};

use crate::house::{Case, House, check, get, missing, post, text};

#[tokio::test]
async fn the_plainest_worker_loop_works() {
    let house = House::open().await;
    for prefix in ["", "/act"] {
        let (run, _) = house.complaint().await;
        let tasks = house
            .get(&format!("{prefix}/tasks?actor=AI:fraud-labeler"))
            .await;
        assert_eq!(tasks.status, 200, "{}", tasks.body);
        let task = &tasks.body[0];
        let members: Vec<&String> = task.as_object().unwrap().keys().collect();
        let mut contract = [
            "id", "run_id", "workflow", "step_id", "actor", "status", "created", "expires",
            "payload", "input", "result", "attempt",
        ];
        contract.sort_unstable();
        assert_eq!(
            members, contract,
            "an untouched task has these members and no others"
        );
        assert_eq!(
            task["payload"],
            json!({"complaintId": "C-42", "text": "Spam calls"})
        );
        assert!(text(&task["created"]).ends_with('Z'));
        let path = format!("{prefix}/tasks/{}/complete", text(&task["id"]));
        let done = house
            .ask("POST", &path, &[], r#"{"severity":"High"}"#)
            .await;
        let expect = json!({"status": "DONE", "result": {"severity": "High"}, "closed_by": "AI:fraud-labeler", "run_id": run});
        assert_eq!(done.status, 200, "{}", done.body);
        assert_eq!(missing(&expect, &done.body, ""), None);
        let none = house
            .get(&format!("{prefix}/tasks?actor=AI:fraud-labeler"))
            .await;
        assert_eq!(none.body, json!([]));
    }
}

#[tokio::test]
async fn a_result_counts_once() {
    let house = House::open().await;
    let (_, task) = house.complaint().await;
    let complete = format!("/act/tasks/{task}/complete");
    check(&house, vec![
        post(&complete, r#"{"severity":"Low"}"#, 200, json!({"status": "DONE"})),
        post(&complete, r#"{ "severity" : "Low" }"#, 200, json!({"status": "DONE"})),
        post(&complete, r#"{"severity":"High"}"#, 409, json!({
            "type": "/act/problems/task-closed", "closed_by": "AI:fraud-labeler", "task": {"id": task, "result": {"severity": "Low"}},
            "detail": "…The task was completed by AI:fraud-labeler at 20",
        })),
        post(&format!("/act/tasks/{task}/fail"), r#"{"error":"late"}"#, 409, json!({"task": {"status": "DONE"}})),
        post(&format!("/act/tasks/{task}/claim"), "", 409, json!({"task": {"status": "DONE"}})),
        get(&format!("/act/tasks/{task}"), 200, json!({"status": "DONE"})),
    ]).await;
    let workers = house.get("/act/workers").await.body;
    assert_eq!(
        workers[1]["done"], 1,
        "a repeat is no second task done: {workers}"
    );
}

#[tokio::test]
async fn a_task_that_is_taken_stays_with_who_took_it() {
    let house = House::open().await;
    let (_, task) = house.complaint().await;
    let path = |verb: &str| format!("/act/tasks/{task}/{verb}");
    check(&house, vec![
        post(&path("release"), "", 409, json!({"type": "/act/problems/task-not-held"})),
        post(&path("claim?worker=a&lease=60s"), "", 200, json!({"status": "CLAIMED", "claimed_by": "a"})),
        post(&path("claim?worker=a&lease=60s"), "", 200, json!({"claimed_by": "a"})),
        post(&path("claim?worker=b"), "", 409, json!({"type": "/act/problems/task-held", "held_by": "a", "detail": "…a, since 20"})),
        post(&path("complete"), "{}", 409, json!({"held_by": "a"})),
        post(&path("heartbeat?worker=b"), "", 409, json!({"held_by": "a"})),
        post(&path("heartbeat?worker=a&lease=5m"), "", 200, json!({"claimed_by": "a"})),
        post(&path("release?worker=a"), "", 200, json!({"status": "NEW"})),
    ]).await;
    let named = Case {
        headers: &[("x-worker", "b")],
        ..post(&path("claim"), "", 200, json!({"claimed_by": "b"}))
    };
    let done = Case {
        headers: &[("x-worker", "b")],
        ..post(
            &path("complete"),
            "null",
            200,
            json!({"closed_by": "b", "result": null}),
        )
    };
    check(&house, vec![named, done]).await;
}

#[tokio::test]
async fn a_lease_hands_each_task_to_one_caller() {
    let house = House::open().await;
    for _ in 0..3 {
        house.complaint().await;
    }
    let lease = |worker: &str, limit: &str| {
        format!("/act/tasks?actor=AI:fraud-labeler&lease=60s&worker={worker}{limit}")
    };
    let one = house.get(&lease("a", "")).await.body;
    assert_eq!(
        one.as_array().unwrap().len(),
        1,
        "without a limit it is one"
    );
    assert_eq!(one[0]["claimed_by"], "a");
    let rest = house.get(&lease("b", "&limit=10")).await.body;
    assert_eq!(rest.as_array().unwrap().len(), 2);
    let none = house.get(&lease("c", "&limit=10")).await.body;
    assert_eq!(none, json!([]));
    let nobodys = house.get("/act/tasks?actor=AI:fraud-labeler").await.body;
    assert_eq!(nobodys, json!([]));
    let all = house
        .get("/act/tasks?actor=AI:*&status=new,claimed")
        .await
        .body;
    assert_eq!(all.as_array().unwrap().len(), 3);
    // Without a name the lease goes to the actor, and so does the result.
    let (_, task) = house.complaint().await;
    let mine = house
        .get("/act/tasks?actor=AI:fraud-labeler&lease=60s")
        .await
        .body;
    assert_eq!(mine[0]["claimed_by"], "AI:fraud-labeler");
    check(
        &house,
        vec![post(
            &format!("/act/tasks/{task}/complete"),
            "{}",
            200,
            json!({"status": "DONE"}),
        )],
    )
    .await;
}

#[tokio::test]
async fn a_lease_is_as_long_as_it_says_by_the_wall_clock() {
    let house = House::with(hms_server::api::ApiAuth::open(), 240.0).await;
    house.complaint().await;
    let leased = house
        .get("/act/tasks?actor=AI:fraud-labeler&lease=60s")
        .await
        .body;
    let moment = |name: &str| text(&leased[0][name]).parse::<hms_engine::Time>().unwrap();
    let held = moment("lease_until") - moment("claimed_at");
    assert_eq!(held.num_seconds(), 60 * 240);
}

#[tokio::test]
async fn who_waits_is_woken_by_a_task() {
    let house = House::open().await;
    let waiting = async {
        let asked = tokio::time::Instant::now();
        let tasks = house
            .get("/act/tasks?actor=AI:fraud-labeler&wait=30s&lease=30s&worker=w")
            .await;
        (asked.elapsed(), tasks.body)
    };
    let filing = async {
        tokio::time::sleep(Duration::from_millis(200)).await;
        house.complaint().await
    };
    let ((waited, tasks), (run, _)) = tokio::join!(waiting, filing);
    assert_eq!(tasks[0]["run_id"], run);
    assert!(
        waited >= Duration::from_millis(200) && waited < Duration::from_secs(5),
        "{waited:?}"
    );
}

#[tokio::test]
async fn waiting_ends_in_time_and_when_the_server_stops() {
    let house = House::open().await;
    let asked = tokio::time::Instant::now();
    let none = house.get("/act/tasks?actor=SVC:nobody&wait=1s").await;
    assert_eq!((none.status, none.body), (200, json!([])));
    let waited = asked.elapsed();
    assert!(
        waited >= Duration::from_secs(1) && waited < Duration::from_secs(3),
        "{waited:?}"
    );
    let waiting = house.get("/act/tasks?actor=SVC:nobody&wait=60s");
    let stopping = async { house.stop.cancel() };
    let (none, ()) = tokio::time::timeout(Duration::from_secs(5), async {
        tokio::join!(waiting, stopping)
    })
    .await
    .expect("a stopping server lets go of who waits");
    assert_eq!(none.body, json!([]));
}

#[tokio::test]
async fn many_results_are_answered_one_by_one() {
    let house = House::open().await;
    let (_, a) = house.complaint().await;
    let (_, b) = house.complaint().await;
    let unknown = uuid::Uuid::nil();
    let items = json!([
        {"id": a, "result": {"severity": "Low"}},
        {"id": b, "result": {"severity": "Low"}},
        {"id": a, "result": {"severity": "High"}},
        {"id": unknown, "result": 1},
        {"id": "x", "result": 1},
        {"id": a},
    ]);
    let expect = json!([
        {"status": 200, "task": {"id": a, "status": "DONE", "closed_by": "AI:fraud-labeler"}},
        {"status": 200, "task": {"id": b}},
        {"status": 409},
        {"status": 404},
        {"status": 404},
        {"status": 422, "errors": [{"pointer": "/5/result"}]},
    ]);
    check(
        &house,
        vec![post("/tasks/complete", &items.to_string(), 200, expect)],
    )
    .await;
}

#[tokio::test]
async fn a_failed_attempt_is_tried_again_later() {
    let house = House::open().await;
    let (_, task) = house.complaint().await;
    let fail = format!("/act/tasks/{task}/fail");
    check(
        &house,
        vec![
            post(&fail, "{}", 422, json!({"errors": [{"pointer": "/error"}]})),
            post(
                &fail,
                r#"{"error":"out of memory"}"#,
                200,
                json!({"status": "NEW", "attempt": 2, "error": "out of memory"}),
            ),
            // It waits for its next attempt and is not offered before.
            get("/act/tasks?actor=AI:fraud-labeler", 200, json!([])),
            get(
                "/act/tasks?actor=AI:fraud-labeler&status=NEW",
                200,
                json!([{"id": task}]),
            ),
        ],
    )
    .await;
}

#[tokio::test]
async fn questions_that_cannot_be_are_told_what_would_be_right() {
    let house = House::open().await;
    let (_, task) = house.complaint().await;
    let parameter = |name: &str, detail: &str| json!({"type": "/act/problems/parameter", "parameter": name, "detail": detail});
    let unknown = |path: &str| get(path, 404, json!({"type": "/act/problems/unknown-task"}));
    check(&house, vec![
        get("/act/tasks?actor=BOT:x", 400, json!({
            "type": "/act/problems/actor", "actor": "BOT:x", "detail": "Unknown actor type \"BOT:\" – use AI:, HUMAN: or SVC:",
        })),
        get("/act/tasks?actor=fraud-labeler", 400, json!({"detail": "…names no actor type"})),
        get("/act/tasks?actr=AI:x", 400, parameter("actr", "…known: actor")),
        get("/act/tasks?actor=AI:x&actor=AI:y", 400, parameter("actor", "…twice")),
        get("/act/tasks?actor=AI:x&status=OPEN", 400, parameter("status", "…NEW, CLAIMED")),
        get("/act/tasks?actor=AI:x&limit=0", 400, parameter("limit", "…1 to 1000")),
        get("/act/tasks?actor=AI:x&limit=1001", 400, parameter("limit", "…1 to 1000")),
        get("/act/tasks?actor=AI:x&wait=61s", 400, parameter("wait", "…30s")),
        get("/act/tasks?actor=AI:x&lease=0s", 400, parameter("lease", "…30s")),
        get("/act/tasks?lease=60s", 400, json!({"detail": "…for which actor"})),
        get("/act/tasks?actor=AI:x&lease=60s&status=DONE", 400, json!({"detail": "…only NEW"})),
        get("/act/tasks?actor=AI:x&worker=a%20b", 400, parameter("worker", "…1 to 100")),
        get("/act/tasks?actor=AI:x&worker=clock", 400, parameter("worker", "…server's own")),
        unknown("/act/tasks/7"),
        unknown(&format!("/act/tasks/{}", uuid::Uuid::nil())),
        post(&format!("/act/tasks/{}/complete", uuid::Uuid::nil()), "{}", 404, json!({"type": "/act/problems/unknown-task"})),
        post("/act/tasks/x/complete", "{}", 404, json!({"type": "/act/problems/unknown-task"})),
        post(&format!("/act/tasks/{task}/complete"), "", 400, json!({"type": "/act/problems/not-json"})),
        post(&format!("/act/tasks/{task}/complete"), "{\"severity\": High}", 400, json!({"line": 1, "column": 14})),
        post(&format!("/act/tasks/{task}/complete"), &format!("\"{}\"", "x".repeat(300_000)), 422, json!({"type": "/act/problems/result"})),
    ]).await;
    let untouched = house.get(&format!("/act/tasks/{task}")).await.body;
    assert_eq!(untouched["status"], Value::from("NEW"));
}
