use serde_json::{Value, json};

use crate::house::{Case, House, check, post};

const PLAIN: &str =
    r#"{"name":"ComplaintLogged","payload":{"complaintId":"C-42","text":"Spam calls"}}"#;

fn accepted() -> Value {
    json!({"runs": [{"workflow": "FTC-Complaint"}]})
}

fn event(
    headers: &'static [(&'static str, &'static str)],
    body: &str,
    status: u16,
    expect: Value,
) -> Case {
    Case {
        method: "POST",
        path: "/act/events".into(),
        headers,
        body: body.into(),
        status,
        expect,
    }
}

#[tokio::test]
async fn an_event_comes_in_every_shape_there_is() {
    let house = House::open().await;
    let structured = r#"{"specversion":"1.0","id":"1","source":"/s","type":"ComplaintLogged","time":"2024-05-14T10:03:00Z","data":{"complaintId":"C-1"}}"#;
    check(
        &house,
        vec![
            post("/act/events", PLAIN, 202, accepted()),
            post("/events", PLAIN, 202, accepted()),
            event(&[], PLAIN, 202, accepted()),
            event(
                &[("content-type", "application/json; charset=utf-8")],
                PLAIN,
                202,
                accepted(),
            ),
            post(
                "/act/events",
                r#"{"name":"ComplaintLogged"}"#,
                202,
                accepted(),
            ),
            event(
                &[(
                    "content-type",
                    "application/cloudevents+json; charset=UTF-8",
                )],
                structured,
                202,
                accepted(),
            ),
            // The same under a plain type: known by its specversion, and a repeat by its id.
            post("/act/events", structured, 200, accepted()),
            event(
                &[
                    ("ce-specversion", "1.0"),
                    ("ce-id", "2"),
                    ("ce-source", "/s"),
                    ("ce-type", "ComplaintLogged"),
                    ("content-type", "application/json"),
                ],
                r#"{"complaintId":"C-2"}"#,
                202,
                accepted(),
            ),
            event(
                &[
                    ("ce-specversion", "1.0"),
                    ("ce-id", "%32"),
                    ("ce-source", "/s"),
                    ("ce-type", "Complaint%4Cogged"),
                ],
                r#"{"complaintId":"C-2"}"#,
                200,
                accepted(),
            ),
            event(
                &[
                    ("ce-specversion", "1.0"),
                    ("ce-id", "3"),
                    ("ce-source", "/s"),
                    ("ce-type", "ComplaintLogged"),
                ],
                "",
                202,
                accepted(),
            ),
        ],
    )
    .await;
}

#[tokio::test]
async fn the_same_event_again_is_answered_the_same_and_starts_nothing() {
    let house = House::open().await;
    let body = json!({"name": "ComplaintLogged", "payload": {"complaintId": "C-1"}, "source": "desk", "id": "7"});
    let first = house.post("/act/events", &body).await;
    let again = house.post("/act/events", &body).await;
    assert_eq!((first.status, again.status), (202, 200));
    assert_eq!(first.body, again.body);
    let runs = house.get("/act/runs").await.body;
    assert_eq!(runs.as_array().unwrap().len(), 1);
    let other =
        json!({"name": "ComplaintLogged", "payload": {}, "source": "other desk", "id": "7"});
    assert_eq!(house.post("/act/events", &other).await.status, 202);
}

