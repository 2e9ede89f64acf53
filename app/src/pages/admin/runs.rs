//! `/admin/runs`: runs by kind, workflow and number.

use leptos::prelude::*;
use leptos_router::hooks::use_query_map;
use uuid::Uuid;

use crate::functions::admin::read_runs;
use crate::parts::loaded::loaded;
use crate::parts::moment::Stamp;
use crate::parts::page_words;
use crate::parts::staff_page::StaffPage;
use crate::views::{RunRow, RunsFilter, RunsPage, RunsQuery};
use crate::words::runs::{filter_hint, filter_name, waits};

/// The runs.
#[component]
pub(crate) fn Runs() -> impl IntoView {
    let query = use_query_map();
    let asked = Memo::new(move |_| {
        query.with(|query| {
            let text = |name: &str| {
                query
                    .get(name)
                    .map(|text| text.trim().to_owned())
                    .filter(|text| !text.is_empty())
            };
            RunsQuery {
                filter: text("filter")
                    .and_then(|filter| filter.parse().ok())
                    .unwrap_or_default(),
                workflow: text("workflow"),
                before: text("before").and_then(|before| before.parse().ok()),
                search: text("search"),
            }
        })
    });
    let answer = Resource::new_blocking(move || asked.get(), read_runs);
    loaded(answer, move |page| {
        let asked = asked.get_untracked();
        view! { <StaffPage title="Runs"><Shown page asked/></StaffPage> }.into_any()
    })
}

/// The address of a list of runs.
fn address(query: &RunsQuery) -> String {
    let mut address = format!("/admin/runs?filter={}", query.filter.as_str());
    if let Some(workflow) = &query.workflow {
        address.push_str(&format!("&workflow={workflow}"));
    }
    if let Some(search) = &query.search {
        let plain: String = search
            .chars()
            .filter(|c| c.is_ascii_alphanumeric() || *c == '-')
            .collect();
        address.push_str(&format!("&search={plain}"));
    }
    if let Some(before) = &query.before {
        address.push_str(&format!("&before={before}"));
    }
    address
}

#[component]
fn Shown(page: RunsPage, asked: RunsQuery) -> impl IntoView {
    let filters = RunsFilter::ALL
        .into_iter()
        .map(|filter| {
            let to = RunsQuery {
                filter,
                before: None,
                ..asked.clone()
            };
            view! {
                <li>
                    <a href=address(&to) aria-current=(filter == asked.filter).then_some("page")>
                        {filter_name(filter)}
                    </a>
                </li>
            }
        })
        .collect_view();
    let older = page.next.map(|before| {
        let to = RunsQuery {
            before: Some(before),
            ..asked.clone()
        };
        view! { <p><a class="usa-button usa-button--outline" href=address(&to)>"Older runs"</a></p> }
    });
    let hint = filter_hint(asked.filter).map(|hint| view! { <p class="hms-tabs__hint">{hint}</p> });
    let words = &page_words().lists;
    let cut = page.cut.then(|| {
        let text = match asked.search {
            Some(_) => words.search_cut,
            None => words.stuck_cut,
        };
        view! { <p class="hms-tabs__hint">{text}</p> }
    });
    let empty = page.rows.is_empty();
    let rows = page
        .rows
        .into_iter()
        .map(|row| view! { <Row row/> })
        .collect_view();
    view! {
        <nav aria-label="Kinds of runs"><ul class="hms-tabs">{filters}</ul></nav>
        {hint}
        <Search asked workflows=page.workflows/>
        {cut}
        {if let Some(run) = page.archived {
            view! { <InArchive run/> }.into_any()
        } else if empty {
            view! { <p class="hms-empty">"No run fits. Choose another kind or search for something else."</p> }.into_any()
        } else {
            view! {
                <div class="hms-table-frame">
                    <table class="usa-table usa-table--borderless hms-table">
                        <caption class="usa-sr-only">"Runs, newest first"</caption>
                        <thead>
                            <tr>
                                <th scope="col">"Case"</th>
                                <th scope="col">"Workflow"</th>
                                <th scope="col">"Status"</th>
                                <th scope="col">"Stands at"</th>
                                <th scope="col">"Waits for"</th>
                                <th scope="col">"Began (UTC)"</th>
                                <th scope="col">"Ended (UTC)"</th>
                            </tr>
                        </thead>
                        <tbody>{rows}</tbody>
                    </table>
                </div>
            }
                .into_any()
        }}
        {older}
    }
}

