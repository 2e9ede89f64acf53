//! A task's clock in the words of the staff's pages.

use crate::views::{SlaClock, Time};

use super::when::short;

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
        }
    }
}

impl SlaClock {
    /// How it stands at a moment.
    pub fn pace(&self, now: Time) -> Pace {
        let Some(due) = self.due else {
            return Pace::None;
        };
        let seen = self.closed.unwrap_or(now);
        if seen >= due {
            return Pace::Breached;
        }
        if self.closed.is_some() {
            return Pace::Met;
        }
        let budget = (due - self.opened).num_milliseconds().max(1);
        let used = (seen - self.opened).num_milliseconds().max(0);
        // In quarters, without the rounding of a float: used ÷ budget ≥ 3 ÷ 4.
        match used.saturating_mul(4) / budget {
            3.. => Pace::ThreeQuarters,
            2 => Pace::Half,
            _ => Pace::OnTrack,
        }
    }

    /// What the timer says beside the tag: `3 h 58 min left`, `−2 h`, `closed with 10 min left`.
    pub fn words(&self, now: Time) -> String {
        let Some(due) = self.due else {
            return String::new();
        };
        match (self.closed, self.pace(now)) {
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
            closed: None,
        };
        assert_eq!(free.pace(at(500)), Pace::None);
        assert_eq!(free.words(at(500)), "");
    }
}
