use std::collections::BTreeSet;

use hms_forms::Kind;

use super::draft::DraftKind;
use super::fields;
use super::formula::Formula;
use super::list::DraftList;
use super::report::Report;
use super::tree::{Node, NodeKind};
use crate::expression::{Expression, KeptApart};
use crate::{Place, Portal};

/// The most fields of a payload that are personal.
const FIELDS_MAX: usize = 32;
const NAME_CHARS_MAX: usize = 64;
const HELP: &str = "write the fields of the payload, like personal: [email, phone]";

/// The fields of payloads that are personal data: those named here, and of the portal's form the addresses and phone
/// numbers, which need not be named.
pub(super) fn read(
    node: Option<&Node>,
    (portal, key): (Option<&Portal>, Option<(&Expression, Place)>),
    report: &mut Report,
) -> BTreeSet<String> {
    let mut personal = BTreeSet::new();
    if let Some(node) = node {
        named(node, &mut personal, report);
    }
    if let Some(portal) = portal {
        let asked = portal.pages.iter().flat_map(|page| &page.form.fields);
        let contact = asked.filter(|one| matches!(one.field.kind, Kind::Email | Kind::Phone));
        personal.extend(contact.map(|one| one.field.id.clone()));
        personal.extend(portal.notify.clone());
    }
    if let Some(key) = key {
        check_key(key, &personal, report);
    }
    personal
}

/// The expressions of all steps, to be asked what they look into when it is known what is personal.
#[derive(Default)]
pub(super) struct Asked {
    expressions: Vec<Looks>,
    /// The waits whose result is an event's payload.
    waits: BTreeSet<String>,
}

struct Looks {
    step: String,
    formula: Formula,
    /// Whether what it comes to is only handed on.
    hands_on: bool,
}

impl Asked {
    /// Takes in the steps of a list and of those in it.
    pub(super) fn take(&mut self, list: &DraftList) {
        for draft in &list.drafts {
            let mut handed_on = Vec::new();
            match &draft.kind {
                Some(DraftKind::Task(task)) => {
                    task.input
                        .iter()
                        .for_each(|input| input.formulas(&mut handed_on));
                }
                Some(DraftKind::Call(_) | DraftKind::End(_)) => handed_on = draft.formulas(),
                Some(DraftKind::Wait(wait)) if wait.has_result() => {
                    self.waits.insert(draft.id().to_owned());
                }
                _ => {}
            }
            // Those that hand on stand first in the step.
            let hands_on = handed_on.len();
            let looks = draft.formulas().into_iter().enumerate();
            self.expressions.extend(looks.map(|(at, formula)| Looks {
                step: draft.name(),
                formula: formula.clone(),
                hands_on: at < hands_on,
            }));
            draft.lists().into_iter().for_each(|list| self.take(list));
        }
    }

    /// Tells of each that looks into what is personal: it sees a reference there. Only of a definition without errors.
    pub(super) fn check(&self, personal: &BTreeSet<String>, report: &mut Report) {
        if report.errors() > 0 || personal.is_empty() {
            return;
        }
        let apart = KeptApart {
            fields: personal,
            waits: &self.waits,
        };
        for one in &self.expressions {
            let Some((field, at)) = one.formula.expression.looks_into(apart, one.hands_on) else {
                continue;
            };
            report.warning(
                "HMS074",
                one.formula.place(at),
                format!(
                    "{} looks into \"{field}\", which is personal: expressions find a reference in its place",
                    one.step
                ),
                Some(format!(
                    "hand it on as it is, ask whether it is there with has(payload.{field}), or have a task decide, which is given the value"
                )),
            );
        }
    }
}

fn named(node: &Node, personal: &mut BTreeSet<String>, report: &mut Report) {
    let NodeKind::List(items) = &node.kind else {
        let told = format!("\"personal\" is a list, and here is {}", node.what());
        report.error("HMS007", node.place, told, Some(HELP.into()));
        return;
    };
    if items.len() > FIELDS_MAX {
        let told = format!(
            "{} fields are personal, the limit is {FIELDS_MAX}",
            items.len()
        );
        report.error("HMS009", node.place, told, None);
        return;
    }
    for item in items {
        let Some(word) = fields::word(item, "personal", HELP, report) else {
            continue;
        };
        let is_name = word.text.len() <= NAME_CHARS_MAX
            && word
                .text
                .starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
            && word
                .text
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
        if is_name {
            personal.insert(word.text);
        } else {
            let told = format!(
                "\"{}\" is not the name of a field",
                fields::clip(&word.text)
            );
            report.error("HMS072", word.place, told, Some(HELP.into()));
        }
    }
}

/// A business key is in addresses, lists and messages, so it must not be made of what nobody is to see.
fn check_key((key, place): (&Expression, Place), personal: &BTreeSet<String>, report: &mut Report) {
    let source = key.source();
    for field in personal.iter().filter(|field| looks_at(source, field)) {
        report.error(
            "HMS073",
            place,
            format!("\"{field}\" is personal, and the key is made of it"),
            Some("a key is seen in lists and messages: take a number of the case".into()),
        );
    }
}

/// Whether an expression over `payload` names this field of it.
fn looks_at(source: &str, field: &str) -> bool {
    let word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let bare: String = source.chars().filter(|c| !c.is_whitespace()).collect();
    let dotted = format!("payload.{field}");
    bare.match_indices(&dotted)
        .any(|(at, found)| !bare[at + found.len()..].starts_with(word))
        || ['"', '\'']
            .iter()
            .any(|quote| bare.contains(&format!("payload[{quote}{field}{quote}]")))
}
