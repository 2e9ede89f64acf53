use std::collections::HashMap;
use std::path::Path;

use hms_engine::Time;
use uuid::Uuid;

use super::archives;
use super::beside::{Beside, of_run};
use super::checkpoint::is_genuine;
use super::fault::{Fault, What};
use super::merkle;
use super::outside::{Line, OutsideError, OutsideLines, Said};
use super::walk::{careful, last_row, runs};
use crate::store::chain::{BEGINNING, HOUSE, Hash};
use crate::store::{Checkpoint, Leaf, StoreError, Trail};

/// Checkpoints read at once.
const CHECKPOINTS_PAGE: u32 = 8;
/// Rows of a checkpoint read at once: only where they stand.
const STANDS_PAGE: u32 = 4_096;

/// What was looked at.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Looked {
    /// Runs.
    pub runs: u64,
    /// Rows.
    pub rows: u64,
    /// Checkpoints.
    pub checkpoints: u64,
    /// Runs that were moved out into files.
    pub moved_out: u64,
    /// Runs whose rows say nothing of what was reported: they began before rows did.
    pub uncovered: u64,
    /// Faults told.
    pub faults: u64,
    /// The last checkpoint's number and moment, and with whose key it is signed.
    pub sealed: Option<(u64, Time, [u8; 32])>,
    /// The last checkpoint that was compared with the file outside; 0 before the first.
    pub outside: u64,
}

/// Where faults go.
type Tell<'t> = &'t mut (dyn FnMut(Fault) + Send);

/// Looks at the whole trail and at what is kept beside it, and tells every fault; memory is bounded by a page, and work may
/// go on meanwhile.
///
/// `key` is the one checkpoints must be signed with; without it they must all be of one. `outside` is the file to
/// which checkpoints were appended; that it does not have the last ones yet is no fault.
pub async fn verify(
    trail: &dyn Trail,
    key: Option<[u8; 32]>,
    outside: Option<&Path>,
    tell: Tell<'_>,
) -> Result<Looked, OutsideError> {
    let mut faults = 0;
    let mut looked = Looked::default();
    {
        let tell = &mut |fault: Fault| {
            faults += 1;
            tell(fault);
        };
        checkpoints(trail, key, outside, &mut looked, tell).await?;
        archives::look(trail, &mut looked, tell).await?;
        let mut found = careful(trail, None, &mut looked.rows).await?;
        found.drain(..).for_each(&mut *tell);
        let mut beside = Beside::default();
        runs(trail, &mut looked, &mut beside, tell).await?;
        beside.definitions(trail, tell).await?;
        looked.uncovered = beside.uncovered;
    }
    looked.faults = faults;
    Ok(looked)
}

/// Looks at one run, what is kept beside its rows, and the checkpoint that holds the last of them. None when there is no
/// trace of it.
pub async fn verify_run(
    trail: &dyn Trail,
    run: Uuid,
    key: Option<[u8; 32]>,
    tell: Tell<'_>,
) -> Result<Option<Looked>, StoreError> {
    let rows = trail.trail_of(Some(run), 0, 1).await?;
    if rows.is_empty() && trail.head(Some(run)).await?.is_none() {
        return Ok(None);
    }
    let mut looked = Looked {
        runs: 1,
        ..Looked::default()
    };
    let mut faults = careful(trail, Some(run), &mut looked.rows).await?;
    if faults.iter().all(|fault| fault.what != What::RunGone) {
        looked.uncovered = u64::from(of_run(trail, run, &mut faults).await?);
    }
    if let Some(last) = last_row(trail, run).await?
        && let Some(checkpoint) = trail.checkpoint_over(last.n).await?
    {
        looked.checkpoints = 1;
        looked.sealed = Some((checkpoint.number, checkpoint.at, checkpoint.public_key));
        faults.extend(
            of_itself(&checkpoint, key)
                .into_iter()
                .map(|what| Fault { chain: None, what }),
        );
        let leaf = checkpoint.leaves.iter().find(|leaf| leaf.run_id == run);
        let number = last.seq.unwrap_or_default();
        let what = match leaf {
            None => Some(What::PutIn {
                n: last.n,
                checkpoint: checkpoint.number,
            }),
            Some(leaf) => against(leaf, number, last.hash, checkpoint.number),
        };
        faults.extend(what.map(|what| Fault {
            chain: Some(run),
            what,
        }));
    }
    looked.faults = faults.len() as u64;
    faults.into_iter().for_each(tell);
    Ok(Some(looked))
}

