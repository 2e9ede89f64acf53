use chrono::NaiveDate;

use super::named::{MONTHS, WEEKDAYS, month, weekday};
use crate::calendar::{Holiday, HolidayRule, Nth, Observed};
use crate::definition::fields::{self, Fields, Word};
use crate::definition::nearest::did_you_mean;
use crate::definition::report::Report;
use crate::definition::tree::{Node, NodeKind};

const KEYS: &[&str] = &["name", "on", "observed", "since", "until"];
/// Most holidays of one calendar.
const HOLIDAYS_MAX: usize = 400;
const NAME_CHARS_MAX: usize = 100;
const ON_HELP: &str =
    "write a date like july 4, a weekday like third monday of january, or one day like 2026-12-24";
const NTHS: [(&str, &str, Nth); 6] = [
    ("first", "1st", Nth::From1(1)),
    ("second", "2nd", Nth::From1(2)),
    ("third", "3rd", Nth::From1(3)),
    ("fourth", "4th", Nth::From1(4)),
    ("fifth", "5th", Nth::From1(5)),
    ("last", "last", Nth::Last),
];

/// The list of days on which nobody works.
pub(super) fn read(node: &Node, report: &mut Report) -> Option<Vec<Holiday>> {
    const HELP: &str = "begin each with \"- name:\"";
    let NodeKind::List(items) = &node.kind else {
        let message = format!("\"holidays\" is a list, and here is {}", node.what());
        report.error("HMS007", node.place, message, Some(HELP.into()));
        return None;
    };
    if items.len() > HOLIDAYS_MAX {
        let message = format!(
            "there are {} holidays, the limit is {HOLIDAYS_MAX}",
            items.len()
        );
        let help = "leave out the single dates that are long past".to_owned();
        report.error("HMS009", node.place, message, Some(help));
        return None;
    }
    let found: Vec<Option<Holiday>> = items.iter().map(|item| holiday(item, report)).collect();
    found.into_iter().collect()
}

fn holiday(node: &Node, report: &mut Report) -> Option<Holiday> {
    let fields = Fields::of(node, "a holiday", report)?;
    fields.only(KEYS, "a holiday", report);
    let owner = "this holiday";
    let help = "add \"name:\", like name: Labor Day";
    let name = fields.require("name", owner, help, report);
    let name = fields::people_text(name, "name", NAME_CHARS_MAX, report);
    let help = format!("add \"on:\": {ON_HELP}");
    let rule = fields
        .require("on", owner, &help, report)
        .and_then(|node| fields::word(node, "on", ON_HELP, report))
        .and_then(|word| rule(&word, report));
    let observed = match fields.get("observed") {
        Some(node) => observed(node, report),
        None => Some(Observed::OnTheDay),
    };
    let mut year = |key: &str| -> Option<Option<i32>> {
        match fields.get(key) {
            Some(node) => year(node, key, report).map(Some),
            None => Some(None),
        }
    };
    let (since, until) = (year("since"), year("until"));
    let (since, until) = (since?, until?);
    let mut rule = rule?;
    match (&mut rule, fields.entry("observed")) {
        (HolidayRule::Fixed { observed: own, .. }, _) => *own = observed?,
        (_, Some((key, _))) => report.error(
            "HMS027",
            key.place,
            "\"observed\" is for holidays with a date of each year, like on: july 4".into(),
            Some("take it out: this one never moves".into()),
        ),
        (_, None) => {}
    }
    Some(Holiday {
        name,
        rule,
        since,
        until,
    })
}

fn observed(node: &Node, report: &mut Report) -> Option<Observed> {
    const HELP: &str = "write nearest, the Friday before a Saturday and the Monday after a Sunday, or monday, the Monday after both";
    let word = fields::word(node, "observed", HELP, report)?;
    match word.text.as_str() {
        "nearest" => Some(Observed::Nearest),
        "monday" => Some(Observed::Monday),
        _ => {
            let message = format!("\"{}\" is no way to observe", fields::clip(&word.text));
            tell(&word, message, HELP.into(), report)
        }
    }
}

fn year(node: &Node, key: &str, report: &mut Report) -> Option<i32> {
    const HELP: &str = "write a year from 1900 to 2500, like 2021";
    let word = fields::word(node, key, HELP, report)?;
    let year = word.text.parse().ok();
    match year.filter(|year| (1900..=2500).contains(year)) {
        Some(year) => Some(year),
        None => {
            let message = format!("\"{}\" is no year", fields::clip(&word.text));
            tell(&word, message, HELP.into(), report)
        }
    }
}

fn tell<T>(word: &Word, message: String, help: String, report: &mut Report) -> Option<T> {
    report.error("HMS055", word.place, message, Some(help));
    None
}

/// When a holiday is, of the three forms that takes.
fn rule(word: &Word, report: &mut Report) -> Option<HolidayRule> {
    if let Ok(date) = word.text.parse::<NaiveDate>() {
        return Some(HolidayRule::Once(date));
    }
    let words: Vec<&str> = word.text.split_whitespace().collect();
    let message = |what: &str| format!("\"{}\" is no {what}", fields::clip(&word.text));
    match words.as_slice() {
        [nth, day, "of", name] => {
            let nths = NTHS.iter().map(|(long, _, _)| *long);
            let days = WEEKDAYS.iter().map(|(name, _)| *name);
            let parts = (nth_of(nth), weekday(day), month(name));
            let help = match parts {
                (Some(nth), Some(weekday), Some((month, _))) => {
                    return Some(HolidayRule::Weekday {
                        month,
                        weekday,
                        nth,
                    });
                }
                (None, ..) => did_you_mean(nth, nths),
                (_, None, _) => did_you_mean(day, days),
                (.., None) => did_you_mean(name, MONTHS.map(|(name, _)| name)),
            };
            let help = help.unwrap_or_else(|| ON_HELP.into());
            tell(word, message("weekday of a month"), help, report)
        }
        [name, day] => {
            let Some((month, days)) = month(name) else {
                let near = did_you_mean(name, MONTHS.map(|(name, _)| name));
                let help = near.unwrap_or_else(|| ON_HELP.into());
                return tell(word, message("date"), help, report);
            };
            match day.parse().ok().filter(|day| (1..=days).contains(day)) {
                Some(day) => Some(HolidayRule::Fixed {
                    month,
                    day,
                    observed: Observed::OnTheDay,
                }),
                None => {
                    let help = format!("{name} has days from 1 to {days}");
                    tell(word, message("date"), help, report)
                }
            }
        }
        _ => tell(word, message("day"), ON_HELP.into(), report),
    }
}

fn nth_of(word: &str) -> Option<Nth> {
    NTHS.iter()
        .find(|(long, short, _)| {
            long.eq_ignore_ascii_case(word) || short.eq_ignore_ascii_case(word)
        })
        .map(|(_, _, nth)| *nth)
}
