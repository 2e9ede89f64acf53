use serde_json::{Value, json};

use crate::house::{House, check, get, missing, post, text};

#[tokio::test]
async fn a_run_shows_where_it_stands_and_how_it_came_there() {
    let house = House::open().await;
    let (run, task) = house.complaint().await;
    house
        .post(
            &format!("/act/tasks/{task}/complete"),
            &json!({"severity": "High"}),
        )
        .await;
    let review = house.task_of(&run).await;
    check(&house, vec![
        get(&format!("/act/runs/{run}"), 200, json!({
            "id": run, "case": "C-42", "workflow": "FTC-Complaint", "status": "RUNNING", "at": ["human_review"], "key": "C-42",
            "ended": null, "stopped": false, "breached": false, "payload": {"complaintId": "C-42", "text": "Spam calls"},
            "results": {"classify": {"severity": "High"}},
            "tasks": [{"id": task, "status": "DONE"}, {"id": review, "actor": "HUMAN:investigator", "status": "NEW"}],
        })),
        get(&format!("/runs/{}", uuid::Uuid::nil()), 404, json!({"type": "/act/problems/unknown-run"})),
        get("/act/runs/x", 404, json!({"type": "/act/problems/unknown-run"})),
        get(&format!("/act/runs/{}/history", uuid::Uuid::nil()), 404, json!({"type": "/act/problems/unknown-run"})),
    ]).await;
    let history = house.get(&format!("/act/runs/{run}/history")).await.body;
    let rows: Vec<(u64, String)> = history
        .as_array()
        .unwrap()
        .iter()
        .map(|row| (row["seq"].as_u64().unwrap(), text(&row["who"])))
        .collect();
    assert_eq!(
        rows,
        [(1, "event".to_owned()), (2, "AI:fraud-labeler".to_owned())]
    );
    assert_eq!(
        missing(
            &json!({"kind": "run_started"}),
            &history[0]["entries"][0],
            ""
        ),
        None
    );
}

#[tokio::test]
async fn long_lists_are_read_page_by_page() {
    let house = House::open().await;
    for _ in 0..5 {
        house.complaint().await;
    }
    let mut seen = Vec::new();
    let mut path = "/act/runs?limit=2&status=running&workflow=FTC-Complaint&q=C-4".to_owned();
    let mut pages = 0;
    loop {
        let page = house.get(&path).await;
        assert_eq!(page.status, 200, "{}", page.body);
        seen.extend(
            page.body
                .as_array()
                .unwrap()
                .iter()
                .map(|run| text(&run["id"])),
        );
        pages += 1;
        let Some(link) = page.headers.get("link") else {
            break;
        };
        let link = link.to_str().unwrap();
        path = link
            .strip_prefix('<')
            .unwrap()
            .strip_suffix(">; rel=\"next\"")
            .unwrap()
            .to_owned();
    }
    let mut newest_first = seen.clone();
    newest_first.sort();
    newest_first.reverse();
    newest_first.dedup();
    assert_eq!((seen.len(), pages), (5, 3));
    assert_eq!(seen, newest_first);

    let (run, task) = house.complaint().await;
    for verb in ["claim", "release", "claim", "release"] {
        house
            .ask("POST", &format!("/act/tasks/{task}/{verb}"), &[], "")
            .await;
    }
    let first = house.get(&format!("/act/runs/{run}/history?limit=3")).await;
    assert_eq!(first.body.as_array().unwrap().len(), 3);
    let link = format!("</act/runs/{run}/history?after=3&limit=3>; rel=\"next\"");
    assert_eq!(first.headers["link"], link.as_str());
    let second = house
        .get(&format!("/act/runs/{run}/history?after=3&limit=3"))
        .await;
    assert_eq!(second.body[0]["seq"], 4);
    assert!(!second.headers.contains_key("link"));
}

#[tokio::test]
async fn a_run_can_be_ended() {
    let house = House::open().await;
    let (run, task) = house.complaint().await;
    let cancel = format!("/act/runs/{run}/cancel");
    check(
        &house,
        vec![
            post(
                &cancel,
                r#"{"reason":"x"}"#,
                422,
                json!({"errors": [{"pointer": "/reason"}]}),
            ),
            post(
                &cancel,
                r#"{"note":"filed twice"}"#,
                200,
                json!({"status": "CANCELLED", "at": []}),
            ),
            post(
                &cancel,
                "",
                409,
                json!({"type": "/act/problems/run-ended", "run_status": "CANCELLED"}),
            ),
            post(
                &format!("/act/tasks/{task}/complete"),
                "{}",
                409,
                json!({"detail": "…The task was cancelled at"}),
            ),
            get("/act/runs?status=CANCELLED", 200, json!([{"id": run}])),
        ],
    )
    .await;
    let history = house.get(&format!("/act/runs/{run}/history")).await.body;
    let last = history.as_array().unwrap().last().unwrap();
    assert_eq!(
        (&last["who"], &last["command"]["note"]),
        (&json!("api"), &json!("filed twice"))
    );
}

