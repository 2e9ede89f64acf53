use serde_json::{Value, json};

use crate::house::{House, check, get, post, text};

/// A severe complaint and the task of its review, which has four hours.
async fn review(house: &House) -> String {
    let (run, label) = house.complaint().await;
    let path = format!("/act/tasks/{label}/complete");
    let labelled = house.post(&path, &json!({"severity": "High"})).await;
    assert_eq!(labelled.status, 200, "{}", labelled.body);
    house.task_of(&run).await
}

fn seconds(moment: &Value) -> i64 {
    let moment: hms_engine::Time = text(moment).parse().unwrap();
    moment.timestamp()
}

#[tokio::test]
async fn a_clock_is_stopped_runs_on_and_is_given_more() {
    let house = House::open().await;
    let task = review(&house).await;
    let path = |act: &str| format!("/act/tasks/{task}/{act}");
    let before = house.get(&format!("/act/tasks/{task}")).await.body;
    assert_eq!(
        seconds(&before["expires"]) - seconds(&before["created"]),
        4 * 3600
    );
    assert_eq!(before["clock"]["running"], json!(true));
    let pause = r#"{"reason":"we wait for the bank","waiting_for_reporter":true}"#;
    check(&house, vec![
        post(&path("pause"), pause, 200, json!({
            "status": "NEW", "expires": null,
            "clock": {"running": false, "stopped": {"reason": "we wait for the bank", "waiting_for_reporter": true},
                "ledger": [{"what": "started"}, {"what": "stopped", "by": "HUMAN:investigator"}]},
        })),
        post(&path("pause"), pause, 409, json!({"type": "/act/problems/conflict"})),
        get(&format!("/act/tasks/{task}"), 200, json!({"clock": {"running": false}})),
        post(&path("resume"), "", 200, json!({"clock": {"running": true, "ledger": [{}, {}, {"what": "started"}]}})),
        post(&path("resume"), "", 409, json!({"type": "/act/problems/conflict"})),
        post(&path("extend"), r#"{"by":"2h","reason":"new papers came"}"#, 200, json!({
            "clock": {"added_ms": 7_200_000, "ledger": [{}, {}, {}, {"what": "extended", "reason": "new papers came", "by": "api"}]},
        })),
    ]).await;
    let after = house.get(&format!("/act/tasks/{task}")).await.body;
    let given = seconds(&after["expires"]) - seconds(&before["expires"]);
    assert!((7_200..7_260).contains(&given), "{given}");
    let run = text(&after["run_id"]);
    let history = house.get(&format!("/act/runs/{run}/history")).await.body;
    let kinds = history.to_string();
    for kind in ["clock_stopped", "clock_started", "sla_extended"] {
        assert!(kinds.contains(kind), "{kind}: {kinds}");
    }
}

