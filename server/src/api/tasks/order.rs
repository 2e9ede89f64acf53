use axum::Json;
use axum::extract::State;
use uuid::Uuid;

use super::super::params::{Params, TaskId};
use super::super::{Api, Problem, TaskJson};
use super::{LEASE, LEASES};
use crate::orchestrator::{Refusal, TaskOrder};
use crate::store::TaskRow;

/// `POST /tasks/{id}/claim[?lease=60s]`: takes a task; without a lease until it is released.
pub(in crate::api) async fn claim(
    State(api): State<Api>,
    TaskId(id): TaskId,
    mut params: Params,
) -> Result<Json<TaskJson>, Problem> {
    let lease = params.duration("lease", LEASES.0, LEASES.1)?;
    let caller = only_caller(params)?;
    let lease_ms = lease.map(|lease| api.workflow_ms(lease));
    order(&api, id, caller, TaskOrder::Claim { lease_ms }).await
}

/// `POST /tasks/{id}/release`: gives a task back.
pub(in crate::api) async fn release(
    State(api): State<Api>,
    TaskId(id): TaskId,
    params: Params,
) -> Result<Json<TaskJson>, Problem> {
    let caller = only_caller(params)?;
    order(&api, id, caller, TaskOrder::Release).await
}

/// `POST /tasks/{id}/heartbeat[?lease=60s]`: work goes on; the lease begins anew.
pub(in crate::api) async fn heartbeat(
    State(api): State<Api>,
    TaskId(id): TaskId,
    mut params: Params,
) -> Result<Json<TaskJson>, Problem> {
    let lease = params.duration("lease", LEASES.0, LEASES.1)?;
    let caller = only_caller(params)?;
    let lease_ms = Some(api.workflow_ms(lease.unwrap_or(LEASE)));
    order(&api, id, caller, TaskOrder::Heartbeat { lease_ms }).await
}

/// The caller, when nothing else may be asked.
pub(super) fn only_caller(mut params: Params) -> Result<Option<String>, Problem> {
    let caller = params.caller()?;
    params.done()?;
    Ok(caller)
}

async fn order(
    api: &Api,
    id: Uuid,
    caller: Option<String>,
    order: TaskOrder,
) -> Result<Json<TaskJson>, Problem> {
    let by = by(api, id, caller).await?;
    let row = api.orchestrator.task_order(id, &by, order).await?;
    seen(api, &row, &by);
    Ok(Json(TaskJson::from(row)))
}

/// In whose name an order goes: the caller's own, else the task's actor's.
pub(super) async fn by(api: &Api, id: Uuid, caller: Option<String>) -> Result<String, Problem> {
    if let Some(caller) = caller {
        return Ok(caller);
    }
    let row = api.orchestrator.shelf().task(id).await?;
    let row = row.ok_or(Refusal::UnknownTask(id))?;
    Ok(row.task.actor.to_string())
}

/// Whoever works on a task is there.
fn seen(api: &Api, row: &TaskRow, by: &str) {
    api.workforce.seen(&row.task.actor.to_string(), by, None);
}
