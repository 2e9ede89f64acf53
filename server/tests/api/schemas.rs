//! What an event and a result must be.

use serde_json::{Value, json};

use crate::house::{House, check, get, missing, post, text};

const CLAIM: &str = "id: Claim
start: Claimed
input:
  type: object
  required: [claimant]
  properties: { claimant: { type: string }, amount: { type: number, minimum: 0 } }
steps:
  - id: assess
    actor: AI:assessor
    on_error: end
    output: { type: object, required: [score], properties: { score: { type: number, maximum: 1 } } }
  - id: decide
    actor: HUMAN:clerk
    sla: 1d
    form:
      - { id: amount, type: money, label: How much?, required: true, max: 500, show_if: answers.outcome == 'approve' }
";

async fn house() -> House {
    let house = House::open().await;
    let yaml = [("content-type", "application/yaml")];
    let deployed = house.ask("POST", "/act/workflows", &yaml, CLAIM).await;
    assert_eq!(deployed.status, 201, "{}", deployed.body);
    house
}

async fn claim(house: &House) -> (String, String) {
    let event = json!({"name": "Claimed", "payload": {"claimant": "Ana"}});
    let answer = house.post("/act/events", &event).await;
    assert_eq!(answer.status, 202, "{}", answer.body);
    let run = text(&answer.body["runs"][0]["run_id"]);
    (run.clone(), house.task_of(&run).await)
}

#[tokio::test]
async fn an_event_that_breaks_the_input_starts_nothing() {
    let house = house().await;
    let errors = json!([
        {"pointer": "/payload/amount", "detail": "the value is less than the minimum of 0"},
        {"pointer": "/payload/claimant", "detail": "\"claimant\" is missing"},
    ]);
    let problem = json!({"type": "/act/problems/payload", "workflow": "Claim", "errors": errors});
    let wrong = r#"{"name":"Claimed","payload":{"amount":-5}}"#;
    check(
        &house,
        vec![
            post("/act/events", wrong, 422, problem.clone()),
            // The same sender's id may be used again: nothing was kept of it.
            post(
                "/act/events",
                r#"{"name":"Claimed","payload":{"amount":-5},"source":"s","id":"1"}"#,
                422,
                problem.clone(),
            ),
            post(
                "/act/events",
                r#"{"name":"Claimed","payload":{"claimant":"Ana"},"source":"s","id":"1"}"#,
                202,
                json!({"runs": [{"workflow": "Claim"}]}),
            ),
        ],
    )
    .await;
    let many = json!([
        {"name": "Claimed", "payload": {"claimant": "Eve"}},
        {"name": "Claimed", "payload": {"amount": -5}},
        {"name": "Claimed", "payload": {"claimant": "Max", "amount": 5}},
    ]);
    let answer = house.post("/act/events/batch", &many).await;
    let statuses: Vec<&Value> = answer
        .body
        .as_array()
        .unwrap()
        .iter()
        .map(|one| &one["status"])
        .collect();
    assert_eq!(statuses, [202, 422, 202]);
    let errors = json!([{"pointer": "/1/payload/amount"}, {"pointer": "/1/payload/claimant"}]);
    let problem = json!({"type": "/act/problems/payload", "workflow": "Claim", "errors": errors});
    assert_eq!(
        missing(&problem, &answer.body[1], ""),
        None,
        "{}",
        answer.body
    );
    let runs = house.get("/act/runs?workflow=Claim").await;
    assert_eq!(runs.body.as_array().map(Vec::len), Some(3), "{}", runs.body);
}

