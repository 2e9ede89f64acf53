use hms_engine::Calendar;
use insta::assert_snapshot;

fn mistakes(source: &str) -> String {
    match Calendar::parse(source) {
        Ok(_) => "it loads".into(),
        Err(found) => found
            .iter()
            .map(|one| {
                let help = one
                    .help
                    .as_deref()
                    .map_or(String::new(), |help| format!("\n    {help}"));
                format!("{one}{help}\n")
            })
            .collect(),
    }
}

/// Under a calendar's head.
fn hours(hours: &str) -> String {
    mistakes(&format!("id: c\ntime_zone: UTC\nhours: {hours}\n"))
}

fn holiday(holiday: &str) -> String {
    mistakes(&format!(
        "id: c\ntime_zone: UTC\nhours: {{ weekdays: 09:00-17:00 }}\nholidays:\n  - {{ {holiday} }}\n"
    ))
}

#[test]
fn the_file() {
    assert_snapshot!(mistakes(""), @r#"
    1:1: error[HMS003]: there is no calendar in this file
        begin with "id:", "time_zone:" and "hours:"
    "#);
    assert_snapshot!(mistakes("id: us federal\ntimezone: UTC\nholidays: none\n"), @r#"
    1:1: error[HMS006]: the calendar has no "time_zone"
        add "time_zone:", like time_zone: America/New_York
    1:1: error[HMS006]: the calendar has no "hours"
        add "hours:", like hours: { weekdays: 09:00-17:00 }
    1:5: error[HMS010]: "us federal" is no id
        an id begins with a letter, then come letters, digits, "_" or "-", at most 64 in all
    2:1: error[HMS005]: a calendar has no key "timezone"
        did you mean "time_zone"?
    3:11: error[HMS007]: "holidays" is a list, and here is a text
        begin each with "- name:"
    "#);
    assert_snapshot!(mistakes("id: c\ntime_zone: America/NewYork\nhours: { weekdays: 09:00-17:00 }\n"), @r#"
    2:12: error[HMS053]: there is no time zone "America/NewYork"
        did you mean "America/New_York"?
    "#);
    assert_snapshot!(mistakes("id: c\ntime_zone: EST5\nhours: { weekdays: 09:00-17:00 }\nholidays: [1]\n"), @r#"
    2:12: error[HMS053]: there is no time zone "EST5"
        did you mean "EST"?
    4:12: error[HMS007]: a holiday is a mapping, and here is a number
        write "key: value", one in a line
    "#);
}

#[test]
fn the_hours() {
    assert_snapshot!(hours("09:00-17:00"), @r#"
    3:8: error[HMS007]: "hours" is a mapping, and here is a text
        write "key: value", one in a line
    "#);
    assert_snapshot!(hours("{ mondays: 09:00-17:00 }"), @r#"
    3:8: error[HMS054]: nobody ever works by this calendar
        write when, like hours: { weekdays: 09:00-17:00 }
    3:10: error[HMS005]: "hours" has no key "mondays"
        did you mean "monday"?
    "#);
    assert_snapshot!(hours("{ monday: 9 to 5 }"), @r#"
    3:18: error[HMS054]: "9 to 5" is no working time
        write from when to when, like 09:00-17:00, or several: [09:00-12:00, 13:00-17:00], or closed
    "#);
    assert_snapshot!(hours("{ monday: 17:00-09:00 }"), @r#"
    3:18: error[HMS054]: "17:00-09:00" is no working time
        write from when to when, like 09:00-17:00, or several: [09:00-12:00, 13:00-17:00], or closed
    "#);
    assert_snapshot!(hours("{ monday: 09:60-17:00 }"), @r#"
    3:18: error[HMS054]: "09:60-17:00" is no working time
        write from when to when, like 09:00-17:00, or several: [09:00-12:00, 13:00-17:00], or closed
    "#);
    assert_snapshot!(hours("{ monday: 09:00-24:01 }"), @r#"
    3:18: error[HMS054]: "09:00-24:01" is no working time
        write from when to when, like 09:00-17:00, or several: [09:00-12:00, 13:00-17:00], or closed
    "#);
    assert_snapshot!(hours("{ monday: [13:00-17:00, 09:00-12:00] }"), @r#"
    3:32: error[HMS054]: "09:00-12:00" begins before the one before it ends
        write the stretches of a day in their order, without overlap
    "#);
    assert_snapshot!(hours("{ monday: [09:00-13:00, closed] }"), @r#"
    3:32: error[HMS054]: "closed" is no working time
        write from when to when, like 09:00-17:00, or several: [09:00-12:00, 13:00-17:00], or closed
    "#);
    assert_snapshot!(hours("{ monday: closed, tuesday: [] }"), @r"
    3:8: error[HMS054]: nobody ever works by this calendar
        write when, like hours: { weekdays: 09:00-17:00 }
    ");
    assert_snapshot!(hours("{ monday: [0:00-24:00], tuesday: 9:05-9:06, wednesday: closed }"), @"it loads");
}

#[test]
fn the_holidays() {
    assert_snapshot!(holiday("on: july 4"), @r#"
    5:5: error[HMS006]: this holiday has no "name"
        add "name:", like name: Labor Day
    "#);
    assert_snapshot!(holiday("name: x, on: 4th of july"), @r#"
    5:20: error[HMS055]: "4th of july" is no day
        write a date like july 4, a weekday like third monday of january, or one day like 2026-12-24
    "#);
    assert_snapshot!(holiday("name: x, on: juli 4"), @r#"
    5:20: error[HMS055]: "juli 4" is no date
        did you mean "july"?
    "#);
    assert_snapshot!(holiday("name: x, on: february 30"), @r#"
    5:20: error[HMS055]: "february 30" is no date
        february has days from 1 to 29
    "#);
    assert_snapshot!(holiday("name: x, on: 2023-02-29"), @r#"
    5:20: error[HMS055]: "2023-02-29" is no day
        write a date like july 4, a weekday like third monday of january, or one day like 2026-12-24
    "#);
    assert_snapshot!(holiday("name: x, on: third mondy of january"), @r#"
    5:20: error[HMS055]: "third mondy of january" is no weekday of a month
        did you mean "monday"?
    "#);
    assert_snapshot!(holiday("name: x, on: sixth monday of january"), @r#"
    5:20: error[HMS055]: "sixth monday of january" is no weekday of a month
        write a date like july 4, a weekday like third monday of january, or one day like 2026-12-24
    "#);
    assert_snapshot!(holiday("name: x, on: last monday of mai"), @r#"
    5:20: error[HMS055]: "last monday of mai" is no weekday of a month
        did you mean "may"?
    "#);
    assert_snapshot!(holiday("name: x, on: last monday of may, observed: nearest"), @r#"
    5:40: error[HMS027]: "observed" is for holidays with a date of each year, like on: july 4
        take it out: this one never moves
    "#);
    assert_snapshot!(holiday("name: x, on: july 4, observed: friday, since: soon"), @r#"
    5:38: error[HMS055]: "friday" is no way to observe
        write nearest, the Friday before a Saturday and the Monday after a Sunday, or monday, the Monday after both
    5:53: error[HMS055]: "soon" is no year
        write a year from 1900 to 2500, like 2021
    "#);
    assert_snapshot!(holiday("name: x, on: july 4, untill: 2030"), @r#"
    5:28: error[HMS005]: a holiday has no key "untill"
        did you mean "until"?
    "#);
}
