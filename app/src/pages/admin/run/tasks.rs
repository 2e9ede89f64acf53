//! The tasks of a run: who did each, how long it took, what went in and what came out.

use leptos::prelude::*;
use serde_json::Value;

use crate::parts::files::FileLinks;
use crate::parts::sla_timer::SlaTimer;
use crate::parts::ticking::Ticking;
use crate::views::{FileAnswer, RunTaskRow};
use crate::words::record::brief;
use crate::words::when::short;

/// The tasks, oldest first.
#[component]
pub(super) fn Tasks(
    tasks: Vec<RunTaskRow>,
    clock: Ticking,
    /// The address that the ids of files follow.
    files: String,
) -> impl IntoView {
    let rows = tasks
        .into_iter()
        .map(|task| view! { <TaskRow task clock files=files.clone()/> })
        .collect_view();
    view! {
        <div class="hms-table-frame">
            <table class="usa-table usa-table--borderless hms-table">
                <caption class="usa-sr-only">"Tasks of this run, oldest first"</caption>
                <thead>
                    <tr>
                        <th scope="col">"Step"</th>
                        <th scope="col">"Actor"</th>
                        <th scope="col">"Status"</th>
                        <th scope="col">"Deadline"</th>
                        <th scope="col">"Who"</th>
                        <th scope="col">"How long"</th>
                        <th scope="col">"In and out"</th>
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </table>
        </div>
    }
}

#[component]
fn TaskRow(task: RunTaskRow, clock: Ticking, files: String) -> impl IntoView {
    let result = task.result.unwrap_or_default();
    // On a phone a row is a list of names and values: one without a value is left out.
    let nothing = task.input.is_null() && result.is_null() && task.error.is_none();
    let answered = files_of(&result);
    let answered = (!answered.is_empty()).then(|| view! { <FileLinks files=answered at=files/> });
    let error = task
        .error
        .map(|error| view! { <p class="hms-late">{error}</p> });
    let attempt = (task.attempt > 1).then(|| format!(" (attempt {})", task.attempt));
    let (opened, closed) = (task.sla.opened, task.sla.closed);
    let took = move || match closed {
        Some(closed) => short(closed - opened),
        None => format!("{} so far", short(clock.now() - opened)),
    };
    let title = match task.human {
        true => view! { <a href=format!("/inbox/{}", task.id)>{task.title}</a> }.into_any(),
        false => view! { <span>{task.title}</span> }.into_any(),
    };
    view! {
        <tr>
            <th scope="row" data-label="Step">{title} <br/> <code>{task.step}</code></th>
            <td data-label="Actor">{task.actor}</td>
            <td data-label="Status">{task.status} {attempt}</td>
            <td data-label="Deadline"><SlaTimer sla=task.sla clock/></td>
            <td data-label="Who">{task.who.unwrap_or_else(|| "–".to_owned())}</td>
            <td data-label="How long">{took}</td>
            <td data-label="In and out" class:hms-empty=nothing>
                <div>
                    <Data name="In" value=task.input/>
                    <Data name="Out" value=result/>
                    {answered}
                    {error}
                </div>
            </td>
        </tr>
    }
}

/// The files that an answer names in its members.
fn files_of(result: &Value) -> Vec<FileAnswer> {
    let members = result.as_object().into_iter().flat_map(|all| all.values());
    members.filter_map(FileAnswer::list_of).flatten().collect()
}

/// A short value as it is, a long one behind its first words; nothing for null.
#[component]
fn Data(name: &'static str, value: Value) -> impl IntoView {
    /// What is short, in characters.
    const SHORT: usize = 60;
    if value.is_null() {
        return ().into_any();
    }
    let text = brief(&value);
    if text.chars().count() <= SHORT {
        return view! { <p class="hms-data">{name} ": " <code class="hms-json">{text}</code></p> }
            .into_any();
    }
    let whole = serde_json::to_string_pretty(&value).unwrap_or(text);
    view! {
        <details class="hms-data">
            <summary>{name}</summary>
            <pre class="hms-json hms-data__whole"><code>{whole}</code></pre>
        </details>
    }
    .into_any()
}
