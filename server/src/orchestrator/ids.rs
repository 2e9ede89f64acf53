use hms_engine::Time;
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use uuid::Uuid;

/// Where the ids of events and runs come from: UUIDv7 of a moment of workflow time, so that ids of
/// one table sort by time.
#[derive(Debug)]
pub struct Ids(StdRng);

impl Ids {
    /// Ids that nobody gives twice.
    pub fn by_chance() -> Ids {
        Ids(rand::make_rng())
    }

    /// The same ids each time, for a simulation that is to be the same each time.
    pub fn seeded(seed: u64) -> Ids {
        Ids(StdRng::seed_from_u64(seed))
    }

    /// The next one.
    pub(super) fn fresh(&mut self, now: Time) -> Uuid {
        let ms = now.timestamp_millis().max(0).unsigned_abs();
        let mut chance = [0; 10];
        self.0.fill_bytes(&mut chance);
        uuid::Builder::from_unix_timestamp_millis(ms, &chance).into_uuid()
    }
}
