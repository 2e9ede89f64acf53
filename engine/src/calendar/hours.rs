use chrono::{Datelike, NaiveDate, Weekday};

/// A stretch of a day during which people work, by the clock on the wall.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Span {
    /// Minutes since midnight.
    pub(crate) from: u32,
    /// Minutes since midnight, up to 1440; later than `from`.
    pub(crate) to: u32,
}

/// The hours of each weekday, Monday first: in order, and apart from each other.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct WeekHours(pub(crate) [Vec<Span>; 7]);

impl WeekHours {
    /// The hours of the weekday of a date.
    pub(crate) fn on(&self, date: NaiveDate) -> &[Span] {
        self.of(date.weekday())
    }

    /// The hours of a weekday.
    pub(crate) fn of(&self, day: Weekday) -> &[Span] {
        // There are seven weekdays.
        self.0
            .get(day.num_days_from_monday() as usize)
            .map_or(&[], Vec::as_slice)
    }

    /// Whether anybody works at all.
    pub(crate) fn any(&self) -> bool {
        self.0.iter().any(|day| !day.is_empty())
    }
}
