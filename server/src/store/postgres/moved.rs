//! What else changes of a run that moved to another version of its workflow.

use sqlx::postgres::PgConnection;
use sqlx::query;

use super::able::Able;
use super::decode::json;
use super::write::{all_of, column, maybe};
use crate::store::{Batch, RunWrite, StoreError, TaskWrite};

/// Writes the version and business key of runs that moved, and the step, actor and input of their
/// open tasks. Their rows are there; what changes in any life is written with all others.
pub(super) async fn write(
    connection: &mut PgConnection,
    able: &Able,
    batch: &Batch,
) -> Result<(), StoreError> {
    let runs: Vec<&RunWrite> = batch.runs.iter().filter(|write| write.moved).collect();
    if runs.is_empty() {
        return Ok(());
    }
    let statement = query(
        "UPDATE runs SET version = new.version, key = new.key \
         FROM unnest($1::uuid[], $2::text[], $3::text[]) AS new (id, version, key) \
         WHERE runs.id = new.id",
    )
    .bind(column(&runs, |write| write.run.id))
    .bind(column(&runs, |write| write.run.version.as_str()))
    .bind(column(&runs, |write| maybe(write.run.key.as_ref())));
    all_of(&mut *connection, "moved runs", runs.len(), statement).await?;
    let tasks: Vec<&TaskWrite> = batch.tasks.iter().filter(|write| write.moved).collect();
    let input = |write: &&TaskWrite| {
        let input = &write.task.input;
        (!input.is_null()).then(|| json(input)).transpose()
    };
    let inputs: Vec<Option<String>> = tasks.iter().map(input).collect::<Result<_, _>>()?;
    let sql = "UPDATE tasks SET step_id = new.step_id, actor = new.actor, input = new.input::json \
         FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[]) \
         AS new (id, step_id, actor, input) WHERE tasks.id = new.id";
    let statement = query(able.writing(sql))
        .bind(column(&tasks, |write| write.task.id))
        .bind(column(&tasks, |write| write.task.step_id.as_str()))
        .bind(column(&tasks, |write| write.task.actor.to_string()))
        .bind(inputs);
    all_of(connection, "moved tasks", tasks.len(), statement).await
}
