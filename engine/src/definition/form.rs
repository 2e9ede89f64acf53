//! The fields of a form, as a task or a page of a portal has them.

use hms_forms::{Field, Kind};

use super::fields::{self, Fields, Word};
use super::formula::{self, Formula};
use super::nearest::did_you_mean;
use super::report::Report;
use super::tree::{Node, NodeKind};
use crate::expression::Roots;
use crate::{Form, FormField, Place, Text};

/// The keys of a field.
pub(super) const KEYS: &[&str] = &[
    "id", "type", "label", "required", "max", "options", "hint", "show_if",
];
/// Most fields of a form.
pub(super) const FIELDS_MAX: usize = 100;
/// Most characters that all texts of a form take together: its answers have to fit into a payload.
const CHARS_MAX: u32 = 50_000;
/// Most files that a form takes together.
const FILES_MAX: u32 = 10;
const OPTIONS_MAX: usize = 100;
const LABEL_CHARS_MAX: usize = 500;
const HELP: &str = "write a list of fields, like - { id: amount, type: money, label: How much? }";

/// A form as written.
#[derive(Default)]
pub(super) struct DraftForm {
    fields: Vec<DraftField>,
}

struct DraftField {
    id: Word,
    kind: Kind,
    label: Text,
    hint: Text,
    required: bool,
    max: Option<u64>,
    options: Vec<(String, Text)>,
    show_if: Option<Formula>,
}

impl DraftForm {
    /// Its conditions, in the order written.
    pub(super) fn formulas(&self) -> impl Iterator<Item = &Formula> {
        self.fields
            .iter()
            .filter_map(|field| field.show_if.as_ref())
    }

    /// The kind of a field of this id, when there is one.
    pub(super) fn kind_of(&self, id: &str) -> Option<Kind> {
        let found = self.fields.iter().find(|field| field.id.text == id);
        found.map(|field| field.kind)
    }

    /// The ids of its fields.
    pub(super) fn ids(&self) -> impl Iterator<Item = &str> {
        self.fields.iter().map(|field| field.id.text.as_str())
    }

    pub(super) fn finish(self) -> Form {
        let fields = self.fields.into_iter().map(|draft| {
            let (ids, options) = draft.options.into_iter().unzip();
            FormField {
                field: Field {
                    id: draft.id.text,
                    kind: draft.kind,
                    required: draft.required,
                    max: draft.max,
                    options: ids,
                },
                label: draft.label,
                hint: draft.hint,
                options,
                show_if: draft.show_if.map(|formula| formula.expression),
            }
        });
        Form {
            fields: fields.collect(),
        }
    }
}

/// What holds for all fields of one form, on however many pages.
pub(super) struct Rules<'r> {
    /// Ids that no field may have, and what else is called so.
    pub(super) taken: &'r [(&'r str, &'static str)],
    /// What conditions may ask for besides fields before theirs.
    pub(super) asked: &'r [&'r str],
    /// The variables of conditions.
    pub(super) roots: Roots<'r>,
}

/// Reads the fields of one form.
pub(super) struct Reader<'r> {
    rules: Rules<'r>,
    seen: Vec<Word>,
    chars: u32,
    files: u32,
}

