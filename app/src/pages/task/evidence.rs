//! What is known about the case.

use leptos::prelude::*;
use serde_json::Value;

use crate::pages::inbox::Severity;
use crate::parts::answered::Answers;
use crate::parts::files::FileLinks;
use crate::parts::moment::Stamp;
use crate::parts::record::Record;
use crate::views::{AddedView, FileAnswer, Label, TaskView};
use crate::words::record::{brief, label};

/// The report, the AI's label, what happened so far.
#[component]
pub(super) fn Evidence(task: TaskView) -> impl IntoView {
    let files = format!("/inbox/{}/files", task.row.id);
    view! {
        <div class="hms-task__evidence">
            {task.label.map(|label| view! { <AiLabel label/> })}
            <section aria-labelledby="payload">
                <h2 id="payload">"What was reported"</h2>
                {task.masked.then(|| view! { <p class="usa-hint">{masked(task.closed.is_none(), task.may_decide)}</p> })}
                {match task.reported.is_empty() {
                    true => view! { <Payload payload=task.payload files/> }.into_any(),
                    false => view! { <Answers rows=task.reported files/> }.into_any(),
                }}
            </section>
            <Added rows=task.added/>
            <section aria-labelledby="record">
                <h2 id="record">"What happened so far"</h2>
                <Record rows=task.timeline/>
            </section>
        </div>
    }
}

/// Why contacts are cut short, and who sees them in full.
fn masked(open: bool, may_decide: bool) -> &'static str {
    match (open, may_decide) {
        (true, true) => {
            "Names and contacts are cut short here. Whoever accepts this task sees them in full."
        }
        (true, false) => {
            "Names and contacts are cut short here. The person who has this task sees them in full."
        }
        (false, _) => "Names and contacts are cut short, because this task is done.",
    }
}

/// What the reporter added since.
#[component]
fn Added(rows: Vec<AddedView>) -> impl IntoView {
    if rows.is_empty() {
        return ().into_any();
    }
    let rows = rows
        .into_iter()
        .map(|row| {
            view! {
                <div class="hms-answers__row">
                    <dt><Stamp at=row.at/> " (UTC)"</dt>
                    <dd><span class="hms-answer">{row.text}</span></dd>
                </div>
            }
        })
        .collect_view();
    view! {
        <section aria-labelledby="added">
            <h2 id="added">"Added later by the person who sent it"</h2>
            <dl class="hms-answers">{rows}</dl>
        </section>
    }
    .into_any()
}

/// The event's fields, one a line, what was told first; nested values as they are.
#[component]
pub(crate) fn Payload(
    payload: Value,
    /// The address that the ids of files follow.
    files: String,
) -> impl IntoView {
    match payload {
        Value::Object(fields) => {
            let (told, others): (Vec<_>, Vec<_>) =
                fields.into_iter().partition(|(key, _)| key == "text");
            let rows = told
                .into_iter()
                .chain(others)
                .filter(|(_, value)| !brief(value).is_empty())
                .map(|(key, value)| {
                    let told = match FileAnswer::list_of(&value) {
                        Some(list) => view! { <FileLinks files=list at=files.clone()/> }.into_any(),
                        None => brief(&value).into_any(),
                    };
                    view! {
                        <div class="hms-answers__row">
                            <dt>{label(&key)}</dt>
                            <dd><div class="hms-answer">{told}</div></dd>
                        </div>
                    }
                })
                .collect_view();
            view! { <dl class="hms-answers">{rows}</dl> }.into_any()
        }
        other => view! { <p class="hms-answer">{brief(&other)}</p> }.into_any(),
    }
}

/// What the AI said, why, and how sure it is.
#[component]
fn AiLabel(label: Label) -> impl IntoView {
    let sure = label.confidence.map(|confidence| {
        let percent = (confidence * 100.0).round();
        view! {
            <p>
                "Confidence: " {format!("{percent} %")} " "
                <meter min="0" max="100" value=percent.to_string() aria-label="Confidence">{format!("{percent} %")}</meter>
            </p>
        }
    });
    let reasons = (!label.reasons.is_empty()).then(|| {
        let reasons = label
            .reasons
            .into_iter()
            .map(|reason| view! { <li>{reason}</li> })
            .collect_view();
        view! {
            <p class="hms-label__why">"Reasons it found:"</p>
            <ul class="usa-list">{reasons}</ul>
        }
    });
    view! {
        <section class="hms-label" aria-labelledby="label">
            <h2 id="label">"Label by " {label.by}</h2>
            <p><Severity severity=Some(label.severity)/></p>
            {sure}
            {reasons}
            <p class="usa-hint">"A program set this label. You decide."</p>
        </section>
    }
}
