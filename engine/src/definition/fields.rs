use std::collections::BTreeMap;

use super::nearest::did_you_mean;
use super::report::Report;
use super::tree::{Key, Node, NodeKind, Scalar};
use crate::{Place, Text};

/// A text and where it stands.
#[derive(Debug, Clone)]
pub(super) struct Word {
    pub(super) text: String,
    pub(super) place: Place,
}

/// The keys and values of one mapping, asked for by name.
pub(super) struct Fields<'a> {
    entries: &'a [(Key, Node)],
    /// The whole mapping.
    pub(super) place: Place,
}

impl<'a> Fields<'a> {
    /// The mapping written here; anything else is told as a mistake.
    pub(super) fn of(node: &'a Node, what: &str, report: &mut Report) -> Option<Fields<'a>> {
        match &node.kind {
            NodeKind::Mapping(entries) => Some(Fields {
                entries,
                place: node.place,
            }),
            _ => {
                report.error(
                    "HMS007",
                    node.place,
                    format!("{what} is a mapping, and here is {}", node.what()),
                    Some("write \"key: value\", one in a line".into()),
                );
                None
            }
        }
    }

    /// The value of a key. Of a key written twice, the first.
    pub(super) fn get(&self, key: &str) -> Option<&'a Node> {
        self.entry(key).map(|(_, node)| node)
    }

    /// A key with its own place.
    pub(super) fn entry(&self, key: &str) -> Option<(&'a Key, &'a Node)> {
        self.entries
            .iter()
            .find(|(known, _)| known.text == key)
            .map(|(key, node)| (key, node))
    }

    pub(super) fn entries(&self) -> &'a [(Key, Node)] {
        self.entries
    }

    /// The value of a key that must be there.
    pub(super) fn require(
        &self,
        key: &str,
        owner: &str,
        help: &str,
        report: &mut Report,
    ) -> Option<&'a Node> {
        let found = self.get(key);
        if found.is_none() {
            report.error(
                "HMS006",
                self.place,
                format!("{owner} has no \"{key}\""),
                Some(help.to_owned()),
            );
        }
        found
    }

    /// Tells of every key that is not among the known ones.
    pub(super) fn only(&self, known: &[&str], owner: &str, report: &mut Report) {
        for (key, _) in self.entries {
            if !known.contains(&key.text.as_str()) {
                unknown_key(key, known, owner, report);
            }
        }
    }
}

/// What keys are called in other languages of the kind, and here.
const OTHER_WORDS: &[(&str, &str)] = &[
    ("workflow", "id"),
    ("name", "id"),
    ("trigger", "start"),
    ("on", "start"),
    ("label", "title"),
    ("agent", "actor"),
    ("assignee", "actor"),
    ("worker", "actor"),
    ("next", "on_complete"),
    ("goto", "on_complete"),
    ("deadline", "sla"),
    ("due", "sla"),
    ("retries", "retry"),
    ("catch", "on_error"),
    ("inputs", "input"),
    ("condition", "expr"),
    ("else", "default"),
];

/// Tells of one unknown key, with the nearest known one.
pub(super) fn unknown_key(key: &Key, known: &[&str], owner: &str, report: &mut Report) {
    let help = match OTHER_WORDS
        .iter()
        .find(|(other, ours)| *other == key.text && known.contains(ours))
    {
        Some((_, ours)) => format!("did you mean \"{ours}\"?"),
        None if key.text == "<<" => {
            "there are no merge keys here: write each key out, or use an alias for a value"
                .to_owned()
        }
        None => did_you_mean(&key.text, known.iter().copied())
            .unwrap_or_else(|| format!("the keys here are {}", known.join(", "))),
    };
    report.error(
        "HMS005",
        key.place,
        format!("{owner} has no key \"{}\"", key.text),
        Some(help),
    );
}

/// The scalar written here, which is not empty; anything else is told as a mistake.
pub(super) fn scalar<'a>(
    node: &'a Node,
    key: &str,
    help: &str,
    report: &mut Report,
) -> Option<&'a Scalar> {
    match &node.kind {
        NodeKind::Scalar(scalar) if !node.is_empty() => Some(scalar),
        _ => {
            report.error(
                "HMS007",
                node.place,
                format!("\"{key}\" is one text, and here is {}", node.what()),
                Some(help.to_owned()),
            );
            None
        }
    }
}

