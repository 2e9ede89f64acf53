//! Ends a run, after saying what that does.

use leptos::prelude::*;
use uuid::Uuid;

use super::{lacks_note, note};
use crate::parts::field::TextField;
use crate::posted::RunPosted;
use crate::views::RunView;
use crate::words::runs::cancels;

/// The id of the note's field, and its name.
pub(super) const NOTE: &str = "cancel-note";

/// What would be cancelled.
#[derive(Clone)]
pub(super) struct Cancelled {
    run: Uuid,
    tasks: Vec<String>,
    called: usize,
}

impl Cancelled {
    pub(super) fn of(run: &RunView) -> Cancelled {
        let open = |status: &str| matches!(status, "NEW" | "CLAIMED");
        Cancelled {
            run: run.row.id,
            tasks: run
                .tasks
                .iter()
                .filter(|task| open(&task.status))
                .map(|task| task.title.clone())
                .collect(),
            called: run
                .called
                .iter()
                .filter(|called| called.status == "RUNNING")
                .count(),
        }
    }
}

/// Ends the run.
#[component]
pub(super) fn Cancel(cancel: Cancelled, posted: RunPosted) -> impl IntoView {
    let here = posted.act == "cancel";
    let heading = note(NOTE.to_owned(), here && lacks_note(&posted));
    let value = if here { posted.note } else { String::new() };
    view! {
        <section class="hms-act" aria-labelledby="cancel">
            <h2 id="cancel">"Cancel this run"</h2>
            <p>{cancels(&cancel.tasks, cancel.called)}</p>
            <form method="post" action=format!("/admin/runs/{}", cancel.run) novalidate>
                <TextField legend=heading value/>
                <div class="hms-buttons">
                    <button class="usa-button usa-button--secondary" type="submit" name="act" value="cancel">"Cancel the run"</button>
                </div>
            </form>
        </section>
    }
}
