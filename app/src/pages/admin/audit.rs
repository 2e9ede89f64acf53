//! `/admin/audit`: who read, changed and signed in to what, newest first. Nobody's name or address is in its own address.

use chrono::NaiveDate;
use leptos::prelude::*;
use leptos_router::hooks::use_query_map;

use super::sla::date;
use crate::functions::admin::read_audit;
use crate::parts::loaded::loaded;
use crate::parts::moment::Stamp;
use crate::parts::page_words;
use crate::parts::problem::{Problem, Wrong};
use crate::parts::staff_page::StaffPage;
use crate::views::{AuditKind, AuditLine, AuditObject, AuditPage, AuditQuery, SealView};
use crate::words::when::{day, stamp};

/// The audit trail.
#[component]
pub(crate) fn Audit() -> impl IntoView {
    let query = use_query_map();
    let asked = Memo::new(move |_| {
        query.with(|query| {
            asked(|name| {
                let text = query.get(name)?;
                let text = text.trim();
                (!text.is_empty()).then(|| text.to_owned())
            })
        })
    });
    let answer = Resource::new_blocking(move || asked.get().0, read_audit);
    loaded(answer, move |page| {
        let (asked, fault) = asked.get_untracked();
        let words = &page_words().audit;
        let mut wrong: Vec<Wrong> = fault
            .map(|(field, order)| Wrong {
                field: Some(field.to_owned()),
                text: match order {
                    true => words.wrong_order.to_owned(),
                    false => words.wrong_day.to_owned(),
                },
            })
            .into_iter()
            .collect();
        if page.unknown_object {
            wrong.push(Wrong {
                field: Some("object".to_owned()),
                text: words.unknown_object.to_owned(),
            });
        }
        view! {
            <StaffPage title=words.title error=!wrong.is_empty()>
                <Problem wrong/>
                <Shown page asked/>
            </StaffPage>
        }
        .into_any()
    })
}

/// What the address asks for, and the field that is wrong in it; with whether it is the order of the days. What is wrong
/// asks for nothing.
fn asked(text: impl Fn(&str) -> Option<String>) -> (AuditQuery, Option<(&'static str, bool)>) {
    let mut fault = None;
    let mut day = |field: &'static str| -> Option<NaiveDate> {
        let text = text(field)?;
        let day = date(&text);
        if day.is_none() {
            fault = fault.or(Some((field, false)));
        }
        day
    };
    let (from, to) = (day("from"), day("to"));
    if from.zip(to).is_some_and(|(from, to)| from > to) {
        fault = fault.or(Some(("from", true)));
    }
    let query = AuditQuery {
        who: text("who"),
        kind: text("kind").and_then(|kind| kind.parse().ok()),
        object: text("object"),
        from,
        to,
        before: text("before").and_then(|before| before.parse().ok()),
    };
    (query, fault)
}

/// The address of a list of entries, or of its download. What a person typed is kept to what numbers and ids are made of.
fn address(page: &str, query: &AuditQuery) -> String {
    let plain = |text: &String| -> String {
        text.chars()
            .filter(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | ':' | '_' | '.'))
            .collect()
    };
    let pairs = [
        ("who", query.who.as_ref().map(plain)),
        ("kind", query.kind.map(|kind| kind.as_str().to_owned())),
        ("object", query.object.as_ref().map(plain)),
        ("from", query.from.map(day)),
        ("to", query.to.map(day)),
        ("before", query.before.map(|before| before.to_string())),
    ];
    let pairs: Vec<String> = pairs
        .into_iter()
        .filter_map(|(name, value)| value.map(|value| format!("{name}={value}")))
        .collect();
    match pairs.is_empty() {
        true => page.to_owned(),
        false => format!("{page}?{}", pairs.join("&")),
    }
}