/// Says that what was looked for is in the archive.
#[component]
fn InArchive(run: Uuid) -> impl IntoView {
    let words = &page_words().archive;
    view! {
        <p class="hms-empty">
            {words.found} " "
            <a rel="external" href=format!("/admin/runs/{run}")>{words.open}</a>
        </p>
    }
}

#[component]
fn Search(asked: RunsQuery, workflows: Vec<String>) -> impl IntoView {
    let chosen = asked.workflow.clone();
    let options = workflows
        .into_iter()
        .map(|workflow| {
            let selected = chosen.as_deref() == Some(workflow.as_str());
            view! { <option value=workflow.clone() selected=selected>{workflow.clone()}</option> }
        })
        .collect_view();
    view! {
        <form class="hms-filter" method="get" action="/admin/runs" role="search">
            <input type="hidden" name="filter" value=asked.filter.as_str()/>
            <div>
                <label class="usa-label" for="search">"Case number, key or run id"</label>
                <input class="usa-input" type="text" id="search" name="search" value=asked.search.unwrap_or_default()/>
            </div>
            <div>
                <label class="usa-label" for="workflow">"Workflow"</label>
                <select class="usa-select" id="workflow" name="workflow">
                    <option value="">"All"</option>
                    {options}
                </select>
            </div>
            <button class="usa-button" type="submit">"Search"</button>
        </form>
    }
}

/// A run's status with what an administrator looks for.
#[component]
pub(crate) fn RunStatus(row: RunRow) -> impl IntoView {
    let stopped = row
        .stopped
        .then(|| view! { " " <span class="usa-tag hms-tag--high">"Stopped"</span> });
    let unserved = (!row.unserved.is_empty()).then(|| {
        let actors = row.unserved.join(", ");
        view! {
            " "
            <a href="/admin/workers">{format!("Nobody works for {actors}")}</a>
        }
    });
    let stuck = (!row.unserved.is_empty() || (row.stopped && row.waits_for.is_empty()))
        .then(|| view! { " " <span class="usa-tag hms-tag--high">"Stuck"</span> });
    let breached = row
        .breached
        .then(|| view! { " " <span class="usa-tag hms-tag--late">"Breached"</span> });
    view! {
        <span class="hms-run-status">{row.status}</span>
        {stopped}
        {stuck}
        {breached}
        {unserved}
    }
}

#[component]
fn Row(row: RunRow) -> impl IntoView {
    let at = if row.at.is_empty() {
        "–".to_owned()
    } else {
        row.at.join(", ")
    };
    let waits_for: Vec<&str> = row.waits_for.iter().map(|what| waits(*what)).collect();
    let waits_for = match waits_for.is_empty() {
        true => "–".to_owned(),
        false => waits_for.join(", "),
    };
    let ended = match row.ended {
        Some(ended) => view! { <Stamp at=ended/> }.into_any(),
        None => "–".into_any(),
    };
    view! {
        <tr>
            <th scope="row" data-label="Case">
                <a href=format!("/admin/runs/{}", row.id)>{row.case.clone()}</a>
            </th>
            <td data-label="Workflow">
                <a href=format!("/admin/workflows/{}", row.workflow)>{row.workflow.clone()}</a>
            </td>
            <td data-label="Status"><div><RunStatus row=row.clone()/></div></td>
            <td data-label="Stands at">{at}</td>
            <td data-label="Waits for">{waits_for}</td>
            <td data-label="Began (UTC)"><Stamp at=row.started/></td>
            <td data-label="Ended (UTC)">{ended}</td>
        </tr>
    }
}
