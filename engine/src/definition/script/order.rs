use super::known::Known;
use crate::Time;
use crate::definition::fields::{self, Fields, Word};
use crate::definition::report::Report;
use crate::definition::tree::Node;
use crate::simulation::{Intervention, Ordered};

const KEYS: &[&str] = &["at", "key", "note", "retry", "to", "cancel"];
const HELP: &str = "write retry: and the step that stopped, or cancel: and why";

/// What an administrator does.
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
    let (key, note, to) = (word("key"), word("note"), word("to"));
    let (retry, cancel) = (word("retry"), word("cancel"));
    for step in [&retry, &to].into_iter().flatten() {
        known.step(step, report);
    }
    let (ordered, why) = match (retry, cancel) {
        (Some(step), None) => (
            Ordered::Retry {
                step: step.text,
                to: to.map(|to| to.text),
            },
            note,
        ),
        (None, Some(why)) => (Ordered::Cancel, Some(why)),
        _ => {
            let message = "an order is one of \"retry\" and \"cancel\"".to_owned();
            report.error("HMS006", order.place, message, Some(HELP.into()));
            return None;
        }
    };
    Some(Intervention {
        at: at?,
        key: key.map(|key| key.text),
        note: why.map_or_else(String::new, |word| word.text),
        order: ordered,
    })
}