#[tokio::test]
async fn an_event_that_cannot_be_is_told_where_and_why() {
    let house = House::open().await;
    let errors = |pointer: &str| json!([{"pointer": pointer}]);
    let cloud = |body: &str, pointer: &str| {
        event(
            &[("content-type", "application/cloudevents+json")],
            body,
            422,
            json!({"errors": errors(pointer)}),
        )
    };
    check(&house, vec![
        post("/act/events", r#"{"name":"ComplaintLoged","payload":{}}"#, 422, json!({
            "type": "/act/problems/unknown-event", "nearest": ["ComplaintLogged"], "detail": "…Did you mean ComplaintLogged?",
        })),
        post("/act/events", "{\"name\":\"ComplaintLogged\",\n\"payload\":{,}}", 400, json!({
            "type": "/act/problems/not-json", "line": 2, "column": 12, "detail": "…Line 2, column 12",
        })),
        post("/act/events", "", 400, json!({"type": "/act/problems/not-json", "detail": "…empty"})),
        post("/act/events", "[1]", 422, json!({"detail": "…an array", "errors": errors("")})),
        post("/act/events", "{}", 422, json!({"errors": errors("/name")})),
        post("/act/events", r#"{"name":7}"#, 422, json!({"errors": errors("/name")})),
        post("/act/events", r#"{"name":"ComplaintLogged","payload":"text"}"#, 422, json!({"errors": errors("/payload"), "detail": "…a text"})),
        post("/act/events", r#"{"nmae":"ComplaintLogged"}"#, 422, json!({"errors": errors("/nmae"), "detail": "…name, payload"})),
        post("/act/events", r#"{"name":"ComplaintLogged","id":"1"}"#, 422, json!({"errors": errors("/source")})),
        post("/act/events?dry=1", PLAIN, 400, json!({"parameter": "dry"})),
        event(&[("content-type", "text/plain")], PLAIN, 415, json!({"takes": "application/json"})),
        event(&[("content-type", "application/yaml")], PLAIN, 415, json!({"takes": "application/json"})),
        cloud(r#"{"specversion":"1.0","source":"/s","type":"ComplaintLogged"}"#, "/id"),
        cloud(r#"{"specversion":"0.3","id":"1","source":"/s","type":"ComplaintLogged"}"#, "/specversion"),
        cloud(r#"{"specversion":"1.0","id":"1","source":"/s","type":"ComplaintLogged","data":[]}"#, "/data"),
        cloud(r#"{"specversion":"1.0","id":"1","source":"/s","type":"ComplaintLogged","data_base64":"AA=="}"#, "/data_base64"),
    ]).await;
}

#[tokio::test]
async fn many_events_are_answered_one_by_one() {
    let house = House::open().await;
    let batch = json!([
        {"name": "ComplaintLogged", "payload": {"complaintId": "1"}},
        {"name": "Nothing"},
        7,
        {"name": "ComplaintLogged", "source": "s", "id": "1"},
        {"name": "ComplaintLogged", "source": "s", "id": "1"},
    ]);
    let expect = json!([
        {"status": 202, "runs": [{"workflow": "FTC-Complaint"}]},
        {"status": 422, "type": "/act/problems/unknown-event"},
        {"status": 422, "errors": [{"pointer": "/2"}]},
        {"status": 202},
        {"status": 200},
    ]);
    check(
        &house,
        vec![post("/act/events/batch", &batch.to_string(), 200, expect)],
    )
    .await;
    let clouds = json!([
        {"specversion": "1.0", "id": "8", "source": "/s", "type": "ComplaintLogged", "data": {}},
        {"specversion": "1.0", "id": "8", "source": "/s", "type": "ComplaintLogged", "data": {}},
        {"specversion": "1.0", "id": "9", "source": "/s", "type": "Other"},
    ]);
    let expect = json!([{"status": 202}, {"status": 200}, {"status": 422}]);
    for path in ["/act/events", "/events/batch"] {
        let answer = house
            .ask(
                "POST",
                path,
                &[("content-type", "application/cloudevents-batch+json")],
                clouds.to_string(),
            )
            .await;
        let statuses: Vec<_> = answer
            .body
            .as_array()
            .unwrap()
            .iter()
            .map(|item| item["status"].clone())
            .collect();
        let first = if path == "/act/events" { 202 } else { 200 };
        assert_eq!(
            statuses,
            [
                json!(first),
                expect[1]["status"].clone(),
                expect[2]["status"].clone()
            ]
        );
    }
    check(
        &house,
        vec![
            post(
                "/act/events/batch",
                "{}",
                422,
                json!({"detail": "…send an array"}),
            ),
            post(
                "/act/events/batch",
                &Value::Array(vec![json!(1); 1001]).to_string(),
                413,
                json!({"limit": 1000}),
            ),
            post("/act/events/batch", "[]", 200, json!([])),
        ],
    )
    .await;
}

const APPEAL: &str = "id: Appeal\nstart: AppealFiled\nkey: payload.case\nsteps:\n  - { id: papers, type: wait, event: PapersCame }\n";

#[tokio::test]
async fn an_event_for_a_running_case_says_what_it_reached() {
    let house = House::open().await;
    let yaml = [("content-type", "application/yaml")];
    let deployed = house.ask("POST", "/act/workflows", &yaml, APPEAL).await;
    assert_eq!(deployed.status, 201, "{}", deployed.body);
    let filed = json!({"name": "AppealFiled", "payload": {"case": "A-1"}});
    let run = house.post("/act/events", &filed).await.body["runs"][0]["run_id"].clone();
    let papers = |case: &str| {
        let payload = json!({"case": case});
        json!({"name": "PapersCame", "source": "post", "id": case, "payload": payload}).to_string()
    };
    let expect =
        json!({"runs": [], "reached": [{"run_id": run, "workflow": "Appeal", "how": "taken"}]});
    let nobody =
        json!({"runs": [], "reached": [], "note": "No running case waits for this event."});
    check(
        &house,
        vec![
            post("/act/events", &papers("A-2"), 202, nobody.clone()),
            post("/act/events", &papers("A-1"), 202, expect.clone()),
            post("/act/events", &papers("A-1"), 200, expect),
            post("/act/events", &papers("A-2"), 200, nobody),
            post(
                "/act/events",
                r#"{"name":"PapersCome"}"#,
                422,
                json!({"nearest": ["PapersCame"]}),
            ),
        ],
    )
    .await;
}
