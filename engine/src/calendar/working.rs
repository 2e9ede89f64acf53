use chrono::{MappedLocalTime, NaiveDate, NaiveDateTime, NaiveTime, Offset, TimeDelta, TimeZone};

use super::Calendar;
use crate::sla::DAY_MS;
use crate::{Measure, Time};

/// How far an end of a budget is looked for, in days: a hundred years. A calendar that works a
/// minute a week does not make the engine count for ever.
const DAYS_MAX: usize = 36_525;

/// The working time of one day as moments.
struct Day {
    /// In order, and apart from each other.
    spans: Vec<(Time, Time)>,
    /// Their sum, in milliseconds; not 0.
    ms: i64,
}

impl Calendar {
    /// How much of a budget is consumed between two moments: milliseconds of working time, or of
    /// business days 86,400,000 each, spread evenly over the day's working time.
    pub fn consumed(&self, measure: Measure, from: Time, to: Time) -> i64 {
        if to <= from {
            return 0;
        }
        self.days(from)
            .take_while(|date| self.instant(*date, 0) < to)
            .filter_map(|date| self.day(date))
            .map(|day| day.count(measure, to) - day.count(measure, from))
            .sum()
    }

    /// The first moment by which so much of a budget is consumed.
    pub fn advance(&self, measure: Measure, from: Time, amount: i64) -> Time {
        let mut left = amount;
        if left <= 0 {
            return from;
        }
        for date in self.days(from).take(DAYS_MAX) {
            let Some(day) = self.day(date) else { continue };
            let before = day.count(measure, from);
            let rest = day.whole(measure) - before;
            if rest >= left {
                return day.when(measure, before + left);
            }
            left -= rest;
        }
        from.checked_add_signed(TimeDelta::days(DAYS_MAX as i64))
            .unwrap_or(Time::MAX_UTC)
    }

    /// When people work next, from a moment on; the moment itself while they do.
    pub fn next_open(&self, at: Time) -> Option<Time> {
        self.days(at)
            .take(DAYS_MAX)
            .filter_map(|date| self.day(date))
            .flat_map(|day| day.spans)
            .find(|(_, end)| *end > at)
            .map(|(start, _)| start.max(at))
    }

    /// The dates whose working time may lie at or after a moment.
    fn days(&self, from: Time) -> impl Iterator<Item = NaiveDate> {
        let today = from.with_timezone(&self.zone).date_naive();
        // A day's working time ends at its midnight at the latest; the day before is looked at for
        // zones whose clocks are turned back over midnight.
        today.pred_opt().unwrap_or(today).iter_days()
    }

    /// The working time of a date; none when nobody works.
    fn day(&self, date: NaiveDate) -> Option<Day> {
        let spans = self.hours.on(date);
        if spans.is_empty() || self.holiday(date).is_some() {
            return None;
        }
        let spans: Vec<(Time, Time)> = spans
            .iter()
            .map(|span| (self.instant(date, span.from), self.instant(date, span.to)))
            // An hour that a clock put forward leaves out is no working time.
            .filter(|(start, end)| start < end)
            .collect();
        let ms = spans.iter().map(|(start, end)| ms(*start, *end)).sum();
        (ms > 0).then_some(Day { spans, ms })
    }

    /// The first moment at which the clock on the wall reads at least so many minutes of a date.
    /// Of an hour that comes twice it is the first; of one that is left out, the next there is.
    fn instant(&self, date: NaiveDate, minutes: u32) -> Time {
        let wall = date.and_time(NaiveTime::MIN) + TimeDelta::minutes(i64::from(minutes));
        match self.zone.from_local_datetime(&wall) {
            MappedLocalTime::Single(moment) | MappedLocalTime::Ambiguous(moment, _) => {
                moment.to_utc()
            }
            MappedLocalTime::None => self.after_the_gap(wall),
        }
    }

    /// The moment a clock was put forward, past a time of day that does not exist.
    fn after_the_gap(&self, wall: NaiveDateTime) -> Time {
        // No zone is further than this from UTC, so the search begins before and ends after.
        const FAR_S: i64 = 26 * 3_600;
        let reads = |shift: i64| {
            let utc = wall + TimeDelta::seconds(shift);
            utc + self.zone.offset_from_utc_datetime(&utc).fix()
        };
        let (mut before, mut after) = (-FAR_S, FAR_S);
        while after - before > 1 {
            let middle = before + (after - before) / 2;
            if reads(middle) < wall {
                before = middle;
            } else {
                after = middle;
            }
        }
        (wall + TimeDelta::seconds(after)).and_utc()
    }
}

impl Day {
    /// How much of a budget the day has consumed by a moment.
    fn count(&self, measure: Measure, at: Time) -> i64 {
        let worked: i64 = self
            .spans
            .iter()
            .map(|(start, end)| ms(*start, at.min(*end)).max(0))
            .sum();
        match measure {
            // At most 25 hours times a day of milliseconds: far below where an i64 ends.
            Measure::Days => worked * DAY_MS / self.ms,
            Measure::Clock | Measure::Hours => worked,
        }
    }

    fn whole(&self, measure: Measure) -> i64 {
        match measure {
            Measure::Days => DAY_MS,
            Measure::Clock | Measure::Hours => self.ms,
        }
    }

    /// The first moment by which it has consumed so much; at most its whole.
    fn when(&self, measure: Measure, count: i64) -> Time {
        let mut worked = match measure {
            // Rounded up: the millisecond before, the count was not reached.
            Measure::Days => (count * self.ms + DAY_MS - 1) / DAY_MS,
            Measure::Clock | Measure::Hours => count,
        };
        let mut last = Time::MIN_UTC;
        for (start, end) in &self.spans {
            let span = ms(*start, *end);
            if worked <= span {
                return *start + TimeDelta::milliseconds(worked);
            }
            worked -= span;
            last = *end;
        }
        last
    }
}

fn ms(from: Time, to: Time) -> i64 {
    to.signed_duration_since(from).num_milliseconds()
}
