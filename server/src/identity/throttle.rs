/// After this long without a wrong try the earlier ones are forgotten, in milliseconds.
pub const TRIES_WINDOW_MS: i64 = 15 * 60 * 1000;
/// The longest wait, in seconds: nobody is ever locked out for good.
const WAIT_SECONDS_MAX: u32 = 60;

/// The wrong tries of one account, report or address so far.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tries {
    /// How many in a row.
    pub wrong: u32,
    /// The last one, by the wall clock; of a pace, until when it is used up.
    pub last_ms: i64,
}

/// How many tries are free.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Allowance {
    /// So many wrong ones in a row; then the waiting begins.
    Wrong(u32),
    /// So many at once, whatever becomes of them, and from then on one in so many milliseconds.
    Pace {
        /// At once.
        at_once: u32,
        /// Between two.
        each_ms: i64,
    },
}

impl Allowance {
    /// Of one account or one report.
    pub const ACCOUNT: Allowance = Allowance::Wrong(5);
    /// Of one network address: many people can share one.
    pub const ADDRESS: Allowance = Allowance::Wrong(30);
    /// Reports from one network address: 120 at once and then 600 an hour. A library has a few an hour; fifty people who
    /// take calls behind one address and file ten an hour each stay within it.
    pub const REPORTS: Allowance = Allowance::Pace {
        at_once: 120,
        each_ms: 6_000,
    };
}

impl Tries {
    /// How long to wait before the next try, in whole seconds, rounded up; 0 when it may be now.
    /// The wait doubles with each wrong try beyond the free ones.
    pub fn wait_seconds(&self, allowance: Allowance, now_ms: i64) -> u32 {
        let left_ms = match allowance {
            Allowance::Wrong(free) if self.wrong < free || self.stale(now_ms) => 0,
            Allowance::Wrong(free) => {
                let doubled = 2u32.saturating_pow(self.wrong - free + 1);
                let until = self.last_ms + i64::from(doubled.min(WAIT_SECONDS_MAX)) * 1000;
                until - now_ms
            }
            Allowance::Pace { at_once, each_ms } => {
                let most_ms = i64::from(at_once) * each_ms;
                self.used_up(now_ms, most_ms) + each_ms - now_ms - most_ms
            }
        };
        // A wall clock set back must not make the wait longer than it is meant to be.
        let left_ms = left_ms.clamp(0, i64::from(WAIT_SECONDS_MAX) * 1000);
        (left_ms as u32).div_ceil(1000)
    }

    /// With one more try.
    pub fn and_one(self, allowance: Allowance, now_ms: i64) -> Tries {
        match allowance {
            Allowance::Wrong(_) => {
                let before = if self.stale(now_ms) { 0 } else { self.wrong };
                Tries {
                    wrong: before.saturating_add(1),
                    last_ms: now_ms,
                }
            }
            Allowance::Pace { at_once, each_ms } => Tries {
                wrong: 0,
                last_ms: self.used_up(now_ms, i64::from(at_once) * each_ms) + each_ms,
            },
        }
    }

    /// Of a pace: until when it is used up. It is what is kept as the last moment, and never further ahead than can be,
    /// unless the wall clock was set back; then it begins anew.
    fn used_up(&self, now_ms: i64, most_ms: i64) -> i64 {
        match self.last_ms > now_ms + most_ms {
            true => now_ms,
            false => self.last_ms.max(now_ms),
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
        let and_one = |now_ms| old.and_one(Allowance::ACCOUNT, now_ms).wrong;
        assert_eq!(and_one(TRIES_WINDOW_MS), 10);
        assert_eq!(and_one(TRIES_WINDOW_MS + 1), 1);
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

    #[test]
    fn a_pace_is_kept_however_long_it_goes_on_and_forgiven_by_the_time() {
        const PACE: Allowance = Allowance::Pace {
            at_once: 3,
            each_ms: 10_000,
        };
        // Once a second for an hour: three at once, and one each ten seconds.
        let mut tries = Tries::default();
        let mut taken = 0;
        for second in 0..3_600 {
            let now_ms = 1_000_000 + second * 1000;
            let wait = tries.wait_seconds(PACE, now_ms);
            assert!(wait <= 10, "{wait}");
            if wait == 0 {
                tries = tries.and_one(PACE, now_ms);
                taken += 1;
            }
        }
        assert_eq!(taken, 3 + 359);
        // After half a minute of quiet there are three again.
        let mut now_ms = 1_000_000 + 3_600_000 + 30_000;
        for _ in 0..3 {
            assert_eq!(tries.wait_seconds(PACE, now_ms), 0);
            tries = tries.and_one(PACE, now_ms);
        }
        assert_eq!(tries.wait_seconds(PACE, now_ms), 10);
        // A clock that is set back by a day locks nobody out.
        now_ms -= 86_400_000;
        assert_eq!(tries.wait_seconds(PACE, now_ms), 0);
        assert_eq!(tries.and_one(PACE, now_ms).last_ms, now_ms + 10_000);
    }
}
