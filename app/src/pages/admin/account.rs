//! `/admin/people/{id}`: one person: roles, access, and what was done to the account.

use leptos::prelude::*;
use leptos_router::hooks::use_params_map;

use super::people::Roles;
use crate::agency::Refused;
use crate::functions::people::read_account;
use crate::pages::password::problems;
use crate::parts::loaded::loaded;
use crate::parts::moment::Stamp;
use crate::parts::page_words;
use crate::parts::problem::Problem;
use crate::parts::refusal::Refusal;
use crate::posted::AccountShown;
use crate::views::{AccountDone, AccountLine, AccountState, AccountView};

/// The page.
#[component]
pub(crate) fn Account() -> impl IntoView {
    let params = use_params_map();
    let id = move || params.with(|params| params.get("id").and_then(|id| id.parse().ok()));
    let answer = Resource::new_blocking(id, async |id| match id {
        Some(id) => read_account(id).await,
        None => Err(Refused::NotFound),
    });
    loaded(answer, |shown| view! { <Shown shown/> }.into_any())
}

#[component]
fn Shown(shown: AccountShown) -> impl IntoView {
    let (site, words) = (&page_words().site, &page_words().people);
    let AccountShown { account, posted } = shown;
    if posted.refused == Some(Refused::NotFound) {
        return view! { <Refusal refused=Refused::NotFound/> }.into_any();
    }
    let no_role = posted.no_role.then(|| words.no_role.to_owned());
    let wrong = problems(posted.refused.as_ref(), "role", no_role.clone());
    // Of nobody is the name in a title: titles are kept in a browser's history.
    let prefix = if wrong.is_empty() {
        ""
    } else {
        site.error_prefix
    };
    let note = match (account.own, account.may_change) {
        (true, _) => Some(words.own_note),
        (false, false) => Some(words.read_note),
        (false, true) => None,
    };
    let state = (words.states)(account.row.state);
    let held = account.row.roles.join(", ");
    let log = account.log.clone();
    view! {
        <leptos_meta::Title text=format!("{prefix}{}", words.list_title)/>
        <div class="grid-container usa-section hms-admin">
            <p class="hms-back"><a href="/admin/people">{words.back}</a></p>
            <Problem wrong/>
            <h1 id="page-title" tabindex="-1">{account.row.name.clone()}</h1>
            <dl class="hms-facts">
                <dt>{words.email}</dt><dd>{account.row.email.clone()}</dd>
                <dt>{words.roles}</dt><dd>{held}</dd>
                <dt>{words.state}</dt><dd>{state}</dd>
                <dt>{words.added}</dt><dd><Stamp at=account.row.added/></dd>
            </dl>
            {note.map(|note| view! { <p class="hms-decided">{note}</p> })}
            {account.may_change.then(|| view! { <Change account no_role/> })}
            <Log log/>
        </div>
    }
    .into_any()
}

#[component]
fn Change(account: AccountView, no_role: Option<String>) -> impl IntoView {
    let words = &page_words().people;
    let action = format!("/admin/people/{}", account.row.id);
    let disabled = account.row.state == AccountState::Disabled;
    let access = if disabled {
        vec![("enable", words.enable, words.enable_text)]
    } else {
        vec![
            ("end-sessions", words.end_sessions, words.end_sessions_text),
            ("send-link", words.mail_link, words.mail_link_text),
            ("disable", words.disable, words.disable_text),
        ]
    };
    let second = account.second_step.then_some((
        "end-second-step",
        words.take_second,
        words.take_second_text,
    ));
    let access = access.into_iter().chain(second);
    let buttons = access
        .map(|(act, name, text)| {
            view! {
                <form method="post" action=action.clone() class="hms-act">
                    <button class="usa-button usa-button--outline" type="submit" name="act" value=act aria-describedby=format!("{act}-text")>
                        {name}
                    </button>
                    <p class="usa-hint" id=format!("{act}-text")>{text}</p>
                </form>
            }
        })
        .collect_view();
    view! {
        <section aria-labelledby="roles" class="hms-part">
            <h2 id="roles">{words.roles}</h2>
            <form class="usa-form usa-form--large hms-form" method="post" action=action.clone()>
                <Roles roles=account.roles roles_of=account.roles_of held=account.row.roles fault=no_role/>
                <div class="hms-buttons">
                    <button class="usa-button" type="submit" name="act" value="roles">{words.save_roles}</button>
                </div>
            </form>
        </section>
        <section aria-labelledby="access" class="hms-part">
            <h2 id="access">{words.access_title}</h2>
            {buttons}
        </section>
    }
}

#[component]
fn Log(log: Vec<AccountLine>) -> impl IntoView {
    let words = &page_words().people;
    if log.is_empty() {
        return view! {
            <section aria-labelledby="log" class="hms-part">
                <h2 id="log">{words.log_title}</h2>
                <p>{words.log_none}</p>
            </section>
        }
        .into_any();
    }
    let rows = log
        .into_iter()
        .map(|line| {
            let more = match line.what {
                AccountDone::Roles => {
                    (words.roles_from)(&line.before.join(", "), &line.after.join(", "))
                }
                AccountDone::Added => line.after.join(", "),
                _ => String::new(),
            };
            let what = match more.is_empty() {
                true => (words.done)(line.what).to_owned(),
                false => format!("{}: {more}", (words.done)(line.what)),
            };
            view! {
                <tr>
                    <th scope="row" data-label=words.when><Stamp at=line.at/></th>
                    <td data-label=words.who>{line.who}</td>
                    <td data-label=words.what>{what}</td>
                </tr>
            }
        })
        .collect_view();
    view! {
        <section aria-labelledby="log" class="hms-part">
            <h2 id="log">{words.log_title}</h2>
            <div class="hms-table-frame">
                <table class="usa-table usa-table--borderless hms-table">
                    <caption class="usa-sr-only">{words.log_title}</caption>
                    <thead>
                        <tr>
                            <th scope="col">{words.when}</th>
                            <th scope="col">{words.who}</th>
                            <th scope="col">{words.what}</th>
                        </tr>
                    </thead>
                    <tbody>{rows}</tbody>
                </table>
            </div>
        </section>
    }
    .into_any()
}
