//! Calendars: which days are worked, and what that makes of a budget.

// Clippy's leave to unwrap in tests does not reach the helpers of tests.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod budgets;
mod holidays;
mod inverse;
mod mistakes;

use hms_engine::{Calendar, Time};

const US_FEDERAL: &str = include_str!("../../../workflows/calendars/us-federal.yml");

fn us_federal() -> Calendar {
    calendar(US_FEDERAL)
}

fn calendar(source: &str) -> Calendar {
    Calendar::parse(source).unwrap_or_else(|found| panic!("{source}\n{found:?}"))
}

/// A calendar of a zone with these hours, without holidays.
fn office(zone: &str, hours: &str) -> Calendar {
    calendar(&format!("id: office\ntime_zone: {zone}\nhours: {hours}\n"))
}

fn at(text: &str) -> Time {
    text.parse().unwrap()
}
