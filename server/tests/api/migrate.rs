//! Moving open runs to another version over the API.

use serde_json::{Value, json};

use crate::house::{Answer, House, check, missing, post, text};

const OLD: &str = "id: Permit\nstart: Asked\nkey: payload.case\nsteps:\n  - { id: look, actor: HUMAN:clerk, sla: 4h }\n  - { id: wait, type: wait, for: 2d }\n  - { id: decide, actor: HUMAN:judge }\n";
const NEW: &str = "id: Permit\nstart: Asked\nkey: payload.case\nsteps:\n  - { id: check, actor: HUMAN:clerk, sla: 6h }\n  - { id: rest, type: wait, for: 3d }\n  - { id: decide, actor: HUMAN:judge }\n";
const PATH: &str = "/act/workflows/Permit/migrate";

async fn deploy(house: &House, definition: &'static str) -> String {
    let headers = [("content-type", "application/yaml")];
    let answer = house
        .ask("POST", "/act/workflows", &headers, definition)
        .await;
    assert_eq!(answer.status, 201, "{}", answer.body);
    text(&answer.body["version"])
}

async fn began(house: &House, case: &str) -> String {
    let event = json!({"name": "Asked", "payload": {"case": case}});
    let answer = house.post("/act/events", &event).await;
    text(&answer.body["runs"][0]["run_id"])
}

/// Three runs of the old version, the second at its wait, and the new version in force.
async fn three(house: &House) -> ([String; 3], String, String) {
    let old = deploy(house, OLD).await;
    let runs = [
        began(house, "1").await,
        began(house, "2").await,
        began(house, "3").await,
    ];
    let task = house.task_of(&runs[1]).await;
    let done = house
        .post(
            &format!("/act/tasks/{task}/complete"),
            &json!({"approved": true}),
        )
        .await;
    assert_eq!(done.status, 200, "{}", done.body);
    (runs, old, deploy(house, NEW).await)
}

fn holds(answer: &Answer, status: u16, expect: Value) {
    let found = (answer.status, missing(&expect, &answer.body, ""));
    assert_eq!(found, (status, None), "{}", answer.body);
}

#[tokio::test]
async fn a_dry_run_shows_each_run_and_the_real_one_does_it() {
    let house = House::open().await;
    let ([one, two, three], old, new) = three(&house).await;
    let steps = json!({"look": "check", "wait": "rest"});
    let ask = json!({"steps": steps, "dry_run": true, "note": null});
    let before = house.get(&format!("/act/runs/{one}")).await.body;
    let would = house.post(PATH, &ask).await;
    let task = before["tasks"][0].clone();
    holds(
        &would,
        200,
        json!({
            "workflow": "Permit", "from": old, "to": new, "dry_run": true, "moved": 3, "refused": 0, "next": null,
            "runs": [
                {"run_id": three},
                {"run_id": two, "moved": true, "steps": [{"from": "wait", "to": "rest"}], "tasks": []},
                {"run_id": one, "steps": [{"from": "look", "to": "check"}], "tasks": [
                    {"id": task["id"], "from": "look", "to": "check", "actor": null, "released": null, "expires_before": task["expires"]},
                ]},
            ],
        }),
    );
    assert_eq!(
        house.get(&format!("/act/runs/{one}")).await.body,
        before,
        "only shown"
    );
    let did = house
        .post(PATH, &json!({"steps": steps, "note": "new form"}))
        .await;
    let (mut left, mut right) = (would.body.clone(), did.body.clone());
    for answer in [&mut left, &mut right] {
        answer["dry_run"].take();
    }
    assert_eq!(left, right, "what was shown is what was done");
    let after = house.get(&format!("/act/runs/{one}")).await.body;
    let expires = &did.body["runs"][2]["tasks"][0]["expires"];
    assert_eq!(
        missing(
            &json!({"version": new, "tasks": [{"id": task["id"], "step_id": "check", "expires": expires}]}),
            &after,
            ""
        ),
        None,
        "{after}"
    );
    let history = house.get(&format!("/act/runs/{one}/history")).await.body;
    let last = history.as_array().unwrap().last().unwrap();
    let expect = json!({
        "who": "api", "command": {"order": "migrate", "to": new, "steps": steps, "note": "new form"},
        "entries": [
            {"kind": "migrated", "from": old, "to": new, "steps": steps, "note": "new form"},
            {"kind": "task_migrated", "from": "look", "step": "check", "task": task["id"]},
        ],
    });
    assert_eq!(missing(&expect, last, ""), None, "{last}");
    // Nobody is left to move.
    holds(
        &house.post(PATH, &json!({"note": "again"})).await,
        422,
        json!({"known": []}),
    );
}

