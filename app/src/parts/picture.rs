use leptos::prelude::*;

/// A workflow drawn by the server, which escapes every word in it; a wide one moves inside its frame.
#[component]
pub(crate) fn Picture(picture: Option<String>) -> impl IntoView {
    picture.map(|picture| {
        view! { <div class="hms-picture" tabindex="0" role="region" aria-label="The workflow as a picture" inner_html=picture></div> }
    })
}
