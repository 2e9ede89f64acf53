use serde_json::json;

use crate::house::{Answer, House, check, get, missing};

const SMALL: &str = "id: Small\nstart: Began\nsteps:\n  - id: one\n    actor: SVC:x\n";
const WRONG: &str = "id: Small\nstart: Began\nsteps:\n  - id: one\n    actor: BOT:x\n";

async fn yaml(house: &House, path: &str, body: &'static str) -> Answer {
    house
        .ask("POST", path, &[("content-type", "application/yaml")], body)
        .await
}

#[tokio::test]
async fn a_definition_is_deployed_and_read_back() {
    let house = House::open().await;
    let first = yaml(&house, "/act/workflows", SMALL).await;
    assert_eq!(first.status, 201, "{}", first.body);
    assert_eq!(
        missing(&json!({"id": "Small", "changed": true}), &first.body, ""),
        None
    );
    let again = yaml(&house, "/act/workflows", SMALL).await;
    assert_eq!((again.status, &again.body["changed"]), (200, &json!(false)));
    check(&house, vec![
        get("/act/workflows", 200, json!([
            {"id": "Benefit-Appeal"}, {"id": "Building-Permit"}, {"id": "Data-Breach"}, {"id": "FOIA-Request"},
            {"id": "FTC-Complaint", "start": "ComplaintLogged"}, {"id": "Small"},
        ])),
        get("/act/workflows/Small", 200, json!({
            "id": "Small", "start": "Began", "source": SMALL, "version": first.body["version"],
            "steps": [{"id": "one", "type": "task", "actor": "SVC:x", "on_complete": "end"}],
        })),
        get("/act/workflows/Smal", 404, json!({"type": "/act/problems/unknown-workflow", "known": ["Benefit-Appeal", "Building-Permit", "Data-Breach", "FOIA-Request", "FTC-Complaint", "Small"]})),
    ]).await;
    let began = house.post("/act/events", &json!({"name": "Began"})).await;
    assert_eq!(
        missing(&json!({"runs": [{"workflow": "Small"}]}), &began.body, ""),
        None
    );
}

#[tokio::test]
async fn a_wrong_definition_is_told_by_line_and_never_deployed() {
    let house = House::open().await;
    let refused = yaml(&house, "/act/workflows", WRONG).await;
    let expect = json!({
        "type": "/act/problems/definition",
        "errors": [{"level": "error", "place": {"line": 5}, "message": "…Unknown actor type \"BOT:\""}],
    });
    assert_eq!(refused.status, 422);
    assert_eq!(
        missing(&expect, &refused.body, ""),
        None,
        "{}",
        refused.body
    );
    assert_eq!(house.get("/act/workflows/Small").await.status, 404);
}

#[tokio::test]
async fn a_deployment_says_what_it_changes_and_who_stands_where() {
    const NEW: &str = "# A comment changes nothing\nid: Small\nstart: Began\nsteps:\n  - id: look\n    actor: SVC:y\n  - id: more\n    type: wait\n    for: 1d\n";
    const CHANGED: &str = "id: Small\nstart: Began\nsteps:\n  - { actor: SVC:z, id: look, on_complete: more }\n  - { id: more, type: wait, for: 2d }\n";
    let house = House::open().await;
    let first = yaml(&house, "/act/workflows?dry_run=true", SMALL).await;
    let none = json!({"changed": true, "dry_run": true, "changes": null, "open": []});
    assert_eq!(
        (first.status, missing(&none, &first.body, "")),
        (200, None),
        "{}",
        first.body
    );
    assert_eq!(house.get("/act/workflows/Small").await.status, 404);
    let first = yaml(&house, "/act/workflows", SMALL).await;
    assert_eq!(first.status, 201, "{}", first.body);
    for _ in 0..2 {
        house.post("/act/events", &json!({"name": "Began"})).await;
    }
    let version = &first.body["version"];
    let changes = json!({"added": ["look", "more"], "removed": ["one"], "changed": []});
    let open = json!([{"version": version, "step": "one", "runs": 2, "removed": true}]);
    for (path, status) in [
        ("/act/workflows?dry_run=true", 200),
        ("/act/workflows", 201),
    ] {
        let told = yaml(&house, path, NEW).await;
        let expect = json!({"changed": true, "changes": changes, "open": open});
        assert_eq!(
            (told.status, missing(&expect, &told.body, "")),
            (status, None),
            "{}",
            told.body
        );
    }
    let told = yaml(&house, "/act/workflows?dry_run=true", CHANGED).await;
    let changes = json!({"added": [], "removed": [], "changed": ["look", "more"]});
    assert_eq!(told.body["changes"], changes);
    let wrong = yaml(&house, "/act/workflows?dry_run=true", WRONG).await;
    assert_eq!(wrong.status, 422);
}

#[tokio::test]
async fn a_check_keeps_nothing() {
    let house = House::open().await;
    let good = yaml(&house, "/act/workflows/check", SMALL).await;
    assert_eq!(
        missing(
            &json!({"valid": true, "id": "Small", "diagnostics": []}),
            &good.body,
            ""
        ),
        None,
        "{}",
        good.body
    );
    let wrong = yaml(&house, "/act/workflows/check", WRONG).await;
    assert_eq!((wrong.status, &wrong.body["valid"]), (200, &json!(false)));
    assert_eq!(wrong.body["diagnostics"][0]["place"]["line"], 5);
    let json = house.post("/act/workflows/check", &json!({})).await;
    assert_eq!(json.status, 415);
    assert_eq!(house.get("/act/workflows/Small").await.status, 404);
}
