//! Times and durations in words. All in UTC: what the server renders is what the browser hydrates.

use chrono::{DateTime, Datelike, NaiveDate, TimeDelta, Timelike, Utc};

use super::WhenWords;

/// `14:03`.
pub fn clock_time(at: DateTime<Utc>) -> String {
    format!("{:02}:{:02}", at.hour(), at.minute())
}

/// `10:41:03`.
pub fn clock_time_exact(at: DateTime<Utc>) -> String {
    format!("{:02}:{:02}:{:02}", at.hour(), at.minute(), at.second())
}

/// `2024-05-14 14:03`: for lists of the staff.
pub fn stamp(at: DateTime<Utc>) -> String {
    format!("{} {}", day(at.date_naive()), clock_time(at))
}

/// `2024-05-14`.
pub fn day(date: NaiveDate) -> String {
    format!("{:04}-{:02}-{:02}", date.year(), date.month(), date.day())
}

/// `2024-05-14T14:03:00Z`, for `<time datetime>`.
pub fn machine(at: DateTime<Utc>) -> String {
    format!("{}T{}Z", day(at.date_naive()), clock_time_exact(at))
}

/// `3 h 58 min`, `2 d 4 h`, `45 s`: two units at most, for lists of the staff.
pub fn short(duration: TimeDelta) -> String {
    parts(duration)
        .map(|(unit, count)| format!("{count} {}", ["d", "h", "min", "s"][unit]))
        .collect::<Vec<_>>()
        .join(" ")
}

/// A length in milliseconds, as [`short`] says it.
pub fn short_ms(ms: u64) -> String {
    if ms < 1_000 {
        return format!("{ms} ms");
    }
    short(TimeDelta::milliseconds(
        i64::try_from(ms).unwrap_or(i64::MAX),
    ))
}

impl WhenWords {
    /// `3 hours 58 minutes`: the two largest units, the sign left out.
    pub fn duration(&self, duration: TimeDelta) -> String {
        parts(duration)
            .map(|(unit, count)| {
                let [one, many] = self.units[unit];
                format!("{count} {}", if count == 1 { one } else { many })
            })
            .collect::<Vec<_>>()
            .join(" ")
    }

    /// `14:03 on May 14, 2024 (UTC)`.
    pub fn moment(&self, at: DateTime<Utc>) -> String {
        (self.moment)(&clock_time(at), &self.day(at.date_naive()))
    }

    /// `May 14, 2024`.
    pub fn day(&self, day: NaiveDate) -> String {
        (self.date)(
            day.day(),
            self.months[day.month0() as usize % 12],
            day.year(),
        )
    }
}

/// The largest unit (0 days … 3 seconds) that is not zero and the one after it, when that is not zero.
fn parts(duration: TimeDelta) -> impl Iterator<Item = (usize, i64)> {
    let seconds = duration.num_seconds().abs();
    let counts = [
        seconds / 86_400,
        seconds / 3_600 % 24,
        seconds / 60 % 60,
        seconds % 60,
    ];
    let first = counts.iter().position(|count| *count > 0).unwrap_or(3);
    (first..(first + 2).min(4))
        .map(move |unit| (unit, counts[unit]))
        .filter(move |(unit, count)| *unit == first || *count > 0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::views::Language;
    use crate::words::words;

    fn seconds(seconds: i64) -> TimeDelta {
        TimeDelta::seconds(seconds)
    }

    #[test]
    fn durations_use_two_units_at_most() {
        let cases = [
            (0, "0 seconds", "0 segundos", "0 s"),
            (1, "1 second", "1 segundo", "1 s"),
            (60, "1 minute", "1 minuto", "1 min"),
            (61, "1 minute 1 second", "1 minuto 1 segundo", "1 min 1 s"),
            (
                14_280,
                "3 hours 58 minutes",
                "3 horas 58 minutos",
                "3 h 58 min",
            ),
            (14_400, "4 hours", "4 horas", "4 h"),
            (14_405, "4 hours", "4 horas", "4 h"),
            (90_061, "1 day 1 hour", "1 día 1 hora", "1 d 1 h"),
            (-7_200, "2 hours", "2 horas", "2 h"),
        ];
        for (length, en, es, brief) in cases {
            let length = seconds(length);
            assert_eq!(words(Language::En).when.duration(length), en);
            assert_eq!(words(Language::Es).when.duration(length), es);
            assert_eq!(short(length), brief);
        }
    }

    #[test]
    fn moments_name_the_day_and_the_zone() {
        let at = DateTime::from_timestamp(1_715_695_385, 0).expect("a moment");
        assert_eq!(
            words(Language::En).when.moment(at),
            "14:03 on May 14, 2024 (UTC)"
        );
        assert_eq!(
            words(Language::Es).when.moment(at),
            "14:03 del 14 de mayo de 2024 (UTC)"
        );
        assert_eq!(stamp(at), "2024-05-14 14:03");
        assert_eq!(machine(at), "2024-05-14T14:03:05Z");
        assert_eq!(short_ms(840), "840 ms");
        assert_eq!(short_ms(5_400_000), "1 h 30 min");
    }
}