/// Looks at the checkpoints, each against the one before, the file outside, and the rows it covers; and at the rows
/// behind the last.
async fn checkpoints(
    trail: &dyn Trail,
    mut key: Option<[u8; 32]>,
    outside: Option<&Path>,
    looked: &mut Looked,
    tell: &mut (dyn FnMut(Fault) + Send),
) -> Result<(), OutsideError> {
    let mut lines = match outside {
        Some(path) => OutsideLines::open(path).await?,
        None => None,
    };
    let mut before: Option<Checkpoint> = None;
    loop {
        let number = before.as_ref().map_or(0, |last| last.number);
        let page = trail.checkpoints(number, CHECKPOINTS_PAGE).await?;
        if page.is_empty() {
            break;
        }
        for checkpoint in page {
            let mut found = in_line(before.as_ref(), &checkpoint);
            found.extend(of_itself(&checkpoint, key));
            key = key.or(Some(checkpoint.public_key));
            if let Some(lines) = &mut lines {
                let said = lines.of(checkpoint.number).await?;
                if said != Said::End {
                    looked.outside = checkpoint.number;
                    if said != Said::Line(Box::new(Line::of(&checkpoint))) {
                        found.push(What::CheckpointOutside(checkpoint.number));
                    }
                }
            }
            for what in found {
                tell(Fault { chain: None, what });
            }
            covered(trail, &checkpoint, tell).await?;
            looked.checkpoints += 1;
            looked.sealed = Some((checkpoint.number, checkpoint.at, checkpoint.public_key));
            before = Some(checkpoint);
        }
    }
    if let Some(lines) = &mut lines {
        let last = before.as_ref().map_or(0, |last| last.number);
        let mut cut = last;
        while let Some(line) = lines.next().await? {
            cut = cut.max(line.number);
        }
        if cut > last {
            let what = What::CheckpointsCut(last + 1, cut);
            tell(Fault { chain: None, what });
        }
    }
    // What is not sealed yet must at least be chained.
    let mut after = before.map_or(i64::MIN, |last| last.upto_n);
    loop {
        let rows = trail.stands(after, i64::MAX, STANDS_PAGE).await?;
        let Some(last) = rows.last() else {
            return Ok(());
        };
        after = last.n;
        for row in rows.iter().filter(|row| !row.is_chained()) {
            tell(row.unchained());
        }
    }
}

fn in_line(before: Option<&Checkpoint>, checkpoint: &Checkpoint) -> Vec<What> {
    let (number, upto, hash) = before.map_or((0, 0, BEGINNING), |before| {
        (before.number, before.upto_n, before.hash())
    });
    if checkpoint.number != number + 1 {
        return vec![What::CheckpointsGone(number + 1, checkpoint.number - 1)];
    }
    if checkpoint.previous != hash || checkpoint.after_n != upto {
        return vec![What::CheckpointOutOfLine(checkpoint.number)];
    }
    Vec::new()
}

/// Whether a checkpoint holds together.
pub(super) fn of_itself(checkpoint: &Checkpoint, key: Option<[u8; 32]>) -> Vec<What> {
    let mut found = Vec::new();
    let leaves: Vec<_> = checkpoint.leaves.iter().map(Leaf::bytes).collect();
    if merkle::root(&leaves) != checkpoint.root {
        found.push(What::CheckpointRoot(checkpoint.number));
    }
    if !is_genuine(checkpoint) {
        found.push(What::CheckpointSignature(checkpoint.number));
    }
    if key.is_some_and(|key| key != checkpoint.public_key) {
        found.push(What::CheckpointKey(checkpoint.number));
    }
    found
}

/// Looks whether the rows that a checkpoint covers end where it says.
pub(super) async fn covered(
    trail: &dyn Trail,
    checkpoint: &Checkpoint,
    tell: &mut (dyn FnMut(Fault) + Send),
) -> Result<(), StoreError> {
    let number = checkpoint.number;
    // In the chain's order the last row counts.
    let mut ends: HashMap<Uuid, Option<(u64, Option<Hash>)>> = checkpoint
        .leaves
        .iter()
        .map(|leaf| (leaf.run_id, None))
        .collect();
    let mut after = match number {
        1 => i64::MIN,
        _ => checkpoint.after_n,
    };
    loop {
        let rows = trail.stands(after, checkpoint.upto_n, STANDS_PAGE).await?;
        let Some(last) = rows.last() else { break };
        after = last.n;
        for row in &rows {
            let chain = row.run_id.unwrap_or(HOUSE);
            match (ends.get_mut(&chain), row.seq) {
                (Some(end), Some(seq)) if row.is_chained() => *end = Some((seq, row.hash)),
                (None, _) if row.is_chained() => tell(Fault {
                    chain: Some(chain),
                    what: What::PutIn {
                        n: row.n,
                        checkpoint: number,
                    },
                }),
                _ => tell(row.unchained()),
            }
        }
    }
    let gone = checkpoint.leaves.iter().map(|leaf| leaf.run_id);
    let gone: Vec<Uuid> = gone
        .filter(|run| ends.get(run).copied().flatten().is_none())
        .collect();
    let moved_out = archives::ends(trail, &gone).await?;
    for leaf in &checkpoint.leaves {
        let what = match ends.get(&leaf.run_id).copied().flatten() {
            None => match moved_out.get(&leaf.run_id) {
                // Its file shows the way from this row to its last.
                Some(end) if leaf.number < end.number => None,
                Some(end) => against(leaf, end.number, Some(end.hash), number),
                None => Some(What::SealedGone {
                    number: leaf.number,
                    checkpoint: number,
                }),
            },
            Some((seq, hash)) => against(leaf, seq, hash, number),
        };
        if let Some(what) = what {
            tell(Fault {
                chain: Some(leaf.run_id),
                what,
            });
        }
    }
    Ok(())
}

/// The last row that a checkpoint covers, against what that holds of it.
fn against(leaf: &Leaf, seq: u64, hash: Option<Hash>, checkpoint: u64) -> Option<What> {
    if seq < leaf.number {
        return Some(What::SealedGone {
            number: leaf.number,
            checkpoint,
        });
    }
    (seq != leaf.number || hash != Some(leaf.hash)).then_some(What::SealedOther {
        number: seq,
        checkpoint,
    })
}
