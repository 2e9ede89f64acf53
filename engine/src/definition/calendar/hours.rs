use super::named::{WEEKDAYS, weekday};
use crate::calendar::{Span, WeekHours};
use crate::definition::fields::{self, Fields, Word};
use crate::definition::report::Report;
use crate::definition::tree::{Node, NodeKind};

const HELP: &str =
    "write from when to when, like 09:00-17:00, or several: [09:00-12:00, 13:00-17:00], or closed";
/// Most stretches of one day.
const SPANS_MAX: usize = 12;
const DAY_MINUTES: u32 = 24 * 60;

/// The hours of each weekday. A day's own line counts before that of `weekdays`.
pub(super) fn read(node: &Node, report: &mut Report) -> Option<WeekHours> {
    let days = Fields::of(node, "\"hours\"", report)?;
    let mut known = vec!["weekdays"];
    known.extend(WEEKDAYS.map(|(name, _)| name));
    days.only(&known, "\"hours\"", report);
    let mut hours = WeekHours::default();
    if let Some(node) = days.get("weekdays") {
        let spans = spans(node, "weekdays", report)?;
        hours.0[..5].fill(spans);
    }
    for (key, node) in days.entries() {
        if let Some(day) = weekday(&key.text) {
            hours.0[day.num_days_from_monday() as usize] = spans(node, &key.text, report)?;
        }
    }
    if !hours.any() {
        report.error(
            "HMS054",
            node.place,
            "nobody ever works by this calendar".into(),
            Some("write when, like hours: { weekdays: 09:00-17:00 }".into()),
        );
    }
    Some(hours)
}

/// The stretches of one day, in order and apart from each other.
fn spans(node: &Node, day: &str, report: &mut Report) -> Option<Vec<Span>> {
    let items = match &node.kind {
        NodeKind::List(items) => items.as_slice(),
        _ => std::slice::from_ref(node),
    };
    if items.len() > SPANS_MAX {
        let message = format!("\"{day}\" has more than {SPANS_MAX} stretches");
        report.error("HMS054", node.place, message, Some(HELP.into()));
        return None;
    }
    let mut found: Vec<Span> = Vec::new();
    for item in items {
        let word = fields::word(item, day, HELP, report)?;
        if word.text == "closed" && items.len() == 1 {
            break;
        }
        let span = span(&word, report)?;
        if found.last().is_some_and(|last| span.from < last.to) {
            let message = format!("\"{}\" begins before the one before it ends", word.text);
            let help = "write the stretches of a day in their order, without overlap".to_owned();
            report.error("HMS054", word.place, message, Some(help));
            return None;
        }
        found.push(span);
    }
    Some(found)
}

fn span(word: &Word, report: &mut Report) -> Option<Span> {
    let found = word.text.split_once('-').and_then(|(from, to)| {
        let (from, to) = (minutes(from)?, minutes(to)?);
        (from < to).then_some(Span { from, to })
    });
    if found.is_none() {
        let message = format!("\"{}\" is no working time", fields::clip(&word.text));
        report.error("HMS054", word.place, message, Some(HELP.into()));
    }
    found
}

/// Minutes since midnight, up to `24:00`.
fn minutes(text: &str) -> Option<u32> {
    let (hours, minutes) = text.trim().split_once(':')?;
    let number = |text: &str| -> Option<u32> {
        let digits = (1..=2).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
        digits.then(|| text.parse().ok())?
    };
    let (hours, minutes) = (number(hours)?, number(minutes)?);
    let sum = hours * 60 + minutes;
    (minutes < 60 && sum <= DAY_MINUTES).then_some(sum)
}
