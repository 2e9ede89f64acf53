//! Working calendars: when an office works, so that an SLA can count working time and nothing else.
//!
//! A calendar is a time zone, the hours of each weekday, and the days on which nobody works. It is
//! read from YAML like a workflow and named by its content's hash like one.

mod holiday;
mod hours;
mod working;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use chrono::NaiveDate;

use crate::{Diagnostic, Text};

pub use holiday::{Holiday, HolidayRule, Nth, Observed};
pub(crate) use hours::{Span, WeekHours};

/// A checked calendar. It can only be made by [`Calendar::parse`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Calendar {
    /// Its id, as workflows name it.
    pub id: String,
    /// Its version: the SHA-256 of the text, in hex.
    pub version: String,
    /// For people.
    pub title: Text,
    /// Where its hours are read from the wall.
    pub(crate) zone: chrono_tz::Tz,
    /// When people work in a week without holidays.
    pub(crate) hours: WeekHours,
    /// When they do not.
    pub(crate) holidays: Vec<Holiday>,
    /// The text it was read from.
    pub source: String,
}

impl Calendar {
    /// Reads and checks a calendar: several mistakes in one pass, each with its place.
    pub fn parse(source: &str) -> Result<Calendar, Vec<Diagnostic>> {
        crate::definition::parse_calendar(source)
    }

    /// The name of its time zone, as the IANA database has it.
    pub fn time_zone(&self) -> &'static str {
        self.zone.name()
    }

    /// The holiday that keeps people from working on a date.
    pub fn holiday(&self, date: NaiveDate) -> Option<&Holiday> {
        self.holidays.iter().find(|holiday| holiday.falls_on(date))
    }
}

/// The calendars that definitions may name, one version of each.
#[derive(Debug, Clone, Default)]
pub struct Calendars {
    by_id: BTreeMap<String, Arc<Calendar>>,
    broken: BTreeSet<String>,
}

impl Calendars {
    /// Takes a calendar in, in place of an earlier version of it.
    pub fn put(&mut self, calendar: Calendar) {
        self.broken.remove(&calendar.id);
        self.by_id.insert(calendar.id.clone(), Arc::new(calendar));
    }

    /// Notes that there is a calendar of this id which has mistakes of its own, in place of an earlier
    /// version of it: a definition that names it is told so, and not that there is none.
    pub fn put_broken(&mut self, id: String) {
        self.by_id.remove(&id);
        self.broken.insert(id);
    }

    /// Whether the calendar of this id is there and has mistakes of its own.
    pub fn is_broken(&self, id: &str) -> bool {
        self.broken.contains(id)
    }

    /// The calendar of this id.
    pub fn get(&self, id: &str) -> Option<&Arc<Calendar>> {
        self.by_id.get(id)
    }

    /// All, by id.
    pub fn all(&self) -> impl Iterator<Item = &Arc<Calendar>> {
        self.by_id.values()
    }

    /// The ids there are.
    pub fn ids(&self) -> impl Iterator<Item = &str> {
        self.by_id.keys().map(String::as_str)
    }
}
