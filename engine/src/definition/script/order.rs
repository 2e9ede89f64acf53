use super::known::Known;
use crate::Time;
use crate::definition::duration;
use crate::definition::fields::{self, Fields, Word};
use crate::definition::report::Report;
use crate::definition::tree::Node;
use crate::simulation::{Intervention, Ordered};

const KEYS: &[&str] = &[
    "at", "key", "by", "note", "retry", "to", "cancel", "pause", "reporter", "resume", "extend",
    "more",
];
/// What an order can be; it is one of them.
const ORDERS: [&str; 5] = ["retry", "cancel", "pause", "resume", "extend"];
const HELP: &str = "write retry:, pause:, resume: or extend: and the step, or cancel: and why";
/// Who gives an order, when nobody is named.
const BY: &str = "administrator";

/// What somebody does to the runs.
pub(super) fn read(
    item: &Node,
    begin: Time,
    known: &Known<'_>,
    report: &mut Report,
) -> Option<Intervention> {
    let order = Fields::of(item, "an order", report)?;
    order.only(KEYS, "an order", report);
    let at = super::at(&order, begin, report);
    let mut word = |key: &str| -> Option<Word> {
        let node = order.get(key)?;
        fields::word(node, key, HELP, report)
    };
    let (key, by, note, to) = (word("key"), word("by"), word("note"), word("to"));
    let written: Vec<&str> = ORDERS
        .into_iter()
        .filter(|key| order.get(key).is_some())
        .collect();
    let [what] = written.as_slice() else {
        let message = format!("an order is one of {}", ORDERS.join(", "));
        report.error("HMS006", order.place, message, Some(HELP.into()));
        return None;
    };
    let named = word(what)?;
    if let Some(to) = &to {
        known.step(to, report);
    }
    match *what {
        "cancel" => {}
        "retry" => known.step(&named, report),
        _ => known.task(&named, report),
    }
    let step = named.text.clone();
    let ordered = match *what {
        "retry" => Ordered::Retry {
            step,
            to: to.map(|to| to.text),
        },
        "pause" => Ordered::Pause {
            step,
            waiting_for_reporter: reporter(&order, report),
        },
        "resume" => Ordered::Resume { step },
        "extend" => Ordered::Extend {
            step,
            by_ms: more(&order, report)?,
        },
        _ => Ordered::Cancel,
    };
    let why = match ordered {
        Ordered::Cancel => Some(named),
        _ => note,
    };
    Some(Intervention {
        at: at?,
        key: key.map(|key| key.text),
        by: by.map_or_else(|| BY.to_owned(), |by| by.text),
        note: why.map_or_else(String::new, |word| word.text),
        order: ordered,
    })
}

/// Whether the reporter is asked for something.
fn reporter(order: &Fields<'_>, report: &mut Report) -> bool {
    const HELP: &str = "write true when the reporter is asked for something";
    let word = order
        .get("reporter")
        .and_then(|node| fields::word(node, "reporter", HELP, report));
    let Some(word) = word else { return false };
    if !matches!(word.text.as_str(), "true" | "false") {
        let message = format!("\"{}\" is neither true nor false", fields::clip(&word.text));
        report.error("HMS007", word.place, message, Some(HELP.into()));
    }
    word.text == "true"
}

/// How much time is given. A day is a day of what the budget is counted in.
fn more(order: &Fields<'_>, report: &mut Report) -> Option<i64> {
    let help = "add \"more:\" and how long, like more: 5d";
    let node = order.require("more", "this order", help, report)?;
    duration::read(node, "more", "5d", report).map(|(ms, _)| ms)
}
