//! `/admin/runs/{id}`: one run: what stopped it, its tasks, its timeline, and the two ways to step in.

use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_params_map;
use uuid::Uuid;

use super::runs::RunStatus;
use crate::agency::Refused;
use crate::functions::admin::read_run;
use crate::pages::task::Payload;
use crate::parts::field::{Legend, TextField};
use crate::parts::loaded::loaded;
use crate::parts::moment::Stamp;
use crate::parts::page_words;
use crate::parts::picture::Picture;
use crate::parts::problem::{Problem, Wrong};
use crate::parts::record::Record;
use crate::parts::sla_timer::SlaTimer;
use crate::parts::ticking::Ticking;
use crate::posted::{RunPage, RunPosted};
use crate::views::{Conflict, IncidentRow, RunTaskRow, RunView};
use crate::words::record::brief;

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
    let incidents = run
        .incidents
        .iter()
        .map(|incident| view! { <Incident incident=incident.clone()/> })
        .collect_view();
    let stopped = !run.incidents.is_empty();
    let running = row.status == "RUNNING";
    let tasks = run
        .tasks
        .into_iter()
        .map(|task| view! { <TaskRow task clock/> })
        .collect_view();
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
            </dl>
            <Picture picture=run.picture/>
            {(running && stopped)
                .then(|| view! { <Retry id=row.id steps=run.steps.clone() posted=posted.clone()/> })}
            <h2>"Tasks"</h2>
            <div class="hms-table-frame">
                <table class="usa-table usa-table--borderless hms-table">
                    <caption class="usa-sr-only">"Tasks of this run, oldest first"</caption>
                    <thead>
                        <tr>
                            <th scope="col">"Step"</th>
                            <th scope="col">"Actor"</th>
                            <th scope="col">"Status"</th>
                            <th scope="col">"Time"</th>
                            <th scope="col">"Who"</th>
                            <th scope="col">"Answer"</th>
                        </tr>
                    </thead>
                    <tbody>{tasks}</tbody>
                </table>
            </div>
            <h2>"Timeline"</h2>
            <Record rows=run.timeline/>
            <h2>"What was reported"</h2>
            <Payload payload=run.payload/>
            {running.then(|| view! { <Cancel id=row.id posted/> })}
        </div>
    }
}

#[component]
fn Incident(incident: IncidentRow) -> impl IntoView {
    view! {
        <div class="usa-alert usa-alert--error">
            <div class="usa-alert__body">
                <h2 class="usa-alert__heading">"Stopped at " {incident.step}</h2>
                <p class="usa-alert__text">{incident.message} " (since " <Stamp at=incident.since/> " UTC)"</p>
            </div>
        </div>
    }
}

#[component]
fn TaskRow(task: RunTaskRow, clock: Ticking) -> impl IntoView {
    let answer = task.result.as_ref().map(brief).unwrap_or_default();
    let error = task
        .error
        .map(|error| view! { <p class="hms-late">{error}</p> });
    let attempt = (task.attempt > 1).then(|| format!(" (attempt {})", task.attempt));
    view! {
        <tr>
            <th scope="row" data-label="Step">{task.title} <br/> <code>{task.step}</code></th>
            <td data-label="Actor">{task.actor}</td>
            <td data-label="Status">{task.status} {attempt}</td>
            <td data-label="Time"><SlaTimer sla=task.sla clock/></td>
            <td data-label="Who">{task.who.unwrap_or_else(|| "–".to_owned())}</td>
            <td data-label="Answer"><code class="hms-json">{answer}</code> {error}</td>
        </tr>
    }
}

fn note_legend(name: &'static str, posted: &RunPosted, act: &str) -> Legend {
    let needed = posted.act == act && matches!(posted.refused, Some(Refused::Form(_)));
    Legend {
        name,
        label: "Note".to_owned(),
        hint: "Why. It is kept in the audit trail.",
        fault: needed.then(|| NOTE_NEEDED.to_owned()),
        optional: false,
    }
}

const NOTE_NEEDED: &str = "Write down why you do this";

/// Sends a stopped run on.
#[component]
fn Retry(id: Uuid, steps: Vec<String>, posted: RunPosted) -> impl IntoView {
    let chosen = posted.to.clone();
    let options = steps
        .into_iter()
        .map(|step| {
            let selected = step == chosen;
            view! { <option value=step.clone() selected=selected>{step.clone()}</option> }
        })
        .collect_view();
    let note = if posted.act == "retry" {
        posted.note.clone()
    } else {
        String::new()
    };
    view! {
        <section class="hms-act" aria-labelledby="retry">
            <h2 id="retry">"Send it on"</h2>
            <p>"The run goes on at the step you choose. What was done before stays done."</p>
            <form method="post" action=format!("/admin/runs/{id}") novalidate>
                <label class="usa-label" for="to">"Go on at"</label>
                <select class="usa-select" id="to" name="to">
                    <option value="">"The step that stopped"</option>
                    {options}
                </select>
                <NoteField legend=note_legend("note", &posted, "retry") value=note/>
                <div class="hms-buttons">
                    <button class="usa-button" type="submit" name="act" value="retry">"Send on"</button>
                </div>
            </form>
        </section>
    }
}

/// Ends the run.
#[component]
fn Cancel(id: Uuid, posted: RunPosted) -> impl IntoView {
    let note = if posted.act == "cancel" {
        posted.note.clone()
    } else {
        String::new()
    };
    view! {
        <section class="hms-act" aria-labelledby="cancel">
            <h2 id="cancel">"Cancel this run"</h2>
            <p>"Its open tasks are closed and nobody can work on it any more. This cannot be undone."</p>
            <form method="post" action=format!("/admin/runs/{id}") novalidate>
                <NoteField legend=note_legend("cancel-note", &posted, "cancel") value=note/>
                <div class="hms-buttons">
                    <button class="usa-button usa-button--secondary" type="submit" name="act" value="cancel">"Cancel the run"</button>
                </div>
            </form>
        </section>
    }
}

#[component]
fn NoteField(legend: Legend, value: String) -> impl IntoView {
    view! { <TextField legend value/> }
}

fn wrong(posted: &RunPosted) -> Vec<Wrong> {
    let field = if posted.act == "cancel" {
        "cancel-note"
    } else {
        "note"
    };
    match &posted.refused {
        None => Vec::new(),
        Some(Refused::Form(_)) => vec![Wrong {
            field: Some(field.to_owned()),
            text: NOTE_NEEDED.to_owned(),
        }],
        Some(Refused::Conflict(Conflict::Run(why))) => vec![Wrong {
            field: None,
            text: why.clone(),
        }],
        Some(_) => vec![Wrong {
            field: None,
            text: page_words().refusal.not_now.to_owned(),
        }],
    }
}
