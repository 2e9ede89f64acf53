use axum::extract::State;
use axum::response::Response;
use serde::Serialize;
use serde_json::Value;
use uuid::Uuid;

use super::super::auth::Granted;
use super::super::body::{SentMany, members_of};
use super::super::events::items_of;
use super::super::params::Params;
use super::super::problem::{Kind, Problem};
use super::super::written::{TASK_BYTES, written};
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
) -> Result<Response, Problem> {
    let hands = hands(params, granted)?;
    let items = items_of(sent.json(EXAMPLE)?, EXAMPLE)?;
    let mut answers: Vec<Answer> = Vec::new();
    answers.resize_with(items.len(), || Answer::Refused(Value::Null));
    let (mut places, mut results) = (Vec::new(), Vec::new());
    for (n, item) in items.into_iter().enumerate() {
        match one(n, item) {
            Ok(result) => {
                places.push(n);
                results.push(result);
            }
            Err(problem) => answers[n] = Answer::Refused(problem.to_json()),
        }
    }
    let asked = api.orchestrator.now();
    let done = api.orchestrator.complete_many(hands.clone(), results).await;
    for (n, done) in places.into_iter().zip(done) {
        answers[n] = match done {
            Ok(row) => {
                let by = hands.name(&row.task.actor);
                api.workforce.finished(&row.task, &by, asked);
                let task = Box::new(TaskJson::from(row));
                Answer::Done { status: 200, task }
            }
            Err(refusal) => Answer::Refused(Problem::from(refusal).to_json()),
        };
    }
    written(&answers, answers.len() * TASK_BYTES)
}

/// What came of one of many completions.
#[derive(Serialize)]
#[serde(untagged)]
enum Answer {
    Done {
        status: u16,
        task: Box<TaskJson>,
    },
    /// A problem, as JSON.
    Refused(Value),
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
