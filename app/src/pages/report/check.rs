//! All answers once more, each with a way to change it.

use hms_forms::money;
use leptos::prelude::*;

use crate::journey::{Journey, Step};
use crate::parts::page_words;

/// The answers.
#[component]
pub(super) fn Answers(journey: Journey) -> impl IntoView {
    let words = &page_words().report;
    let draft = journey.draft;
    let lost = draft.lost_cents().map_or(draft.lost.clone(), money);
    let contact = words.contact_word(&draft.contact).to_owned();
    let rows = [
        (Step::What, words.text, draft.text),
        (Step::Money, words.lost, lost),
        (Step::Money, words.contact, contact),
        (Step::Money, words.suspect, draft.suspect),
        (Step::You, words.email, draft.email),
    ]
    .into_iter()
    .map(|(step, question, answer)| {
        let answer = if answer.is_empty() {
            view! { <span class="hms-none">{words.no_answer}</span> }.into_any()
        } else {
            view! { <span class="hms-answer">{answer}</span> }.into_any()
        };
        view! {
            <div class="hms-answers__row">
                <dt>{question}</dt>
                <dd>{answer}</dd>
                <dd class="hms-answers__change">
                    <button
                        class="usa-button usa-button--unstyled"
                        type="submit"
                        name="go"
                        value=format!("change_{}", step.as_str())
                    >
                        {words.change}
                        <span class="usa-sr-only">": " {question}</span>
                    </button>
                </dd>
            </div>
        }
    })
    .collect_view();
    view! {
        <p>{words.check_intro}</p>
        <dl class="hms-answers">{rows}</dl>
    }
}
