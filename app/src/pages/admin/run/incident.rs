//! What stopped a run at one place, and the form that sends it on from there.

use leptos::prelude::*;
use uuid::Uuid;

use super::{lacks_note, note};
use crate::parts::field::TextField;
use crate::parts::moment::Stamp;
use crate::posted::RunPosted;
use crate::views::IncidentRow;
use crate::words::runs::{cause, way};

/// The id of the note's field of an incident, and its name.
pub(super) fn note_name(incident: u32) -> String {
    format!("note-{incident}")
}

/// One incident; `posted` is what a refused try left, and none for who may not send it on.
#[component]
pub(super) fn Incident(
    run: Uuid,
    incident: IncidentRow,
    posted: Option<RunPosted>,
) -> impl IntoView {
    let heading = format!("incident-{}", incident.number);
    let form = posted.map(|posted| view! { <SendOn run incident=incident.clone() posted/> });
    view! {
        <section class="hms-incident" aria-labelledby=heading.clone()>
            <h2 class="hms-incident__title" id=heading.clone()>"Stopped at: " {incident.title}</h2>
            <p>
                <code>{incident.step}</code>
                ", since "
                <Stamp at=incident.since/>
                " (UTC)"
            </p>
            <p>{cause(&incident.cause)}</p>
            <p class="hms-incident__message">{incident.message}</p>
            {form}
        </section>
    }
}

#[component]
fn SendOn(run: Uuid, incident: IncidentRow, posted: RunPosted) -> impl IntoView {
    let number = incident.number;
    let here = posted.act == "retry" && posted.incident == Some(number);
    let (chosen, typed) = match here {
        true => (posted.to.clone(), posted.note.clone()),
        false => Default::default(),
    };
    let legend = note(note_name(number), here && lacks_note(&posted));
    let to = format!("to-{number}");
    let options = incident
        .ways
        .iter()
        .enumerate()
        .map(|(place, one)| {
            // The first is the step that stopped, whatever it is called.
            let (value, text) = match place {
                0 => (String::new(), format!("Again: {}", way(one))),
                _ => (one.step.clone(), way(one)),
            };
            let selected = value == chosen;
            view! { <option value=value selected=selected>{text}</option> }
        })
        .collect_view();
    view! {
        <form method="post" action=format!("/admin/runs/{run}") novalidate>
            <input type="hidden" name="incident" value=number.to_string()/>
            <label class="usa-label" for=to.clone()>"Go on at"</label>
            <span class="usa-hint" id=format!("{to}-hint")>
                "Each place says what happens when you send the run there. What was done before stays done."
            </span>
            <select class="usa-select hms-incident__to" id=to.clone() name="to" aria-describedby=format!("{to}-hint")>
                {options}
            </select>
            <TextField legend value=typed/>
            <div class="hms-buttons">
                <button class="usa-button" type="submit" name="act" value="retry">"Send it on"</button>
            </div>
        </form>
    }
}