/// The text written here.
pub(super) fn word(node: &Node, key: &str, help: &str, report: &mut Report) -> Option<Word> {
    scalar(node, key, help, report).map(|scalar| Word {
        text: scalar.text.clone(),
        place: node.place,
    })
}

/// Longest id, in bytes.
const ID_BYTES_MAX: usize = 64;

const ID_FORM: &str =
    "an id begins with a letter, then come letters, digits, \"_\" or \"-\", at most 64 in all";

/// An id: a letter, then letters, digits, `_` and `-`, at most 64.
pub(super) fn id(node: &Node, report: &mut Report) -> Option<Word> {
    let word = word(node, "id", ID_FORM, report)?;
    id_form(&word.text, word.place, report).then_some(word)
}

/// Whether a name has the form of an id; if not, that is told.
pub(super) fn id_form(text: &str, place: Place, report: &mut Report) -> bool {
    let mut chars = text.chars();
    let good = chars.next().is_some_and(|c| c.is_ascii_alphabetic())
        && chars.all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-'))
        && text.len() <= ID_BYTES_MAX;
    if !good {
        let message = format!("\"{}\" is no id", clip(text));
        report.error("HMS010", place, message, Some(ID_FORM.into()));
    }
    good
}

/// Longest name of an event, in characters.
const EVENT_CHARS_MAX: usize = 128;

/// The name of an event.
pub(super) fn event_name(node: &Node, key: &str, report: &mut Report) -> Option<Word> {
    const FORM: &str =
        "an event's name is 1 to 128 characters without spaces, like ComplaintLogged";
    let word = word(node, key, FORM, report)?;
    let good = word.text.chars().count() <= EVENT_CHARS_MAX
        && !word
            .text
            .chars()
            .any(|c| c.is_whitespace() || c.is_control());
    if !good {
        let message = format!("\"{}\" is no event's name", clip(&word.text));
        report.error("HMS013", word.place, message, Some(FORM.into()));
        return None;
    }
    Some(word)
}

/// A text for people: one text, or one in each language.
pub(super) fn people_text(
    node: Option<&Node>,
    key: &str,
    chars_max: usize,
    report: &mut Report,
) -> Text {
    let mut texts = BTreeMap::new();
    let help = format!("write one text, or one in each language: {key}: {{ en: …, es: … }}");
    let mut add = |language: &str, node: &Node, report: &mut Report| {
        let Some(word) = word(node, key, &help, report) else {
            return;
        };
        if word.text.chars().count() > chars_max {
            report.error(
                "HMS014",
                word.place,
                format!("this {key} is longer than {chars_max} characters"),
                Some("say it in fewer words".into()),
            );
        }
        texts.insert(language.to_owned(), word.text);
    };
    match node.map(|node| (node, &node.kind)) {
        None => {}
        Some((_, NodeKind::Mapping(entries))) if !entries.is_empty() => {
            for (language, node) in entries {
                if is_language(&language.text) {
                    add(&language.text, node, report);
                } else {
                    report.error(
                        "HMS014",
                        language.place,
                        format!("\"{}\" is no language", clip(&language.text)),
                        Some("write its code: en, es, fr, pt-BR".into()),
                    );
                }
            }
        }
        Some((node, _)) => add("en", node, report),
    }
    Text(texts)
}

/// The shape of a language tag (RFC 5646): `en`, `pt-BR`, `zh-Hant`.
fn is_language(tag: &str) -> bool {
    let mut parts = tag.split('-');
    let first = parts.next().unwrap_or_default();
    (2..=3).contains(&first.len())
        && first.chars().all(|c| c.is_ascii_lowercase())
        && parts.all(|part| {
            (2..=8).contains(&part.len()) && part.chars().all(|c| c.is_ascii_alphanumeric())
        })
}

/// A text from a definition, short enough to stand in a message.
pub(super) fn clip(text: &str) -> String {
    const CHARS: usize = 60;
    if text.chars().count() <= CHARS {
        return text.to_owned();
    }
    text.chars().take(CHARS - 1).chain(['…']).collect()
}
