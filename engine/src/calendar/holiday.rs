use chrono::{Datelike, Days, NaiveDate, Weekday};

use crate::Text;

/// A day on which nobody works, each year or once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Holiday {
    /// For people.
    pub name: Text,
    /// When it is.
    pub rule: HolidayRule,
    /// The first year it is kept.
    pub since: Option<i32>,
    /// The last year it is kept.
    pub until: Option<i32>,
}

/// When a holiday is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HolidayRule {
    /// On the same date each year.
    Fixed {
        /// From 1.
        month: u32,
        /// From 1.
        day: u32,
        /// When it falls on a weekend.
        observed: Observed,
    },
    /// On a weekday of a month.
    Weekday {
        /// From 1.
        month: u32,
        /// Which weekday.
        weekday: Weekday,
        /// Which of them.
        nth: Nth,
    },
    /// On one date and never again.
    Once(NaiveDate),
}

/// Which of the weekdays of a month.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Nth {
    /// The first is 1; the fifth is not in every month.
    From1(u32),
    /// The last.
    Last,
}

/// On which day a holiday is kept that falls on a Saturday or Sunday.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Observed {
    /// On that day all the same.
    #[default]
    OnTheDay,
    /// On the nearest weekday: the Friday before a Saturday, the Monday after a Sunday (5 U.S.C. 6103).
    Nearest,
    /// On the Monday after.
    Monday,
}

impl Observed {
    fn day(self, date: NaiveDate) -> Option<NaiveDate> {
        match (self, date.weekday()) {
            (Observed::Nearest, Weekday::Sat) => date.pred_opt(),
            (Observed::Nearest | Observed::Monday, Weekday::Sun) => date.succ_opt(),
            (Observed::Monday, Weekday::Sat) => date.checked_add_days(Days::new(2)),
            _ => Some(date),
        }
    }
}

impl Holiday {
    /// Whether it is kept on this date.
    pub fn falls_on(&self, date: NaiveDate) -> bool {
        match self.rule {
            HolidayRule::Once(once) => once == date,
            HolidayRule::Weekday {
                month,
                weekday,
                nth,
            } => {
                date.month() == month
                    && date.weekday() == weekday
                    && self.is_kept_in(date.year())
                    && nth.is(date)
            }
            HolidayRule::Fixed {
                month,
                day,
                observed,
            } => {
                // One that falls on a weekend is kept up to a day before and two days after. The
                // year that counts is the one it falls in: New Year's Day may be kept in the old.
                let from = date.checked_sub_days(Days::new(2)).unwrap_or(date);
                from.iter_days().take(4).any(|actual| {
                    actual.month() == month
                        && actual.day() == day
                        && self.is_kept_in(actual.year())
                        && observed.day(actual) == Some(date)
                })
            }
        }
    }

    fn is_kept_in(&self, year: i32) -> bool {
        self.since.is_none_or(|since| since <= year) && self.until.is_none_or(|until| year <= until)
    }
}

impl Nth {
    fn is(self, date: NaiveDate) -> bool {
        match self {
            Nth::From1(nth) => date.day0() / 7 + 1 == nth,
            Nth::Last => date
                .checked_add_days(Days::new(7))
                .is_none_or(|next| next.month() != date.month()),
        }
    }
}