#[tokio::test]
async fn a_run_that_cannot_move_is_told_why_and_the_others_go() {
    let house = House::open().await;
    let ([one, two, three], old, _) = three(&house).await;
    let stranger = "01a2b3c4-0000-7000-8000-000000000000";
    let ask = json!({"from": &old[..12], "steps": {"look": "check"}, "runs": [one, two, one, stranger], "note": "new form"});
    let told = house.post(PATH, &ask).await;
    holds(
        &told,
        200,
        json!({"moved": 1, "refused": 2, "next": null, "runs": [
            {"run_id": one, "moved": true},
            {"run_id": two, "moved": false, "obstacles": [{"obstacle": "no_step", "step": "wait", "to": "wait", "detail": "…wait: the new version has no such step."}]},
            {"run_id": stranger, "moved": false, "problem": {"type": "/act/problems/unknown-run"}},
        ]}),
    );
    assert_eq!(
        told.body["runs"].as_array().unwrap().len(),
        3,
        "named twice it moves once"
    );
    assert_eq!(
        house.get(&format!("/act/runs/{three}")).await.body["version"],
        old
    );
}

#[tokio::test]
async fn pages_lead_through_all_runs_once() {
    let house = House::open().await;
    let (runs, ..) = three(&house).await;
    let mut seen = Vec::new();
    let mut before = Value::Null;
    loop {
        let ask = json!({"steps": {"look": "check", "wait": "rest"}, "dry_run": true, "limit": 2, "before": before});
        let page = house.post(PATH, &ask).await;
        holds(&page, 200, json!({"refused": 0}));
        seen.extend(
            page.body["runs"]
                .as_array()
                .unwrap()
                .iter()
                .map(|row| text(&row["run_id"])),
        );
        before = page.body["next"].clone();
        if before.is_null() {
            break;
        }
    }
    seen.reverse();
    assert_eq!(seen, runs);
}

#[tokio::test]
async fn what_cannot_be_meant_is_told_at_its_place() {
    let house = House::open().await;
    let ([one, ..], old, new) = three(&house).await;
    let shape = |pointer: &str, detail: &str| json!({"type": "/act/problems/shape", "errors": [{"pointer": pointer, "detail": format!("…{detail}")}]});
    let body = |more: &str| format!("{{\"note\":\"x\",\"from\":\"{old}\"{more}}}");
    check(
        &house,
        vec![
            post(
                "/act/workflows/Permi/migrate",
                &body(""),
                404,
                json!({"type": "/act/problems/unknown-workflow"}),
            ),
            post(PATH, "{}", 422, shape("/note", "Say why the runs move")),
            post(
                PATH,
                &body(r#","steps":{"lok":"check"}"#),
                422,
                shape("/steps/lok", "did you mean \"look\"?"),
            ),
            post(
                PATH,
                &body(r#","steps":{"look":"chekc"}"#),
                422,
                shape("/steps/look", "did you mean \"check\"?"),
            ),
            post(
                PATH,
                &body(r#","steps":{"a/b":"check"}"#),
                422,
                shape("/steps/a~1b", "is no step of the version to move from"),
            ),
            post(
                PATH,
                &body(r#","steps":["look"]"#),
                422,
                shape("/steps", "Here stands an array"),
            ),
            post(
                PATH,
                &body(r#","steps":{"look":7}"#),
                422,
                shape("/steps/look", "send the id of a step"),
            ),
            post(
                PATH,
                &body(r#","runs":["x"]"#),
                422,
                shape("/runs/0", "That is no run id"),
            ),
            post(
                PATH,
                &body(r#","runs":"x""#),
                422,
                shape("/runs", "at most 500 runs"),
            ),
            post(
                PATH,
                &body(r#","limit":501"#),
                422,
                shape("/limit", "from 1 to 500"),
            ),
            post(
                PATH,
                &body(r#","before":"x""#),
                422,
                shape("/before", "That is no run id"),
            ),
            post(
                PATH,
                &body(r#","dry_run":1"#),
                422,
                shape("/dry_run", "true or false"),
            ),
            post(
                PATH,
                &body(r#","nothing":1"#),
                422,
                shape("/nothing", "is not known here"),
            ),
            post(
                PATH,
                &body(r#","to":"abcdefabcdef""#),
                422,
                json!({"errors": [{"pointer": "/to"}]}),
            ),
            post(
                PATH,
                &body(&format!(",\"to\":\"{}\"", &new[..7])),
                422,
                shape("/to", "at least 8 letters"),
            ),
            post(
                PATH,
                &body(&format!(",\"to\":\"{old}\"")),
                422,
                shape("/from", "the version that they have"),
            ),
            post(
                PATH,
                &body(&format!(
                    ",\"to\":\"{new}\",\"runs\":[\"{one}\"],\"dry_run\":true"
                )),
                200,
                json!({"refused": 1}),
            ),
        ],
    )
    .await;
    // Several versions with open runs: which one is meant must be said.
    began(&house, "4").await;
    let third: &'static str = Box::leak(NEW.replace("6h", "7h").into_boxed_str());
    deploy(&house, third).await;
    let told = house.post(PATH, &json!({"note": "x"})).await;
    holds(&told, 422, shape("/from", "several other versions"));
    assert_eq!(
        told.body["known"].as_array().unwrap().len(),
        2,
        "{}",
        told.body
    );
}
