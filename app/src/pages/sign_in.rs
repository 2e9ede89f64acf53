//! `/sign-in`: for the staff.

use chrono::TimeDelta;
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;

use crate::agency::Refused;
use crate::functions::site::read_sign_in;
use crate::parts::field::{Legend, TextField};
use crate::parts::loaded::loaded;
use crate::parts::page_words;
use crate::parts::problem::{Problem, Wrong};
use crate::parts::refusal::encoded;
use crate::posted::SignInPage;
use crate::views::DemoView;

/// The sign-in page.
#[component]
pub(crate) fn SignIn() -> impl IntoView {
    let query = use_query_map();
    let next = move || query.with(|query| query.get("next").unwrap_or_default());
    let answer = Resource::new_blocking(next, read_sign_in);
    loaded(answer, |page| view! { <SignInForm page/> }.into_any())
}

#[component]
fn SignInForm(page: SignInPage) -> impl IntoView {
    let by_provider = page.posted.by_provider;
    let told = |refused: &Refused| match refused {
        Refused::WrongSecret if by_provider => whole(page_words().people.provider_failed),
        Refused::NotAllowed if by_provider => whole(page_words().people.provider_no_role),
        refused => wrong(refused),
    };
    let wrong: Vec<Wrong> = page.posted.refused.iter().map(told).collect();
    let set =
        use_query_map().with_untracked(|query| query.get("password").as_deref() == Some("set"));
    let provider = match page.posted.next.as_str() {
        "" => "/sign-in/provider".to_owned(),
        next => format!("/sign-in/provider?next={}", encoded(next)),
    };
    let title = if wrong.is_empty() {
        "Staff sign-in"
    } else {
        "Error: Staff sign-in"
    };
    view! {
        <Title text=title/>
        <div class="grid-container hms-form-page">
            <form class="usa-form usa-form--large hms-form" method="post" action="/sign-in" novalidate>
                <Problem wrong/>
                <h1 id="page-title" tabindex="-1">"Staff sign-in"</h1>
                {set.then(|| view! {
                    <div class="usa-alert usa-alert--success usa-alert--slim">
                        <div class="usa-alert__body">
                            <p class="usa-alert__text">{page_words().people.password_is_set}</p>
                        </div>
                    </div>
                })}
                <Credentials email=page.posted.email/>
                <input type="hidden" name="next" value=page.posted.next/>
                <div class="hms-buttons">
                    <button class="usa-button usa-button--big" type="submit">"Sign in"</button>
                </div>
                {page.provider.then(|| view! {
                    <p><a class="usa-button usa-button--outline" rel="external" href=provider>{page_words().people.provider}</a></p>
                })}
                <p><a rel="external" href="/password">{page_words().people.forgot_link}</a></p>
            </form>
            {page.demo.map(|demo| view! { <DemoPeople demo/> })}
        </div>
    }
}

fn whole(text: &str) -> Wrong {
    Wrong {
        field: None,
        text: text.to_owned(),
    }
}

/// The fields of a sign-in.
#[component]
pub(crate) fn Credentials(#[prop(into)] email: String) -> impl IntoView {
    view! {
        <TextField
            legend=Legend { name: "email", label: "Email address".to_owned(), ..Legend::default() }
            value=email
            kind="email"
            autocomplete="username"
            inputmode="email"
        />
        <TextField
            legend=Legend { name: "password", label: "Password".to_owned(), ..Legend::default() }
            value=""
            kind="password"
            autocomplete="current-password"
        />
        <TextField
            legend=Legend {
                name: "code",
                label: page_words().people.code.to_owned(),
                hint: page_words().people.code_hint,
                optional: true,
                ..Legend::default()
            }
            value=""
            autocomplete="one-time-code"
            narrow=true
        />
    }
}

/// Why a sign-in was refused.
pub(crate) fn wrong(refused: &Refused) -> Wrong {
    let words = page_words();
    match refused {
        Refused::TooMany(seconds) => {
            let wait = words.when.duration(TimeDelta::seconds((*seconds).into()));
            Wrong {
                field: None,
                text: format!("Too many tries. {}", (words.refusal.too_many)(&wait)),
            }
        }
        Refused::NotNow | Refused::NotKnown => Wrong {
            field: None,
            text: words.refusal.not_done(refused).to_owned(),
        },
        _ => Wrong {
            field: Some("email".to_owned()),
            text: "This email address and password do not go together, or the code does not fit. Check them and try again"
                .to_owned(),
        },
    }
}

/// The people of the demonstration.
#[component]
fn DemoPeople(demo: DemoView) -> impl IntoView {
    view! {
        <section aria-labelledby="demo-people">
            <h2 id="demo-people">"People of this demonstration"</h2>
            <div class="hms-table-frame">
                <table class="usa-table usa-table--borderless hms-table">
                    <caption class="usa-sr-only">"Who you can sign in as"</caption>
                    <thead>
                        <tr>
                            <th scope="col">"Role"</th>
                            <th scope="col">"Name"</th>
                            <th scope="col">"Email address"</th>
                            <th scope="col">"Password"</th>
                        </tr>
                    </thead>
                    <tbody>
                        {demo
                            .people
                            .into_iter()
                            .map(|person| {
                                view! {
                                    <tr>
                                        <th scope="row" data-label="Role">{person.role}</th>
                                        <td data-label="Name">{person.name}</td>
                                        <td data-label="Email address"><code>{person.email}</code></td>
                                        <td data-label="Password"><code>{person.password}</code></td>
                                    </tr>
                                }
                            })
                            .collect_view()}
                    </tbody>
                </table>
            </div>
        </section>
    }
}
