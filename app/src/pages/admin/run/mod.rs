//! `/admin/runs/{id}`: one run: what stopped it, its tasks, its timeline, and the two ways to step in.

mod cancel;
mod erase;
mod incident;
mod tasks;

pub(crate) use erase::Erase;
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_params_map;
use uuid::Uuid;

use super::runs::RunStatus;
use crate::agency::Refused;
use crate::functions::admin::read_run;
use crate::pages::task::Payload;
use crate::parts::field::Heading;
use crate::parts::loaded::loaded;
use crate::parts::moment::Stamp;
use crate::parts::page_words;
use crate::parts::picture::Picture;
use crate::parts::problem::{Problem, Wrong};
use crate::parts::record::Record;
use crate::parts::ticking::Ticking;
use crate::posted::{RunPage, RunPosted};
use crate::views::{Conflict, RunRow, RunView};

/// A run's page.
#[component]
pub(crate) fn Run() -> impl IntoView {
    let params = use_params_map();
    let id = move || params.with(|params| params.get("id").and_then(|id| id.parse::<Uuid>().ok()));
    let answer = Resource::new_blocking(id, |id| async move {
        match id {
            Some(id) => read_run(id).await,
            None => Err(Refused::NotFound),
        }
    });
    loaded(answer, |page: RunPage| {
        view! { <Shown run=page.run posted=page.posted.unwrap_or_default()/> }.into_any()
    })
}

#[component]
fn Shown(run: RunView, posted: RunPosted) -> impl IntoView {
    let clock = Ticking::new(run.clock);
    let row = run.row.clone();
    let wrong = wrong(&posted);
    let title = format!("Run {}", row.case);
    let title = if wrong.is_empty() {
        title
    } else {
        format!("Error: {title}")
    };
    let running = row.status == "RUNNING";
    let cancel = (running && run.may_change).then(|| cancel::Cancelled::of(&run));
    let incidents = run
        .incidents
        .into_iter()
        .map(|incident| {
            let posted = run.may_change.then(|| posted.clone());
            view! { <incident::Incident run=row.id incident posted/> }
        })
        .collect_view();
    let files = format!("/admin/runs/{}/files", row.id);
    view! {
        <Title text=title/>
        <div class="grid-container usa-section hms-admin">
            <p class="hms-back"><a href="/admin/runs">"Runs"</a></p>
            <Problem wrong/>
            <h1 id="page-title" tabindex="-1">"Run " {row.case.clone()}</h1>
            <p><RunStatus row=row.clone()/></p>
            {incidents}
            <dl class="hms-facts">
                <dt>"Workflow"</dt>
                <dd><a href=format!("/admin/workflows/{}", row.workflow)>{row.workflow.clone()}</a></dd>
                <dt>"Version"</dt>
                <dd><code class="hms-hash">{run.version}</code></dd>
                <dt>"Run id"</dt>
                <dd><code>{row.id.to_string()}</code></dd>
                <dt>"Began (UTC)"</dt>
                <dd><Stamp at=row.started/></dd>
                {row.ended.map(|ended| view! { <dt>"Ended (UTC)"</dt> <dd><Stamp at=ended/></dd> })}
                {run.parent.map(|parent| view! { <dt>"Called by"</dt> <dd><Link row=parent/></dd> })}
            </dl>
            <Picture picture=run.picture/>
            <h2>"Tasks"</h2>
            <tasks::Tasks tasks=run.tasks clock files=files.clone()/>
            <Called rows=run.called more=run.called_more/>
            <h2>"Timeline"</h2>
            <Record rows=run.timeline/>
            <h2>"What was reported"</h2>
            <Payload payload=run.payload files/>
            <erase::Kept run=row.id personal=run.personal/>
            <CaseFiles run=row.id/>
            {cancel.map(|cancel| view! { <cancel::Cancel cancel posted/> })}
        </div>
    }
}

/// The whole case to take out.
#[component]
fn CaseFiles(run: Uuid) -> impl IntoView {
    let words = &page_words().audit;
    view! {
        <h2>{words.case_files}</h2>
        <ul class="usa-list">
            <li><a rel="external" download=true href=format!("/admin/runs/{run}/case.html")>{words.case_html}</a></li>
            <li><a rel="external" download=true href=format!("/admin/runs/{run}/case.json")>{words.case_json}</a></li>
        </ul>
    }
}

/// Another run, by its case and workflow.
#[component]
fn Link(row: RunRow) -> impl IntoView {
    view! {
        <a href=format!("/admin/runs/{}", row.id)>{row.case.clone()} " (" {row.workflow.clone()} ")"</a>
        " "
        <RunStatus row/>
    }
}

/// The runs that this one called.
#[component]
fn Called(rows: Vec<RunRow>, more: bool) -> impl IntoView {
    if rows.is_empty() {
        return ().into_any();
    }
    let rows = rows
        .into_iter()
        .map(|row| view! { <li><Link row/></li> })
        .collect_view();
    view! {
        <h2>"Runs that it called"</h2>
        <ul class="usa-list">{rows}</ul>
        {more.then(|| view! { <p>"It called more than these. The newest are shown."</p> })}
    }
    .into_any()
}

const NOTE_NEEDED: &str = "Write down why you do this";

/// The note that every change of a run wants; `needed` says that it was missing.
fn note(name: String, needed: bool) -> Heading {
    Heading {
        name,
        label: "Note".to_owned(),
        hint: "Why. It is kept in the audit trail.".to_owned(),
        fault: needed.then(|| NOTE_NEEDED.to_owned()),
        optional: false,
    }
}

fn lacks_note(posted: &RunPosted) -> bool {
    matches!(posted.refused, Some(Refused::Form(_)))
}

fn wrong(posted: &RunPosted) -> Vec<Wrong> {
    let told = |text: &str| {
        vec![Wrong {
            field: None,
            text: text.to_owned(),
        }]
    };
    match &posted.refused {
        None => Vec::new(),
        Some(Refused::Form(_)) => vec![Wrong {
            field: Some(match posted.incident {
                Some(number) => incident::note_name(number),
                None => cancel::NOTE.to_owned(),
            }),
            text: NOTE_NEEDED.to_owned(),
        }],
        Some(Refused::Conflict(Conflict::Run(why))) => told(why),
        Some(Refused::NotAllowed) => told("Your role cannot change runs"),
        Some(other) => told(page_words().refusal.not_done(other)),
    }
}
