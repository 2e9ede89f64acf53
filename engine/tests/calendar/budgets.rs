use hms_engine::{Budget, Calendar, Sla};

use super::{at, calendar, office, us_federal};

/// When a budget that is begun at a moment is consumed.
fn deadline(calendar: &Calendar, from: &str, budget: &str) -> String {
    let budget = Budget::parse(budget).unwrap();
    let end = calendar.advance(budget.measure, at(from), budget.amount);
    let consumed = calendar.consumed(budget.measure, at(from), end);
    assert!(consumed >= budget.amount, "{from}: {consumed}");
    end.to_rfc3339_opts(chrono::SecondsFormat::AutoSi, true)
}

#[test]
fn budgets_count_the_hours_people_work() {
    let federal = us_federal();
    for (from, budget, wanted) in [
        // 14 May 2024 was a Tuesday; New York is four hours behind in summer.
        ("2024-05-14T13:00:00Z", "4bh", "2024-05-14T17:00:00Z"),
        ("2024-05-14T13:00:00Z", "8bh", "2024-05-14T21:00:00Z"),
        ("2024-05-14T20:00:00Z", "4bh", "2024-05-15T16:00:00Z"),
        // At night, on a Saturday, on a holiday the clock waits for the office to open.
        ("2024-05-14T02:00:00Z", "1bh", "2024-05-14T14:00:00Z"),
        ("2024-05-18T15:00:00Z", "1bh", "2024-05-20T14:00:00Z"),
        ("2024-07-04T15:00:00Z", "1bh", "2024-07-05T14:00:00Z"),
        // A business day ends with the office's hours, or a day on from where it began.
        ("2024-05-14T13:00:00Z", "1bd", "2024-05-14T21:00:00Z"),
        ("2024-05-14T23:00:00Z", "1bd", "2024-05-15T21:00:00Z"),
        ("2024-05-14T17:00:00Z", "1bd", "2024-05-15T17:00:00Z"),
        ("2024-05-17T17:00:00Z", "2bd", "2024-05-21T17:00:00Z"),
        // Memorial Day lies between.
        ("2024-05-24T17:00:00Z", "1bd", "2024-05-28T17:00:00Z"),
        // The twenty working days of a request for records (5 U.S.C. 552): Juneteenth and Independence
        // Day do not count.
        ("2024-06-10T13:00:00Z", "20bd", "2024-07-09T21:00:00Z"),
        // New Year 2022 was kept on Friday, 31 December 2021.
        ("2021-12-30T22:00:00Z", "1bd", "2022-01-03T22:00:00Z"),
    ] {
        assert_eq!(
            deadline(&federal, from, budget),
            wanted,
            "{budget} from {from}"
        );
    }
}

#[test]
fn a_business_day_is_a_day_however_long_it_is() {
    let short_fridays = office(
        "Europe/Madrid",
        "{ weekdays: [09:00-14:00, 15:00-18:00], friday: 08:00-12:00, saturday: closed }",
    );
    for (from, budget, wanted) in [
        // Thursday noon: three of eight hours are gone; so are three eighths of Friday by 9:30.
        ("2024-05-16T10:00:00Z", "1bd", "2024-05-17T07:30:00Z"),
        ("2024-05-16T07:00:00Z", "2bd", "2024-05-17T10:00:00Z"),
        ("2024-05-17T08:00:00Z", "1bd", "2024-05-20T11:00:00Z"),
        // Lunch does not count.
        ("2024-05-16T11:00:00Z", "2bh", "2024-05-16T14:00:00Z"),
    ] {
        assert_eq!(
            deadline(&short_fridays, from, budget),
            wanted,
            "{budget} from {from}"
        );
    }
}