impl<'r> Reader<'r> {
    pub(super) fn new(rules: Rules<'r>) -> Reader<'r> {
        Reader {
            rules,
            seen: Vec::new(),
            chars: 0,
            files: 0,
        }
    }

    /// The list of fields written here. Nothing comes back when one could not be read.
    pub(super) fn read(
        &mut self,
        node: &Node,
        key: &str,
        report: &mut Report,
    ) -> Option<DraftForm> {
        let items = match &node.kind {
            NodeKind::List(items) if !items.is_empty() => items,
            NodeKind::List(_) => {
                let message = format!("\"{key}\" asks for nothing");
                report.error("HMS007", node.place, message, Some(HELP.into()));
                return None;
            }
            _ => {
                let message = format!("\"{key}\" is a list, and here is {}", node.what());
                report.error("HMS007", node.place, message, Some(HELP.into()));
                return None;
            }
        };
        if self.seen.len() + items.len() > FIELDS_MAX {
            report.error(
                "HMS009",
                node.place,
                format!("there are more than {FIELDS_MAX} fields"),
                Some("nobody fills in so many: ask for less".into()),
            );
            return None;
        }
        let fields: Vec<_> = items.iter().map(|item| self.field(item, report)).collect();
        let fields = fields.into_iter().collect::<Option<Vec<_>>>()?;
        if self.chars > CHARS_MAX {
            report.error(
                "HMS066",
                node.place,
                format!("the texts of this form take more than {CHARS_MAX} characters together"),
                Some("give the longest a smaller \"max\"".into()),
            );
            return None;
        }
        if self.files > FILES_MAX {
            report.error(
                "HMS066",
                node.place,
                format!("this form asks for more than {FILES_MAX} files together"),
                Some("give its fields of type file a smaller \"max\"".into()),
            );
            return None;
        }
        Some(DraftForm { fields })
    }

    fn field(&mut self, item: &Node, report: &mut Report) -> Option<DraftField> {
        let written = Fields::of(item, "a field", report)?;
        written.only(KEYS, "a field", report);
        let id = written
            .require(
                "id",
                "this field",
                "add \"id:\" and a name for the answer",
                report,
            )
            .and_then(|node| fields::id(node, report));
        if let Some(id) = &id {
            self.check_id(id, report);
        }
        let name = match &id {
            Some(id) => format!("field \"{}\"", id.text),
            None => "this field".to_owned(),
        };
        written.require(
            "label",
            &name,
            "add \"label:\" and what is asked, like label: { en: How much?, es: ¿Cuánto? }",
            report,
        );
        let label = fields::people_text(written.get("label"), "label", LABEL_CHARS_MAX, report);
        let hint = fields::people_text(written.get("hint"), "hint", LABEL_CHARS_MAX, report);
        let required = written
            .get("required")
            .is_some_and(|node| truth(node, "required", report));
        let show_if = written.get("show_if").and_then(|node| {
            let formula = formula::read(node, "show_if", self.rules.roots, report)?;
            self.check_condition(&formula, report);
            Some(formula)
        });
        let kind = match written.get("type") {
            None => Some(Kind::Text),
            Some(node) => kind(node, report),
        };
        let (max, options) = match kind {
            None => (None, Some(Vec::new())),
            Some(kind) => (
                max(&written, kind, &name, report),
                options(&written, kind, &name, report),
            ),
        };
        let id = id?;
        self.seen.push(id.clone());
        let draft = DraftField {
            id,
            kind: kind?,
            label,
            hint,
            required,
            max,
            options: options?,
            show_if,
        };
        if let Some((usual, _)) = draft.kind.chars() {
            let own = draft.max.and_then(|max| u32::try_from(max).ok());
            self.chars = self.chars.saturating_add(own.unwrap_or(usual));
        }
        if draft.kind == Kind::File {
            let own = draft.max.unwrap_or(hms_forms::FILES_MAX);
            let own = u32::try_from(own).unwrap_or(u32::MAX);
            self.files = self.files.saturating_add(own);
        }
        Some(draft)
    }

    fn check_id(&self, id: &Word, report: &mut Report) {
        if let Some(first) = self.seen.iter().find(|known| known.text == id.text) {
            report.error(
                "HMS064",
                id.place,
                format!("a second field is called \"{}\"", id.text),
                Some(format!(
                    "the first stands in line {}: give one of them another id",
                    first.place.line
                )),
            );
        }
        if let Some((_, what)) = self.rules.taken.iter().find(|(taken, _)| *taken == id.text) {
            report.error(
                "HMS064",
                id.place,
                format!("\"{}\" is what {what} is called", id.text),
                Some("give the field another id".into()),
            );
        }
    }

    /// A condition asks for fields that come before its own.
    fn check_condition(&self, formula: &Formula, report: &mut Report) {
        let known = || {
            let fields = self.seen.iter().map(|word| word.text.as_str());
            fields.chain(self.rules.asked.iter().copied())
        };
        for (id, at) in formula.expression.answers() {
            if known().any(|known| known == id) {
                continue;
            }
            report.error(
                "HMS067",
                formula.place(at),
                format!("there is no field \"{}\" before this one", fields::clip(id)),
                Some(did_you_mean(id, known()).unwrap_or_else(|| {
                    "a condition asks for the answers to fields that stand before it".into()
                })),
            );
        }
    }
}

/// `true` or `false`.
fn truth(node: &Node, key: &str, report: &mut Report) -> bool {
    match &node.kind {
        NodeKind::Scalar(scalar) if scalar.plain && scalar.text == "true" => true,
        NodeKind::Scalar(scalar) if scalar.plain && scalar.text == "false" => false,
        _ => {
            report.error(
                "HMS007",
                node.place,
                format!("\"{key}\" is true or false, and here is {}", node.what()),
                Some(format!("write {key}: true, or leave it out")),
            );
            false
        }
    }
}

fn kind(node: &Node, report: &mut Report) -> Option<Kind> {
    let names = || Kind::ALL.map(Kind::as_str);
    let all = format!("the types are {}", names().join(", "));
    let word = fields::word(node, "type", &all, report)?;
    let found = Kind::from_word(&word.text);
    if found.is_none() {
        let message = format!("there is no field type \"{}\"", fields::clip(&word.text));
        let help = did_you_mean(&word.text, names()).unwrap_or(all);
        report.error("HMS063", word.place, message, Some(help));
    }
    found
}

fn max(written: &Fields<'_>, kind: Kind, name: &str, report: &mut Report) -> Option<u64> {
    let (key, node) = written.entry("max")?;
    let Some(range) = kind.max() else {
        report.error(
            "HMS066",
            key.place,
            format!("{name} is of type {} and has no \"max\"", kind.as_str()),
            Some("take it out".into()),
        );
        return None;
    };
    let help = format!(
        "write a whole number from {} to {}",
        range.start(),
        range.end()
    );
    let word = fields::word(node, "max", &help, report)?;
    let max = word.text.parse().ok().filter(|max| range.contains(max));
    if max.is_none() {
        let message = format!(
            "\"{}\" is no \"max\" for this type",
            fields::clip(&word.text)
        );
        report.error("HMS066", word.place, message, Some(help));
    }
    max
}

/// The options of a choice: a mapping of ids to words, or a list of texts that are both.
fn options(
    written: &Fields<'_>,
    kind: Kind,
    name: &str,
    report: &mut Report,
) -> Option<Vec<(String, Text)>> {
    const HELP: &str =
        "write each option and its words, like options: { phone: Phone call, other: Another way }";
    let mut wrong = |place: Place, message: String| {
        report.error("HMS065", place, message, Some(HELP.into()));
    };
    let Some((key, node)) = written.entry("options") else {
        if kind.has_options() {
            wrong(
                written.place,
                format!("{name} has no options to choose from"),
            );
        }
        return Some(Vec::new());
    };
    if !kind.has_options() {
        report.error(
            "HMS065",
            key.place,
            format!("{name} is of type {} and has no options", kind.as_str()),
            Some("take them out, or write type: choice".into()),
        );
        return Some(Vec::new());
    }
    let count = node.len();
    match &node.kind {
        NodeKind::Mapping(_) | NodeKind::List(_) if !(2..=OPTIONS_MAX).contains(&count) => {
            let message = format!("{name} has {count} options, and takes 2 to {OPTIONS_MAX}");
            wrong(node.place, message);
            None
        }
        NodeKind::Mapping(entries) => {
            let mut options = Vec::with_capacity(entries.len());
            for (key, node) in entries {
                fields::id_form(&key.text, key.place, report);
                let words = fields::people_text(Some(node), "option", LABEL_CHARS_MAX, report);
                options.push((key.text.clone(), words));
            }
            Some(options)
        }
        NodeKind::List(items) => {
            let mut options: Vec<(String, Text)> = Vec::with_capacity(items.len());
            for item in items {
                let word = fields::word(item, "options", HELP, report)?;
                if options.iter().any(|(known, _)| *known == word.text) {
                    let message = format!("the option \"{}\" stands here twice", word.text);
                    report.error("HMS065", word.place, message, Some("take one out".into()));
                }
                let words = fields::people_text(Some(item), "option", LABEL_CHARS_MAX, report);
                options.push((word.text, words));
            }
            Some(options)
        }
        NodeKind::Scalar(_) => {
            wrong(
                node.place,
                format!("\"options\" is a mapping, and here is {}", node.what()),
            );
            None
        }
    }
}
