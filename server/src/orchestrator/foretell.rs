//! What another version of a calendar would move, over all open cases it counts. Nothing is changed, and
//! nobody waits for it: it reads as the pages do.

use std::collections::HashMap;
use std::sync::Arc;

use hms_engine::{Calendar, Moment, Move, Rejected, Standing, Time, Workflow};
use uuid::Uuid;

use super::{Orchestrator, Refusal, Registry};
use crate::store::Shelf;

/// The most open cases that are looked at.
pub const FORETOLD_CASES_MAX: u64 = 50_000;
/// Read at a time.
const PAGE: u32 = 200;

/// What would move.
#[derive(Debug, Clone, Default)]
pub struct Foretold {
    /// Open cases looked at: all that are counted by another version.
    pub cases: u64,
    /// Whether there are more than that.
    pub more: bool,
    /// In how many of them something moves.
    pub moved: u64,
    /// Deadlines of tasks that move.
    pub deadlines: u64,
    /// Deadlines of first claims that move.
    pub accepts: u64,
    /// Rungs of ladders that move.
    pub rungs: u64,
    /// Ends of waits that move.
    pub waits: u64,
    /// How many of all these move to a later moment; the others to an earlier one.
    pub later: u64,
    /// How many of them would be in the past then, and happen at once.
    pub past: u64,
    /// Tasks whose clock stands still, and which will have more or less time left.
    pub standing: u64,
    /// The biggest moves.
    pub biggest: Vec<ForetoldMove>,
    /// Some of the clocks that stand still.
    pub still: Vec<ForetoldStanding>,
}

/// A move of one case.
#[derive(Debug, Clone)]
pub struct ForetoldMove {
    /// The case.
    pub run_id: Uuid,
    /// Its workflow's id.
    pub workflow: String,
    /// What moves.
    pub what: Move,
    /// Whether it would be in the past, and was not missed before: it happens at once.
    pub past: bool,
}

/// A clock of one case that stands still.
#[derive(Debug, Clone)]
pub struct ForetoldStanding {
    /// The case.
    pub run_id: Uuid,
    /// Its workflow's id.
    pub workflow: String,
    /// Which, and how much it has consumed.
    pub what: Standing,
}

impl ForetoldMove {
    /// By how much, in milliseconds; later is more than nothing.
    pub fn by_ms(&self) -> i64 {
        (self.what.to - self.what.from).num_milliseconds()
    }
}

impl Foretold {
    /// Whether it changes nothing for any open case.
    pub fn is_nothing(&self) -> bool {
        !self.more && self.moved == 0 && self.standing == 0
    }

    /// Takes in a move, keeping at most so many.
    fn note(&mut self, one: ForetoldMove, most: usize) {
        let count = match one.what.what {
            Moment::Deadline => &mut self.deadlines,
            Moment::Accept => &mut self.accepts,
            Moment::Rung(_) => &mut self.rungs,
            Moment::Wait => &mut self.waits,
        };
        *count += 1;
        self.later += u64::from(one.by_ms() > 0);
        self.past += u64::from(one.past);
        self.biggest.push(one);
        if self.biggest.len() > most.saturating_mul(2).max(64) {
            self.keep(most);
        }
    }

    /// Keeps the biggest moves; of equals, those of the oldest cases.
    fn keep(&mut self, most: usize) {
        let by = |one: &ForetoldMove| std::cmp::Reverse(one.by_ms().unsigned_abs());
        self.biggest
            .sort_by_key(|one| (by(one), one.run_id, one.what.what));
        self.biggest.truncate(most);
    }
}

impl Orchestrator {
    /// What putting a calendar in force would move now; the biggest so many moves are told one by one.
    pub async fn foretell(
        &self,
        calendar: &Arc<Calendar>,
        most: usize,
    ) -> Result<Foretold, Refusal> {
        foretell(self.registry(), self.shelf(), calendar, self.now(), most).await
    }
}

/// What putting a calendar in force would move at a moment.
pub(crate) async fn foretell(
    registry: &Registry,
    shelf: &dyn Shelf,
    calendar: &Arc<Calendar>,
    now: Time,
    most: usize,
) -> Result<Foretold, Refusal> {
    let mut foretold = Foretold::default();
    let mut bound: HashMap<String, Option<(Arc<Workflow>, Workflow)>> = HashMap::new();
    let mut after = None;
    loop {
        let page = shelf
            .counted_otherwise(&calendar.id, &calendar.version, after.as_ref(), PAGE)
            .await?;
        let full = page.len() >= PAGE as usize;
        for (at, run) in page {
            after = Some(at);
            foretold.cases += 1;
            let known = bound.entry(run.version.clone()).or_insert_with(|| {
                let workflow = registry.version(&run.version)?;
                let other = workflow.bound_to(calendar);
                Some((workflow, other))
            });
            // One whose definition no longer loads stands still, whatever the calendar says.
            let Some((before, other)) = known else {
                continue;
            };
            let recount = match run.recount(before, other, &calendar.id, now) {
                Ok(recount) => recount,
                // It ended, or was counted anew, since it was read.
                Err(Rejected::RunEnded(_) | Rejected::SameCalendar) => continue,
                Err(rejected) => return Err(Refusal::Rejected(rejected)),
            };
            foretold.moved += u64::from(!recount.moves.is_empty());
            foretold.standing += recount.standing.len() as u64;
            for what in recount.moves {
                let one = ForetoldMove {
                    run_id: run.id,
                    workflow: run.workflow.clone(),
                    past: what.to <= now && !what.missed,
                    what,
                };
                foretold.note(one, most);
            }
            for what in recount.standing {
                if foretold.still.len() < most {
                    foretold.still.push(ForetoldStanding {
                        run_id: run.id,
                        workflow: run.workflow.clone(),
                        what,
                    });
                }
            }
        }
        if !full || foretold.cases >= FORETOLD_CASES_MAX {
            foretold.more = full;
            foretold.keep(most);
            return Ok(foretold);
        }
    }
}
