//! Workflow time in a page: as the server said it, then running at the clock's rate.

use std::time::Duration;

use chrono::TimeDelta;
use leptos::prelude::*;

use crate::browser::steady_ms;
use crate::views::{ClockView, Time};

/// A clock that a page shows.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Ticking {
    now: RwSignal<Time>,
    anchor: StoredValue<Anchor>,
}

#[derive(Debug, Clone, Copy)]
struct Anchor {
    clock: ClockView,
    /// When the page learned it; none before the scripts run.
    at_ms: Option<f64>,
}

impl Ticking {
    /// Stands at the server's time while the page is rendered and hydrated, so that both show the
    /// same; ticks each second from then on.
    pub(crate) fn new(clock: ClockView) -> Ticking {
        let ticking = Ticking {
            now: RwSignal::new(clock.now),
            anchor: StoredValue::new(Anchor { clock, at_ms: None }),
        };
        Effect::new(move |_| {
            let clock = ticking.anchor.with_value(|anchor| anchor.clock);
            ticking.set(clock);
            let interval = set_interval_with_handle(move || ticking.tick(), Duration::from_secs(1));
            on_cleanup(move || {
                if let Ok(interval) = interval {
                    interval.clear();
                }
            });
        });
        ticking
    }

    /// Workflow time now.
    pub(crate) fn now(self) -> Time {
        self.now.get()
    }

    /// Workflow time now, without following it.
    pub(crate) fn now_untracked(self) -> Time {
        self.now.get_untracked()
    }

    /// Sets the clock by what the server says.
    pub(crate) fn set(self, clock: ClockView) {
        self.anchor.set_value(Anchor {
            clock,
            at_ms: Some(steady_ms()),
        });
        self.now.set(clock.now);
    }

    fn tick(self) {
        let Some(Anchor {
            clock,
            at_ms: Some(at_ms),
        }) = self.anchor.try_get_value()
        else {
            return;
        };
        let passed_ms = (steady_ms() - at_ms) * clock.rate;
        self.now
            .set(clock.now + TimeDelta::milliseconds(passed_ms as i64));
    }
}
