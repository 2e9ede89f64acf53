//! A task's clock in the words of the staff's pages.

use crate::views::{SlaClock, Stands, Time};

use super::when::{short, stamp};

/// How a task stands against its deadline.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pace {
    /// The step has no deadline.
    None,
    /// Less than half of the time is used.
    OnTrack,
    /// Half of the time is used.
    Half,
    /// Three quarters of the time are used.
    ThreeQuarters,
    /// The deadline passed while it was open.
    Breached,
    /// It was closed before the deadline.
    Met,
    /// Somebody stopped the clock.
    Paused,
    /// Nobody works now.
    OutsideHours,
}

impl Pace {
    /// The tag's word.
    pub fn tag(self) -> &'static str {
        match self {
            Pace::None => "No deadline",
            Pace::OnTrack => "On track",
            Pace::Half => "50 %",
            Pace::ThreeQuarters => "75 %",
            Pace::Breached => "Breached",
            Pace::Met => "Met",
            Pace::Paused => "Paused",
            Pace::OutsideHours => "Outside hours",
        }
    }

    /// The part of a class name that colours it.
    pub fn class(self) -> &'static str {
        match self {
            Pace::None => "none",
            Pace::OnTrack => "track",
            Pace::Half => "half",
            Pace::ThreeQuarters => "late",
            Pace::Breached => "breached",
            Pace::Met => "met",
            Pace::Paused => "paused",
            Pace::OutsideHours => "outside",
        }
    }
}

impl SlaClock {
    /// How it stands at a moment.
    pub fn pace(&self, now: Time) -> Pace {
        if self.closed.is_none()
            && let Stands::Paused(_) = &self.stands
        {
            return Pace::Paused;
        }
        let seen = self.closed.unwrap_or(now);
        if self.breached || self.due.is_some_and(|due| seen >= due) {
            return Pace::Breached;
        }
        let Some(due) = self.due else {
            return Pace::None;
        };
        if self.closed.is_some() {
            return Pace::Met;
        }
        if let Stands::OutsideHours(_) = self.stands {
            return Pace::OutsideHours;
        }
        let percent = match self.percent {
            Some(percent) => i64::from(percent),
            None => {
                let whole = self
                    .budget_ms
                    .unwrap_or((due - self.opened).num_milliseconds());
                let left = (due - seen).num_milliseconds();
                (whole - left).max(0).saturating_mul(100) / whole.max(1)
            }
        };
        match percent {
            75.. => Pace::ThreeQuarters,
            50.. => Pace::Half,
            _ => Pace::OnTrack,
        }
    }

