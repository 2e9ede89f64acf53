//! From a calendar's text to a checked [`Calendar`](crate::Calendar).

mod holidays;
mod hours;
mod named;

use super::fields::{self, Fields};
use super::report::Report;
use super::tree::Node;
use super::{nearest, top};
use crate::calendar::Calendar;

const KEYS: &[&str] = &["id", "title", "time_zone", "hours", "holidays"];
const TITLE_CHARS_MAX: usize = 200;
const ZONE_HELP: &str =
    "write a name of the IANA time zone database, like America/New_York or Europe/Madrid";

/// The whole file. A calendar comes back only if everything it needs could be read; whether it is
/// without errors is for the report to say.
pub(super) fn read(root: &Node, source: &str, report: &mut Report) -> Option<Calendar> {
    let file = Fields::of(root, "a calendar", report)?;
    file.only(KEYS, "a calendar", report);
    let owner = "the calendar";
    let help = "add \"id:\" and a name for it, like id: us-federal";
    let id = file
        .require("id", owner, help, report)
        .and_then(|node| fields::id(node, report));
    let title = fields::people_text(file.get("title"), "title", TITLE_CHARS_MAX, report);
    let help = "add \"time_zone:\", like time_zone: America/New_York";
    let zone = file
        .require("time_zone", owner, help, report)
        .and_then(|node| zone(node, report));
    let help = "add \"hours:\", like hours: { weekdays: 09:00-17:00 }";
    let hours = file
        .require("hours", owner, help, report)
        .and_then(|node| hours::read(node, report));
    let holidays = match file.get("holidays") {
        Some(node) => holidays::read(node, report)?,
        None => Vec::new(),
    };
    Some(Calendar {
        id: id?.text,
        version: top::version(source),
        title,
        zone: zone?,
        hours: hours?,
        holidays,
        source: source.to_owned(),
    })
}

fn zone(node: &Node, report: &mut Report) -> Option<chrono_tz::Tz> {
    let word = fields::word(node, "time_zone", ZONE_HELP, report)?;
    let zone = word.text.parse().ok();
    if zone.is_none() {
        let known = chrono_tz::TZ_VARIANTS.iter().map(|zone| zone.name());
        let near = nearest::did_you_mean(&word.text, known);
        report.error(
            "HMS053",
            word.place,
            format!("there is no time zone \"{}\"", fields::clip(&word.text)),
            Some(near.unwrap_or_else(|| ZONE_HELP.into())),
        );
    }
    zone
}
