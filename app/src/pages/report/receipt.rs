//! Number and receipt, to be saved before leaving.
//!
//! With scripts off this page is the answer to the post itself, not a redirect: the receipt is then in
//! no URL, cookie or store. Loading it again sends the same draft, which is the same report with the
//! same receipt.

use leptos::ev::SubmitEvent;
use leptos::prelude::*;
use leptos_meta::Title;
use wasm_bindgen::JsCast;

use crate::browser::clipboard;
use crate::journey::Confirmation;
use crate::parts::page_words;
use crate::parts::problem::{Problem, Wrong};

/// Number and receipt.
#[component]
pub(super) fn Saving(
    sent: Confirmation,
    /// Whether to say what happens to a complaint: other services say it on their status page.
    #[prop(default = true)]
    next: bool,
) -> impl IntoView {
    let words = page_words();
    let texts = &words.receipt;
    let unsaved = RwSignal::new(sent.unsaved);
    let number = StoredValue::new(sent.number);
    let receipt = StoredValue::new(sent.receipt.0);
    hold_until_saved();
    let submit = move |event: SubmitEvent| {
        let ticked = document()
            .get_element_by_id("saved")
            .and_then(|element| element.dyn_into::<web_sys::HtmlInputElement>().ok())
            .is_some_and(|tick| tick.checked());
        if !ticked {
            event.prevent_default();
            unsaved.set(true);
        }
    };
    let title = move || {
        if unsaved.get() {
            format!("{}{}", words.site.error_prefix, texts.title)
        } else {
            texts.title.to_owned()
        }
    };
    view! {
        <Title text=title/>
        <div class="grid-container hms-form-page">
            {move || {
                let wrong = unsaved
                    .get()
                    .then(|| Wrong { field: Some("saved".to_owned()), text: texts.not_saved.to_owned() })
                    .into_iter()
                    .collect::<Vec<_>>();
                view! { <Problem wrong/> }
            }}
            <h1 id="page-title" tabindex="-1">{texts.title}</h1>
            <p class="usa-intro">{texts.lead}</p>
            <dl class="hms-receipt">
                <dt>{texts.number}</dt>
                <dd id="number">{number.get_value()}</dd>
                <dt>{texts.receipt}</dt>
                <dd id="receipt">{receipt.get_value()}</dd>
            </dl>
            <h2>{texts.save_title}</h2>
            <p>{texts.save_text}</p>
            <div class="hms-buttons">
                <Tools number receipt/>
                <form method="post" action="/report/receipt.txt">
                    <input type="hidden" name="number" value=number.get_value()/>
                    <input type="hidden" name="receipt" value=receipt.get_value()/>
                    <button class="usa-button usa-button--outline" type="submit">{texts.download}</button>
                </form>
            </div>
            <form class="hms-saved" method="post" action="/report" novalidate on:submit=submit>
                <input type="hidden" name="number" value=number.get_value()/>
                <input type="hidden" name="receipt" value=receipt.get_value()/>
                <div class=move || {
                    if unsaved.get() { "usa-form-group usa-form-group--error" } else { "usa-form-group" }
                }>
                    {move || {
                        unsaved
                            .get()
                            .then(|| {
                                view! {
                                    <span class="usa-error-message" id="saved-fault">{texts.not_saved}</span>
                                }
                            })
                    }}
                    <div class="usa-checkbox">
                        <input class="usa-checkbox__input" type="checkbox" id="saved" name="saved" value="1"/>
                        <label class="usa-checkbox__label" for="saved">{texts.saved}</label>
                    </div>
                </div>
                <button class="usa-button usa-button--big" type="submit" name="go" value="saved">
                    {texts.go}
                </button>
            </form>
            {next
                .then(|| {
                    view! {
                        <h2>{texts.next_title}</h2>
                        <ol class="usa-list">
                            {texts.next.iter().map(|next| view! { <li>{*next}</li> }).collect_view()}
                        </ol>
                    }
                })}
        </div>
    }
}

/// Copy and print: only with scripts, so only shown when they run.
#[component]
fn Tools(number: StoredValue<String>, receipt: StoredValue<String>) -> impl IntoView {
    let texts = &page_words().receipt;
    let able = RwSignal::new(false);
    let said = RwSignal::new("");
    Effect::new(move |_| able.set(true));
    let copy = move |_| {
        let both = format!(
            "{}: {}\n{}: {}\n",
            texts.number,
            number.get_value(),
            texts.receipt,
            receipt.get_value()
        );
        clipboard::copy(both, move |done| {
            said.set(if done {
                texts.copied
            } else {
                texts.copy_failed
            });
        });
    };
    view! {
        {move || {
            able.get()
                .then(|| {
                    view! {
                        <button class="usa-button usa-button--outline" type="button" on:click=copy>
                            {texts.copy}
                        </button>
                        <button
                            class="usa-button usa-button--outline"
                            type="button"
                            on:click=|_| clipboard::print()
                        >
                            {texts.print}
                        </button>
                    }
                })
        }}
        <p role="status" class="hms-said">{move || said.get()}</p>
    }
}

/// The browser asks before the page is left while the box is not ticked.
fn hold_until_saved() {
    Effect::new(move |_| {
        let listener = window_event_listener(leptos::ev::beforeunload, |event| {
            let ticked = document()
                .get_element_by_id("saved")
                .and_then(|element| element.dyn_into::<web_sys::HtmlInputElement>().ok())
                .is_some_and(|tick| tick.checked());
            if !ticked {
                event.prevent_default();
                // Chromium before 119 asks only when this is set.
                event.set_return_value("1");
            }
        });
        on_cleanup(move || listener.remove());
    });
}
