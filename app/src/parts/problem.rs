//! "There is a problem": what is wrong with a form, at its top.

use leptos::prelude::*;

use super::page_words;
use crate::browser::focus;

/// One thing that is wrong: the id of its field and the words that also stand at the field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Wrong {
    /// The id of the field; none when it belongs to no field.
    pub(crate) field: Option<String>,
    /// What to do.
    pub(crate) text: String,
}

/// The summary of what is wrong; nothing when nothing is. It takes the focus, with scripts and without.
#[component]
pub(crate) fn Problem(wrong: Vec<Wrong>) -> impl IntoView {
    if wrong.is_empty() {
        return ().into_any();
    }
    Effect::new(move |_| focus("problem"));
    let items = wrong
        .into_iter()
        .map(|wrong| match wrong.field {
            // `external` keeps the router out: the browser then moves the focus to the field.
            Some(field) => view! {
                <li>
                    <a rel="external" href=format!("#{field}")>{wrong.text}</a>
                </li>
            }
            .into_any(),
            None => view! { <li>{wrong.text}</li> }.into_any(),
        })
        .collect_view();
    view! {
        <div
            class="usa-alert usa-alert--error hms-problem"
            id="problem"
            role="group"
            tabindex="-1"
            autofocus=true
            aria-labelledby="problem-title"
        >
            <div class="usa-alert__body">
                <h2 class="usa-alert__heading" id="problem-title">{page_words().site.problem}</h2>
                <ul class="usa-list usa-list--unstyled">{items}</ul>
            </div>
        </div>
    }
    .into_any()
}
