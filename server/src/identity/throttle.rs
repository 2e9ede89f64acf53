/// After this long without a wrong try the earlier ones are forgotten, in milliseconds.
pub const TRIES_WINDOW_MS: i64 = 15 * 60 * 1000;
/// The longest wait, in seconds: nobody is ever locked out for good.
const WAIT_SECONDS_MAX: u32 = 60;

/// The wrong tries of one account, report or address so far.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tries {
    /// How many in a row.
    pub wrong: u32,
    /// The last one, by the wall clock.
    pub last_ms: i64,
}

/// How many wrong tries are free before the waiting begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Allowance(pub u32);

impl Allowance {
    /// Of one account or one report.
    pub const ACCOUNT: Allowance = Allowance(5);
    /// Of one network address: many people can share one.
    pub const ADDRESS: Allowance = Allowance(30);
}

impl Tries {
    /// How long to wait before the next try, in whole seconds, rounded up; 0 when it may be now.
    /// The wait doubles with each wrong try beyond the free ones.
    pub fn wait_seconds(&self, allowance: Allowance, now_ms: i64) -> u32 {
        if self.wrong < allowance.0 || self.stale(now_ms) {
            return 0;
        }
        let doubled = 2u32.saturating_pow(self.wrong - allowance.0 + 1);
        let until = self.last_ms + i64::from(doubled.min(WAIT_SECONDS_MAX)) * 1000;
        // A wall clock set back must not make the wait longer than it is meant to be.
        let left_ms = (until - now_ms).clamp(0, i64::from(WAIT_SECONDS_MAX) * 1000);
        (left_ms as u32).div_ceil(1000)
    }

    /// With one more wrong try.
    pub fn and_one(self, now_ms: i64) -> Tries {
        let before = if self.stale(now_ms) { 0 } else { self.wrong };
        Tries {
            wrong: before.saturating_add(1),
            last_ms: now_ms,
        }
    }

    fn stale(&self, now_ms: i64) -> bool {
        now_ms - self.last_ms > TRIES_WINDOW_MS
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn after(wrong: u32, now_ms: i64) -> u32 {
        let tries = Tries { wrong, last_ms: 0 };
        tries.wait_seconds(Allowance::ACCOUNT, now_ms)
    }

    #[test]
    fn the_wait_doubles_after_the_free_tries_and_ends_at_a_minute() {
        let waits: Vec<u32> = (0..14).map(|wrong| after(wrong, 0)).collect();
        assert_eq!(waits, [0, 0, 0, 0, 0, 2, 4, 8, 16, 32, 60, 60, 60, 60]);
        assert_eq!(after(u32::MAX, 0), 60);
    }

    #[test]
    fn waiting_makes_it_free_again() {
        assert_eq!(after(6, 1), 4);
        assert_eq!(after(6, 3_999), 1);
        assert_eq!(after(6, 4_000), 0);
        assert_eq!(after(1_000, 60_000), 0);
        assert_eq!(after(1_000, -3_600_000), 60, "the wall clock was set back");
    }

    #[test]
    fn old_tries_are_forgotten() {
        let old = Tries {
            wrong: 9,
            last_ms: 0,
        };
        assert_eq!(old.and_one(TRIES_WINDOW_MS).wrong, 10);
        assert_eq!(old.and_one(TRIES_WINDOW_MS + 1).wrong, 1);
    }

    #[test]
    fn an_address_has_more_free_tries_than_an_account() {
        let tries = Tries {
            wrong: 10,
            last_ms: 0,
        };
        assert_eq!(tries.wait_seconds(Allowance::ADDRESS, 0), 0);
        assert_eq!(tries.wait_seconds(Allowance::ACCOUNT, 0), 60);
    }
}
