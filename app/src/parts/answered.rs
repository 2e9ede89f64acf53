//! Answers to the fields of a form, as people read them.

use hms_forms::{Kind, money};
use leptos::prelude::*;
use serde_json::Value;

use super::files::FileLinks;
use super::page_words;
use crate::views::{Answered, FieldView, FileAnswer};
use crate::words::FormWords;
use crate::words::record::{brief, files_told};

/// Each question with its answer.
#[component]
pub(crate) fn Answers(
    rows: Vec<Answered>,
    /// The address that the ids of files follow.
    files: String,
) -> impl IntoView {
    let words = &page_words().form;
    let rows = rows.into_iter().map(|row| {
        let told = match FileAnswer::list_of(&row.answer) {
            Some(list) if row.field.field.kind == Kind::File => {
                view! { <FileLinks files=list at=files.clone()/> }.into_any()
            }
            _ => told(&row.field, &row.answer, words).into_any(),
        };
        view! {
            <div class="hms-answers__row">
                <dt>{row.field.label}</dt>
                <dd><div class="hms-answer">{told}</div></dd>
            </div>
        }
    });
    view! { <dl class="hms-answers">{rows.collect_view()}</dl> }
}

/// An answer in words: what an option is called, an amount with its sign.
fn told(field: &FieldView, answer: &Value, words: &FormWords) -> String {
    let option = |chosen: &Value| {
        let place = |known: &String| Some(known.as_str()) == chosen.as_str();
        let place = field.field.options.iter().position(place);
        let label = place.and_then(|place| field.options.get(place));
        label.cloned().unwrap_or_else(|| brief(chosen))
    };
    match (field.field.kind, answer) {
        (Kind::Choice, chosen) => option(chosen),
        (Kind::Choices, Value::Array(chosen)) => {
            let labels: Vec<String> = chosen.iter().map(option).collect();
            labels.join(", ")
        }
        (Kind::YesNo, Value::Bool(true)) => words.yes.to_owned(),
        (Kind::YesNo, Value::Bool(false)) => words.no.to_owned(),
        (Kind::Money, Value::Number(dollars)) => {
            // An amount that was taken in is from 0 up and has whole cents.
            let cents = dollars.as_f64().unwrap_or_default() * 100.0;
            money(cents.round() as u64)
        }
        (Kind::File, files) => {
            FileAnswer::list_of(files).map_or_else(|| brief(files), |files| files_told(&files))
        }
        (_, other) => brief(other),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::views::Language;
    use crate::words::words;
    use hms_forms::Field;
    use serde_json::json;

    #[test]
    fn answers_are_told_in_words() {
        let field = |kind| FieldView {
            field: Field {
                id: "f".into(),
                kind,
                required: false,
                max: None,
                options: vec!["red".into(), "blue".into()],
            },
            label: "F".into(),
            hint: String::new(),
            options: vec!["Rojo".into(), "Azul".into()],
        };
        let cases = [
            (Kind::Choice, json!("blue"), "Azul"),
            (Kind::Choice, json!("green"), "green"),
            (Kind::Choices, json!(["red", "blue"]), "Rojo, Azul"),
            (Kind::YesNo, json!(true), "Sí"),
            (Kind::Money, json!(1200.5), "$1,200.50"),
            (Kind::Money, json!(7), "$7.00"),
            (Kind::Number, json!(-3), "-3"),
            (Kind::Text, json!("As typed"), "As typed"),
            (Kind::Money, json!("odd"), "odd"),
            (Kind::File, json!("odd"), "odd"),
            (
                Kind::File,
                json!([{
                    "file": "0190a1b2-0000-7000-8000-000000000001", "name": "plans.pdf",
                    "type": "application/pdf", "size": 1_200_000, "sha256": "0".repeat(64),
                }]),
                "plans.pdf (1.2 MB)",
            ),
        ];
        for (kind, answer, expected) in cases {
            let told = told(&field(kind), &answer, &words(Language::Es).form);
            assert_eq!(told, expected, "{kind:?}");
        }
    }
}
