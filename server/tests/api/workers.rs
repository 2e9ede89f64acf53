use serde_json::{Value, json};

use crate::house::{Case, House, check, get, missing, post};

fn row<'a>(rows: &'a Value, worker: &Value) -> &'a Value {
    rows.as_array()
        .unwrap()
        .iter()
        .find(|row| row["worker"] == *worker)
        .unwrap_or(&Value::Null)
}

#[tokio::test]
async fn who_works_is_listed_and_so_is_who_is_missing() {
    let house = House::open().await;
    house.complaint().await;
    let rows = house.get("/act/workers").await.body;
    let expect =
        json!([{"actor": "AI:fraud-labeler", "worker": null, "waiting": 1, "last_seen": null}]);
    assert_eq!(missing(&expect, &rows, ""), None, "{rows}");
    let beat = json!({"actor": "AI:fraud-labeler", "worker": "labeler-1", "version": "1.2"});
    let answer = house.post("/act/workers/heartbeat", &beat).await;
    assert_eq!(answer.status, 204);
    house.get("/tasks?actor=AI:*&worker=labeler-2").await;
    let rows = house.get("/workers").await.body;
    assert_eq!(
        row(&rows, &Value::Null),
        &Value::Null,
        "somebody polls now: {rows}"
    );
    let expect = json!({"actor": "AI:fraud-labeler", "version": "1.2", "done": 0, "failed": 0, "waiting": 1, "idle_seconds": 0});
    assert_eq!(
        missing(&expect, row(&rows, &json!("labeler-1")), ""),
        None,
        "{rows}"
    );
    assert_eq!(row(&rows, &json!("labeler-2"))["actor"], "AI:*");
}

#[tokio::test]
async fn looking_at_closed_tasks_is_no_work() {
    let house = House::open().await;
    let closed = house
        .get("/act/tasks?actor=AI:fraud-labeler&status=DONE")
        .await;
    assert_eq!(closed.headers["hms-among-runs"], "10000");
    assert_eq!(house.get("/act/workers").await.body, json!([]));
}

#[tokio::test]
async fn done_and_failed_are_counted_for_who_did_it() {
    let house = House::open().await;
    let (_, a) = house.complaint().await;
    let (_, b) = house.complaint().await;
    let by = |case: Case| Case {
        headers: &[("x-worker", "w")],
        ..case
    };
    check(
        &house,
        vec![
            by(post(
                &format!("/act/tasks/{a}/complete"),
                r#"{"severity":"Low"}"#,
                200,
                json!({}),
            )),
            by(post(
                &format!("/act/tasks/{b}/fail"),
                r#"{"error":"x"}"#,
                200,
                json!({}),
            )),
        ],
    )
    .await;
    let rows = house.get("/act/workers").await.body;
    assert_eq!(
        missing(
            &json!({"done": 1, "failed": 1}),
            row(&rows, &json!("w")),
            ""
        ),
        None,
        "{rows}"
    );
}

#[tokio::test]
async fn a_heartbeat_that_says_nothing_is_refused() {
    let house = House::open().await;
    check(
        &house,
        vec![
            post(
                "/act/workers/heartbeat",
                "{}",
                422,
                json!({"errors": [{"pointer": "/actor"}]}),
            ),
            post(
                "/act/workers/heartbeat",
                r#"{"actor":"BOT:x"}"#,
                400,
                json!({"type": "/act/problems/actor"}),
            ),
            post(
                "/act/workers/heartbeat",
                r#"{"actor":"AI:x","worker":"a b"}"#,
                400,
                json!({"parameter": "worker"}),
            ),
            get("/act/workers?x=1", 400, json!({"parameter": "x"})),
        ],
    )
    .await;
}
