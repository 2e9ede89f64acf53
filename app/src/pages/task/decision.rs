//! Take it, give it back, approve, reject: one plain form, so that the note goes with every button.

use leptos::prelude::*;

use crate::agency::Refused;
use crate::parts::field::{Legend, LongField};
use crate::parts::page_words;
use crate::parts::problem::{Problem, Wrong};
use crate::posted::TaskPosted;
use crate::views::{Closed, Conflict, Rule, TaskView};
use crate::words::when::clock_time;

/// Who has it, and what can be done.
#[component]
pub(super) fn Decision(task: TaskView, posted: TaskPosted) -> impl IntoView {
    let wrong = wrong(&task, &posted);
    let open = task.closed.is_none();
    let other = task.row.held_by.clone().filter(|held| !held.me);
    let body = match (&task.closed, other) {
        (Some(closed), _) => {
            let told = closed_words(closed, &task);
            let note = closed.note.clone().filter(|note| !note.is_empty());
            view! {
                <p class="hms-decided">{told}</p>
                {note.map(|note| view! { <blockquote class="hms-quote">{note}</blockquote> })}
                <KeptNote note=posted.note/>
            }
            .into_any()
        }
        (None, Some(held)) => {
            let told = format!(
                "{} has had this task since {}.",
                held.name,
                clock_time(held.since)
            );
            view! {
                <p class="hms-decided">{told}</p>
                <KeptNote note=posted.note/>
            }
            .into_any()
        }
        (None, None) => view! { <Choices task=task.clone() posted/> }.into_any(),
    };
    view! {
        <section class="hms-task__decision" aria-labelledby="decision">
            <h2 id="decision">{if open { "Your decision" } else { "Decision" }}</h2>
            <Problem wrong/>
            {body}
        </section>
    }
}

/// The buttons, with what happens next under each.
#[component]
fn Choices(task: TaskView, posted: TaskPosted) -> impl IntoView {
    let mine = task.row.held_by.is_some();
    let fault = matches!(posted.refused, Some(Refused::Form(_))).then(|| note_fault(&posted));
    let after = |outcome: &str| {
        let next = task.next.iter().find(|next| next.outcome == outcome)?;
        Some(next.title.clone().unwrap_or("the case ends".to_owned()))
    };
    let next = |outcome: &str| after(outcome).map(|after| format!("Next: {after}"));
    let action = format!("/inbox/{}", task.row.id);
    let (take, take_label, take_next) = if mine {
        (
            "release",
            "Give back",
            "You have this task. Others can take it again when you give it back.",
        )
    } else {
        (
            "accept",
            "Accept",
            "Nobody has this task. When you accept it, it is yours.",
        )
    };
    view! {
        <form class="hms-decision" method="post" action=action novalidate>
            <div class="hms-choice">
                <button class="usa-button usa-button--outline" type="submit" name="act" value=take>{take_label}</button>
                <p class="usa-hint">{take_next}</p>
            </div>
            <LongField
                legend=Legend {
                    name: "note",
                    label: "Note".to_owned(),
                    hint: "Kept in the record. Needed when you reject.",
                    fault,
                    optional: false,
                }
                value=posted.note
                rows=5
            />
            <div class="hms-choice">
                <button class="usa-button" type="submit" name="act" value="approve">"Approve"</button>
                <p class="usa-hint">{next("approve")}</p>
            </div>
            <div class="hms-choice">
                <button class="usa-button usa-button--secondary" type="submit" name="act" value="reject">"Reject"</button>
                <p class="usa-hint">{next("reject")}</p>
            </div>
            {after("timeout")
                .map(|after| {
                    view! {
                        <p class="usa-hint hms-choice">"If the deadline passes first: " {after}</p>
                    }
                })}
        </form>
    }
}

/// What was typed and could not be used.
#[component]
pub(super) fn KeptNote(note: String) -> impl IntoView {
    (!note.is_empty()).then(|| {
        view! {
            <p class="hms-decided">"Your note was not sent:"</p>
            <blockquote class="hms-quote">{note}</blockquote>
        }
    })
}

