use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use hms_engine::Time;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::checkpoint::sealed;
use super::outside::{Outside, OutsideError};
use crate::identity::Seal;
use crate::orchestrator::Orchestrator;
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

/// Seals the trail every minute until told to stop, and once more then, and appends checkpoints to the file outside. Every
/// node does, each to its own file, and of several the first keeps its checkpoint.
pub async fn run(
    orchestrator: Orchestrator,
    trail: Arc<dyn Trail>,
    seal_with: Seal,
    outside: Outside,
    stop: CancellationToken,
) {
    let mut failing = Failing::default();
    let mut last = false;
    loop {
        let next = Instant::now() + EVERY;
        // A file that is new on an old database has a long way to go, and sealing must not wait for it.
        let appended = loop {
            match outside.catch_up(trail.as_ref()).await {
                Ok(true) if Instant::now() < next && !stop.is_cancelled() => {}
                done => break done,
            }
        };
        failing.tell(&orchestrator, &outside, appended);
        if last {
            return;
        }
        last = tokio::select! {
            () = stop.cancelled() => true,
            () = tokio::time::sleep_until(next) => false,
        };
        let done = seal(trail.as_ref(), &seal_with, orchestrator.now(), None).await;
        if let Err(error) = done {
            tracing::warn!(%error, "the audit trail was not sealed; trying again in a minute");
        }
    }
}

/// What is the matter with the file outside: told when it begins and when it ends, and a figure meanwhile.
#[derive(Default)]
struct Failing(Option<String>);

impl Failing {
    fn tell(
        &mut self,
        orchestrator: &Orchestrator,
        outside: &Outside,
        appended: Result<bool, OutsideError>,
    ) {
        let path = outside.path().display();
        let failing = match appended {
            Ok(_) => None,
            Err(OutsideError::Store(error)) => {
                tracing::warn!(%error, "the store did not say its checkpoints; trying again in a minute");
                return;
            }
            Err(error) => Some(error),
        };
        orchestrator.metrics().outside_went(failing.is_some());
        let failing = failing.map(|error| match error {
            OutsideError::Other(_) => format!(
                "{error}. Nothing is appended. `hms audit verify` says more; when the database is meant to be another one, \
                 keep this file somewhere else, and another is begun within a minute"
            ),
            error => format!("{error}; trying again each minute"),
        });
        if failing == self.0 {
            return;
        }
        match &failing {
            Some(told) => {
                tracing::error!("checkpoints of the audit trail do not get into {path}: {told}")
            }
            None => tracing::info!("checkpoints of the audit trail get into {path} again"),
        }
        self.0 = failing;
    }
}

/// Seals everything that was added since the last checkpoint, in as many checkpoints as it takes; how many it took.
/// What it asks for are the rows since then, however long the trail is.
pub async fn seal(
    trail: &dyn Trail,
    seal: &Seal,
    now: Time,
    outside: Option<&Outside>,
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
        while outside.catch_up(trail).await? {}
    }
    Ok(made)
}
