//! `/status`: opening a report with its number and receipt.

use chrono::TimeDelta;
use leptos::prelude::*;
use leptos_meta::Title;

use crate::agency::Refused;
use crate::functions::report::read_find_form;
use crate::parts::field::{Legend, TextField};
use crate::parts::loaded::loaded;
use crate::parts::page_words;
use crate::parts::problem::{Problem, Wrong};
use crate::posted::FindPosted;

/// The look-up page.
#[component]
pub(crate) fn Find() -> impl IntoView {
    let answer = Resource::new_blocking(|| (), |()| read_find_form());
    loaded(answer, |posted| view! { <FindForm posted/> }.into_any())
}

/// The look-up form, also shown in place of a report whose receipt was not given in this browser.
#[component]
pub(crate) fn FindForm(posted: FindPosted, #[prop(optional)] needed: bool) -> impl IntoView {
    let words = page_words();
    let texts = &words.find;
    let (number_fault, receipt_fault, other) = faults(&posted);
    let mut wrong: Vec<Wrong> = Vec::new();
    for (field, fault) in [("number", &number_fault), ("receipt", &receipt_fault)] {
        if let Some(text) = fault.clone() {
            wrong.push(Wrong {
                field: Some(field.to_owned()),
                text,
            });
        }
    }
    // Number and receipt are refused together: one line in the summary, not two of the same words.
    wrong.dedup_by(|later, earlier| later.text == earlier.text);
    wrong.extend(other.map(|text| Wrong { field: None, text }));
    let title = if wrong.is_empty() {
        texts.title.to_owned()
    } else {
        format!("{}{}", words.site.error_prefix, texts.title)
    };
    view! {
        <Title text=title/>
        <div class="grid-container hms-form-page">
            <form class="usa-form usa-form--large hms-form" method="post" action="/status" novalidate>
                <Problem wrong/>
                <h1 id="page-title" tabindex="-1">{texts.title}</h1>
                <p class="usa-intro">{if needed { texts.need_receipt } else { texts.lead }}</p>
                <TextField
                    legend=Legend {
                        name: "number",
                        label: texts.number.to_owned(),
                        hint: texts.number_hint,
                        fault: number_fault,
                        optional: false,
                    }
                    value=posted.number
                    autocomplete="username"
                    narrow=true
                />
                <TextField
                    legend=Legend {
                        name: "receipt",
                        label: texts.receipt.to_owned(),
                        hint: texts.receipt_hint,
                        fault: receipt_fault,
                        optional: false,
                    }
                    value=posted.receipt
                    autocomplete="current-password"
                />
                <div class="hms-buttons">
                    <button class="usa-button usa-button--big" type="submit">{texts.open}</button>
                </div>
            </form>
            <details class="hms-details">
                <summary>{texts.lost_title}</summary>
                <p>{texts.lost_text}</p>
            </details>
        </div>
    }
}

/// What stands at the number, at the receipt, and at no field.
fn faults(posted: &FindPosted) -> (Option<String>, Option<String>, Option<String>) {
    let words = page_words();
    let texts = &words.find;
    match &posted.refused {
        None => (None, None, None),
        Some(Refused::Form(faults)) => {
            let at = |field: &str, text: &str| {
                faults
                    .iter()
                    .any(|fault| fault.field == field)
                    .then(|| text.to_owned())
            };
            (
                at("number", texts.no_number),
                at("receipt", texts.no_receipt),
                None,
            )
        }
        Some(Refused::TooMany(seconds)) => {
            let wait = words.when.duration(TimeDelta::seconds((*seconds).into()));
            let told = (words.refusal.too_many)(&wait);
            (
                None,
                None,
                Some(format!("{}. {told}", words.refusal.too_many_title)),
            )
        }
        Some(refused @ (Refused::NotNow | Refused::NotKnown)) => {
            (None, None, Some(words.refusal.not_done(refused).to_owned()))
        }
        Some(_) => (
            Some(texts.wrong.to_owned()),
            Some(texts.wrong.to_owned()),
            None,
        ),
    }
}
