//! Forms that a definition describes, and what people type into them.

use std::collections::BTreeMap;

use hms_forms::Field;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

use super::{Fault, Language};
use crate::agency::Refused;
use crate::journey::Confirmation;

/// A field to fill in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FieldView {
    /// What it takes.
    pub field: Field,
    /// What is asked.
    pub label: String,
    /// What helps to answer; may be empty.
    pub hint: String,
    /// The words of its options, in their order.
    pub options: Vec<String>,
}

/// A field and the answer it was given.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Answered {
    /// What was asked.
    pub field: FieldView,
    /// The answer as it is kept.
    pub answer: Value,
}

/// What was typed, by the ids of the fields: one text, a text for each option chosen, or month, day
/// and year.
pub type Typed = BTreeMap<String, Vec<String>>;

/// The parts of a date, each in a control of its own.
const DATE_PARTS: [&str; 3] = ["month", "day", "year"];

/// The names and values of a form's controls as a browser sends them.
pub type Pairs = Vec<(String, String)>;

/// What was typed, from the names and values of a form's controls. A name that does not begin with
/// the prefix is of another control.
pub fn typed_in(pairs: &Pairs, prefix: &str) -> Typed {
    let mut typed = Typed::new();
    for (name, value) in pairs {
        let Some(name) = name.strip_prefix(prefix) else {
            continue;
        };
        // No id has a dot in it.
        match name.split_once('.') {
            None => typed
                .entry(name.to_owned())
                .or_default()
                .push(value.clone()),
            Some((id, part)) => {
                let place = DATE_PARTS.iter().position(|known| *known == part);
                if let (Some(place), false) = (place, id.is_empty()) {
                    let parts = typed.entry(id.to_owned()).or_default();
                    parts.resize(DATE_PARTS.len(), String::new());
                    parts[place].clone_from(value);
                }
            }
        }
    }
    typed
}

/// A public service that anybody can use.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServiceRow {
    /// The end of its address: `/report/{slug}`.
    pub slug: String,
    /// What it is called.
    pub title: String,
    /// What it is for, when its definition says so.
    pub description: Option<String>,
}

/// A page of a service's form.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ServicePage {
    /// Its heading.
    pub title: String,
    /// The fields that are asked for, given the other answers.
    pub fields: Vec<FieldView>,
}

/// A service's form as it stands.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ServiceForm {
    /// The service.
    pub service: ServiceRow,
    /// The draft's id: the same draft sent twice is one report.
    pub draft: Uuid,
    /// What is asked.
    pub pages: Vec<ServicePage>,
    /// What was typed.
    pub typed: Typed,
    /// What is wrong with it.
    pub faults: Vec<Fault>,
    /// Whether the answers led to fields that were not there before.
    pub more: bool,
    /// Why it could not be sent, when it could not.
    pub trouble: Option<Refused>,
    /// Set once the report is kept.
    pub sent: Option<Confirmation>,
}

impl ServiceForm {
    /// All fields that are asked for.
    pub fn fields(&self) -> impl Iterator<Item = &FieldView> {
        self.pages.iter().flat_map(|page| &page.fields)
    }

    /// What is wrong with what was typed, by the same rules everywhere.
    pub fn check(&self) -> Vec<Fault> {
        self.fields()
            .filter_map(|one| {
                let id = &one.field.id;
                let typed = self.typed.get(id).map_or(&[][..], Vec::as_slice);
                let rule = one.field.read(typed).err()?;
                Some(Fault {
                    field: id.clone(),
                    rule,
                })
            })
            .collect()
    }
}

/// A service's form as it is sent.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ServiceDraft {
    /// From [`crate::agency::Agency::new_draft`]; the same draft is one report.
    pub id: Uuid,
    /// Which service.
    pub slug: String,
    /// What was typed.
    pub typed: Typed,
    /// The language of the page, for messages.
    pub language: Language,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn controls_become_answers() {
        let pairs: Pairs = [
            ("note", "Mine"),
            ("answer.why", "need"),
            ("answer.due.year", "2024"),
            ("answer.why", "error"),
            ("answer.due.month", "5"),
            ("answer.due.hour", "7"),
            ("answer..day", "7"),
        ]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .to_vec();
        let typed = typed_in(&pairs, "answer.");
        let expected: Typed = [
            ("why", vec!["need", "error"]),
            ("due", vec!["5", "", "2024"]),
        ]
        .into_iter()
        .map(|(id, texts)| {
            (
                id.to_owned(),
                texts.into_iter().map(str::to_owned).collect(),
            )
        })
        .collect();
        assert_eq!(typed, expected);
    }
}
