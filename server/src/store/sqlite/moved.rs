//! What else changes of a run that moved to another version of its workflow.

use sqlx::sqlite::SqliteConnection;

use super::encode::json;
use crate::store::{Batch, StoreError};

/// Writes the version and business key of runs that moved, and the step, actor and input of their
/// open tasks. Their rows are there; what changes in any life is written with all others.
pub(super) async fn write(
    connection: &mut SqliteConnection,
    batch: &Batch,
) -> Result<(), StoreError> {
    let runs = batch.runs.iter().filter(|write| write.moved);
    let runs: Vec<_> = runs
        .map(|write| (write.run.id, &write.run.version, &write.run.key))
        .collect();
    if runs.is_empty() {
        return Ok(());
    }
    sqlx::query(
        "UPDATE runs SET version = new.value ->> 1, key = new.value ->> 2 \
         FROM json_each(?) new WHERE runs.id = new.value ->> 0",
    )
    .bind(json(&runs)?)
    .execute(&mut *connection)
    .await?;
    let mut tasks = Vec::new();
    for write in batch.tasks.iter().filter(|write| write.moved) {
        let task = &write.task;
        let input = (!task.input.is_null()).then(|| json(&task.input));
        tasks.push((task.id, &task.step_id, &task.actor, input.transpose()?));
    }
    sqlx::query(
        "UPDATE tasks SET step_id = new.value ->> 1, actor = new.value ->> 2, \
         input = new.value ->> 3 FROM json_each(?) new WHERE tasks.id = new.value ->> 0",
    )
    .bind(json(&tasks)?)
    .execute(connection)
    .await?;
    Ok(())
}
