//! A page of the staff once its answer is there: title, heading, content. A page that is refused has
//! its own heading instead.

use leptos::prelude::*;
use leptos_meta::Title;

use super::page_words;

/// Title and heading around what a page shows. `error` says that something asked for is wrong.
#[component]
pub(crate) fn StaffPage(
    title: &'static str,
    #[prop(optional)] error: bool,
    children: Children,
) -> impl IntoView {
    let prefix = if error {
        page_words().site.error_prefix
    } else {
        ""
    };
    view! {
        <Title text=format!("{prefix}{title}")/>
        <div class="grid-container usa-section hms-admin">
            <h1 id="page-title" tabindex="-1">{title}</h1>
            {children()}
        </div>
    }
}
