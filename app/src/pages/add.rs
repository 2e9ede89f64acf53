//! `/status/{number}/add`: adding to a report that was sent. A page of its own, which does not load again
//! by itself: what is being typed stays.

use chrono::TimeDelta;
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_params_map;

use crate::agency::Refused;
use crate::functions::report::read_adding;
use crate::pages::find::FindForm;
use crate::pages::moved_out::ReportMovedOut;
use crate::parts::field::{Legend, LongField};
use crate::parts::page_words;
use crate::parts::problem::{Problem, Wrong};
use crate::parts::refusal::Refusal;
use crate::posted::{AddPosted, Adding, FindPosted, INFORMATION};
use crate::views::Rule;

/// The page. Who has not shown the receipt in this browser is asked for it here.
#[component]
pub(crate) fn Add() -> impl IntoView {
    let params = use_params_map();
    let number = move || params.with(|params| params.get("number").unwrap_or_default());
    let answer = Resource::new_blocking(number, read_adding);
    let loading = page_words().site.loading;
    view! {
        <Transition fallback=move || view! { <p class="hms-loading">{loading} "…"</p> }>
            {move || {
                let number = number();
                Suspend::new(async move {
                    match answer.await {
                        Ok(adding) => view! { <Shown adding/> }.into_any(),
                        Err(Refused::SignIn | Refused::NotFound) => {
                            let posted = FindPosted { number, ..FindPosted::default() };
                            view! { <FindForm posted needed=true/> }.into_any()
                        }
                        Err(Refused::MovedOut(case)) => {
                            view! { <ReportMovedOut number case/> }.into_any()
                        }
                        Err(refused) => view! { <Refusal refused/> }.into_any(),
                    }
                })
            }}
        </Transition>
    }
}

#[component]
fn Shown(adding: Adding) -> impl IntoView {
    let (site, words) = (&page_words().site, &page_words().add);
    let number = adding.status.number.clone();
    let posted = adding.posted.unwrap_or_default();
    let wrong: Vec<Wrong> = wrong(&posted).into_iter().collect();
    let title = (words.title)(&number);
    let prefix = if wrong.is_empty() {
        ""
    } else {
        site.error_prefix
    };
    let asked = adding.status.current.iter();
    let asked: Vec<String> = asked
        .filter_map(|step| step.paused.clone())
        .filter(|pause| pause.for_reporter)
        .map(|pause| (words.asked)(&pause.reason))
        .collect();
    let form = match adding.status.may_add {
        true => view! { <Form number=number.clone() asked posted/> }.into_any(),
        false => view! { <Over posted/> }.into_any(),
    };
    view! {
        <Title text=format!("{prefix}{title}")/>
        <div class="grid-container hms-form-page">
            <p class="hms-back"><a rel="external" href=format!("/status/{number}")>{words.back}</a></p>
            <Problem wrong/>
            <h1 id="page-title" tabindex="-1">{title}</h1>
            {form}
        </div>
    }
}

#[component]
fn Form(number: String, asked: Vec<String>, posted: AddPosted) -> impl IntoView {
    let words = &page_words().add;
    let question = (!asked.is_empty()).then(|| {
        let reasons = asked
            .into_iter()
            .map(|reason| view! { <p class="usa-alert__text">{reason}</p> })
            .collect_view();
        view! {
            <div class="usa-alert usa-alert--info">
                <div class="usa-alert__body">
                    {reasons}
                    <p class="usa-alert__text">{words.asked_more}</p>
                </div>
            </div>
        }
    });
    let legend = Legend {
        name: INFORMATION,
        label: words.label.to_owned(),
        hint: words.hint,
        fault: fault(&posted),
        optional: false,
    };
    view! {
        <form class="usa-form usa-form--large hms-form" method="post" action=format!("/status/{number}/add") novalidate>
            <p>{words.lead}</p>
            {question}
            <LongField legend value=posted.text/>
            <div class="hms-buttons">
                <button class="usa-button usa-button--big" type="submit">{words.send}</button>
            </div>
        </form>
    }
}

/// Nothing can be added any more; what was typed is shown, so that it is not lost.
#[component]
fn Over(posted: AddPosted) -> impl IntoView {
    let words = &page_words().add;
    let kept = (!posted.text.is_empty()).then(|| {
        view! {
            <p class="hms-decided">{words.kept}</p>
            <blockquote class="hms-quote">{posted.text}</blockquote>
        }
    });
    view! {
        <p class="usa-intro">{words.over}</p>
        {kept}
    }
}

/// What is wrong with the field.
fn fault(posted: &AddPosted) -> Option<String> {
    let words = &page_words().add;
    let Some(Refused::Form(faults)) = &posted.refused else {
        return None;
    };
    faults.first().map(|fault| match fault.rule {
        Rule::TooLong(chars) => (words.too_long)(chars),
        _ => words.missing.to_owned(),
    })
}

fn wrong(posted: &AddPosted) -> Option<Wrong> {
    let words = page_words();
    let text = match posted.refused.as_ref()? {
        Refused::Form(_) => {
            let field = Some(INFORMATION.to_owned());
            return fault(posted).map(|text| Wrong { field, text });
        }
        Refused::Conflict(_) => return None,
        Refused::TooMany(seconds) => {
            let wait = TimeDelta::seconds(i64::from(*seconds));
            (words.refusal.too_many)(&words.when.duration(wait))
        }
        other => words.refusal.not_done(other).to_owned(),
    };
    Some(Wrong { field: None, text })
}
