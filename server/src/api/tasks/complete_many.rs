use axum::Json;
use axum::extract::State;
use serde_json::{Value, json};
use uuid::Uuid;

use super::super::auth::Granted;
use super::super::body::{SentMany, members_of};
use super::super::events::items_of;
use super::super::params::Params;
use super::super::problem::{Kind, Problem};
use super::super::{Api, TaskJson};
use super::order::hands;

const EXAMPLE: &str =
    r#"[{"id":"018f7a1b-0000-7000-8000-000000000001","result":{"severity":"High"}}]"#;

/// `POST /tasks/complete`: finishes many tasks in one commit; one answer each, in order:
/// `{"status":200,"task":…}` or a problem.
pub(in crate::api) async fn complete_many(
    State(api): State<Api>,
    granted: Granted,
    params: Params,
    sent: SentMany,
) -> Result<Json<Vec<Value>>, Problem> {
    let hands = hands(params, granted)?;
    let items = items_of(sent.json(EXAMPLE)?, EXAMPLE)?;
    let mut answers = vec![Value::Null; items.len()];
    let (mut places, mut results) = (Vec::new(), Vec::new());
    for (n, item) in items.into_iter().enumerate() {
        match one(n, item) {
            Ok(result) => {
                places.push(n);
                results.push(result);
            }
            Err(problem) => answers[n] = problem.to_json(),
        }
    }
    let asked = api.orchestrator.now();
    let done = api.orchestrator.complete_many(hands.clone(), results).await;
    for (n, done) in places.into_iter().zip(done) {
        answers[n] = match done {
            Ok(row) => {
                let by = hands.name(&row.task.actor);
                api.workforce.finished(&row.task, &by, asked);
                json!({"status": 200, "task": TaskJson::from(row)})
            }
            Err(refusal) => Problem::from(refusal).to_json(),
        };
    }
    Ok(Json(answers))
}

fn one(n: usize, item: Value) -> Result<(Uuid, Value), Problem> {
    let mut members = members_of(item, &format!("/{n}"), EXAMPLE, &["id", "result"])?;
    let id = match members.remove("id") {
        Some(Value::String(text)) => text
            .parse::<Uuid>()
            .map_err(|_| Problem::new(Kind::UnknownTask, "That is no task id; ids are UUIDs."))?,
        _ => return Err(Problem::shape(&format!("/{n}/id"), "Say which task.")),
    };
    let result = members.remove("result").ok_or_else(|| {
        Problem::shape(
            &format!("/{n}/result"),
            "Send the result; null when there is none.",
        )
    })?;
    Ok((id, result))
}
