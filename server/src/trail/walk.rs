use std::collections::VecDeque;

use uuid::Uuid;

use super::beside::{Beside, Said};
use super::fault::{Fault, What};
use super::verify::Looked;
use crate::store::chain::{BEGINNING, HOUSE, Hash};
use crate::store::{Head, StoreError, Trail, TrailRow};

/// Rows read at once.
const PAGE: u32 = 500;
/// How often a run is looked at that is written meanwhile.
const LOOKS: u32 = 5;

/// Walks all runs, rows and ends beside each other in the order of their ids, and holds what is kept beside the rows
/// against them.
pub(super) async fn runs(
    trail: &dyn Trail,
    looked: &mut Looked,
    beside: &mut Beside,
    tell: &mut (dyn FnMut(Fault) + Send),
) -> Result<(), StoreError> {
    let mut rows = VecDeque::new();
    let mut heads: VecDeque<Head> = VecDeque::new();
    let (mut row_at, mut head_at) = ((Uuid::nil(), 0), Uuid::nil());
    let (mut rows_end, mut heads_end) = (false, false);
    let mut walk: Option<Walk> = None;
    loop {
        if rows.is_empty() && !rows_end {
            rows.extend(trail.trail(row_at, PAGE).await?);
            match rows.back() {
                Some(last) => row_at = last_place(last),
                None => rows_end = true,
            }
        }
        if heads.is_empty() && !heads_end {
            heads.extend(trail.heads(head_at, PAGE).await?);
            match heads.back() {
                Some(last) => head_at = last.run_id,
                None => heads_end = true,
            }
        }
        let next: Option<Uuid> = rows.front().and_then(|row: &TrailRow| row.run_id);
        // The run before is over: compare its end, then go on.
        if let Some(done) = walk.take_if(|walk| Some(walk.chain) != next) {
            let head = heads.pop_front_if(|head| head.run_id == done.chain);
            if !done.found(head.as_ref()).is_empty() {
                // It may have been written between two pages: looked at once more, by itself.
                let found = careful(trail, Some(done.chain), &mut 0).await?;
                found.into_iter().for_each(&mut *tell);
            }
            looked.runs += 1;
            // Of a run that is gone nothing can be asked for.
            if head.is_some() {
                beside.take(done.said);
            }
            if beside.is_full() {
                beside.hold(trail, tell).await?;
            }
            continue;
        }
        match (next, heads.front()) {
            (None, None) => return beside.hold(trail, tell).await,
            (run, Some(head)) if run.is_none_or(|run| head.run_id < run) && walk.is_none() => {
                let run = head.run_id;
                heads.pop_front();
                looked.runs += 1;
                let found = careful(trail, Some(run), &mut 0).await?;
                found.into_iter().for_each(&mut *tell);
            }
            (None, Some(_)) => {}
            (Some(run), _) => {
                if let Some(row) = rows.pop_front() {
                    looked.rows += 1;
                    beside.version(&row);
                    walk.get_or_insert_with(|| Walk::new(run)).take(&row);
                }
            }
        }
    }
}

fn last_place(row: &TrailRow) -> (Uuid, u64) {
    (row.run_id.unwrap_or_default(), row.seq.unwrap_or_default())
}

/// Looks at one chain by itself, again when it was written meanwhile.
pub(super) async fn careful(
    trail: &dyn Trail,
    run: Option<Uuid>,
    rows: &mut u64,
) -> Result<Vec<Fault>, StoreError> {
    let mut found = Vec::new();
    // A handful of looks at one chain: not a loop over data.
    for _ in 0..LOOKS {
        let head = trail.head(run).await?;
        let mut walk = Walk::new(run.unwrap_or(HOUSE));
        let (mut after, mut counted) = (0, 0);
        loop {
            let page = trail.trail_of(run, after, PAGE).await?;
            let chained = page.iter().filter(|row| row.seq.is_some());
            let Some(last) = chained.clone().next_back() else {
                break;
            };
            after = last.seq.unwrap_or_default();
            for row in chained {
                counted += 1;
                walk.take(row);
            }
        }
        found = walk.found(head.as_ref());
        if found.is_empty() || trail.head(run).await? == head {
            *rows += counted;
            return Ok(found);
        }
    }
    Ok(found)
}

/// A chain on the way.
struct Walk {
    chain: Uuid,
    number: u64,
    hash: Hash,
    found: Vec<What>,
    said: Said,
}

impl Walk {
    /// The most faults kept of one run; where there are more, the rest says nothing new.
    const FOUND_MAX: usize = 1_000;

    fn new(chain: Uuid) -> Walk {
        Walk {
            chain,
            number: 0,
            hash: BEGINNING,
            found: Vec::new(),
            said: Said::of(chain),
        }
    }

    fn take(&mut self, row: &TrailRow) {
        let number = row.seq.unwrap_or_default();
        self.said.take(row);
        let own = row.link().after(&self.hash);
        if number > self.number + 1 {
            self.add(What::Removed(self.number + 1, number - 1));
        } else if row.hash.is_some_and(|hash| hash != own) {
            self.add(What::Changed(number));
        }
        self.number = number;
        // What it says itself, so that one changed row is told once.
        self.hash = row.hash.unwrap_or(own);
    }

    fn add(&mut self, what: What) {
        if self.found.len() < Walk::FOUND_MAX {
            self.found.push(what);
        }
    }

    /// All that is at fault, now that the chain is over.
    fn found(&self, head: Option<&Head>) -> Vec<Fault> {
        let end = match head {
            // The house has no chain before its first row; and a run of which nothing is left was moved out between two
            // looks, or it is missed where a checkpoint holds it.
            None if self.number == 0 => None,
            None => Some(What::RunGone),
            Some(head) if self.number == 0 && head.seq > 0 => Some(What::AllRowsGone(head.seq)),
            Some(head) if self.number < head.seq => Some(What::Cut(self.number + 1, head.seq)),
            Some(head) if self.number > head.seq => Some(What::Added(self.number)),
            Some(head) if head.seq > 0 && head.hash != Some(self.hash) => {
                Some(What::OtherEnd(self.number))
            }
            Some(_) => None,
        };
        let all = self.found.iter().cloned().chain(end);
        all.map(|what| Fault {
            chain: Some(self.chain),
            what,
        })
        .collect()
    }
}

/// The last row of a run.
pub(super) async fn last_row(trail: &dyn Trail, run: Uuid) -> Result<Option<TrailRow>, StoreError> {
    let mut last: Option<TrailRow> = None;
    loop {
        let after = last.as_ref().and_then(|row| row.seq).unwrap_or_default();
        let page = trail.trail_of(Some(run), after, PAGE).await?;
        match page.into_iter().rfind(|row| row.seq.is_some()) {
            Some(row) => last = Some(row),
            None => return Ok(last),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_of_which_nothing_is_left_is_no_fault_and_rows_without_a_run_are() {
        let run = Uuid::from_u128(1);
        let mut walk = Walk::new(run);
        assert_eq!(walk.found(None), []);
        let head = Head {
            run_id: run,
            seq: 2,
            hash: None,
        };
        let told = |walk: &Walk, head| walk.found(head).first().map(|fault| fault.what.clone());
        assert_eq!(told(&walk, Some(&head)), Some(What::AllRowsGone(2)));
        walk.number = 1;
        assert_eq!(told(&walk, None), Some(What::RunGone));
    }
}
