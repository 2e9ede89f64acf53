use std::collections::BTreeSet;

use hms_forms::Kind;

use super::fields;
use super::report::Report;
use super::tree::{Node, NodeKind};
use crate::expression::Expression;
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