/// A day by the wall is a day by the wall, also when the clocks are changed that night or that day.
#[test]
fn daylight_saving_keeps_the_hours_on_the_wall() {
    let day = "{ weekdays: 09:00-17:00, saturday: 09:00-17:00, sunday: 09:00-17:00 }";
    let new_york = office("America/New_York", day);
    let always = office(
        "America/New_York",
        "{ weekdays: 00:00-24:00, saturday: 00:00-24:00, sunday: 00:00-24:00 }",
    );
    let night = office(
        "Europe/Madrid",
        "{ sunday: 01:30-02:30, monday: 01:30-02:30 }",
    );
    for (calendar, from, budget, wanted) in [
        // Spring: 10 March 2024 has 23 hours, and eight of work all the same.
        (
            &new_york,
            "2024-03-09T14:00:00Z",
            "1bd",
            "2024-03-09T22:00:00Z",
        ),
        (
            &new_york,
            "2024-03-09T22:00:00Z",
            "1bd",
            "2024-03-10T21:00:00Z",
        ),
        (
            &new_york,
            "2024-03-09T22:00:00Z",
            "8bh",
            "2024-03-10T21:00:00Z",
        ),
        (
            &new_york,
            "2024-03-10T13:00:00Z",
            "12bh",
            "2024-03-11T17:00:00Z",
        ),
        // Autumn: 3 November 2024 has 25 hours.
        (
            &new_york,
            "2024-11-02T21:00:00Z",
            "1bd",
            "2024-11-03T22:00:00Z",
        ),
        (
            &new_york,
            "2024-11-03T14:00:00Z",
            "12bh",
            "2024-11-04T18:00:00Z",
        ),
        // Where people always work, the day is as long as it is.
        (
            &always,
            "2024-03-10T05:00:00Z",
            "1bd",
            "2024-03-11T04:00:00Z",
        ),
        (
            &always,
            "2024-03-10T05:00:00Z",
            "24bh",
            "2024-03-11T05:00:00Z",
        ),
        (
            &always,
            "2024-11-03T04:00:00Z",
            "1bd",
            "2024-11-04T05:00:00Z",
        ),
        (
            &always,
            "2024-11-03T04:00:00Z",
            "24bh",
            "2024-11-04T04:00:00Z",
        ),
        // 31 March 2024, Madrid: from 2:00 to 3:00 there is nothing, so half an hour is left.
        (
            &night,
            "2024-03-30T23:00:00Z",
            "1bh",
            "2024-04-01T00:00:00Z",
        ),
        (
            &night,
            "2024-03-30T23:00:00Z",
            "1bd",
            "2024-03-31T01:00:00Z",
        ),
        // 27 October 2024: 2:00 to 3:00 comes twice; the stretch ends at the first 2:30.
        (
            &night,
            "2024-10-26T22:00:00Z",
            "1bd",
            "2024-10-27T00:30:00Z",
        ),
    ] {
        assert_eq!(
            deadline(calendar, from, budget),
            wanted,
            "{budget} from {from}"
        );
    }
}

#[test]
fn a_calendar_that_hardly_works_ends_the_search() {
    let lazy = calendar(
        "id: lazy\ntime_zone: UTC\nhours: { monday: 09:00-09:01 }\nholidays: [{ name: x, on: january 1 }]\n",
    );
    let end = deadline_of(&lazy, "3650bd");
    assert!(end.starts_with("2084") || end.starts_with("2094"), "{end}");
    assert!(deadline_of(&lazy, "3650d").starts_with("2124"));
}

/// Without the look back that [`deadline`] takes: the budget is never consumed.
fn deadline_of(calendar: &Calendar, budget: &str) -> String {
    let budget = Budget::parse(budget).unwrap();
    let measure = hms_engine::Measure::Hours;
    let measure = match budget.measure {
        hms_engine::Measure::Clock => measure,
        other => other,
    };
    let from = at("2024-05-14T13:00:00Z");
    calendar.advance(measure, from, budget.amount).to_rfc3339()
}

#[test]
fn the_next_opening_is_found() {
    let federal = us_federal();
    for (from, wanted) in [
        ("2024-05-14T14:00:00Z", "2024-05-14T14:00:00Z"),
        ("2024-05-14T21:00:00Z", "2024-05-15T13:00:00Z"),
        ("2024-05-24T21:00:00Z", "2024-05-28T13:00:00Z"),
        ("2024-05-14T12:59:59Z", "2024-05-14T13:00:00Z"),
    ] {
        assert_eq!(federal.next_open(at(from)), Some(at(wanted)), "{from}");
    }
}

#[test]
fn an_sla_without_a_calendar_goes_by_the_clock() {
    let parsed = hms_engine::Workflow::parse(
        "id: W\nstart: E\nsteps: [{ id: a, actor: HUMAN:x, sla: 4h }]\n",
    )
    .unwrap();
    let hms_engine::StepKind::Task(task) = &parsed.workflow.steps.steps[0].kind else {
        panic!("a task");
    };
    let sla: &Sla = task.sla.as_ref().unwrap();
    let from = at("2024-05-18T03:00:00Z");
    let end = sla.advance(sla.within.measure, from, sla.within.amount);
    assert_eq!(end, at("2024-05-18T07:00:00Z"));
    assert_eq!(sla.consumed(sla.within.measure, from, end), 14_400_000);
}
