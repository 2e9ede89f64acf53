//! `/admin/runs/{id}/erase`: erases the personal data of a run, after saying what goes and what stays, and asking once
//! more. Each step is a plain form, so it works without scripts.

use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_params_map;
use uuid::Uuid;

use crate::agency::Refused;
use crate::functions::admin::read_erasure;
use crate::parts::field::{Legend, LongField};
use crate::parts::loaded::loaded;
use crate::parts::page_words;
use crate::parts::problem::{Problem, Wrong};
use crate::posted::{ErasePage, ErasePosted};
use crate::views::{ErasureView, PersonalView, Rule};

/// The id of the reason's field, and its name.
const REASON: &str = "reason";

/// What a run's page tells of personal data: what there is, what was erased, and the way to erase it. Nothing where there
/// never was any.
#[component]
pub(super) fn Kept(run: Uuid, personal: PersonalView) -> impl IntoView {
    if personal.kept == 0 && personal.erased.is_none() {
        return ().into_any();
    }
    let words = &page_words().erase;
    let kept = (personal.kept > 0).then(|| view! { <p>{(words.kept)(personal.kept)}</p> });
    let way = (personal.kept > 0 && personal.may_erase).then(|| {
        view! {
            // It may be in another language, so the page is loaded.
            <p><a rel="external" href=format!("/admin/runs/{run}/erase")>{words.link}</a></p>
        }
    });
    view! {
        <section aria-labelledby="personal">
            <h2 id="personal">{words.section}</h2>
            {kept}
            <Erased personal/>
            {way}
        </section>
    }
    .into_any()
}

/// When, by whom and why values were erased.
#[component]
fn Erased(personal: PersonalView) -> impl IntoView {
    let words = &page_words().erase;
    personal.erased.map(|erased| {
        let by = match erased.who.as_deref() {
            None => words.with_other.to_owned(),
            Some("hms personal erase") => words.by_program.to_owned(),
            Some("hms serve") => words.by_rule.to_owned(),
            Some(who) => (words.by)(who),
        };
        let reason = erased.reason.map(|reason| (words.reason_was)(&reason));
        let reason = reason.map(|reason| view! { <p>{reason}</p> });
        view! {
            <p>{(words.erased)(erased.values, &page_words().when.moment(erased.at))} " " {by}</p>
            {reason}
        }
    })
}

/// The page.
#[component]
pub(crate) fn Erase() -> impl IntoView {
    let params = use_params_map();
    let id = move || params.with(|params| params.get("id").and_then(|id| id.parse::<Uuid>().ok()));
    let answer = Resource::new_blocking(id, |id| async move {
        match id {
            Some(id) => read_erasure(id).await,
            None => Err(Refused::NotFound),
        }
    });
    loaded(answer, |page: ErasePage| {
        view! { <Shown erasure=page.erasure posted=page.posted.unwrap_or_default()/> }.into_any()
    })
}

#[component]
fn Shown(erasure: ErasureView, posted: ErasePosted) -> impl IntoView {
    let (site, words) = (&page_words().site, &page_words().erase);
    let fault = fault(&posted);
    let wrong: Vec<Wrong> = wrong(&posted, fault.as_deref()).into_iter().collect();
    let title = (words.title)(&erasure.case);
    let prefix = match wrong.is_empty() {
        true => "",
        false => site.error_prefix,
    };
    let run = erasure.run;
    let sure = posted.sure && posted.refused.is_none();
    let step = match (erasure.personal.kept, sure) {
        (0, _) => view! { <p>{words.nothing}</p> <Erased personal=erasure.personal/> }.into_any(),
        (values, true) => view! { <Sure run values reason=posted.reason/> }.into_any(),
        (_, false) => view! { <Ask erasure fault reason=posted.reason/> }.into_any(),
    };
    view! {
        <Title text=format!("{prefix}{title}")/>
        <div class="grid-container hms-form-page">
            <p class="hms-back"><a rel="external" href=format!("/admin/runs/{run}")>{words.back}</a></p>
            <Problem wrong/>
            <h1 id="page-title" tabindex="-1">{title}</h1>
            {step}
        </div>
    }
}

/// The first step: what it means, and why it is done.
#[component]
fn Ask(erasure: ErasureView, fault: Option<String>, reason: String) -> impl IntoView {
    let words = &page_words().erase;
    let stays = words
        .stays
        .map(|what| view! { <li>{what}</li> })
        .collect_view();
    let notes = [
        erasure.running.then(|| words.running.to_owned()),
        (erasure.shared > 0).then(|| (words.shared)(erasure.shared)),
    ];
    let notes: Vec<String> = notes.into_iter().flatten().collect();
    let warning = (!notes.is_empty()).then(|| {
        let notes = notes
            .into_iter()
            .map(|note| view! { <p class="usa-alert__text">{note}</p> })
            .collect_view();
        view! {
            <div class="usa-alert usa-alert--warning">
                <div class="usa-alert__body">{notes}</div>
            </div>
        }
    });
    let legend = Legend {
        name: REASON,
        label: words.reason.to_owned(),
        hint: words.reason_hint,
        fault,
        optional: false,
    };
    view! {
        <h2>{words.goes_title}</h2>
        <p>{(words.goes)(erasure.personal.kept)}</p>
        <p>{words.goes_how}</p>
        <h2>{words.stays_title}</h2>
        <ul class="usa-list">{stays}</ul>
        {warning}
        <form class="usa-form usa-form--large hms-form" method="post" action=format!("/admin/runs/{}/erase", erasure.run) novalidate>
            <LongField legend value=reason rows=3/>
            <div class="hms-buttons">
                <button class="usa-button" type="submit" name="act" value="look">{words.next}</button>
            </div>
        </form>
    }
}

/// The second step: nothing is left to say but yes or no.
#[component]
fn Sure(run: Uuid, values: u64, reason: String) -> impl IntoView {
    let words = &page_words().erase;
    view! {
        <section aria-labelledby="sure">
            <h2 id="sure">{words.sure_title}</h2>
            <p>{(words.sure)(values)}</p>
            <p>{words.sure_reason}</p>
            <p class="hms-quote">{reason.clone()}</p>
            <form method="post" action=format!("/admin/runs/{run}/erase") novalidate>
                <input type="hidden" name=REASON value=reason/>
                <div class="hms-buttons">
                    <button class="usa-button usa-button--secondary" type="submit" name="act" value="erase">{words.erase}</button>
                    <a class="usa-button usa-button--outline" rel="external" href=format!("/admin/runs/{run}")>{words.keep}</a>
                </div>
            </form>
        </section>
    }
}

/// What is wrong with the reason.
fn fault(posted: &ErasePosted) -> Option<String> {
    let words = &page_words().erase;
    let Some(Refused::Form(faults)) = &posted.refused else {
        return None;
    };
    faults.first().map(|fault| match fault.rule {
        Rule::TooLong(chars) => (words.too_long)(chars),
        _ => words.missing.to_owned(),
    })
}

fn wrong(posted: &ErasePosted, fault: Option<&str>) -> Option<Wrong> {
    let text = match &posted.refused {
        None => return None,
        Some(Refused::Form(_)) => {
            return Some(Wrong {
                field: Some(REASON.to_owned()),
                text: fault.unwrap_or_default().to_owned(),
            });
        }
        Some(Refused::NotAllowed) => page_words().erase.not_allowed,
        Some(refused) => page_words().refusal.not_done(refused),
    };
    Some(Wrong {
        field: None,
        text: text.to_owned(),
    })
}
