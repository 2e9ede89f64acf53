use axum::Json;
use axum::extract::State;
use uuid::Uuid;

use super::super::auth::Granted;
use super::super::params::{Params, TaskId};
use super::super::{Api, Problem, TaskJson};
use super::{LEASE, LEASES};
use crate::orchestrator::{Hands, TaskOrder};
use crate::store::TaskRow;

/// `POST /tasks/{id}/claim[?lease=60s]`: takes a task; without a lease until it is released.
pub(in crate::api) async fn claim(
    State(api): State<Api>,
    TaskId(id): TaskId,
    granted: Granted,
    mut params: Params,
) -> Result<Json<TaskJson>, Problem> {
    let lease = params.duration("lease", LEASES.0, LEASES.1)?;
    let hands = hands(params, granted)?;
    let lease_ms = lease.map(|lease| api.workflow_ms(lease));
    order(&api, id, hands, TaskOrder::Claim { lease_ms }).await
}

/// `POST /tasks/{id}/release`: gives a task back.
pub(in crate::api) async fn release(
    State(api): State<Api>,
    TaskId(id): TaskId,
    granted: Granted,
    params: Params,
) -> Result<Json<TaskJson>, Problem> {
    let hands = hands(params, granted)?;
    order(&api, id, hands, TaskOrder::Release).await
}

/// `POST /tasks/{id}/heartbeat[?lease=60s]`: work goes on; the lease begins anew.
pub(in crate::api) async fn heartbeat(
    State(api): State<Api>,
    TaskId(id): TaskId,
    granted: Granted,
    mut params: Params,
) -> Result<Json<TaskJson>, Problem> {
    let lease = params.duration("lease", LEASES.0, LEASES.1)?;
    let hands = hands(params, granted)?;
    let lease_ms = Some(api.workflow_ms(lease.unwrap_or(LEASE)));
    order(&api, id, hands, TaskOrder::Heartbeat { lease_ms }).await
}

/// The caller's hands, when nothing but its name may be asked.
pub(super) fn hands(mut params: Params, granted: Granted) -> Result<Hands, Problem> {
    let caller = params.caller()?;
    params.done()?;
    Ok(Hands::of_program(caller, granted.0))
}

async fn order(
    api: &Api,
    id: Uuid,
    hands: Hands,
    order: TaskOrder,
) -> Result<Json<TaskJson>, Problem> {
    let row = api
        .orchestrator
        .task_order(id, hands.clone(), order)
        .await?;
    seen(api, &row, &hands.name(&row.task.actor));
    Ok(Json(TaskJson::from(row)))
}

/// Whoever works on a task is there.
fn seen(api: &Api, row: &TaskRow, by: &str) {
    api.workforce.seen(&row.task.actor.to_string(), by, None);
}