#[component]
fn Shown(page: AuditPage, asked: AuditQuery) -> impl IntoView {
    let words = &page_words().audit;
    let first = AuditQuery {
        before: None,
        ..asked.clone()
    };
    let csv = address("/admin/audit.csv", &first);
    let older = page.next.map(|before| {
        let to = address(
            "/admin/audit",
            &AuditQuery {
                before: Some(before),
                ..asked.clone()
            },
        );
        view! { <p><a class="usa-button usa-button--outline" href=to>{words.older}</a></p> }
    });
    let none = page.rows.is_empty().then(|| {
        let told = match page.next {
            Some(_) => words.none_yet,
            None => words.none,
        };
        view! { <p class="hms-empty">{told}</p> }
    });
    let rows = page
        .rows
        .into_iter()
        .map(|row| {
            let asked = first.clone();
            view! { <Row row asked/> }
        })
        .collect_view();
    view! {
        <p class="usa-intro">{words.intro}</p>
        {page.seal.map(|seal| view! { <Seal seal/> })}
        <Filter asked=asked.clone() people=page.people/>
        <div class="hms-table-frame" hidden=none.is_some()>
            <table class="usa-table usa-table--borderless hms-table">
                <caption class="usa-sr-only">{words.caption}</caption>
                <thead>
                    <tr>
                        <th scope="col">{words.when}</th>
                        <th scope="col">{words.who}</th>
                        <th scope="col">{words.what}</th>
                        <th scope="col">{words.about}</th>
                        <th scope="col">{words.change}</th>
                        <th scope="col">{words.from_where}</th>
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </table>
        </div>
        {none}
        {older}
        <p><a class="usa-button usa-button--outline" rel="external" download=true href=csv>{words.csv}</a></p>
    }
}

/// Whether the trail is whole.
#[component]
fn Seal(seal: SealView) -> impl IntoView {
    let words = &page_words().audit;
    let (kind, told) = match seal {
        SealView::None => ("usa-alert--info", words.not_sealed.to_owned()),
        SealView::Whole { number, at, chains } => (
            "usa-alert--success",
            (words.whole)(number, &stamp(at), chains),
        ),
        SealView::Late { at } => ("usa-alert--warning", (words.late)(&stamp(at))),
        SealView::Broken { number, at, faults } => (
            "usa-alert--error",
            (words.broken)(number, &stamp(at), faults),
        ),
    };
    view! {
        <section class=format!("usa-alert usa-alert--slim {kind}") aria-label=words.seal_title>
            <div class="usa-alert__body"><p class="usa-alert__text">{told}</p></div>
        </section>
    }
}

#[component]
fn Filter(asked: AuditQuery, people: Vec<(uuid::Uuid, String)>) -> impl IntoView {
    let words = &page_words().audit;
    let kinds = AuditKind::ALL
        .into_iter()
        .map(|kind| {
            let selected = asked.kind == Some(kind);
            view! { <option value=kind.as_str() selected=selected>{(words.kind)(kind)}</option> }
        })
        .collect_view();
    let chosen = asked.who.clone();
    let people = people
        .into_iter()
        .map(|(id, name)| {
            let id = id.to_string();
            let selected = chosen.as_deref() == Some(id.as_str());
            view! { <option value=id selected=selected>{name}</option> }
        })
        .collect_view();
    view! {
        <form class="hms-filter" method="get" action="/admin/audit" role="search">
            <div>
                <label class="usa-label" for="kind">{words.what}</label>
                <select class="usa-select" id="kind" name="kind">
                    <option value="">{words.everything}</option>
                    {kinds}
                </select>
            </div>
            <div>
                <label class="usa-label" for="who">{words.who}</label>
                <select class="usa-select" id="who" name="who">
                    <option value="">{words.everybody}</option>
                    {people}
                </select>
            </div>
            <div>
                <label class="usa-label" for="object">{words.object}</label>
                <input class="usa-input" type="text" id="object" name="object" aria-describedby="object-hint"
                    value=asked.object.unwrap_or_default()/>
            </div>
            <div>
                <label class="usa-label" for="from">{words.from}</label>
                <input class="usa-input" type="date" id="from" name="from" value=asked.from.map(day)/>
            </div>
            <div>
                <label class="usa-label" for="to">{words.to}</label>
                <input class="usa-input" type="date" id="to" name="to" value=asked.to.map(day)/>
            </div>
            <button class="usa-button" type="submit">{words.show}</button>
            <p class="usa-hint" id="object-hint">{words.object_hint}</p>
        </form>
    }
}

