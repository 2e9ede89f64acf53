use std::collections::HashMap;

use uuid::Uuid;

use super::fault::{Fault, What};
use super::merkle;
use super::verify::Looked;
use crate::store::{ArchiveRow, Leaf, StoreError, Trail};

/// Archives read at once.
const PAGE: u32 = 64;
/// Runs asked for at once.
const RUNS: usize = 1_000;

/// Looks at what is kept of runs that were moved out: whether the runs of each archive give its root, whether the
/// house's chain, which checkpoints hold, says that root. The files themselves are looked at by
/// [`crate::archive::look`].
pub(super) async fn look(
    trail: &dyn Trail,
    looked: &mut Looked,
    tell: &mut (dyn FnMut(Fault) + Send),
) -> Result<(), StoreError> {
    let mut after = 0;
    loop {
        let page = trail.archives(after, PAGE).await?;
        let Some(last) = page.last() else {
            return Ok(());
        };
        after = last.number;
        for archive in &page {
            let leaves = trail.archive_leaves(archive.number).await?;
            looked.moved_out += leaves.len() as u64;
            if root_of(&leaves) != archive.root || leaves.len() as u64 != archive.runs {
                tell(of(What::ArchiveRuns(archive.number)));
            }
            if !is_noted(trail, archive).await? {
                tell(of(What::ArchiveNote(archive.number)));
            }
        }
    }
}

/// The root of the Merkle tree over where the chains of an archive's runs ended.
pub(crate) fn root_of(leaves: &[Leaf]) -> [u8; 32] {
    let leaves: Vec<_> = leaves.iter().map(Leaf::bytes).collect();
    merkle::root(&leaves)
}

/// Where the chains of runs ended that were moved out.
pub(super) async fn ends(
    trail: &dyn Trail,
    runs: &[Uuid],
) -> Result<HashMap<Uuid, Leaf>, StoreError> {
    let mut ends = HashMap::new();
    for some in runs.chunks(RUNS) {
        let found = trail.archived(some).await?;
        ends.extend(found.into_iter().map(|(leaf, _)| (leaf.run_id, leaf)));
    }
    Ok(ends)
}

async fn is_noted(trail: &dyn Trail, archive: &ArchiveRow) -> Result<bool, StoreError> {
    let Some(before) = archive.note.checked_sub(1) else {
        return Ok(false);
    };
    let rows = trail.trail_of(None, before, 1).await?;
    Ok(rows.first().is_some_and(|row| {
        let said = serde_json::from_str::<serde_json::Value>(&row.command);
        row.seq == Some(archive.note) && said.is_ok_and(|said| said == archive.command())
    }))
}

fn of(what: What) -> Fault {
    Fault { chain: None, what }
}