    /// What the timer says beside the tag: `3 h 58 min left`, `−2 h`, `closed with 10 min left`, why
    /// it stands still.
    pub fn words(&self, now: Time) -> String {
        let pace = self.pace(now);
        if let (Pace::Paused, Stands::Paused(reason)) = (pace, &self.stands) {
            return match self.breached {
                true => format!("({reason}), past the deadline"),
                false => format!("({reason})"),
            };
        }
        let Some(due) = self.due else {
            return String::new();
        };
        if let (Pace::OutsideHours, Stands::OutsideHours(Some(opens))) = (pace, &self.stands) {
            return format!("opens {} UTC, {} left", stamp(*opens), short(due - now));
        }
        match (self.closed, pace) {
            // More time was given after the deadline was missed.
            (None, Pace::Breached) if now < due => {
                format!("{} left of more time", short(due - now))
            }
            (Some(closed), Pace::Breached) if closed < due => "closed in more time".to_owned(),
            (Some(closed), Pace::Breached) => format!("closed {} late", short(closed - due)),
            (Some(closed), _) => format!("closed with {} left", short(due - closed)),
            (None, Pace::Breached) => format!("−{}", short(now - due)),
            (None, _) => format!("{} left", short(due - now)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::{DateTime, TimeDelta};

    fn at(minutes: i64) -> Time {
        DateTime::from_timestamp(1_715_695_200, 0).expect("a moment") + TimeDelta::minutes(minutes)
    }

    fn clock(closed: Option<i64>) -> SlaClock {
        SlaClock {
            opened: at(0),
            due: Some(at(240)),
            closed: closed.map(at),
            budget_ms: Some(240 * 60_000),
            percent: None,
            breached: false,
            stands: Stands::Runs,
        }
    }

    #[test]
    fn a_timer_names_its_quarter() {
        let cases = [
            (-5, Pace::OnTrack, "4 h 5 min left"),
            (0, Pace::OnTrack, "4 h left"),
            (119, Pace::OnTrack, "2 h 1 min left"),
            (120, Pace::Half, "2 h left"),
            (179, Pace::Half, "1 h 1 min left"),
            (180, Pace::ThreeQuarters, "1 h left"),
            (239, Pace::ThreeQuarters, "1 min left"),
            (240, Pace::Breached, "−0 s"),
            (360, Pace::Breached, "−2 h"),
        ];
        for (minute, pace, words) in cases {
            assert_eq!(clock(None).pace(at(minute)), pace, "minute {minute}");
            assert_eq!(clock(None).words(at(minute)), words, "minute {minute}");
        }
    }

    #[test]
    fn a_closed_clock_stands_still() {
        assert_eq!(clock(Some(230)).pace(at(9_999)), Pace::Met);
        assert_eq!(clock(Some(230)).words(at(9_999)), "closed with 10 min left");
        assert_eq!(clock(Some(300)).pace(at(9_999)), Pace::Breached);
        assert_eq!(clock(Some(300)).words(at(9_999)), "closed 1 h late");
    }

    #[test]
    fn no_deadline_no_words() {
        let free = SlaClock {
            opened: at(0),
            due: None,
            ..clock(None)
        };
        assert_eq!(free.pace(at(500)), Pace::None);
        assert_eq!(free.words(at(500)), "");
    }

    #[test]
    fn a_clock_that_stands_still_says_why() {
        let paused = SlaClock {
            due: None,
            percent: Some(25),
            stands: Stands::Paused("waiting for the bank".into()),
            ..clock(None)
        };
        assert_eq!(paused.pace(at(9_999)), Pace::Paused);
        assert_eq!(paused.words(at(9_999)), "(waiting for the bank)");
        let late = SlaClock {
            breached: true,
            ..paused
        };
        assert_eq!(
            late.words(at(0)),
            "(waiting for the bank), past the deadline"
        );
    }

    #[test]
    fn working_time_is_told_as_the_server_counted_it() {
        let working = |percent, stands| SlaClock {
            budget_ms: None,
            percent: Some(percent),
            stands,
            ..clock(None)
        };
        // By the wall three quarters are gone, of the working time a tenth.
        assert_eq!(working(10, Stands::Runs).pace(at(180)), Pace::OnTrack);
        assert_eq!(working(50, Stands::Runs).pace(at(10)), Pace::Half);
        let night = working(50, Stands::OutsideHours(Some(at(100))));
        assert_eq!(night.pace(at(10)), Pace::OutsideHours);
        assert_eq!(
            night.words(at(10)),
            format!("opens {} UTC, 3 h 50 min left", stamp(at(100)))
        );
        let never = working(50, Stands::OutsideHours(None));
        assert_eq!(never.words(at(10)), "3 h 50 min left");
        assert_eq!(night.pace(at(240)), Pace::Breached);
    }

    #[test]
    fn more_time_after_a_missed_deadline_leaves_it_missed() {
        let given = SlaClock {
            breached: true,
            ..clock(None)
        };
        assert_eq!(given.pace(at(10)), Pace::Breached);
        assert_eq!(given.words(at(60)), "3 h left of more time");
        assert_eq!(given.words(at(300)), "−1 h");
    }
}
