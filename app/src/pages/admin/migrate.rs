//! The part of a definition's page that moves open cases to the version in force: first it shows what
//! would happen to each, then it does it.

use leptos::prelude::*;

use crate::agency::Refused;
use crate::parts::field::{Legend, TextField};
use crate::parts::moment::Stamp;
use crate::parts::page_words;
use crate::parts::problem::Wrong;
use crate::posted::MigrationPosted;
use crate::views::{
    Conflict, MigrationAsk, MigrationRow, MigrationTask, MigrationView, OtherVersion, Time,
};

const NOTE_NEEDED: &str = "Write down why the cases move";

/// What was wrong with what was sent.
pub(super) fn wrong(posted: &MigrationPosted) -> Vec<Wrong> {
    let (field, text) = match &posted.refused {
        None => return Vec::new(),
        Some(Refused::Form(_)) => (Some("note".to_owned()), NOTE_NEEDED.to_owned()),
        Some(Refused::Conflict(Conflict::Run(why))) => (None, why.clone()),
        Some(other) => (None, page_words().refusal.not_done(other).to_owned()),
    };
    vec![Wrong { field, text }]
}

/// Open cases of other versions, and the ways to move them. Nothing when there are none.
#[component]
pub(crate) fn Migration(
    id: String,
    others: Vec<OtherVersion>,
    /// The steps of the version in force.
    steps: Vec<String>,
    posted: MigrationPosted,
) -> impl IntoView {
    let shown = posted.view.clone().map(|shown| {
        view! { <Outcome id=id.clone() shown ask=posted.ask.clone() posted=posted.clone()/> }
    });
    if others.is_empty() && shown.is_none() {
        return ().into_any();
    }
    let forms = others
        .into_iter()
        .map(|other| {
            let (id, steps, ask) = (id.clone(), steps.clone(), posted.ask.clone());
            view! { <Other id other steps ask/> }
        })
        .collect_view();
    view! {
        <section aria-labelledby="migrate">
            <h2 id="migrate">"Open cases of older versions"</h2>
            <p>
                "A case stays with the version it began with. You can move the open cases to the version in force. "
                "Their tasks keep who has them and the time they have used. You see first what would happen to each."
            </p>
            {shown}
            {forms}
        </section>
    }
    .into_any()
}

/// The open cases of one version: where they stand, and the form that looks at their move.
#[component]
fn Other(id: String, other: OtherVersion, steps: Vec<String>, ask: MigrationAsk) -> impl IntoView {
    let short = short(&other.version);
    let title = format!("version-{short}");
    let stand = other
        .stand
        .iter()
        .map(|(step, runs)| {
            let gone = other.gone.contains(step);
            view! { <li><code>{step.clone()}</code> ": " {*runs} {gone.then_some(", no longer there")}</li> }
        })
        .collect_view();
    let asked = (ask.from == other.version).then_some(ask.steps);
    let choices = other
        .gone
        .iter()
        .map(|old| {
            let chosen = asked.iter().flatten().find(|(step, _)| step == old);
            let chosen = chosen.map(|(_, new)| new.clone()).unwrap_or_default();
            view! { <Choice version=short.clone() old=old.clone() steps=steps.clone() chosen/> }
        })
        .collect_view();
    let choices = (!other.gone.is_empty()).then(|| {
        view! {
            <fieldset class="usa-fieldset">
                <legend class="usa-legend">"Steps that are no longer there, and the ones that take their places"</legend>
                {choices}
            </fieldset>
        }
    });
    view! {
        <section class="hms-act" aria-labelledby=title.clone()>
            <h3 id=title.clone()>"Version " <code class="hms-hash">{short}</code></h3>
            <ul class="usa-list">{stand}</ul>
            <form method="post" action=format!("/admin/workflows/{id}") novalidate>
                <input type="hidden" name="from" value=other.version.clone()/>
                {choices}
                <div class="hms-buttons">
                    <button class="usa-button usa-button--outline" type="submit" name="act" value="look">
                        "Show what would happen"
                    </button>
                </div>
            </form>
        </section>
    }
}

/// Which step takes the place of one that is gone.
#[component]
fn Choice(version: String, old: String, steps: Vec<String>, chosen: String) -> impl IntoView {
    let control = format!("step-{version}-{old}");
    let options = steps
        .into_iter()
        .map(|step| {
            let selected = step == chosen;
            view! { <option value=step.clone() selected=selected>{step.clone()}</option> }
        })
        .collect_view();
    view! {
        <label class="usa-label" for=control.clone()><code>{old.clone()}</code></label>
        <select class="usa-select" id=control name=format!("step.{old}")>
            <option value="">"None"</option>
            {options}
        </select>
    }
}

