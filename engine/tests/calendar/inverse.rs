use chrono::TimeDelta;
use hms_engine::{Calendar, Measure, Time};
use proptest::prelude::*;

use super::{at, calendar};

/// Zones that change their clocks north and south, at midnight, by half an hour, and not at all.
const ZONES: [&str; 6] = [
    "America/New_York",
    "Europe/Madrid",
    "Australia/Lord_Howe",
    "America/Havana",
    "Asia/Kathmandu",
    "UTC",
];

prop_compose! {
    fn calendars()(
        zone in prop::sample::select(&ZONES[..]),
        days in prop::collection::vec(prop::collection::btree_set(0..=48u32, 0..6), 7),
        holidays in prop::collection::vec((1..=12u32, 1..=28u32, any::<bool>()), 0..6),
    ) -> Calendar {
        let names = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];
        let months = ["january", "february", "march", "april", "may", "june", "july", "august",
            "september", "october", "november", "december"];
        let mut source = format!("id: c\ntime_zone: {zone}\nhours:\n");
        let clock = |half: u32| format!("{:02}:{:02}", half / 2, half % 2 * 30);
        let mut any = false;
        for (name, edges) in names.iter().zip(&days) {
            let edges: Vec<u32> = edges.iter().copied().collect();
            let spans: Vec<String> = edges
                .chunks_exact(2)
                .map(|pair| format!("{}-{}", clock(pair[0]), clock(pair[1])))
                .collect();
            any |= !spans.is_empty();
            source += &format!("  {name}: [{}]\n", spans.join(", "));
        }
        if !any {
            source = source.replace("monday: []", "monday: 09:00-17:00");
        }
        source += "holidays:\n";
        for (month, day, moves) in &holidays {
            let observed = if *moves { ", observed: nearest" } else { "" };
            source += &format!("  - {{ name: x, on: {} {day}{observed} }}\n", months[*month as usize - 1]);
        }
        if holidays.is_empty() {
            source = source.replace("holidays:\n", "");
        }
        calendar(&source)
    }
}

fn moments() -> impl Strategy<Value = Time> {
    // Both changes of the clocks of some years lie within.
    (0..3 * 366 * 24 * 3_600_000i64)
        .prop_map(|ms| at("2023-06-01T00:00:00Z") + TimeDelta::milliseconds(ms))
}

fn measures() -> impl Strategy<Value = Measure> {
    prop::sample::select(vec![Measure::Hours, Measure::Days])
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]

    /// The moment by which a budget is consumed is the first by which it is.
    #[test]
    fn advancing_and_consuming_are_inverse(
        calendar in calendars(), measure in measures(), from in moments(), amount in 1..400_000_000i64,
    ) {
        let end = calendar.advance(measure, from, amount);
        prop_assert!(end > from);
        let (before, by) = (end - TimeDelta::milliseconds(1), end);
        prop_assert!(calendar.consumed(measure, from, before) < amount);
        prop_assert!(calendar.consumed(measure, from, by) >= amount);
        if measure == Measure::Hours {
            prop_assert_eq!(calendar.consumed(measure, from, by), amount);
        }
    }

    /// More budget ends no sooner, a later begin ends no sooner, and more time consumes no less.
    #[test]
    fn both_are_monotone(
        calendar in calendars(), measure in measures(), from in moments(),
        (amount, more) in (0..200_000_000i64, 0..100_000_000i64), later in 0..1_000_000_000i64,
    ) {
        let end = calendar.advance(measure, from, amount);
        prop_assert!(end <= calendar.advance(measure, from, amount + more));
        let later = from + TimeDelta::milliseconds(later);
        prop_assert!(end <= calendar.advance(measure, later, amount));
        let consumed = calendar.consumed(measure, from, later);
        prop_assert!(consumed >= 0);
        prop_assert!(consumed <= calendar.consumed(measure, from, later + TimeDelta::milliseconds(more)));
    }

    /// What is consumed up to a moment and from it on is what is consumed in all: a clock that is
    /// stopped and started again at the same moment lost nothing.
    #[test]
    fn parts_make_the_whole(
        calendar in calendars(), measure in measures(), from in moments(),
        (first, second) in (0..2_000_000_000i64, 0..2_000_000_000i64),
    ) {
        let middle = from + TimeDelta::milliseconds(first);
        let end = middle + TimeDelta::milliseconds(second);
        let whole = calendar.consumed(measure, from, end);
        let parts = calendar.consumed(measure, from, middle) + calendar.consumed(measure, middle, end);
        prop_assert_eq!(whole, parts);
    }
}
