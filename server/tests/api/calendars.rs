use chrono::{TimeDelta, Utc};
use serde_json::{Value, json};

use crate::house::{Answer, Case, House, check, get, missing, text};

const YAML: &[(&str, &str)] = &[("content-type", "application/yaml")];

async fn deploy(house: &House, query: &str, body: &str) -> Answer {
    let path = format!("/act/calendars{query}");
    let by = [YAML[0], ("x-worker", "ann")];
    house.ask("POST", &path, &by, body.to_owned()).await
}

/// Open at all hours but today and on the days after, so many in all.
fn office(closed_days: i64) -> String {
    let week = "monday tuesday wednesday thursday friday saturday sunday";
    let hours: Vec<String> = week
        .split(' ')
        .map(|day| format!("{day}: 00:00-24:00"))
        .collect();
    let mut source = format!(
        "id: office\ntitle: Our office\ntime_zone: UTC\nhours: {{ {} }}\nholidays:\n  - {{ name: Old, on: 1999-01-01 }}\n",
        hours.join(", ")
    );
    for day in 0..closed_days {
        let date = (Utc::now() + TimeDelta::days(day)).date_naive();
        source += &format!("  - {{ name: Closed, on: {date} }}\n");
    }
    source
}

#[tokio::test]
async fn a_calendar_is_looked_at_deployed_and_moves_what_it_said() {
    let house = House::open().await;
    let (closed, longer) = (office(3), office(5));
    let first = deploy(&house, "", &closed).await;
    assert_eq!(first.status, 201, "{}", first.body);
    let none = json!({"cases": 0, "moved": 0, "deadlines": 0, "biggest": [], "more": false});
    let expect =
        json!({"id": "office", "changed": true, "dry_run": false, "moves": none, "workflows": []});
    assert_eq!(missing(&expect, &first.body, ""), None);
    let records = "id: Records\nstart: Requested\ncalendar: office\nsteps:\n  - { id: search, actor: HUMAN:clerk, sla: { within: 2h, accept: 1h } }\n";
    let deployed = house.ask("POST", "/act/workflows", YAML, records).await;
    assert_eq!(deployed.status, 201, "{}", deployed.body);
    let began = house
        .post("/act/events", &json!({"name": "Requested"}))
        .await;
    let run = text(&began.body["runs"][0]["run_id"]);
    let task = house.task_of(&run).await;
    let path = format!("/act/tasks/{task}");
    let before = text(&house.get(&path).await.body["expires"]);

    // Said, and not done.
    let dry = deploy(&house, "?dry_run=true", &longer).await;
    assert_eq!(dry.status, 200, "{}", dry.body);
    let two_days = 2 * 86_400_000;
    let moved = |what: &str| json!({"run_id": run, "workflow": "Records", "step": "search", "task_id": task, "what": what, "by_ms": two_days, "past": false, "missed": false});
    let moves = json!({
        "cases": 1, "moved": 1, "deadlines": 1, "first_claims": 1, "rungs": 0, "waits": 0, "later": 2,
        "earlier": 0, "past": 0, "standing": 0, "biggest": [moved("deadline"), moved("first_claim")], "clocks": [],
    });
    let expect =
        json!({"changed": true, "dry_run": true, "workflows": ["Records"], "moves": moves});
    assert_eq!(missing(&expect, &dry.body, ""), None, "{}", dry.body);
    assert_eq!(dry.body["moves"]["biggest"][0]["from"], before);
    let after = text(&dry.body["moves"]["biggest"][0]["to"]);
    let shown = house.get("/act/calendars/office").await.body;
    assert_eq!(shown["version"], first.body["version"]);
    assert_eq!(text(&house.get(&path).await.body["expires"]), before);
    // Asked for one of them, the biggest is told.
    let one = deploy(&house, "?dry_run=true&limit=1", &longer).await;
    assert_eq!(one.body["moves"]["biggest"].as_array().unwrap().len(), 1);

    // Done, and as it was said.
    let done = deploy(&house, "", &longer).await;
    assert_eq!(done.status, 201, "{}", done.body);
    assert_eq!(done.body["moves"], dry.body["moves"]);
    let mut waited = 0;
    while text(&house.get(&path).await.body["expires"]) == before {
        waited += 1;
        assert!(waited < 500, "the deadline does not move");
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
    assert_eq!(text(&house.get(&path).await.body["expires"]), after);
    let history = house.get(&format!("/act/runs/{run}/history")).await.body;
    let expect = json!([{}, {"who": "ann", "entries": [{"kind": "calendar_changed", "calendar": "office"}, {"kind": "deadline_moved", "to": after}]}]);
    assert_eq!(missing(&expect, &history, ""), None, "{history}");
    let again = deploy(&house, "", &longer).await;
    assert_eq!((again.status, &again.body["changed"]), (200, &json!(false)));

    let version = |answer: &Answer, in_force: bool| json!({"version": answer.body["version"], "deployed_by": "ann", "in_force": in_force});
    check(&house, vec![
        get("/act/calendars", 200, json!([
            {"id": "office", "title": "Our office", "version": done.body["version"], "time_zone": "UTC", "deployed_by": "ann", "workflows": ["Records"]},
            {"id": "us-federal", "time_zone": "America/New_York", "deployed_by": "hms serve"},
        ])),
        get("/act/calendars/office", 200, json!({
            "id": "office", "moving": false, "source": longer, "versions": [version(&done, true), version(&first, false)],
        })),
        get("/act/calendars/offce", 404, json!({"type": "/act/problems/unknown-calendar", "known": ["office", "us-federal"]})),
        get("/act/calendars/office?x=1", 400, json!({"parameter": "x"})),
    ])
    .await;
}

#[tokio::test]
async fn a_clock_that_stands_still_and_a_moment_already_past_are_said_so() {
    // Ten days in a second, so that there is a past to move into.
    let house = House::with(hms_server::api::ApiAuth::open(), 864_000.0).await;
    let now = house.orchestrator.now();
    let closed = |days: i64| {
        let mut source = office(0);
        for day in 0..days {
            let date = (now + TimeDelta::days(day)).date_naive();
            source += &format!("  - {{ name: Closed, on: {date} }}\n");
        }
        source
    };
    deploy(&house, "", &closed(300)).await;
    let records = "id: Records\nstart: Requested\ncalendar: office\nsteps:\n  - { id: search, actor: HUMAN:clerk, sla: 2bd }\n";
    house.ask("POST", "/act/workflows", YAML, records).await;
    let begin = async || {
        let began = house
            .post("/act/events", &json!({"name": "Requested"}))
            .await;
        let run = text(&began.body["runs"][0]["run_id"]);
        house.task_of(&run).await
    };
    let (open, still) = (begin().await, begin().await);
    // More days pass than they have, then one of the two clocks is stopped.
    let moment = |value: &Value| text(value).parse::<hms_engine::Time>().unwrap();
    let created = house.get(&format!("/act/tasks/{still}")).await.body;
    let created = moment(&created["created"]);
    let clock = house.orchestrator.clock();
    tokio::time::sleep(clock.until(created + TimeDelta::days(3))).await;
    let paused = house
        .post(
            &format!("/act/tasks/{still}/pause"),
            &json!({"reason": "asked"}),
        )
        .await;
    assert_eq!(paused.status, 200, "{}", paused.body);
    let answer = deploy(&house, "?dry_run=true", &closed(0)).await;
    let expect = json!({"moves": {
        "cases": 2, "moved": 1, "deadlines": 1, "earlier": 1, "past": 1, "standing": 1,
        "biggest": [{"task_id": open, "past": true}],
        "clocks": [{"task_id": still, "step": "search", "consumed_from": 0}],
    }});
    assert_eq!(missing(&expect, &answer.body, ""), None, "{}", answer.body);
    let stopped = moment(&paused.body["clock"]["ledger"][1]["at"]);
    let consumed = &answer.body["moves"]["clocks"][0]["consumed_to"];
    assert_eq!(consumed, (stopped - created).num_milliseconds());
}

#[tokio::test]
async fn a_wrong_calendar_is_told_by_line_and_never_in_force() {
    let house = House::open().await;
    let case = |body: &str, status: u16, expect: Value| Case {
        method: "POST",
        path: "/act/calendars".to_owned(),
        headers: YAML,
        body: body.to_owned(),
        status,
        expect,
    };
    check(&house, vec![
        case("id: office\ntime_zone: America/NewYork\nhours: { weekdays: 09:00-17:00 }\n", 422, json!({
            "type": "/act/problems/calendar", "detail": "…2:12: error[HMS053]",
            "errors": [{"code": "HMS053", "place": {"line": 2, "column": 12}, "help": "…America/New_York"}],
        })),
        case("", 422, json!({"type": "/act/problems/calendar", "errors": [{"code": "HMS003"}]})),
        Case {
            headers: &[("content-type", "application/json")],
            ..case("{}", 415, json!({"type": "/act/problems/media-type"}))
        },
        Case {
            path: "/act/calendars?limit=0".to_owned(),
            ..case("id: a", 400, json!({"parameter": "limit"}))
        },
        get("/act/calendars", 200, json!([{"id": "us-federal"}])),
    ])
    .await;
}
