//! `/admin/people`: who may sign in. Nobody's address or name is in an address of a page.

use leptos::prelude::*;
use leptos_router::hooks::use_query_map;

use crate::functions::people::read_people;
use crate::pages::password::problems;
use crate::parts::field::{Legend, TextField};
use crate::parts::loaded::loaded;
use crate::parts::moment::Stamp;
use crate::parts::page_words;
use crate::parts::problem::{Problem, Wrong};
use crate::parts::staff_page::StaffPage;
use crate::posted::{InvitePosted, PeopleShown};
use crate::views::{AccountRow, InviteFault, Language, WorkflowRoles};

/// The people.
#[component]
pub(crate) fn People() -> impl IntoView {
    let query = use_query_map();
    let before = Memo::new(move |_| {
        query.with(|query| query.get("before").and_then(|before| before.parse().ok()))
    });
    let answer = Resource::new_blocking(move || before.get(), read_people);
    loaded(answer, |shown| {
        let error = shown.posted.refused.is_some();
        let title = page_words().people.list_title;
        view! { <StaffPage title error><Shown shown/></StaffPage> }.into_any()
    })
}

#[component]
fn Shown(shown: PeopleShown) -> impl IntoView {
    let words = &page_words().people;
    let PeopleShown { page, posted } = shown;
    let older = page.next.map(|before| {
        let address = format!("/admin/people?before={before}");
        view! { <p><a class="usa-button usa-button--outline" href=address>{words.older}</a></p> }
    });
    let rows = page
        .rows
        .into_iter()
        .map(|row| view! { <Row row/> })
        .collect_view();
    let invite = page
        .may_change
        .then(|| view! { <Invite posted=posted.clone() roles=page.roles roles_of=page.roles_of/> });
    view! {
        <Problem wrong=wrong(&posted)/>
        <div class="hms-table-frame">
            <table class="usa-table usa-table--borderless hms-table">
                <caption class="usa-sr-only">{words.list_caption}</caption>
                <thead>
                    <tr>
                        <th scope="col">{words.name}</th>
                        <th scope="col">{words.email}</th>
                        <th scope="col">{words.roles}</th>
                        <th scope="col">{words.state}</th>
                        <th scope="col">{words.added}</th>
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </table>
        </div>
        {older}
        {invite}
    }
}

#[component]
fn Row(row: AccountRow) -> impl IntoView {
    let words = &page_words().people;
    view! {
        <tr>
            <th scope="row" data-label=words.name>
                <a href=format!("/admin/people/{}", row.id)>{row.name}</a>
            </th>
            <td data-label=words.email>{row.email}</td>
            <td data-label=words.roles>{row.roles.join(", ")}</td>
            <td data-label=words.state>{(words.states)(row.state)}</td>
            <td data-label=words.added><Stamp at=row.added/></td>
        </tr>
    }
}

fn fault(posted: &InvitePosted, wanted: &[InviteFault]) -> Option<String> {
    let words = &page_words().people;
    let found = posted.faults.iter().find(|fault| wanted.contains(fault));
    found.map(|fault| (words.invite_fault)(*fault).to_owned())
}

const EMAIL: [InviteFault; 2] = [InviteFault::Email, InviteFault::EmailTaken];

fn wrong(posted: &InvitePosted) -> Vec<Wrong> {
    let words = &page_words().people;
    if posted.faults.is_empty() {
        return problems(posted.refused.as_ref(), "email", None);
    }
    let one = |fault: &InviteFault| Wrong {
        field: Some(
            match fault {
                InviteFault::Email | InviteFault::EmailTaken => "email",
                InviteFault::Name => "name",
                InviteFault::Roles => "role",
            }
            .to_owned(),
        ),
        text: (words.invite_fault)(*fault).to_owned(),
    };
    posted.faults.iter().map(one).collect()
}

#[component]
fn Invite(posted: InvitePosted, roles: Vec<String>, roles_of: Vec<WorkflowRoles>) -> impl IntoView {
    let words = &page_words().people;
    let typed = posted.invitation.clone();
    let legend = |name, label: &str, fault| Legend {
        name,
        label: label.to_owned(),
        fault,
        ..Legend::default()
    };
    let email = legend("email", words.email, fault(&posted, &EMAIL));
    let name = legend("name", words.name, fault(&posted, &[InviteFault::Name]));
    let options = [(Language::En, "English"), (Language::Es, "Español")]
        .into_iter()
        .map(|(language, name)| {
            let selected = language == typed.language;
            view! { <option value=language.code() selected=selected>{name}</option> }
        })
        .collect_view();
    let fault = fault(&posted, &[InviteFault::Roles]);
    view! {
        <section aria-labelledby="invite" class="hms-part">
            <h2 id="invite">{words.invite_title}</h2>
            <p>{words.invite_text}</p>
            <form class="usa-form usa-form--large hms-form" method="post" action="/admin/people" novalidate>
                <TextField legend=name value=typed.name/>
                <TextField legend=email value=typed.email kind="email" inputmode="email"/>
                <Roles roles roles_of held=typed.roles fault/>
                <div class="usa-form-group">
                    <label class="usa-label" for="language">{words.language}</label>
                    <select class="usa-select" id="language" name="language">{options}</select>
                </div>
                <div class="hms-buttons">
                    <button class="usa-button" type="submit">{words.invite}</button>
                </div>
            </form>
        </section>
    }
}

/// The roles there are, those held ticked.
#[component]
pub(crate) fn Roles(
    roles: Vec<String>,
    roles_of: Vec<WorkflowRoles>,
    held: Vec<String>,
    fault: Option<String>,
) -> impl IntoView {
    let words = &page_words().people;
    let boxes = roles
        .into_iter()
        .enumerate()
        .map(|(place, role)| {
            // The first one has the field's own id: the summary of problems leads to it.
            let id = if place == 0 {
                "role".to_owned()
            } else {
                format!("role-{role}")
            };
            tick(id, role.clone(), role, &held)
        })
        .collect_view();
    // Open where one is ticked: what somebody holds is never out of sight.
    let open = held.iter().any(|role| role.contains('@'));
    let for_one = roles_of
        .into_iter()
        .map(|of| {
            let boxes = of.roles.into_iter().map(|role| {
                let name = role.split('@').next().unwrap_or_default().to_owned();
                tick(
                    format!("role-{}", role.replace('@', "--")),
                    name,
                    role,
                    &held,
                )
            });
            view! {
                <fieldset class="usa-fieldset">
                    <legend class="usa-label">{of.workflow}</legend>
                    {boxes.collect_view()}
                </fieldset>
            }
        })
        .collect_view();
    let class = if fault.is_some() {
        "usa-form-group usa-form-group--error"
    } else {
        "usa-form-group"
    };
    let described = fault.is_some().then_some("role-fault");
    view! {
        <div class=class>
            <fieldset class="usa-fieldset" aria-describedby=described>
                <legend class="usa-label">{words.roles}</legend>
                {fault.map(|fault| view! { <span class="usa-error-message" id="role-fault">{fault}</span> })}
                {boxes}
                <details class="hms-details" open=open>
                    <summary>{words.roles_of}</summary>
                    <p class="usa-hint">{words.roles_of_text}</p>
                    {for_one}
                </details>
            </fieldset>
        </div>
    }
}

fn tick(id: String, name: String, role: String, held: &[String]) -> impl IntoView + use<> {
    let checked = held.contains(&role);
    view! {
        <div class="usa-checkbox">
            <input class="usa-checkbox__input" type="checkbox" id=id.clone() name="role" value=role checked=checked/>
            <label class="usa-checkbox__label" for=id>{name}</label>
        </div>
    }
}
