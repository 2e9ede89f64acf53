use std::fmt;
use std::str::FromStr;

use chrono::{Datelike, Months, NaiveDate, NaiveTime, TimeDelta};

use crate::Time;
use crate::sla::DAY_MS;

/// The longest anybody can mean: beyond it a number was mistyped.
const YEARS_MAX: u32 = 200;
const DAYS_MAX: u32 = YEARS_MAX * 366;

/// What a [`Keep`] is read from.
pub(crate) const KEEP_FORM: &str = "write years, weeks or days, like 7y or 90d, from 1d to 200y";

/// How long finished runs stay where people see them, before they are moved into an archive: `7y`, `90d`, `2w`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Keep {
    /// So many years by the calendar.
    Years(u32),
    /// So many days.
    Days(u32),
}

impl Keep {
    /// The moment before which a run must have ended to be moved out now. It is the first of a month: runs go by
    /// whole months, each when all of it is old enough.
    pub fn ended_before(self, now: Time) -> Time {
        let day = now.date_naive();
        let then = match self {
            Keep::Years(years) => day.checked_sub_months(Months::new(12 * years)),
            Keep::Days(days) => day.checked_sub_signed(TimeDelta::days(days.into())),
        };
        let first = then.and_then(|day| day.with_day(1));
        let first = first.unwrap_or(NaiveDate::MIN);
        first.and_time(NaiveTime::MIN).and_utc()
    }

    /// No less than this, in milliseconds: years without their 29th of February.
    pub fn at_least_ms(self) -> i64 {
        let days = match self {
            Keep::Years(years) => i64::from(years) * 365,
            Keep::Days(days) => i64::from(days),
        };
        days * DAY_MS
    }
}

impl fmt::Display for Keep {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Keep::Years(years) => write!(f, "{years}y"),
            Keep::Days(days) => write!(f, "{days}d"),
        }
    }
}

impl FromStr for Keep {
    type Err = String;

    fn from_str(text: &str) -> Result<Keep, String> {
        let wrong = || format!("\"{text}\" is no time to keep runs: {KEEP_FORM}");
        let unit = text.chars().next_back().ok_or_else(wrong)?;
        let number = text.strip_suffix(unit).unwrap_or_default();
        // No sign and no space, which a number could be read with.
        let digits = number.bytes().all(|byte| byte.is_ascii_digit());
        let number: u32 = number.parse().ok().filter(|_| digits).ok_or_else(wrong)?;
        let (keep, most) = match unit {
            'y' => (Keep::Years(number), YEARS_MAX),
            'w' => (Keep::Days(number.saturating_mul(7)), DAYS_MAX / 7),
            'd' => (Keep::Days(number), DAYS_MAX),
            _ => return Err(wrong()),
        };
        match (1..=most).contains(&number) {
            true => Ok(keep),
            false => Err(wrong()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read() {
        for (text, expected) in [
            ("7y", Some(Keep::Years(7))),
            ("200y", Some(Keep::Years(200))),
            ("90d", Some(Keep::Days(90))),
            ("2w", Some(Keep::Days(14))),
            ("1d", Some(Keep::Days(1))),
        ] {
            assert_eq!(text.parse().ok(), expected, "{text}");
        }
        for wrong in [
            "",
            "y",
            "7",
            "0d",
            "-1d",
            "+1d",
            " 1d",
            "1.5y",
            "201y",
            "7m",
            "7h",
            "9999999999d",
            "99999999w",
            "7ÿ",
            "7yy",
        ] {
            let told = wrong.parse::<Keep>().unwrap_err();
            assert!(told.contains("like 7y or 90d"), "{wrong}: {told}");
        }
    }

    #[test]
    fn runs_go_by_whole_months() {
        for (keep, now, expected) in [
            ("7y", "2026-11-26T12:00:00Z", "2019-11-01T00:00:00Z"),
            ("7y", "2026-11-01T00:00:00Z", "2019-11-01T00:00:00Z"),
            ("1y", "2024-02-29T12:00:00Z", "2023-02-01T00:00:00Z"),
            ("30d", "2026-03-30T00:00:00Z", "2026-02-01T00:00:00Z"),
            ("30d", "2026-03-31T00:00:00Z", "2026-03-01T00:00:00Z"),
            ("1d", "2026-03-01T23:00:00Z", "2026-02-01T00:00:00Z"),
        ] {
            let keep: Keep = keep.parse().unwrap();
            let before = keep.ended_before(now.parse().unwrap());
            assert_eq!(before, expected.parse::<Time>().unwrap(), "{keep:?} {now}");
        }
    }
}
