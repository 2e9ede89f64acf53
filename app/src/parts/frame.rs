//! What stands around every page: site alert, header, footer.

use leptos::prelude::*;
use leptos_router::hooks::use_location;

use super::page_words;
use super::session_end::SessionEnd;
use crate::application::is_english_only;
use crate::functions::site::{Surroundings, read_surroundings};
use crate::views::{Language, Person};

/// The site's frame around a page.
#[component]
pub(crate) fn Frame(children: Children) -> impl IntoView {
    let words = page_words();
    let around = Resource::new_blocking(|| (), |()| read_surroundings());
    view! {
        <a class="usa-skipnav" rel="external" href="#main-content">{words.site.skip}</a>
        <Transition>
            {move || Suspend::new(async move {
                around.await.ok().map(|around| view! { <Alert around/> })
            })}
        </Transition>
        <header class="hms-header">
            <div class="grid-container hms-header__bar">
                <a class="hms-header__name" rel="external" href="/">{words.site.name}</a>
                <nav class="hms-nav" aria-label=words.site.nav_label>
                    <Transition>
                        {move || Suspend::new(async move {
                            let person = around.await.ok().and_then(|around| around.person);
                            view! { <Menu person/> }
                        })}
                    </Transition>
                </nav>
            </div>
        </header>
        <main id="main-content" class="hms-main" tabindex="-1">{children()}</main>
        <Transition>
            {move || Suspend::new(async move {
                let session = around.await.ok().and_then(|around| around.session);
                session.map(|session| view! { <SessionEnd session/> })
            })}
        </Transition>
        <footer class="hms-footer">
            <div class="grid-container hms-footer__bar">
                <p>{words.site.footer}</p>
                <Languages/>
            </div>
        </footer>
    }
}

/// Says that this is a demonstration, and how fast its clock runs.
#[component]
fn Alert(around: Surroundings) -> impl IntoView {
    let words = page_words();
    let fast =
        (around.clock.rate != 1.0).then(|| (words.site.clock_rate)(&around.clock.rate.to_string()));
    if !around.demo && fast.is_none() {
        return ().into_any();
    }
    let demo = around.demo.then(|| {
        view! {
            <strong>{words.site.demo}</strong>
            " "
            {words.site.demo_more}
            " "
        }
    });
    view! {
        <section class="hms-alert" aria-label=words.site.alert_label>
            <p class="hms-alert__text">{demo} {fast}</p>
        </section>
    }
    .into_any()
}

/// The plain list of ways through the site: for the public, or for who is signed in.
#[component]
fn Menu(person: Option<Person>) -> impl IntoView {
    let site = &page_words().site;
    match person {
        None => view! {
            <ul class="hms-nav__list">
                <li><a rel="external" href="/report">{site.nav_report}</a></li>
                <li><a rel="external" href="/status">{site.nav_status}</a></li>
                <li><a rel="external" href="/sign-in">{site.staff}</a></li>
            </ul>
        }
        .into_any(),
        Some(person) => {
            let words = &page_words().people;
            // An auditor reads what an administrator does; their pages come without buttons.
            let house = person.is("administrator") || person.is("auditor");
            // A supervisor reads the figures and the runs.
            let somewhere = ["administrator", "auditor", "supervisor"]
                .iter()
                .any(|role| person.is_somewhere(role));
            let decides = person.role_names().any(|role| role != "administrator");
            view! {
                <ul class="hms-nav__list">
                    {decides.then(|| view! { <Way to="/inbox" name=words.inbox/> })}
                    {somewhere
                        .then(|| {
                            view! {
                                <Way to="/admin" name=words.sla/>
                                <Way to="/admin/runs" name=words.runs/>
                            }
                        })}
                    {house
                        .then(|| {
                            view! {
                                <Way to="/admin/workers" name=words.workers/>
                                <Way to="/admin/mails" name=words.mails/>
                                <Way to="/admin/people" name=words.people/>
                                <Way to="/admin/audit" name=words.audit/>
                            }
                        })}
                    <li class="hms-nav__person">
                        <form method="post" action="/sign-out">
                            <a rel="external" href="/account">{person.name}</a>
                            " "
                            <button class="usa-button usa-button--unstyled" type="submit">{words.sign_out}</button>
                        </form>
                    </li>
                </ul>
            }
            .into_any()
        }
    }
}

/// A link of the menu that shows when one is there.
#[component]
fn Way(to: &'static str, name: &'static str) -> impl IntoView {
    let path = use_location().pathname;
    let here = move || (path.get() == to).then_some("page");
    view! { <li><a href=to aria-current=here>{name}</a></li> }
}

/// The way to the other language. Most of the staff's pages have only one.
#[component]
fn Languages() -> impl IntoView {
    if is_english_only(&use_location().pathname.get_untracked()) {
        return ().into_any();
    }
    let current = use_context::<Language>().unwrap_or_default();
    let site = &page_words().site;
    view! {
        <nav aria-label=site.language_label>
            <ul class="hms-nav__list">
                {[(Language::En, "English"), (Language::Es, "Español")]
                    .into_iter()
                    .map(|(language, name)| {
                        let code = language.code();
                        view! {
                            <li>
                                <a
                                    rel="external"
                                    href=format!("?lang={code}")
                                    lang=code
                                    hreflang=code
                                    aria-current=(language == current).then_some("true")
                                >
                                    {name}
                                </a>
                            </li>
                        }
                    })
                    .collect_view()}
            </ul>
        </nav>
    }
    .into_any()
}
