//! Workflow time: the wall clock, made faster when asked, anchored in the store.

use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{PoisonError, RwLock};
use std::time::Duration;

use hms_engine::Time;

/// At wall moment `wall_ms` workflow time was `workflow_ms`, and runs `rate` times as fast since.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Anchor {
    /// Wall clock, milliseconds since 1970.
    pub wall_ms: i64,
    /// Workflow time, milliseconds since 1970.
    pub workflow_ms: i64,
    /// Workflow seconds per wall second.
    pub rate: f64,
}

impl Anchor {
    /// Workflow time at a wall moment.
    pub fn at(&self, wall_ms: i64) -> i64 {
        self.workflow_ms + ((wall_ms - self.wall_ms) as f64 * self.rate) as i64
    }

    /// The same time line, at another rate from a wall moment on.
    pub fn turned(&self, wall_ms: i64, rate: f64) -> Anchor {
        Anchor {
            wall_ms,
            workflow_ms: self.at(wall_ms),
            rate,
        }
    }
}

/// Workflow time. It never runs backwards, even when the wall clock does.
#[derive(Debug)]
pub struct WorkflowClock {
    anchor: RwLock<Anchor>,
    /// How far the wall clock all nodes go by is ahead of this machine's.
    ahead_ms: AtomicI64,
    latest_ms: AtomicI64,
}

/// The wall clock, milliseconds since 1970.
pub fn wall_ms() -> i64 {
    chrono::Utc::now().timestamp_millis()
}

/// A moment from milliseconds since 1970; beyond what a calendar can write, the nearest it can.
pub fn moment(ms: i64) -> Time {
    let fallback = if ms < 0 { Time::MIN_UTC } else { Time::MAX_UTC };
    Time::from_timestamp_millis(ms).unwrap_or(fallback)
}

impl WorkflowClock {
    /// A clock on an anchor that begins no earlier than `latest_ms`.
    pub fn new(anchor: Anchor, latest_ms: i64) -> WorkflowClock {
        WorkflowClock {
            anchor: RwLock::new(anchor),
            ahead_ms: AtomicI64::new(0),
            latest_ms: AtomicI64::new(latest_ms),
        }
    }

    /// Workflow time now, in whole milliseconds.
    pub fn now(&self) -> Time {
        let wall_ms = wall_ms() + self.ahead_ms.load(Ordering::Relaxed);
        let now = self.anchor().at(wall_ms);
        moment(self.latest_ms.fetch_max(now, Ordering::Relaxed).max(now))
    }

    /// How many times as fast as the wall clock.
    pub fn rate(&self) -> f64 {
        self.anchor().rate
    }

    /// Goes by this anchor and this wall clock from now on; another node may have turned the one, and
    /// the machines' clocks may differ.
    pub fn set(&self, anchor: Option<Anchor>, ahead_ms: i64) {
        self.ahead_ms.store(ahead_ms, Ordering::Relaxed);
        if let Some(anchor) = anchor.filter(|anchor| *anchor != self.anchor()) {
            *self.anchor.write().unwrap_or_else(PoisonError::into_inner) = anchor;
        }
    }

    fn anchor(&self) -> Anchor {
        *self.anchor.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// The moment so long from now by the wall.
    pub fn after(&self, wall: Duration) -> Time {
        let ms = (wall.as_secs_f64() * 1000.0 * self.rate()).ceil() as i64;
        moment(self.now().timestamp_millis().saturating_add(ms))
    }

    /// How long by the wall until workflow time reaches a moment; zero when it has.
    pub fn until(&self, moment: Time) -> Duration {
        let left = (moment - self.now()).num_milliseconds().max(0);
        Duration::from_micros((left as f64 * 1000.0 / self.rate()).ceil() as u64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_runs_at_its_rate_and_goes_on_when_the_rate_changes() {
        let anchor = Anchor {
            wall_ms: 1_000,
            workflow_ms: 1_000,
            rate: 1.0,
        };
        assert_eq!(anchor.at(5_000), 5_000);
        let fast = anchor.turned(5_000, 240.0);
        assert_eq!(fast.at(5_000), 5_000);
        assert_eq!(fast.at(65_000), 5_000 + 4 * 3_600_000);
        let slow = fast.turned(65_000, 1.0);
        assert_eq!(slow.at(66_000), 5_000 + 4 * 3_600_000 + 1_000);
    }

    #[test]
    fn time_never_runs_backwards() {
        let late = wall_ms() + 60_000;
        let clock = WorkflowClock::new(
            Anchor {
                wall_ms: 0,
                workflow_ms: 0,
                rate: 1.0,
            },
            late,
        );
        assert_eq!(clock.now(), moment(late));
    }
}
