use std::collections::BTreeMap;

use axum::Json;
use axum::extract::State;
use serde_json::{Value, json};
use uuid::Uuid;

use super::super::body::{SentMany, members_of};
use super::super::events::items_of;
use super::super::params::Params;
use super::super::problem::{Kind, Problem};
use super::super::{Api, TaskJson};
use super::order::{by, only_caller};

const EXAMPLE: &str =
    r#"[{"id":"018f7a1b-0000-7000-8000-000000000001","result":{"severity":"High"}}]"#;

/// `POST /tasks/complete`: finishes many tasks; one answer each, in order: `{"status":200,"task":…}`
/// or a problem. It is one commit for all that go under one name.
pub(in crate::api) async fn complete_many(
    State(api): State<Api>,
    params: Params,
    sent: SentMany,
) -> Result<Json<Vec<Value>>, Problem> {
    let caller = only_caller(params)?;
    let items = items_of(sent.json(EXAMPLE)?, EXAMPLE)?;
    let mut answers = vec![Value::Null; items.len()];
    let mut by_name: BTreeMap<String, Vec<(usize, Uuid, Value)>> = BTreeMap::new();
    for (n, item) in items.into_iter().enumerate() {
        match one(&api, n, item, caller.clone()).await {
            Ok((by, id, result)) => by_name.entry(by).or_default().push((n, id, result)),
            Err(problem) => answers[n] = problem.to_json(),
        }
    }
    for (by, items) in by_name {
        let places: Vec<usize> = items.iter().map(|(n, ..)| *n).collect();
        let results = items.into_iter().map(|(_, id, result)| (id, result));
        let asked = api.orchestrator.now();
        let done = api.orchestrator.complete_many(&by, results.collect()).await;
        for (n, done) in places.into_iter().zip(done) {
            answers[n] = match done {
                Ok(row) => {
                    api.workforce.finished(&row.task, &by, asked);
                    json!({"status": 200, "task": TaskJson::from(row)})
                }
                Err(refusal) => Problem::from(refusal).to_json(),
            };
        }
    }
    Ok(Json(answers))
}

async fn one(
    api: &Api,
    n: usize,
    item: Value,
    caller: Option<String>,
) -> Result<(String, Uuid, Value), Problem> {
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
    Ok((by(api, id, caller).await?, id, result))
}
