//! The questions of each page, what is carried along hidden, the buttons, the problems.

use chrono::TimeDelta;
use leptos::prelude::*;

use crate::agency::Refused;
use crate::draft::CONTACTS;
use crate::journey::{Journey, Step};
use crate::parts::field::{ChoiceField, Legend, LongField, TextField};
use crate::parts::page_words;
use crate::parts::problem::{Problem, Wrong};

/// The questions of the page shown.
#[component]
pub(super) fn Questions(journey: Journey) -> impl IntoView {
    let words = &page_words().report;
    let legend = |name: &'static str, label: &str, hint: &'static str| Legend {
        name,
        label: label.to_owned(),
        hint,
        fault: journey
            .faults
            .iter()
            .find(|fault| fault.field == name)
            .map(|fault| (words.fault)(fault)),
        optional: name != "text",
    };
    match journey.step {
        Step::What => view! {
            <p class="usa-intro hms-intro">{words.intro}</p>
            <LongField legend=legend("text", words.text, words.text_hint) value=journey.draft.text.clone() rows=10/>
        }
        .into_any(),
        Step::Money => view! {
            <TextField
                legend=legend("lost", words.lost, words.lost_hint)
                value=journey.draft.lost.clone()
                inputmode="decimal"
                narrow=true
            />
            <ChoiceField
                legend=legend("contact", words.contact, words.contact_hint)
                value=journey.draft.contact.clone()
                choices=CONTACTS
                    .into_iter()
                    .zip(words.contacts)
                    .map(|(key, label)| (key.to_owned(), label.to_owned()))
                    .collect()
            />
            <TextField
                legend=legend("suspect", words.suspect, words.suspect_hint)
                value=journey.draft.suspect.clone()
            />
        }
        .into_any(),
        Step::You => view! {
            <TextField
                legend=legend("email", words.email, words.email_hint)
                value=journey.draft.email.clone()
                kind="email"
                autocomplete="email"
                inputmode="email"
            />
        }
        .into_any(),
        Step::Check => ().into_any(),
    }
}

/// The answers of the other pages and where the form stands: they travel with the form.
#[component]
pub(super) fn Carried(journey: Journey) -> impl IntoView {
    let draft = journey.draft;
    let asked = journey.step.fields();
    let carried = [
        ("text", draft.text),
        ("lost", draft.lost),
        ("contact", draft.contact),
        ("suspect", draft.suspect),
        ("email", draft.email),
    ]
    .into_iter()
    .filter(|(name, _)| !asked.contains(name))
    .map(|(name, value)| view! { <input type="hidden" name=name value=value/> })
    .collect_view();
    view! {
        {carried}
        <input type="hidden" name="id" value=draft.id.to_string()/>
        <input type="hidden" name="step" value=journey.step.as_str()/>
        <input type="hidden" name="checking" value=if journey.checking { "1" } else { "" }/>
    }
}

/// Go on (or send), and back. The way on comes first: Enter in a field presses the first button.
#[component]
pub(super) fn Buttons(journey: Journey, sending: RwSignal<bool>) -> impl IntoView {
    let words = &page_words().report;
    let (value, label) = if journey.step == Step::Check {
        ("send", words.send)
    } else if journey.checking {
        ("next", words.to_check)
    } else {
        ("next", words.next)
    };
    let back = (journey.step != Step::What && !(journey.checking && journey.step != Step::Check))
        .then(|| {
            view! {
                <button class="usa-button usa-button--outline" type="submit" name="go" value="back">
                    {words.back}
                </button>
            }
        });
    view! {
        <div class="hms-buttons">
            <button class="usa-button usa-button--big" type="submit" name="go" value=value>
                {label}
            </button>
            {back}
        </div>
        <p role="status" class="hms-sending">{move || sending.get().then_some(words.sending)}</p>
    }
}

/// What is wrong on the page, and why the report could not be sent.
#[component]
pub(super) fn Problems(journey: Journey) -> impl IntoView {
    let words = page_words();
    let mut wrong: Vec<Wrong> = journey
        .faults
        .iter()
        .filter_map(|fault| {
            let field = journey
                .step
                .fields()
                .iter()
                .find(|field| **field == fault.field)?;
            Some(Wrong {
                field: Some((*field).to_owned()),
                text: (words.report.fault)(fault),
            })
        })
        .collect();
    match &journey.trouble {
        None => {}
        Some(Refused::TooMany(seconds)) => {
            let wait = words.when.duration(TimeDelta::seconds((*seconds).into()));
            let told = (words.refusal.too_many)(&wait);
            wrong.push(Wrong {
                field: None,
                text: format!("{}. {told}", words.report.not_sent),
            });
        }
        Some(Refused::NotKnown) => wrong.push(Wrong {
            field: None,
            text: words.refusal.report_not_known.to_owned(),
        }),
        Some(_) => wrong.push(Wrong {
            field: None,
            text: format!("{}. {}", words.report.not_sent, words.report.not_sent_more),
        }),
    }
    view! { <Problem wrong/> }
}