#[tokio::test]
async fn what_cannot_be_done_to_a_clock_is_told_where_it_is_wrong() {
    let house = House::open().await;
    let task = review(&house).await;
    let (_, label) = house.complaint().await;
    let path = |act: &str| format!("/act/tasks/{task}/{act}");
    let at = |pointer: &str| json!({"errors": [{"pointer": pointer}]});
    check(
        &house,
        vec![
            post(&path("pause"), "{}", 422, at("/reason")),
            post(
                &path("pause"),
                r#"{"reason":"x","waiting_for_reporter":"yes"}"#,
                422,
                at("/waiting_for_reporter"),
            ),
            post(
                &path("pause"),
                r#"{"reason":"x","until":"noon"}"#,
                422,
                at("/until"),
            ),
            post(&path("pause"), r#"{"reason":"  "}"#, 422, json!({})),
            post(&path("extend"), r#"{"reason":"x"}"#, 422, at("/by")),
            post(
                &path("extend"),
                r#"{"by":"soon","reason":"x"}"#,
                422,
                at("/by"),
            ),
            post(
                &path("extend"),
                r#"{"by":"2bd","reason":"x"}"#,
                422,
                json!({"errors": [{"pointer": "/by", "detail": "…by the clock"}]}),
            ),
            // A label has no time, so it has no clock.
            post(
                &format!("/act/tasks/{label}/pause"),
                r#"{"reason":"x"}"#,
                409,
                json!({"detail": "…no SLA"}),
            ),
            post(
                "/act/tasks/018f0000-0000-7000-8000-000000000000/resume",
                "",
                404,
                json!({}),
            ),
        ],
    )
    .await;
}

#[tokio::test]
async fn a_definition_may_name_a_shipped_calendar() {
    let house = House::open().await;
    let text = "id: Records\nstart: Requested\ncalendar: us-federal\nsteps:\n  - { id: search, actor: HUMAN:clerk, sla: 20bd }\n";
    let headers = [("content-type", "application/yaml")];
    let checked = house
        .ask("POST", "/act/workflows/check", &headers, text)
        .await;
    assert_eq!(checked.body["valid"], json!(true), "{}", checked.body);
    let deployed = house.ask("POST", "/act/workflows", &headers, text).await;
    assert_eq!(deployed.status, 201, "{}", deployed.body);
    let began = house
        .post("/act/events", &json!({"name": "Requested"}))
        .await;
    let run = crate::house::text(&began.body["runs"][0]["run_id"]);
    let task = house.task_of(&run).await;
    let task = house.get(&format!("/act/tasks/{task}")).await.body;
    // Twenty working days are four weeks at the least.
    let days = (seconds(&task["expires"]) - seconds(&task["created"])) / 86_400;
    assert!((27..36).contains(&days), "{days}");
    let extend = house
        .post(
            &format!("/act/tasks/{}/extend", crate::house::text(&task["id"])),
            &json!({"by": "2bd", "reason": "unusual"}),
        )
        .await;
    assert_eq!(
        extend.body["clock"]["added_ms"],
        json!(172_800_000),
        "{}",
        extend.body
    );
    let misspelt = text.replace("us-federal", "us-fedral");
    let checked = house
        .ask("POST", "/act/workflows/check", &headers, misspelt)
        .await;
    assert_eq!(
        checked.body["diagnostics"][0]["help"],
        json!("did you mean \"us-federal\"?")
    );
}

#[tokio::test]
async fn the_sla_report_tells_the_time_to_accept_apart() {
    let house = House::open().await;
    let yaml = [("content-type", "application/yaml")];
    let definition = "id: Claim\nstart: Claimed\nsteps:\n  - id: decide\n    actor: HUMAN:clerk\n    sla: { within: 8h, accept: 1h }\n";
    let deployed = house.ask("POST", "/act/workflows", &yaml, definition).await;
    assert_eq!(deployed.status, 201, "{}", deployed.body);
    let mut tasks = Vec::new();
    for n in 0..3 {
        let event = json!({"name": "Claimed", "payload": {"n": n}});
        let begun = house.post("/act/events", &event).await.body;
        tasks.push(house.task_of(&text(&begun["runs"][0]["run_id"])).await);
    }
    // One is claimed, one is finished at once, one waits.
    let claim = format!("/act/tasks/{}/claim", tasks[0]);
    let complete = format!("/act/tasks/{}/complete", tasks[1]);
    let done = r#"{"outcome":"approve"}"#;
    check(
        &house,
        vec![
            post(&claim, "", 200, json!({"status": "CLAIMED"})),
            post(&complete, done, 200, json!({"status": "DONE"})),
            get("/act/reports/sla?workflow=Claim", 200, json!({
                "total": {"met": 1, "accept": {"met": 2, "breached": 0, "cancelled": 0, "compliance": 1.0}},
                "steps": [{"step": "decide", "figures": {"met": 1, "accept": {"met": 2}}}],
                "days": [{"met": 1, "accept": {"met": 2}}],
            })),
        ],
    )
    .await;
    let report = house.get("/act/reports/sla?workflow=Claim").await.body;
    for figure in ["p50_ms", "p90_ms", "p95_ms"] {
        assert!(
            report["total"]["accept"][figure].is_u64(),
            "{figure}: {report}"
        );
        assert!(report["total"][figure].is_u64(), "{figure}: {report}");
    }
    let csv = house
        .get("/act/reports/sla?format=csv&workflow=Claim")
        .await;
    let csv = text(&csv.body);
    let line = csv.lines().nth(1).unwrap();
    let cells: Vec<&str> = line.split(',').collect();
    assert_eq!(
        (cells.len(), &cells[1..6]),
        (15, &["Claim", "decide", "1", "0", "0"][..])
    );
    assert_eq!(cells[9..12], ["2", "0", "0"], "{csv}");
}
