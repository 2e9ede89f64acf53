use async_trait::async_trait;
use hms_engine::{Actor, TaskStatus};
use uuid::Uuid;

use super::Batch;
use crate::clock::moment;

/// What one commit changed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Changes {
    /// These runs.
    pub runs: Vec<Uuid>,
    /// These actors have a task that became free.
    pub free: Vec<Actor>,
    /// These actors had a task that changed in any way.
    pub tasks: Vec<Actor>,
}

impl Changes {
    /// What a batch changes, each named once.
    pub fn of(batch: &Batch) -> Changes {
        let now = moment(batch.latest_ms);
        let actors = |free: bool| {
            let mut actors: Vec<&Actor> = batch
                .tasks
                .iter()
                .map(|write| &write.task)
                .filter(|task| {
                    let is_free = task.status == TaskStatus::New
                        && task.not_before.is_none_or(|from| from <= now);
                    is_free || !free
                })
                .map(|task| &task.actor)
                .chain(batch.left.iter().filter(|_| !free))
                .collect();
            actors.sort_unstable();
            actors.dedup();
            actors.into_iter().cloned().collect()
        };
        Changes {
            runs: batch.runs.iter().map(|write| write.run.id).collect(),
            free: actors(true),
            tasks: actors(false),
        }
    }
}

/// What happens at other nodes, as far as the store tells.
#[async_trait]
pub trait News: Send {
    /// Waits for the next piece. It never ends and never fails: what it may have missed, it says.
    async fn next(&mut self) -> Heard;
}

/// A piece of news.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Heard {
    /// Another node changed these.
    Changes(Changes),
    /// Anything may have changed.
    Anything,
}