fn note_fault(posted: &TaskPosted) -> String {
    match &posted.refused {
        Some(Refused::Form(faults)) => match faults.first().map(|fault| fault.rule) {
            Some(Rule::TooLong(chars)) => format!("Use {chars} characters or fewer"),
            _ => "Write down why you reject it".to_owned(),
        },
        _ => String::new(),
    }
}

fn wrong(task: &TaskView, posted: &TaskPosted) -> Vec<Wrong> {
    let Some(refused) = &posted.refused else {
        return Vec::new();
    };
    let told = |text: String| vec![Wrong { field: None, text }];
    match refused {
        Refused::Form(_) => vec![Wrong {
            field: Some("note"),
            text: note_fault(posted),
        }],
        Refused::Conflict(Conflict::Held(held)) => told(format!(
            "{} took this task at {}. Your decision was not recorded",
            held.name,
            clock_time(held.since)
        )),
        Refused::Conflict(Conflict::Closed(closed)) => told(format!(
            "{} Your decision was not recorded",
            closed_words(closed, task)
        )),
        Refused::Conflict(Conflict::Run(why)) => told(why.clone()),
        Refused::NotAllowed => told("Your role cannot decide this task".to_owned()),
        _ => told(page_words().refusal.not_now.to_owned()),
    }
}

/// "Maria approved this at 10:42." "The deadline passed at 14:00; it is now with: A supervisor decides."
fn closed_words(closed: &Closed, task: &TaskView) -> String {
    let at = clock_time(closed.at);
    let by = closed.by.as_deref().unwrap_or("Somebody");
    match (closed.status.as_str(), closed.outcome.as_deref()) {
        ("DONE", Some("approve")) => format!("{by} approved this at {at}."),
        ("DONE", Some("reject")) => format!("{by} rejected this at {at}."),
        ("DONE", Some(outcome)) => format!("{by} decided “{outcome}” at {at}."),
        ("DONE", None) => format!("{by} finished this at {at}."),
        ("TIMEOUT", _) => {
            let taken_over = task
                .next
                .iter()
                .find(|next| next.outcome == "timeout")
                .and_then(|next| next.title.as_deref());
            match taken_over {
                Some(title) => format!("The deadline passed at {at}; it went on to: {title}."),
                None => format!("The deadline passed at {at}."),
            }
        }
        ("CANCELLED", _) => format!("It was cancelled at {at}."),
        (_, _) => format!("It was closed at {at}."),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::views::{ClockView, InboxRow, NextStep, SlaClock};
    use chrono::DateTime;
    use uuid::Uuid;

    fn task() -> TaskView {
        let at = DateTime::from_timestamp(1_715_695_200, 0).expect("a moment");
        TaskView {
            row: InboxRow {
                id: Uuid::nil(),
                case: "C-1".into(),
                title: "Review".into(),
                workflow: "W".into(),
                severity: None,
                created: at,
                sla: SlaClock {
                    opened: at,
                    due: None,
                    closed: None,
                },
                held_by: None,
                status: "NEW".into(),
            },
            role: "investigator".into(),
            run_id: Uuid::nil(),
            payload: serde_json::Value::Null,
            label: None,
            closed: None,
            next: vec![NextStep {
                outcome: "timeout".into(),
                title: Some("A supervisor decides".into()),
            }],
            timeline: vec![],
            clock: ClockView { now: at, rate: 1.0 },
        }
    }

    fn closed(status: &str, by: Option<&str>, outcome: Option<&str>) -> Closed {
        Closed {
            status: status.into(),
            at: DateTime::from_timestamp(1_715_695_320, 0).expect("a moment"),
            by: by.map(Into::into),
            outcome: outcome.map(Into::into),
            note: None,
        }
    }

    #[test]
    fn a_conflict_says_who_and_when() {
        let cases = [
            (
                closed("DONE", Some("Maria"), Some("approve")),
                "Maria approved this at 14:02.",
            ),
            (
                closed("DONE", Some("Maria"), Some("reject")),
                "Maria rejected this at 14:02.",
            ),
            (
                closed("TIMEOUT", None, None),
                "The deadline passed at 14:02; it went on to: A supervisor decides.",
            ),
            (
                closed("CANCELLED", None, None),
                "It was cancelled at 14:02.",
            ),
        ];
        for (closed, expected) in cases {
            assert_eq!(closed_words(&closed, &task()), expected);
        }
    }
}
