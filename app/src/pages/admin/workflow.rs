//! `/admin/workflows/{id}`: one definition with its open tasks by step.

use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_params_map;

use super::migrate::{self, Migration};
use crate::functions::admin::read_workflow;
use crate::parts::loaded::loaded;
use crate::parts::picture::Picture;
use crate::parts::problem::Problem;
use crate::posted::{MigrationPosted, WorkflowPage};
use crate::views::{WorkflowCalendar, WorkflowStepRow, WorkflowView, counted};

/// A definition.
#[component]
pub(crate) fn Workflow() -> impl IntoView {
    let params = use_params_map();
    let id = move || params.with(|params| params.get("id").unwrap_or_default());
    let answer = Resource::new_blocking(id, read_workflow);
    loaded(answer, |page: WorkflowPage| {
        view! { <Shown view=page.view posted=page.posted.unwrap_or_default()/> }.into_any()
    })
}

#[component]
fn Shown(view: WorkflowView, posted: MigrationPosted) -> impl IntoView {
    let row = view.row;
    let steps: Vec<String> = view.steps.iter().map(|step| step.id.clone()).collect();
    let wrong = migrate::wrong(&posted);
    let migration = view! {
        <Migration id=row.id.clone() others=view.others steps posted/>
    };
    let title = match wrong.is_empty() {
        true => format!("Workflow {}", row.id),
        false => format!("Error: Workflow {}", row.id),
    };
    let steps = view
        .steps
        .into_iter()
        .map(|step| view! { <StepRow step/> })
        .collect_view();
    let calendars = view
        .calendars
        .into_iter()
        .map(|calendar| view! { <Counts calendar/> })
        .collect_view();
    view! {
        <Title text=title/>
        <div class="grid-container usa-section hms-admin">
            <Problem wrong/>
            <h1 id="page-title" tabindex="-1">{row.title}</h1>
            <dl class="hms-facts">
                <dt>"Workflow"</dt> <dd>{row.id.clone()}</dd>
                <dt>"Starts on"</dt> <dd>{row.start}</dd>
                <dt>"Version"</dt> <dd><code class="hms-hash">{row.version}</code></dd>
                {calendars}
                <dt>"Open runs"</dt>
                <dd><a href=format!("/admin/runs?filter=running&workflow={}", row.id)>{counted(row.open)}</a></dd>
            </dl>
            <Picture picture=view.picture/>
            <h2>"Steps"</h2>
            <div class="hms-table-frame">
                <table class="usa-table usa-table--borderless hms-table">
                    <caption class="usa-sr-only">"Steps in the order written"</caption>
                    <thead>
                        <tr>
                            <th scope="col">"Step"</th>
                            <th scope="col">"In words"</th>
                            <th scope="col">"Does"</th>
                            <th scope="col">"SLA"</th>
                            <th scope="col">"Goes on to"</th>
                            <th scope="col" class="hms-number">"Open now"</th>
                        </tr>
                    </thead>
                    <tbody>{steps}</tbody>
                </table>
            </div>
            {migration}
            <h2 id="source">"Definition"</h2>
            <pre class="hms-source" tabindex="0" role="region" aria-labelledby="source"><code>{view.source}</code></pre>
        </div>
    }
}

/// By what its deadlines are counted.
#[component]
fn Counts(calendar: WorkflowCalendar) -> impl IntoView {
    view! {
        <dt>"Working days and hours"</dt>
        <dd>
            {calendar.title} " (calendar " {calendar.id} ", version "
            <code class="hms-hash">{calendar.version}</code> ")"
        </dd>
    }
}

#[component]
fn StepRow(step: WorkflowStepRow) -> impl IntoView {
    let next = step
        .next
        .into_iter()
        .map(|next| view! { <li>{next}</li> })
        .collect_view();
    view! {
        <tr>
            <th scope="row" data-label="Step">{step.id}</th>
            <td data-label="In words">{step.title}</td>
            <td data-label="Does">{step.does}</td>
            <td data-label="SLA">{step.sla.unwrap_or_else(|| "–".to_owned())}</td>
            <td data-label="Goes on to"><ul class="usa-list usa-list--unstyled">{next}</ul></td>
            <td data-label="Open now" class="hms-number">{counted(step.open)}</td>
        </tr>
    }
}
