use chrono::{Datelike, NaiveDate};

use super::{calendar, us_federal};

/// The days the United States Office of Personnel Management lists for each year.
#[test]
fn the_federal_holidays_are_those_of_the_office_of_personnel_management() {
    for (year, days) in [
        (
            2020,
            "01-01 01-20 02-17 05-25 07-03 09-07 10-12 11-11 11-26 12-25",
        ),
        // New Year's Day 2022 was a Saturday and kept in the old year.
        (
            2021,
            "01-01 01-18 02-15 05-31 06-18 07-05 09-06 10-11 11-11 11-25 12-24 12-31",
        ),
        (
            2022,
            "01-17 02-21 05-30 06-20 07-04 09-05 10-10 11-11 11-24 12-26",
        ),
        (
            2023,
            "01-02 01-16 02-20 05-29 06-19 07-04 09-04 10-09 11-10 11-23 12-25",
        ),
        (
            2024,
            "01-01 01-15 02-19 05-27 06-19 07-04 09-02 10-14 11-11 11-28 12-25",
        ),
        (
            2026,
            "01-01 01-19 02-16 05-25 06-19 07-03 09-07 10-12 11-11 11-26 12-25",
        ),
        (
            2027,
            "01-01 01-18 02-15 05-31 06-18 07-05 09-06 10-11 11-11 11-25 12-24 12-31",
        ),
    ] {
        let calendar = us_federal();
        let first = NaiveDate::from_ymd_opt(year, 1, 1).unwrap();
        let kept: Vec<String> = first
            .iter_days()
            .take_while(|date| date.year() == year)
            .filter(|date| calendar.holiday(*date).is_some())
            .map(|date| date.format("%m-%d").to_string())
            .collect();
        assert_eq!(kept.join(" "), days, "{year}");
    }
}

#[test]
fn a_holiday_has_its_name() {
    let thanksgiving = NaiveDate::from_ymd_opt(2026, 11, 26).unwrap();
    let calendar = us_federal();
    let holiday = calendar.holiday(thanksgiving).unwrap();
    assert_eq!(holiday.name.get("en"), Some("Thanksgiving Day"));
    assert_eq!(holiday.name.get("es"), Some("Día de Acción de Gracias"));
}

#[test]
fn each_rule_falls_on_its_days() {
    for (rule, days) in [
        ("on: 2024-12-24", "2024-12-24"),
        ("on: february 29", "2024-02-29 2028-02-29"),
        // A Saturday in 2026, a Sunday in 2027.
        (
            "on: december 26",
            "2024-12-26 2025-12-26 2026-12-26 2027-12-26 2028-12-26",
        ),
        (
            "on: december 26, observed: monday",
            "2024-12-26 2025-12-26 2026-12-28 2027-12-27 2028-12-26",
        ),
        (
            "on: december 26, observed: nearest",
            "2024-12-26 2025-12-26 2026-12-25 2027-12-27 2028-12-26",
        ),
        // Not every May has a fifth.
        (
            "on: fifth friday of may",
            "2024-05-31 2025-05-30 2026-05-29",
        ),
        (
            "on: last friday of may",
            "2024-05-31 2025-05-30 2026-05-29 2027-05-28 2028-05-26",
        ),
        (
            "on: 1st monday of september, since: 2026, until: 2027",
            "2026-09-07 2027-09-06",
        ),
        ("on: december 25, until: 2025", "2024-12-25 2025-12-25"),
    ] {
        let source = format!(
            "id: c\ntime_zone: UTC\nhours: {{ weekdays: 09:00-17:00 }}\nholidays:\n  - {{ name: x, {rule} }}\n"
        );
        let calendar = calendar(&source);
        let first = NaiveDate::from_ymd_opt(2024, 1, 1).unwrap();
        let found: Vec<String> = first
            .iter_days()
            .take(5 * 366)
            .take_while(|date| date.year() < 2029)
            .filter(|date| calendar.holiday(*date).is_some())
            .map(|date| date.to_string())
            .collect();
        assert_eq!(found.join(" "), days, "{rule}");
    }
}