#[component]
fn Row(row: AuditLine, asked: AuditQuery) -> impl IntoView {
    let words = &page_words().audit;
    let who = match row.person {
        Some(person) => {
            let to = AuditQuery {
                who: Some(person.to_string()),
                ..asked
            };
            let label = (words.only_person)(&row.who);
            view! { <a href=address("/admin/audit", &to) title=label>{row.who.clone()}</a> }
                .into_any()
        }
        None => {
            let named = row.token.as_deref().map(words.token_named);
            named.unwrap_or_else(|| words.named(&row.who)).into_any()
        }
    };
    let object = row.object.map(|object| match object {
        AuditObject::Case { run, case } => {
            view! { <a href=format!("/admin/runs/{run}")>{case}</a> }.into_any()
        }
        AuditObject::Person { id, name } => {
            view! { <a href=format!("/admin/people/{id}")>{name}</a> }.into_any()
        }
        AuditObject::Token { name, .. } => (words.token_object)(&name).into_any(),
        AuditObject::Other { id } => {
            let id = id.to_string();
            let last = id.split('-').next_back().unwrap_or_default();
            (words.other_object)(last).into_any()
        }
    });
    let detail = row
        .detail
        .map(|detail| view! { " " <code class="hms-hash">{short(&detail)}</code> });
    let change = [(words.before, row.before), (words.after, row.after)]
        .into_iter()
        .filter_map(|(name, value)| {
            value.map(
                |value| view! { <span class="hms-answer">{format!("{name}: {value}")}</span> " " },
            )
        })
        .collect_view();
    view! {
        <tr>
            <th scope="row" data-label=words.when><Stamp at=row.at/></th>
            <td data-label=words.who>{who}</td>
            <td data-label=words.what>{words.told(&row.what)}</td>
            <td data-label=words.about><div>{object} {detail}</div></td>
            <td data-label=words.change><div>{change}</div></td>
            <td data-label=words.from_where>{row.from.unwrap_or_else(|| "–".to_owned())}</td>
        </tr>
    }
}

/// An id by its end, which is what differs; whole it is in the download. Other names as they are.
fn short(detail: &str) -> String {
    let id = detail.len() >= 32 && detail.bytes().all(|b| b.is_ascii_hexdigit() || b == b'-');
    match id {
        true => format!("…{}", &detail[detail.len() - 12..]),
        false => detail.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(pairs: &[(&str, &str)]) -> (AuditQuery, Option<(&'static str, bool)>) {
        asked(|name| {
            let found = pairs.iter().find(|(known, _)| *known == name)?;
            Some(found.1.to_owned())
        })
    }

    #[test]
    fn an_address_asks_for_what_it_says() {
        let (query, fault) = of(&[
            ("kind", "sign_in"),
            ("from", "2026-05-01"),
            ("to", "2026-05-31"),
            ("object", "4839-2017-55"),
            ("before", "12"),
        ]);
        assert_eq!(fault, None);
        assert_eq!(
            address("/admin/audit", &query),
            "/admin/audit?kind=sign_in&object=4839-2017-55&from=2026-05-01&to=2026-05-31&before=12"
        );
        assert_eq!(of(&[]), (AuditQuery::default(), None));
        assert_eq!(
            address("/admin/audit", &AuditQuery::default()),
            "/admin/audit"
        );
    }

    #[test]
    fn an_id_is_shown_by_its_end_and_a_name_whole() {
        assert_eq!(
            short("01a215c0-0ead-71a7-81ed-ae26a5da282b"),
            "…ae26a5da282b"
        );
        assert_eq!(short("FTC-Complaint"), "FTC-Complaint");
        assert_eq!(short("0488-8340-85"), "0488-8340-85");
    }

    #[test]
    fn a_day_that_is_none_is_named_and_nothing_of_an_address_is_markup() {
        assert_eq!(of(&[("to", "tomorrow")]).1, Some(("to", false)));
        let turned = of(&[("from", "2026-05-31"), ("to", "2026-05-01")]);
        assert_eq!(turned.1, Some(("from", true)));
        let (query, _) = of(&[
            ("who", "a\"&x=<b>"),
            ("object", "maria@x.example&kind=read"),
        ]);
        assert_eq!(
            address("/admin/audit.csv", &query),
            "/admin/audit.csv?who=axb&object=mariax.examplekindread"
        );
    }
}
