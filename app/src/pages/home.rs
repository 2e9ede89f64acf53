//! `/`: what this is, report fraud, check a report.

use leptos::prelude::*;
use leptos_meta::Title;

use crate::functions::report::read_services;
use crate::parts::page_words;
use crate::views::ServiceRow;

/// The first page.
#[component]
pub(crate) fn Home() -> impl IntoView {
    let words = &page_words().home;
    view! {
        <Title text=words.title/>
        <section class="hms-hero" aria-labelledby="page-title">
            <div class="grid-container hms-hero__body">
                <h1 id="page-title" class="hms-hero__title">{words.title}</h1>
                <p class="hms-hero__lead">{words.lead}</p>
                <p class="hms-hero__ways">
                    <a class="usa-button usa-button--big hms-button--hero" rel="external" href="/report">{words.report}</a>
                    <a class="hms-hero__second" rel="external" href="/status">{words.check}</a>
                </p>
            </div>
        </section>
        <div class="grid-container hms-home">
            <section aria-labelledby="how">
                <h2 id="how">{words.how_title}</h2>
                <ol class="usa-process-list">
                    {words
                        .how
                        .iter()
                        .map(|(title, text)| {
                            view! {
                                <li class="usa-process-list__item">
                                    <h3 class="usa-process-list__heading">{*title}</h3>
                                    <p>{*text}</p>
                                </li>
                            }
                        })
                        .collect_view()}
                </ol>
            </section>
            <div>
                <Services/>
                <section class="usa-summary-box" aria-labelledby="already">
                    <div class="usa-summary-box__body">
                        <h2 id="already" class="usa-summary-box__heading">{words.check_title}</h2>
                        <div class="usa-summary-box__text">
                            <p>{words.check_text}</p>
                            <a class="usa-button usa-button--outline" rel="external" href="/status">{words.check}</a>
                        </div>
                    </div>
                </section>
                <section aria-labelledby="examples">
                    <h2 id="examples">{words.examples_title}</h2>
                    <ul class="usa-list">
                        {words.examples.iter().map(|example| view! { <li>{*example}</li> }).collect_view()}
                    </ul>
                </section>
                <div class="usa-alert usa-alert--warning usa-alert--no-icon">
                    <div class="usa-alert__body">
                        <p class="usa-alert__text">{words.urgent}</p>
                    </div>
                </div>
            </div>
        </div>
    }
}

/// The other services that anybody can use; nothing when there is none.
#[component]
fn Services() -> impl IntoView {
    let words = &page_words().form;
    let services = Resource::new_blocking(|| (), |()| read_services());
    view! {
        <Transition>
            {move || Suspend::new(async move {
                let services = services.await.unwrap_or_default();
                (!services.is_empty())
                    .then(|| {
                        view! {
                            <section class="hms-services" aria-labelledby="services">
                                <h2 id="services">{words.services_title}</h2>
                                <ul class="usa-list">
                                    {services.into_iter().map(|one| view! { <Way one/> }).collect_view()}
                                </ul>
                            </section>
                        }
                    })
            })}
        </Transition>
    }
}

#[component]
fn Way(one: ServiceRow) -> impl IntoView {
    view! {
        <li>
            <a rel="external" href=format!("/report/{}", one.slug)>{one.title}</a>
            {one.description.map(|description| view! { <p class="usa-hint">{description}</p> })}
        </li>
    }
}