#[tokio::test]
async fn a_fault_names_its_place_in_the_cloud_event_it_came_in() {
    let house = house().await;
    let event = |kind: &str, data: &str| {
        format!(r#"{{"specversion":"1.0","id":"1","source":"/s","type":"{kind}","data":{data}}}"#)
    };
    let structured = [("content-type", "application/cloudevents+json")];
    let batch = [("content-type", "application/cloudevents-batch+json")];
    let binary = [
        ("content-type", "application/json"),
        ("ce-specversion", "1.0"),
        ("ce-id", "1"),
        ("ce-source", "/s"),
        ("ce-type", "Claimed"),
    ];
    let wrong = r#"{"claimant":"Ana","amount":-5}"#;
    let many = format!("[{}]", event("Claimed", wrong));
    for (headers, body, pointer) in [
        (&structured[..], event("Claimed", wrong), "/data/amount"),
        (&structured[..], event("Clamed", wrong), "/type"),
        (&binary[..], wrong.to_owned(), "/amount"),
        (&batch[..], many, "/0/data/amount"),
    ] {
        let answer = house.ask("POST", "/act/events", headers, body).await;
        let problem = match answer.body.as_array() {
            Some(answers) => answers[0].clone(),
            None => answer.body,
        };
        assert_eq!(problem["status"], 422, "{problem}");
        assert_eq!(problem["errors"][0]["pointer"], pointer, "{problem}");
    }
}

#[tokio::test]
async fn a_result_that_breaks_the_output_is_kept_with_what_is_wrong() {
    let house = house().await;
    let (run, task) = claim(&house).await;
    let complete = format!("/act/tasks/{task}/complete");
    let failed = json!({
        "status": "FAILED", "result": {"score": 7},
        "error": "the result breaks the step's output: /score: the value is greater than the maximum of 1",
    });
    check(
        &house,
        vec![
            post(&complete, r#"{"score":7}"#, 200, failed.clone()),
            // A worker that did not hear the answer asks again.
            post(&complete, r#"{"score":7}"#, 200, failed.clone()),
            post(&complete, r#"{"score":1}"#, 409, json!({"type": "/act/problems/task-closed"})),
            get(&format!("/act/tasks/{task}"), 200, failed),
            get(&format!("/act/runs/{run}"), 200, json!({
                "status": "RUNNING", "incidents": [{"step": "assess", "cause": "output", "message": "…/score: "}],
            })),
            get("/act/workers", 200, json!([{"actor": "AI:assessor", "done": 0, "failed": 1}])),
            post(
                &format!("/act/runs/{run}/retry"),
                r#"{"note":"The assessor is mended"}"#,
                200,
                json!({"incidents": []}),
            ),
        ],
    )
    .await;
    let again = house.task_of(&run).await;
    assert_ne!(again, task);
    let good = post(
        &format!("/act/tasks/{again}/complete"),
        r#"{"score":1}"#,
        200,
        json!({"status": "DONE"}),
    );
    check(&house, vec![good]).await;
}

#[tokio::test]
async fn a_person_is_told_each_field() {
    let house = house().await;
    let (run, task) = claim(&house).await;
    let assessed = post(
        &format!("/act/tasks/{task}/complete"),
        r#"{"score":0.5}"#,
        200,
        json!({"status": "DONE"}),
    );
    check(&house, vec![assessed]).await;
    let complete = format!("/act/tasks/{}/complete", house.task_of(&run).await);
    let told = |detail: &str| json!({"type": "/act/problems/result", "detail": "…amount: ", "errors": [{"pointer": "/amount", "detail": detail}]});
    check(
        &house,
        vec![
            post(
                &complete,
                r#"{"outcome":"approve"}"#,
                422,
                told("an answer is needed"),
            ),
            post(
                &complete,
                r#"{"outcome":"approve","amount":501}"#,
                422,
                told("the most is 500"),
            ),
            post(
                &complete,
                r#"{"outcome":"approve","amount":"500"}"#,
                422,
                told("…no amount of dollars"),
            ),
            post(
                &complete,
                r#"{"outcome":"reject","amount":5}"#,
                422,
                told("…the other answers say"),
            ),
            post(
                &complete,
                r#"{"outcome":"approve","amount":500}"#,
                200,
                json!({"status": "DONE", "result": {"amount": 500, "approved": true}}),
            ),
        ],
    )
    .await;
}
