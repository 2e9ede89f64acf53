//! `/admin/workers`: who polls for which actor, and whom nobody polls for.

use chrono::TimeDelta;
use leptos::prelude::*;

use crate::functions::admin::read_workers;
use crate::parts::loaded::loaded;
use crate::parts::staff_page::StaffPage;
use crate::views::{WorkerRow, counted};
use crate::words::when::short;

/// The workers.
#[component]
pub(crate) fn Workers() -> impl IntoView {
    let answer = Resource::new_blocking(|| (), |()| read_workers());
    loaded(answer, |rows| {
        view! { <StaffPage title="Workers"><Rows rows/></StaffPage> }.into_any()
    })
}

#[component]
fn Rows(rows: Vec<WorkerRow>) -> impl IntoView {
    let unserved = rows
        .iter()
        .filter(|row| row.worker.is_none() && row.waiting > 0)
        .map(|row| {
            let tasks = if row.waiting == 1 {
                "task waits"
            } else {
                "tasks wait"
            };
            let text = format!(
                "Nobody polls {} – {} {tasks}",
                row.actor,
                counted(row.waiting)
            );
            view! {
                <div class="usa-alert usa-alert--warning usa-alert--slim">
                    <div class="usa-alert__body"><p class="usa-alert__text">{text}</p></div>
                </div>
            }
        })
        .collect_view();
    let body = rows
        .into_iter()
        .map(|row| view! { <Row row/> })
        .collect_view();
    view! {
        {unserved}
        <div class="hms-table-frame">
            <table class="usa-table usa-table--borderless hms-table">
                <caption class="usa-sr-only">"Workers by actor"</caption>
                <thead>
                    <tr>
                        <th scope="col">"Actor"</th>
                        <th scope="col">"Worker"</th>
                        <th scope="col">"Version"</th>
                        <th scope="col">"Last seen"</th>
                        <th scope="col" class="hms-number">"Done"</th>
                        <th scope="col" class="hms-number">"Failed"</th>
                        <th scope="col" class="hms-number">"Waiting"</th>
                        <th scope="col">"Oldest waits"</th>
                    </tr>
                </thead>
                <tbody>{body}</tbody>
            </table>
        </div>
    }
}

#[component]
fn Row(row: WorkerRow) -> impl IntoView {
    let ago = |seconds: u64| {
        short(TimeDelta::seconds(
            i64::try_from(seconds).unwrap_or(i64::MAX / 1_000),
        ))
    };
    let seen = match row.idle_seconds {
        Some(seconds) => format!("{} ago", ago(seconds)),
        None => "Never".to_owned(),
    };
    view! {
        <tr>
            <th scope="row" data-label="Actor">{row.actor}</th>
            <td data-label="Worker">{row.worker.unwrap_or_else(|| "Nobody".to_owned())}</td>
            <td data-label="Version">{row.version.unwrap_or_else(|| "–".to_owned())}</td>
            <td data-label="Last seen">{seen}</td>
            <td data-label="Done" class="hms-number">{row.done}</td>
            <td data-label="Failed" class="hms-number">{row.failed}</td>
            <td data-label="Waiting" class="hms-number">{counted(row.waiting)}</td>
            <td data-label="Oldest waits">{row.oldest_seconds.map_or_else(|| "–".to_owned(), ago)}</td>
        </tr>
    }
}
