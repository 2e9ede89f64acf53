//! A field that a definition describes, whatever it asks for.

use hms_forms::Kind;
use leptos::prelude::*;

use super::field::{ChoiceField, Heading, LongField, TextField};
use super::files::FileField;
use super::page_words;
use super::problem::Wrong;
use crate::views::{Fault, FieldView, Pairs, Typed};

/// The fields of a form, each with what was typed and what is wrong with it.
#[component]
pub(crate) fn FormFields(
    fields: Vec<FieldView>,
    typed: Typed,
    faults: Vec<Fault>,
    /// What the names of its controls begin with.
    prefix: &'static str,
) -> impl IntoView {
    fields
        .into_iter()
        .map(|field| {
            let id = field.field.id.as_str();
            let typed = typed.get(id).cloned().unwrap_or_default();
            let fault = faults.iter().find(|fault| fault.field == id);
            let fault = fault.map(|fault| (page_words().form.rule)(fault.rule));
            view! { <FormField field typed fault prefix/> }
        })
        .collect_view()
}

/// What is wrong with the fields of a form, for the summary at its top. Several may break the same
/// rule, so each is named.
pub(crate) fn wrong_fields(fields: &[FieldView], faults: &[Fault], prefix: &str) -> Vec<Wrong> {
    let rule = page_words().form.rule;
    faults
        .iter()
        .filter_map(|fault| {
            let field = fields.iter().find(|one| one.field.id == fault.field)?;
            Some(Wrong {
                field: Some(first_control(field, prefix)),
                text: format!("{}: {}", field.label, rule(fault.rule)),
            })
        })
        .collect()
}

/// The id of the control that a problem leads to.
fn first_control(field: &FieldView, prefix: &str) -> String {
    match field.field.kind {
        Kind::Date => format!("{prefix}{}.month", field.field.id),
        _ => format!("{prefix}{}", field.field.id),
    }
}

#[component]
fn FormField(
    field: FieldView,
    typed: Vec<String>,
    fault: Option<String>,
    prefix: &'static str,
) -> impl IntoView {
    let words = &page_words().form;
    let FieldView {
        field,
        label,
        hint,
        options,
    } = field;
    let legend = Heading {
        name: format!("{prefix}{}", field.id),
        label,
        hint,
        fault,
        optional: !field.required,
    };
    let value = typed.first().cloned().unwrap_or_default();
    let words_of_options = || field.options.iter().cloned().zip(options.clone()).collect();
    match field.kind {
        Kind::Text => view! { <TextField legend value/> }.into_any(),
        Kind::Email => {
            view! { <TextField legend value kind="email" autocomplete="email" inputmode="email"/> }
                .into_any()
        }
        Kind::Phone => {
            view! { <TextField legend value kind="tel" autocomplete="tel" inputmode="tel"/> }
                .into_any()
        }
        Kind::Money => {
            view! { <TextField legend value inputmode="decimal" narrow=true/> }.into_any()
        }
        Kind::Number => {
            view! { <TextField legend value inputmode="decimal" narrow=true/> }.into_any()
        }
        Kind::Textarea => view! { <LongField legend value rows=8/> }.into_any(),
        Kind::Address => {
            view! { <LongField legend value rows=4 autocomplete="street-address"/> }.into_any()
        }
        Kind::Date => view! { <DateField legend typed/> }.into_any(),
        Kind::Choice => view! { <ChoiceField legend value choices=words_of_options()/> }.into_any(),
        Kind::Choices => {
            view! { <ChoicesField legend typed choices=words_of_options()/> }.into_any()
        }
        Kind::YesNo => {
            let choices = vec![
                ("yes".to_owned(), words.yes.to_owned()),
                ("no".to_owned(), words.no.to_owned()),
            ];
            view! { <ChoiceField legend value choices/> }.into_any()
        }
        Kind::File => view! { <FileField legend typed most=field.files_max()/> }.into_any(),
    }
}

/// How a form with these fields is sent: files need a form of their own kind.
pub(crate) fn encoding_of<'f>(
    fields: impl IntoIterator<Item = &'f FieldView>,
) -> Option<&'static str> {
    let mut kinds = fields.into_iter().map(|one| one.field.kind);
    kinds
        .any(|kind| kind == Kind::File)
        .then_some("multipart/form-data")
}

/// A day, as people know it by heart: month, day and year, each in a box of its own.
#[component]
fn DateField(legend: Heading, typed: Vec<String>) -> impl IntoView {
    let words = &page_words().form;
    let mut legend = legend;
    if legend.hint.is_empty() {
        legend.hint = words.date_hint.to_owned();
    }
    let faulty = legend.invalid();
    let class = match faulty {
        Some(_) => "usa-input usa-input--error",
        None => "usa-input",
    };
    let boxes = [
        ("month", words.month, "2"),
        ("day", words.day, "2"),
        ("year", words.year, "4"),
    ];
    let boxes = boxes
        .into_iter()
        .enumerate()
        .map(|(place, (part, label, digits))| {
            let name = format!("{}.{part}", legend.name);
            let value = typed.get(place).cloned().unwrap_or_default();
            view! {
                <div class=format!("usa-form-group usa-form-group--{part}")>
                    <label class="usa-label" for=name.clone()>{label}</label>
                    <input
                        class=class
                        id=name.clone()
                        name=name
                        type="text"
                        inputmode="numeric"
                        maxlength=digits
                        autocomplete="off"
                        value=value
                        aria-invalid=faulty
                    />
                </div>
            }
        })
        .collect_view();
    view! {
        <div class=legend.class("usa-form-group")>
            <fieldset class="usa-fieldset" aria-describedby=legend.described_by()>
                <legend class=legend.class("usa-label")>{legend.label_text()}</legend>
                {legend.notes()}
                <div class="usa-memorable-date">{boxes}</div>
            </fieldset>
        </div>
    }
}

/// Any of several choices.
#[component]
fn ChoicesField(
    legend: Heading,
    typed: Vec<String>,
    choices: Vec<(String, String)>,
) -> impl IntoView {
    let mut legend = legend;
    if legend.hint.is_empty() {
        legend.hint = page_words().form.any.to_owned();
    }
    let name = legend.name.clone();
    let boxes = choices
        .into_iter()
        .enumerate()
        .map(|(place, (key, label))| {
            // The first one has the field's own id: the summary of problems leads to it.
            let id = match place {
                0 => name.clone(),
                _ => format!("{name}-{key}"),
            };
            let checked = typed.contains(&key);
            view! {
                <div class="usa-checkbox">
                    <input
                        class="usa-checkbox__input"
                        type="checkbox"
                        id=id.clone()
                        name=name.clone()
                        value=key
                        checked=checked
                    />
                    <label class="usa-checkbox__label" for=id>{label}</label>
                </div>
            }
        })
        .collect_view();
    view! {
        <div class=legend.class("usa-form-group")>
            <fieldset class="usa-fieldset" aria-describedby=legend.described_by()>
                <legend class=legend.class("usa-label")>{legend.label_text()}</legend>
                {legend.notes()}
                {boxes}
            </fieldset>
        </div>
    }
}

/// What was typed, as hidden fields: it travels with a form that does not show it.
#[component]
pub(crate) fn CarriedAnswers(answers: Pairs) -> impl IntoView {
    answers
        .into_iter()
        .map(|(name, value)| view! { <input type="hidden" name=name value=value/> })
        .collect_view()
}
