use axum::Json;
use axum::extract::State;

use super::super::auth::Granted;
use super::super::body::{Sent, text_of};
use super::super::params::{Params, TaskId, in_name_of};
use super::super::{Api, Problem, TaskJson};
use super::order::hands;
use crate::orchestrator::{Hands, TaskOrder};

const PAUSE: &str = r#"{"reason":"waiting for the bank","waiting_for_reporter":false}"#;
const EXTEND: &str = r#"{"by":"2d","reason":"new papers came"}"#;
/// Longest reason, in bytes; the engine counts characters.
const REASON_BYTES_MAX: usize = 2_000;
/// Longest text of a duration, in bytes.
const LENGTH_BYTES_MAX: usize = 40;

/// `POST /tasks/{id}/pause`: stops the task's SLA clock. The reason is shown to the reporter too, and
/// must not hold people's data.
pub(in crate::api) async fn pause(
    State(api): State<Api>,
    TaskId(id): TaskId,
    granted: Granted,
    params: Params,
    sent: Sent,
) -> Result<Json<TaskJson>, Problem> {
    let hands = hands(params, granted)?;
    let mut members = sent.members(PAUSE, &["reason", "waiting_for_reporter"])?;
    let reason = text_of(&mut members, "", "reason", REASON_BYTES_MAX)?
        .ok_or_else(|| Problem::shape("/reason", format!("Say why, like {PAUSE}.")))?;
    let waiting_for_reporter = match members.remove("waiting_for_reporter") {
        None => false,
        Some(value) => value
            .as_bool()
            .ok_or_else(|| Problem::shape("/waiting_for_reporter", "It is true or false."))?,
    };
    let order = TaskOrder::Pause {
        reason,
        waiting_for_reporter,
    };
    let row = api.orchestrator.task_order(id, hands, order).await?;
    Ok(Json(TaskJson::from(row)))
}

/// `POST /tasks/{id}/resume`: lets a stopped clock run again.
pub(in crate::api) async fn resume(
    State(api): State<Api>,
    TaskId(id): TaskId,
    granted: Granted,
    params: Params,
) -> Result<Json<TaskJson>, Problem> {
    let hands = hands(params, granted)?;
    let order = TaskOrder::Resume;
    let row = api.orchestrator.task_order(id, hands, order).await?;
    Ok(Json(TaskJson::from(row)))
}

/// `POST /tasks/{id}/extend`: gives the task more time. `by` is written as in definitions: `4h`, and
/// where business days are counted `2bd`. Whoever may change runs may do it, for any actor's task.
pub(in crate::api) async fn extend(
    State(api): State<Api>,
    TaskId(id): TaskId,
    Granted(grant): Granted,
    mut params: Params,
    sent: Sent,
) -> Result<Json<TaskJson>, Problem> {
    let caller = in_name_of(&grant, params.caller()?);
    params.done()?;
    let mut members = sent.members(EXTEND, &["by", "reason"])?;
    let length = text_of(&mut members, "", "by", LENGTH_BYTES_MAX)?
        .ok_or_else(|| Problem::shape("/by", format!("Say how long, like {EXTEND}.")))?;
    let reason = text_of(&mut members, "", "reason", REASON_BYTES_MAX)?
        .ok_or_else(|| Problem::shape("/reason", format!("Say why, like {EXTEND}.")))?;
    let by_ms = api
        .orchestrator
        .added_ms(id, &length)
        .await?
        .map_err(|wrong| Problem::shape("/by", wrong))?;
    let order = TaskOrder::Extend { by_ms, reason };
    let hands = Hands::from(&caller);
    let row = api.orchestrator.task_order(id, hands, order).await?;
    Ok(Json(TaskJson::from(row)))
}
