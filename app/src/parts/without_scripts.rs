//! A page that is followed, with scripts off.

use leptos::prelude::*;
use leptos_router::hooks::use_query_map;

use super::page_words;

/// With scripts off the page loads again by itself, and can be told not to.
#[component]
pub(crate) fn WithoutScripts() -> impl IntoView {
    let words = &page_words().status;
    let off = use_query_map()
        .with_untracked(|query| query.get("reload").is_some_and(|reload| reload == "off"));
    if off {
        view! {
            <p class="hms-without-scripts">
                <a rel="external" href="?">{words.reload}</a>
            </p>
        }
        .into_any()
    } else {
        view! {
            <p class="hms-without-scripts">
                {words.reloads} " " <a rel="external" href="?reload=off">{words.stop_reloading}</a>
            </p>
        }
        .into_any()
    }
}
