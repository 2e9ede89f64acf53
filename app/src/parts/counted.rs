use leptos::prelude::*;

use crate::parts::page_words;
use crate::views::COUNTED_MAX;

/// A count of what is open. One that was not counted to its end says so, also to who hears it.
#[component]
pub(crate) fn Counted(
    /// As far as it was counted.
    open: u64,
) -> impl IntoView {
    if open <= COUNTED_MAX {
        return open.to_string().into_any();
    }
    let words = &page_words().lists;
    view! {
        <span aria-hidden="true" title=words.many_title>{words.many}</span>
        <span class="usa-sr-only">{words.many_title}</span>
    }
    .into_any()
}