/// What moving did or would do, and the form that does it.
#[component]
fn Outcome(
    id: String,
    shown: MigrationView,
    ask: MigrationAsk,
    posted: MigrationPosted,
) -> impl IntoView {
    let cases = |count: u64| match count {
        1 => "1 case".to_owned(),
        _ => format!("{count} cases"),
    };
    let (moved, refused) = (cases(shown.moved), cases(shown.refused));
    let told = match shown.done {
        true => format!("{moved} moved. {refused} could not."),
        false => format!("{moved} would move. {refused} cannot."),
    };
    let more = shown.more.then_some(match shown.done {
        true => " There are more; move them with another step of the same.",
        false => " There are more open cases than are shown here.",
    });
    let kind = match (shown.done, shown.refused) {
        (true, 0) => "usa-alert usa-alert--success usa-alert--slim",
        _ => "usa-alert usa-alert--info usa-alert--slim",
    };
    let rows = shown.rows.into_iter().map(|row| view! { <Row row/> });
    let rows = rows.collect_view();
    let confirm = (!shown.done && shown.moved > 0 || shown.done && shown.more).then(|| {
        view! { <Confirm id ask posted/> }
    });
    view! {
        <div class=kind role="status" tabindex="-1" autofocus=true>
            <div class="usa-alert__body">
                <p class="usa-alert__text">{told} {more}</p>
            </div>
        </div>
        <div class="hms-table-frame">
            <table class="usa-table usa-table--borderless hms-table">
                <caption class="usa-sr-only">"What happens to each case"</caption>
                <thead>
                    <tr>
                        <th scope="col">"Case"</th>
                        <th scope="col">"Step"</th>
                        <th scope="col">"Deadline (UTC)"</th>
                        <th scope="col">"In the way"</th>
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </table>
        </div>
        {confirm}
    }
}

#[component]
fn Row(row: MigrationRow) -> impl IntoView {
    let steps = row
        .steps
        .into_iter()
        .map(|(from, to)| match from == to {
            true => view! { <li><code>{from}</code></li> }.into_any(),
            false => view! { <li><code>{from}</code> " → " <code>{to}</code></li> }.into_any(),
        })
        .collect_view();
    let several = row.tasks.len() > 1;
    let tasks = row.tasks.into_iter();
    let tasks = tasks
        .map(|task| view! { <li><Task task named=several/></li> })
        .collect_view();
    let none = row.obstacles.is_empty().then_some("–");
    let obstacles = row
        .obstacles
        .into_iter()
        .map(|obstacle| view! { <li>{obstacle}</li> })
        .collect_view();
    view! {
        <tr>
            <th scope="row" data-label="Case"><a href=format!("/admin/runs/{}", row.run)>{row.case}</a></th>
            <td data-label="Step"><ul class="usa-list usa-list--unstyled">{steps}</ul></td>
            <td data-label="Deadline (UTC)"><ul class="usa-list usa-list--unstyled">{tasks}</ul></td>
            <td data-label="In the way">{none} <ul class="usa-list usa-list--unstyled">{obstacles}</ul></td>
        </tr>
    }
}

/// A task's deadline, with its step where there are several, and whom it is for then.
#[component]
fn Task(task: MigrationTask, named: bool) -> impl IntoView {
    let MigrationTask {
        step,
        actor,
        before,
        after,
    } = task;
    let step = named.then(|| view! { <code>{step}</code> ": " });
    let actor = actor.map(|actor| format!(", for {actor} then"));
    view! { {step} <Deadline before after/> {actor} }
}

#[component]
fn Deadline(before: Option<Time>, after: Option<Time>) -> impl IntoView {
    let told = |at: Option<Time>| match at {
        Some(at) => view! { <Stamp at/> }.into_any(),
        None => "none".into_any(),
    };
    match before == after {
        true => told(after),
        false => view! { {told(before)} " → " {told(after)} }.into_any(),
    }
}

/// Moves what was looked at.
#[component]
fn Confirm(id: String, ask: MigrationAsk, posted: MigrationPosted) -> impl IntoView {
    let needed = matches!(posted.refused, Some(Refused::Form(_)));
    let steps = ask
        .steps
        .into_iter()
        .map(|(old, new)| view! { <input type="hidden" name=format!("step.{old}") value=new/> })
        .collect_view();
    let legend = Legend {
        name: "note",
        label: "Note".to_owned(),
        hint: "Why. It is kept in the audit trail of each case.",
        fault: needed.then(|| NOTE_NEEDED.to_owned()),
        optional: false,
    };
    view! {
        <form class="hms-act" method="post" action=format!("/admin/workflows/{id}") novalidate>
            <input type="hidden" name="from" value=ask.from/>
            {steps}
            <TextField legend value=ask.note/>
            <div class="hms-buttons">
                <button class="usa-button" type="submit" name="act" value="move">"Move these cases"</button>
            </div>
        </form>
    }
}

fn short(version: &str) -> String {
    version.chars().take(12).collect()
}
