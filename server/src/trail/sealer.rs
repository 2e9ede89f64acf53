use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use hms_engine::Time;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::checkpoint::sealed;
use super::outside::{Outside, OutsideError};
use crate::clock::WorkflowClock;
use crate::identity::Seal;
use crate::store::chain::HOUSE;
use crate::store::{Leaf, StoreError, Trail};

/// How often the trail is sealed.
const EVERY: Duration = Duration::from_secs(60);
/// The most rows of one checkpoint, and so the most chains: it is kept in one short write.
const ROWS_MAX: u32 = 4_096;

/// Why the trail was not sealed, or not outside; the next time makes up for it.
#[derive(Debug, thiserror::Error)]
pub enum SealError {
    /// The store did not answer.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The file outside does not have everything.
    #[error(transparent)]
    Outside(#[from] OutsideError),
}

/// Seals the trail every minute until told to stop, and once more then. Every node does, and of several the first
/// keeps its checkpoint.
pub async fn run(
    trail: Arc<dyn Trail>,
    seal_with: Seal,
    clock: Arc<WorkflowClock>,
    mut outside: Option<Outside>,
    stop: CancellationToken,
) {
    loop {
        let stopping = tokio::select! {
            () = stop.cancelled() => true,
            () = tokio::time::sleep(EVERY) => false,
        };
        let done = seal(trail.as_ref(), &seal_with, clock.now(), outside.as_mut()).await;
        if let Err(error) = done {
            tracing::warn!(%error, "the audit trail was not sealed; trying again in a minute");
        }
        if stopping {
            return;
        }
    }
}

/// Seals everything that was added since the last checkpoint, in as many checkpoints as it takes; how many it took.
/// What it asks for are the rows since then, however long the trail is.
pub async fn seal(
    trail: &dyn Trail,
    seal: &Seal,
    now: Time,
    outside: Option<&mut Outside>,
) -> Result<u32, SealError> {
    let mut made = 0;
    let mut last = trail.last_checkpoint().await?;
    let after = last.as_ref().map_or(0, |last| last.upto_n);
    if let Some(settled) = trail.settled(after).await? {
        loop {
            let after = last.as_ref().map_or(0, |last| last.upto_n);
            let rows = trail.stands(after, settled, ROWS_MAX).await?;
            let Some(end) = rows.last() else { break };
            let mut ends: BTreeMap<Uuid, Leaf> = BTreeMap::new();
            for row in &rows {
                // A row without a hash is none of this program's, and is for whoever verifies to name.
                if let (Some(number), Some(hash)) = (row.seq, row.hash) {
                    let run_id = row.run_id.unwrap_or(HOUSE);
                    ends.insert(
                        run_id,
                        Leaf {
                            run_id,
                            number,
                            hash,
                        },
                    );
                }
            }
            let leaves = ends.into_values().collect();
            let checkpoint = sealed(last.as_ref(), (now, end.n), leaves, seal);
            if !trail.keep_checkpoint(&checkpoint).await? {
                // Another node was first and goes on.
                break;
            }
            made += 1;
            last = Some(checkpoint);
        }
    }
    if let Some(outside) = outside {
        outside.catch_up(trail).await?;
    }
    Ok(made)
}
