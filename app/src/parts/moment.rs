//! Moments as `<time>`.

use leptos::prelude::*;

use super::page_words;
use crate::views::Time;
use crate::words::when;

/// A moment in words: `14:03 on May 14, 2024 (UTC)`.
#[component]
pub(crate) fn Moment(at: Time) -> impl IntoView {
    view! { <time datetime=when::machine(at)>{page_words().when.moment(at)}</time> }
}

/// A moment in a list of the staff: `2024-05-14 14:03`.
#[component]
pub(crate) fn Stamp(at: Time) -> impl IntoView {
    view! { <time datetime=when::machine(at) class="hms-stamp">{when::stamp(at)}</time> }
}
