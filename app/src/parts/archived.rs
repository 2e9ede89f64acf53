//! A case in the archive, as people of the agency are told of it in place of its page.

use leptos::prelude::*;
use leptos_meta::Title;

use super::page_words;
use crate::views::{ArchivedIn, MovedOut};

/// Says where the case is and how to read it.
#[component]
pub(crate) fn Archived(case: MovedOut, at: ArchivedIn) -> impl IntoView {
    let words = page_words();
    let texts = &words.archive;
    let ended = match case.closed {
        Some(day) => (texts.ended)(&words.when.day(day)),
        None => (texts.ended_in)(&at.month),
    };
    let run = at.run;
    let downloads = at.at_hand.then(|| {
        view! {
            <p>{words.audit.case_files} ":"</p>
            <ul class="usa-list">
                <li><a rel="external" download=true href=format!("/admin/runs/{run}/case.html")>{words.audit.case_html}</a></li>
                <li><a rel="external" download=true href=format!("/admin/runs/{run}/case.json")>{words.audit.case_json}</a></li>
            </ul>
        }
    });
    view! {
        <Title text=texts.title/>
        <div class="grid-container usa-section hms-admin">
            <p class="hms-back"><a rel="external" href="/admin/runs">{texts.runs}</a></p>
            <h1 id="page-title" tabindex="-1">{texts.title}</h1>
            <p class="usa-intro">{ended}</p>
            <dl class="hms-facts">
                <dt>{texts.workflow}</dt>
                <dd>{at.workflow}</dd>
                <dt>{texts.run}</dt>
                <dd><code class="hms-hash">{run.to_string()}</code></dd>
                <dt>{texts.file}</dt>
                <dd><code class="hms-hash">{at.file}</code></dd>
            </dl>
            <h2>{texts.read_title}</h2>
            {downloads}
            <p>{texts.by_command}</p>
            <p><code class="hms-hash">{format!("hms audit export {run} --archive DIR --out case.html")}</code></p>
            <p>{texts.verify}</p>
            <p><code class="hms-hash">"hms audit verify --archive DIR"</code></p>
            <p>{texts.personal}</p>
        </div>
    }
}
