//! `/password`: asks for a link to another password. `/password/set/{link}`: sets one.

use chrono::TimeDelta;
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_params_map;

use crate::agency::Refused;
use crate::functions::people::{read_forgot, read_password_page};
use crate::parts::field::{Legend, TextField};
use crate::parts::loaded::loaded;
use crate::parts::page_words;
use crate::parts::problem::{Problem, Wrong};
use crate::posted::{ForgotPosted, PasswordPage};

/// Asks for a link.
#[component]
pub(crate) fn Forgot() -> impl IntoView {
    let answer = Resource::new_blocking(|| (), |()| read_forgot());
    loaded(answer, |posted| view! { <ForgotForm posted/> }.into_any())
}

#[component]
fn ForgotForm(posted: ForgotPosted) -> impl IntoView {
    let (site, words) = (&page_words().site, &page_words().people);
    if posted.asked {
        return view! {
            <Title text=words.asked_title/>
            <div class="grid-container hms-form-page">
                <h1 id="page-title" tabindex="-1">{words.asked_title}</h1>
                <p class="usa-intro">{words.asked}</p>
                <p><a rel="external" href="/sign-in">{site.staff}</a></p>
            </div>
        }
        .into_any();
    }
    let fault = matches!(posted.refused, Some(Refused::Form(_))).then(|| words.no_email.to_owned());
    let wrong = problems(posted.refused.as_ref(), "email", fault.clone());
    let prefix = if wrong.is_empty() {
        ""
    } else {
        site.error_prefix
    };
    let legend = Legend {
        name: "email",
        label: words.email.to_owned(),
        fault,
        ..Legend::default()
    };
    view! {
        <Title text=format!("{prefix}{}", words.forgot_title)/>
        <div class="grid-container hms-form-page">
            <form class="usa-form usa-form--large hms-form" method="post" action="/password" novalidate>
                <Problem wrong/>
                <h1 id="page-title" tabindex="-1">{words.forgot_title}</h1>
                <p>{words.forgot_text}</p>
                <TextField legend value=posted.email kind="email" autocomplete="username" inputmode="email"/>
                <div class="hms-buttons">
                    <button class="usa-button usa-button--big" type="submit">{words.send_link}</button>
                </div>
            </form>
        </div>
    }
    .into_any()
}

/// Sets a password.
#[component]
pub(crate) fn SetPassword() -> impl IntoView {
    let params = use_params_map();
    let word = move || params.with(|params| params.get("word").unwrap_or_default());
    let answer = Resource::new_blocking(word, read_password_page);
    loaded(answer, |page| view! { <SetForm page/> }.into_any())
}

#[component]
fn SetForm(page: PasswordPage) -> impl IntoView {
    let (site, words) = (&page_words().site, &page_words().people);
    let Some(link) = page.link else {
        return view! {
            <Title text=words.link_over_title/>
            <div class="grid-container hms-form-page">
                <h1 id="page-title" tabindex="-1">{words.link_over_title}</h1>
                <p class="usa-intro">{words.link_over}</p>
                <p><a class="usa-button" rel="external" href="/password">{words.forgot_title}</a></p>
            </div>
        }
        .into_any();
    };
    let fault = page
        .posted
        .fault
        .map(|fault| (words.password_fault)(fault).to_owned());
    let wrong = problems(page.posted.refused.as_ref(), "password", fault.clone());
    let prefix = if wrong.is_empty() {
        ""
    } else {
        site.error_prefix
    };
    let legend = Legend {
        name: "password",
        label: words.password.to_owned(),
        hint: words.password_hint,
        fault,
        optional: false,
    };
    view! {
        <Title text=format!("{prefix}{}", words.set_title)/>
        <div class="grid-container hms-form-page">
            <form class="usa-form usa-form--large hms-form" method="post" action="/password/set" novalidate>
                <Problem wrong/>
                <h1 id="page-title" tabindex="-1">{words.set_title}</h1>
                <p>{(words.set_for)(&link.name)}</p>
                <input type="hidden" name="word" value=link.word/>
                <TextField legend value="" kind="password" autocomplete="new-password"/>
                <div class="hms-buttons">
                    <button class="usa-button usa-button--big" type="submit">{words.set}</button>
                </div>
            </form>
        </div>
    }
    .into_any()
}

/// What is wrong: at the field when it has a fault, or why the whole was not done.
pub(crate) fn problems(
    refused: Option<&Refused>,
    field: &str,
    fault: Option<String>,
) -> Vec<Wrong> {
    let words = page_words();
    let whole = |text: String| vec![Wrong { field: None, text }];
    match (fault, refused) {
        (Some(text), _) => vec![Wrong {
            field: Some(field.to_owned()),
            text,
        }],
        (None, None) => Vec::new(),
        (None, Some(Refused::TooMany(seconds))) => {
            let wait = TimeDelta::seconds(i64::from(*seconds));
            whole((words.refusal.too_many)(&words.when.duration(wait)))
        }
        (None, Some(Refused::NotAllowed)) => whole(words.refusal.not_allowed.to_owned()),
        (None, Some(refused)) => whole(words.refusal.not_done(refused).to_owned()),
    }
}
