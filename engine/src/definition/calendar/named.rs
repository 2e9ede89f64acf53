//! The names of weekdays and months.

use chrono::Weekday;

pub(super) const WEEKDAYS: [(&str, Weekday); 7] = [
    ("monday", Weekday::Mon),
    ("tuesday", Weekday::Tue),
    ("wednesday", Weekday::Wed),
    ("thursday", Weekday::Thu),
    ("friday", Weekday::Fri),
    ("saturday", Weekday::Sat),
    ("sunday", Weekday::Sun),
];

/// Each with the days it has in a leap year.
pub(super) const MONTHS: [(&str, u32); 12] = [
    ("january", 31),
    ("february", 29),
    ("march", 31),
    ("april", 30),
    ("may", 31),
    ("june", 30),
    ("july", 31),
    ("august", 31),
    ("september", 30),
    ("october", 31),
    ("november", 30),
    ("december", 31),
];

/// The weekday of this name.
pub(super) fn weekday(word: &str) -> Option<Weekday> {
    WEEKDAYS
        .iter()
        .find(|(name, _)| name.eq_ignore_ascii_case(word))
        .map(|(_, day)| *day)
}

/// The month of this name: its number from 1, and the most days it has.
pub(super) fn month(word: &str) -> Option<(u32, u32)> {
    (1..)
        .zip(MONTHS)
        .find(|(_, (name, _))| name.eq_ignore_ascii_case(word))
        .map(|(number, (_, days))| (number, days))
}
