//! `/account`: one's own account.

use leptos::prelude::*;
use leptos_meta::Title;

use crate::functions::people::read_own_account;
use crate::pages::password::problems;
use crate::parts::field::{Legend, TextField};
use crate::parts::loaded::loaded;
use crate::parts::page_words;
use crate::parts::problem::Problem;
use crate::posted::OwnShown;
use crate::views::SecondView;

/// The page.
#[component]
pub(crate) fn Account() -> impl IntoView {
    let answer = Resource::new_blocking(|| (), |()| read_own_account());
    loaded(answer, |shown| view! { <Shown shown/> }.into_any())
}

#[component]
fn Shown(shown: OwnShown) -> impl IntoView {
    let (site, words) = (&page_words().site, &page_words().people);
    let OwnShown { account, posted } = shown;
    let fault = posted.wrong_code.then(|| words.wrong_code.to_owned());
    let wrong = problems(posted.refused.as_ref(), "code", fault.clone());
    let prefix = if wrong.is_empty() {
        ""
    } else {
        site.error_prefix
    };
    view! {
        <Title text=format!("{prefix}{}", words.own_title)/>
        <div class="grid-container hms-form-page">
            <Problem wrong/>
            <h1 id="page-title" tabindex="-1">{words.own_title}</h1>
            <p class="usa-intro">{account.person.name}</p>
            <p>{(words.own_roles)(&account.person.roles.join(", "))}</p>
            <Codes codes=posted.codes/>
            <section aria-labelledby="second">
                <h2 id="second">{words.second_title}</h2>
                <Second second=account.second fault/>
            </section>
            <section aria-labelledby="own-password">
                <h2 id="own-password">{words.own_password}</h2>
                <p>{words.own_password_text}</p>
                <p><a rel="external" href="/password">{words.own_password}</a></p>
            </section>
            <section aria-labelledby="everywhere">
                <h2 id="everywhere">{words.everywhere_title}</h2>
                <p>{words.everywhere_text}</p>
                <form method="post" action="/sign-out">
                    <input type="hidden" name="everywhere" value="yes"/>
                    <button class="usa-button usa-button--outline" type="submit">{words.everywhere}</button>
                </form>
            </section>
        </div>
    }
}

/// The recovery codes, this once.
#[component]
fn Codes(codes: Vec<String>) -> impl IntoView {
    let words = &page_words().people;
    if codes.is_empty() {
        return ().into_any();
    }
    let codes = codes
        .into_iter()
        .map(|code| view! { <li><code>{code}</code></li> })
        .collect_view();
    view! {
        <section class="usa-alert usa-alert--success" aria-labelledby="codes">
            <div class="usa-alert__body">
                <h2 class="usa-alert__heading" id="codes">{words.codes_title}</h2>
                <p class="usa-alert__text">{words.codes_text}</p>
                <ul>{codes}</ul>
            </div>
        </section>
    }
    .into_any()
}

#[component]
fn Second(second: SecondView, fault: Option<String>) -> impl IntoView {
    let words = &page_words().people;
    let code = Legend {
        name: "code",
        label: words.app_code.to_owned(),
        fault,
        ..Legend::default()
    };
    match second {
        SecondView::Off => view! {
            <p>{words.second_off}</p>
            <form method="post" action="/account">
                <button class="usa-button" type="submit" name="act" value="begin">{words.second_begin}</button>
            </form>
        }
        .into_any(),
        SecondView::SettingUp { picture, secret } => view! {
            <p>{words.second_scan}</p>
            // The server draws it, of a text that only it knows.
            <div role="img" aria-label=words.second_picture inner_html=picture></div>
            <p>{words.second_type} " " <code>{secret}</code></p>
            <form class="usa-form hms-form" method="post" action="/account" novalidate>
                <TextField legend=code value="" autocomplete="one-time-code" inputmode="numeric" narrow=true/>
                <button class="usa-button" type="submit" name="act" value="confirm">{words.second_confirm}</button>
            </form>
        }
        .into_any(),
        SecondView::On { recovery_left } => view! {
            <p>{(words.second_on)(recovery_left)}</p>
            <form class="usa-form hms-form" method="post" action="/account" novalidate>
                <TextField legend=code value="" autocomplete="one-time-code" inputmode="numeric" narrow=true/>
                <button class="usa-button usa-button--outline" type="submit" name="act" value="end">
                    {words.second_end}
                </button>
            </form>
        }
        .into_any(),
    }
}
