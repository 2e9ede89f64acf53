//! `/report`: the complaint form, one topic a page, then all answers once more, then number and receipt.
//!
//! With scripts off each button posts the whole form to `/report` and the server renders the next page.
//! With scripts on the same function turns the page here and only the finished report is sent.

mod check;
mod questions;
mod receipt;
pub(crate) mod service;

use leptos::ev::SubmitEvent;
use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos_meta::Title;

use crate::browser::{focus, form, kept};
use crate::functions::report::{file_report, read_report_form};
use crate::journey::{Journey, Step};
use crate::parts::loaded::loaded;
use crate::parts::page_words;

/// The complaint form.
#[component]
pub(crate) fn Report() -> impl IntoView {
    let answer = Resource::new_blocking(|| (), |()| read_report_form());
    loaded(answer, |journey| view! { <Form journey/> }.into_any())
}

/// The form from its first page to the receipt.
#[component]
fn Form(journey: Journey) -> impl IntoView {
    let fresh = journey.step == Step::What && journey.faults.is_empty() && journey.sent.is_none();
    let shown = RwSignal::new(journey);
    let restored = RwSignal::new(false);
    let sending = RwSignal::new(false);
    Effect::new(move |_| {
        if fresh {
            restore(shown, restored);
        } else if shown.with_untracked(|journey| journey.sent.is_some()) {
            kept::forget();
        }
    });
    move || match shown.with(|journey| journey.sent.clone()) {
        Some(sent) => view! { <receipt::Saving sent/> }.into_any(),
        None => view! { <Page shown restored sending/> }.into_any(),
    }
}

/// One page of the form.
#[component]
fn Page(
    shown: RwSignal<Journey>,
    restored: RwSignal<bool>,
    sending: RwSignal<bool>,
) -> impl IntoView {
    let words = &page_words().report;
    let journey = shown.get_untracked();
    let step = journey.step;
    let title = if journey.faults.is_empty() && journey.trouble.is_none() {
        format!("{}: {}", words.title, words.steps[step.place()])
    } else {
        let prefix = page_words().site.error_prefix;
        format!("{prefix}{}: {}", words.title, words.steps[step.place()])
    };
    let submit = move |event: SubmitEvent| turn(&event, shown, sending);
    let keep = move |event: leptos::ev::Event| remember(&event);
    view! {
        <Title text=title/>
        <div class="grid-container hms-form-page">
            <Indicator step/>
            <form class="usa-form usa-form--large hms-form" method="post" action="/report" novalidate on:submit=submit on:input=keep>
                <questions::Problems journey=journey.clone()/>
                <p role="status" class="hms-kept">
                    {move || restored.get().then_some(words.kept)}
                </p>
                <h1 id="page-title" tabindex="-1">{words.headings[step.place()]}</h1>
                {match step {
                    Step::Check => view! { <check::Answers journey=journey.clone()/> }.into_any(),
                    _ => view! { <questions::Questions journey=journey.clone()/> }.into_any(),
                }}
                <questions::Carried journey=journey.clone()/>
                <questions::Buttons journey sending/>
            </form>
            <Privacy/>
        </div>
    }
}

/// Where one is: USWDS's step indicator.
#[component]
fn Indicator(step: Step) -> impl IntoView {
    let words = &page_words().report;
    let segments = Step::ALL
        .into_iter()
        .map(|other| {
            let (class, said) = if other == step {
                (" usa-step-indicator__segment--current", words.current_step)
            } else if other.place() < step.place() {
                (
                    " usa-step-indicator__segment--complete",
                    words.completed_step,
                )
            } else {
                ("", words.future_step)
            };
            view! {
                <li
                    class=format!("usa-step-indicator__segment{class}")
                    aria-current=(other == step).then_some("step")
                >
                    <span class="usa-step-indicator__segment-label">
                        {words.steps[other.place()]}
                        <span class="usa-sr-only">" (" {said} ")"</span>
                    </span>
                </li>
            }
        })
        .collect_view();
    view! {
        <div class="usa-step-indicator usa-step-indicator--counters-sm">
            <ol class="usa-step-indicator__segments">{segments}</ol>
            <p class="hms-step-of">{(words.step_of)(step.place() + 1, Step::ALL.len())}</p>
        </div>
    }
}

/// Authority, purpose, routine uses, voluntary or not, effect of not answering.
#[component]
fn Privacy() -> impl IntoView {
    let words = &page_words().report;
    view! {
        <details class="hms-details">
            <summary>{words.privacy_title}</summary>
            <dl>
                {words
                    .privacy
                    .iter()
                    .map(|(term, text)| view! { <dt>{*term}</dt> <dd>{*text}</dd> })
                    .collect_view()}
            </dl>
        </details>
    }
}

/// Turns the page, or sends the report. Fields are read from the page, so nothing typed before the
/// scripts came is lost.
fn turn(event: &SubmitEvent, shown: RwSignal<Journey>, sending: RwSignal<bool>) {
    let Some((element, go)) = form::submitted(event) else {
        return;
    };
    let language = shown.with_untracked(|journey| journey.draft.language);
    let Some((mut journey, go)) = form::posted(&element, go).map(|posted| posted.journey(language))
    else {
        return;
    };
    event.prevent_default();
    if sending.get_untracked() {
        return;
    }
    if !journey.turn(go) {
        show(shown, journey);
        return;
    }
    sending.set(true);
    spawn_local(async move {
        match file_report(journey.draft.clone()).await {
            Ok(confirmation) => {
                kept::forget();
                journey.sent = Some(confirmation);
            }
            Err(refused) => journey.refuse(refused),
        }
        sending.set(false);
        show(shown, journey);
    });
}

fn show(shown: RwSignal<Journey>, journey: Journey) {
    let wrong = !journey.faults.is_empty() || journey.trouble.is_some();
    if journey.sent.is_none() {
        kept::keep(&journey);
    }
    shown.set(journey);
    // A page with problems gives the focus to their summary by itself.
    if !wrong {
        request_animation_frame(|| {
            window().scroll_to_with_x_and_y(0.0, 0.0);
            focus("page-title");
        });
    }
}

/// Keeps what is typed in the tab, so that a reload or a lost connection loses nothing.
fn remember(event: &leptos::ev::Event) {
    use wasm_bindgen::JsCast;
    let element = event
        .current_target()
        .and_then(|target| target.dyn_into::<web_sys::HtmlFormElement>().ok());
    if let Some(posted) = element.and_then(|element| form::posted(&element, String::new())) {
        kept::keep(&posted.journey(page_language()).0);
    }
}

fn page_language() -> crate::views::Language {
    use_context().unwrap_or_default()
}

/// Takes up the form kept in this tab, unless something was typed meanwhile.
fn restore(shown: RwSignal<Journey>, restored: RwSignal<bool>) {
    let Some(mut journey) = kept::kept() else {
        return;
    };
    let typed = document()
        .get_element_by_id("text")
        .and_then(|field| {
            use wasm_bindgen::JsCast;
            field.dyn_into::<web_sys::HtmlTextAreaElement>().ok()
        })
        .is_some_and(|field| !field.value().is_empty());
    let empty = journey.draft.text.is_empty() && journey.step == Step::What;
    if typed || empty {
        return;
    }
    journey.draft.language = page_language();
    journey.faults.clear();
    shown.set(journey);
    restored.set(true);
}
