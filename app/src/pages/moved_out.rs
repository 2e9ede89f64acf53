//! A report whose case is in the agency's archive, as its reporter sees it in place of its pages.

use leptos::prelude::*;
use leptos_meta::Title;

use crate::agency::Refused;
use crate::parts::page_words;
use crate::parts::refusal::answer_with;
use crate::parts::without_scripts::WithoutScripts;
use crate::views::MovedOut;
use crate::words::when;

/// Says when the report was closed, where its file is, and what its reporter can do now.
#[component]
pub(crate) fn ReportMovedOut(number: String, case: MovedOut) -> impl IntoView {
    let words = page_words();
    let texts = &words.archive;
    answer_with(&Refused::MovedOut(case.clone()), "");
    let day = case.closed.map(|day| words.when.day(day));
    let closed = (texts.closed)(day.as_deref());
    let closed = match case.closed {
        Some(day) => view! { <time datetime=when::day(day)>{closed}</time> }.into_any(),
        None => closed.into_any(),
    };
    let title = (words.status.title)(&number);
    view! {
        <Title text=title.clone()/>
        <div class="grid-container hms-status">
            <h1 id="page-title" tabindex="-1">{title}</h1>
            <div class="usa-alert usa-alert--info hms-state">
                <div class="usa-alert__body">
                    <h2 class="usa-alert__heading">{closed}</h2>
                    <p class="usa-alert__text">{texts.moved}</p>
                </div>
            </div>
            <section aria-labelledby="what">
                <h2 id="what">{texts.what_title}</h2>
                <ul class="usa-list">
                    <li>{(texts.ask)(&number)}</li>
                    <li>{texts.secret}</li>
                    <li>{texts.again}</li>
                </ul>
                <p>
                    <a class="usa-button usa-button--outline" rel="external" href="/report">
                        {texts.report}
                    </a>
                </p>
            </section>
            <WithoutScripts/>
        </div>
    }
}