#[tokio::test]
async fn a_stopped_run_can_be_sent_on() {
    let house = House::open().await;
    let (run, task) = house.complaint().await;
    let retry = format!("/act/runs/{run}/retry");
    check(&house, vec![
        post(&retry, "", 409, json!({"type": "/act/problems/no-incident"})),
        post(&format!("/act/tasks/{task}/complete"), r#"{"severity":"Purple"}"#, 200, json!({"status": "DONE"})),
        get(&format!("/act/runs/{run}"), 200, json!({
            "status": "RUNNING", "stopped": true, "incidents": [{"step": "severity_branch", "cause": "no_case", "message": "…Purple"}],
        })),
        get("/act/runs?stopped=true", 200, json!([{"id": run}])),
        post(&retry, r#"{"incident":"x"}"#, 422, json!({"errors": [{"pointer": "/incident"}]})),
        post(&retry, r#"{"incident":99,"note":"no such"}"#, 409, json!({"type": "/act/problems/no-incident"})),
        post(&retry, r#"{"to":"nowhere"}"#, 422, json!({"type": "/act/problems/no-step"})),
        post(&retry, r#"{"to":"human_review","note":"clearly severe"}"#, 200, json!({"stopped": false, "at": ["human_review"]})),
    ]).await;
}

#[tokio::test]
async fn a_run_names_who_called_it_and_whom_it_called() {
    let house = House::open().await;
    let yaml = [("content-type", "application/yaml")];
    for definition in [
        "id: Inner\nstart: Never\nsteps:\n  - { id: do, actor: \"HUMAN:clerk\" }\n",
        "id: Outer\nstart: Asked\nsteps:\n  - { id: call, type: call, workflow: Inner, payload: { n: payload.n } }\n",
    ] {
        let deployed = house.ask("POST", "/act/workflows", &yaml, definition).await;
        assert_eq!(deployed.status, 201, "{}", deployed.body);
    }
    let event = json!({"name": "Asked", "payload": {"n": 7}});
    let outer = text(&house.post("/act/events", &event).await.body["runs"][0]["run_id"]);
    let inner = house.get("/act/runs?workflow=Inner").await.body;
    let inner = text(&inner[0]["id"]);
    check(&house, vec![
        get(&format!("/act/runs/{outer}"), 200, json!({
            "parent": null, "waits_for": ["call"],
            "children": [{"id": inner, "workflow": "Inner", "status": "RUNNING", "parent": outer, "waits_for": ["human"]}],
        })),
        get(&format!("/act/runs/{inner}"), 200, json!({"parent": outer, "children": [], "payload": {"n": 7}})),
        get(&format!("/act/runs?parent={outer}"), 200, json!([{"id": inner}])),
        get("/act/runs?parent=x", 400, json!({"parameter": "parent"})),
    ]).await;
}

#[tokio::test]
async fn runs_are_found_by_what_they_wait_for() {
    let house = House::open().await;
    let (run, task) = house.complaint().await;
    let (other, _) = house.complaint().await;
    check(
        &house,
        vec![
            get("/act/runs?waiting=human", 200, json!([])),
            get("/act/runs?waiting=timer", 200, json!([])),
            // Nobody has ever asked for the labeller's tasks.
            get(
                "/act/runs?stuck=true",
                200,
                json!([{"id": other, "waits_for": ["worker"]}, {"id": run}]),
            ),
            get(
                "/act/runs?waiting=purple",
                400,
                json!({"parameter": "waiting", "detail": "…human, timer"}),
            ),
            get(
                "/act/runs?waiting=human,timer",
                400,
                json!({"parameter": "waiting"}),
            ),
            get(
                "/act/runs?stuck=perhaps",
                400,
                json!({"parameter": "stuck"}),
            ),
            get(&format!("/act/runs?parent={run}"), 200, json!([])),
        ],
    )
    .await;
    let page = house.get("/act/runs?stuck=true&limit=1").await;
    let link = format!("</act/runs?before={other}&limit=1&stuck=true>; rel=\"next\"");
    assert_eq!(page.headers["link"], link.as_str());
    // A worker asks: from now on they wait for it.
    house.get("/act/tasks?actor=AI:fraud-labeler").await;
    check(
        &house,
        vec![
            get("/act/runs?stuck=true", 200, json!([])),
            post(
                &format!("/act/tasks/{task}/fail"),
                r#"{"error":"no model"}"#,
                200,
                json!({"attempt": 2}),
            ),
            get(
                "/act/runs?waiting=timer",
                200,
                json!([{"id": run, "waits_for": ["timer"]}]),
            ),
            post(
                &format!("/act/tasks/{task}/complete"),
                r#"{"severity":"High"}"#,
                200,
                json!({"status": "DONE"}),
            ),
            get(
                "/act/runs?waiting=human&status=running&workflow=FTC-Complaint",
                200,
                json!([{"id": run, "waits_for": ["human"], "parent": null}]),
            ),
            get("/act/runs?waiting=timer", 200, json!([])),
        ],
    )
    .await;
}

#[tokio::test]
async fn the_sla_report_counts_what_was_decided() {
    let house = House::open().await;
    let (run, task) = house.complaint().await;
    house
        .post(
            &format!("/act/tasks/{task}/complete"),
            &json!({"severity": "High"}),
        )
        .await;
    let empty = house.get("/act/reports/sla").await.body;
    assert_eq!(
        missing(
            &json!({"total": {"met": 0, "open": 1, "compliance": null}}),
            &empty,
            ""
        ),
        None,
        "{empty}"
    );
    let review = house.task_of(&run).await;
    let approve = json!({"outcome": "approve", "approved": true, "note": ""});
    let done = house
        .post(&format!("/act/tasks/{review}/complete"), &approve)
        .await;
    assert_eq!(done.status, 200, "{}", done.body);
    let report = house
        .get("/act/reports/sla?workflow=FTC-Complaint")
        .await
        .body;
    let expect = json!({
        "total": {"met": 1, "breached": 0, "open": 0, "compliance": 1.0, "accept": null},
        "steps": [{"workflow": "FTC-Complaint", "step": "human_review", "figures": {"met": 1}}],
        "days": [{"met": 1, "breached": 0}],
    });
    assert_eq!(missing(&expect, &report, ""), None, "{report}");
    let csv = house.get("/act/reports/sla?format=csv").await;
    assert_eq!(csv.headers["content-type"], "text/csv; charset=utf-8");
    let Value::String(csv) = csv.body else {
        panic!("{}", csv.body)
    };
    assert!(csv.contains(",FTC-Complaint,human_review,1,0,0,"), "{csv}");
    assert!(
        csv.lines()
            .nth(1)
            .is_some_and(|line| line.ends_with(",,,,,,")),
        "{csv}"
    );
    check(
        &house,
        vec![
            get(
                "/act/reports/sla?from=2024-02-30",
                400,
                json!({"parameter": "from"}),
            ),
            get(
                "/act/reports/sla?from=2024-03-02&to=2024-03-01",
                400,
                json!({"detail": "…from"}),
            ),
            get(
                "/act/reports/sla?format=pdf",
                400,
                json!({"detail": "…json, csv"}),
            ),
        ],
    )
    .await;
}

#[tokio::test]
async fn a_case_is_taken_out_as_a_file() {
    let house = House::open().await;
    let (run, _) = house.complaint().await;
    let json = house.get(&format!("/act/runs/{run}/export")).await;
    assert_eq!(
        (json.status, &json.body["format"]),
        (200, &"hms-case-1".into())
    );
    let name = format!("attachment; filename=\"run-{run}.json\"");
    let disposition = json.headers["content-disposition"].to_str().unwrap();
    assert!(disposition.starts_with(&name), "{disposition}");
    let file = hms_server::trail::CaseFile::read(&json.body.to_string()).unwrap();
    assert_eq!(file.look(None).faults, ["no checkpoint holds it yet"]);
    let html = house
        .get(&format!("/act/runs/{run}/export?format=html"))
        .await;
    assert_eq!(html.status, 200);
    assert_eq!(html.headers["content-type"], "text/html; charset=utf-8");
    assert_eq!(html.headers["content-security-policy"], "sandbox");
    let nobody = uuid::Uuid::from_u128(7);
    let none = house.get(&format!("/act/runs/{nobody}/export")).await;
    assert_eq!(none.status, 404);
    let wrong = house
        .get(&format!("/act/runs/{run}/export?format=pdf"))
        .await;
    assert_eq!(wrong.status, 400);
}
