//! Workers that come with the program: a labeller of fraud reports and a sender of mail. The same
//! worker runs inside the server or as a process of its own that talks HTTP like anybody's.

pub mod email_svc;
pub mod fraud_labeler;

use async_trait::async_trait;
use hms_engine::{Actor, ActorKind};
use serde_json::Value;

use crate::api::TaskJson;

/// Does the tasks of one actor.
#[async_trait]
pub trait Worker: Send + Sync + 'static {
    /// Its name on the command line: `fraud-labeler`.
    fn name(&self) -> &'static str;

    /// Whose tasks it does.
    fn actor(&self) -> Actor;

    /// How many tasks it does at the same time.
    fn at_once(&self) -> u32;

    /// Does a task and answers its result. It may be asked again for the same task.
    async fn work(&self, task: &TaskJson) -> Result<Value, WorkFailed>;
}

/// Why an attempt went wrong. The text is shown to administrators and never holds people's data.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct WorkFailed(pub String);

/// The actor of a worker whose name is one, as those of this module are.
fn actor(kind: ActorKind, name: &str) -> Actor {
    Actor {
        kind,
        name: name.to_owned(),
    }
}
