//! An address that leads to no page.

use leptos::prelude::*;

use crate::agency::Refused;
use crate::parts::refusal::Refusal;

/// Says so, with the status 404.
#[component]
pub(crate) fn NotFound() -> impl IntoView {
    view! { <Refusal refused=Refused::NotFound/> }
}
