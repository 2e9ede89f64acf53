//! A page that waits for its answer, then shows it or says why not.

use leptos::prelude::*;

use super::page_words;
use super::refusal::Refusal;
use crate::agency::Refused;

/// Shows what a server function answers.
pub(crate) fn loaded<T>(
    answer: Resource<Result<T, Refused>>,
    show: impl Fn(T) -> AnyView + Copy + Send + Sync + 'static,
) -> AnyView
where
    T: Clone + Send + Sync + 'static,
{
    let loading = page_words().site.loading;
    view! {
        <Transition fallback=move || {
            view! { <p class="hms-loading">{loading} "…"</p> }
        }>
            {move || Suspend::new(async move {
                match answer.await {
                    Ok(answer) => show(answer),
                    Err(refused) => view! { <Refusal refused/> }.into_any(),
                }
            })}
        </Transition>
    }
    .into_any()
}
