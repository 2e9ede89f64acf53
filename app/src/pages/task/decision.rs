//! Take it, give it back, approve, reject: one plain form, so that the note goes with every button.

use leptos::prelude::*;

use crate::agency::Refused;
use crate::parts::answered::Answers;
use crate::parts::field::{Legend, LongField};
use crate::parts::form_field::{FormFields, encoding_of, wrong_fields};
use crate::parts::page_words;
use crate::parts::problem::{Problem, Wrong};
use crate::posted::{ANSWER_PREFIX, TaskPosted};
use crate::views::{Closed, Conflict, Fault, FileAnswer, NextStep, Rule, TaskView, file_named};
use crate::words::record::{files_told, label};
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
                {(!task.answered.is_empty())
                    .then(|| {
                        let files = format!("/inbox/{}/files", task.row.id);
                        view! { <Answers rows=task.answered.clone() files/> }
                    })}
                <KeptAnswers posted/>
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
                <KeptAnswers posted/>
            }
            .into_any()
        }
        (None, _) if !task.may_decide => {
            let told = format!(
                "Whoever has the role “{}” decides this. Your roles let you read it.",
                task.role
            );
            view! {
                <p class="hms-decided">{told}</p>
                <KeptAnswers posted/>
            }
            .into_any()
        }
        (None, None) => view! { <Choices task=task.clone() posted/> }.into_any(),
    };
    view! {
        <section class="hms-task__decision" aria-labelledby="decision">
            <h2 id="decision">{if open && task.may_decide { "Your decision" } else { "Decision" }}</h2>
            <Problem wrong/>
            {body}
        </section>
    }
}

/// The buttons, with what happens next under each.
#[component]
fn Choices(task: TaskView, posted: TaskPosted) -> impl IntoView {
    let mine = task.row.held_by.is_some();
    let faults = faults(&posted).to_vec();
    let fault = faults
        .iter()
        .find(|fault| fault.field == NOTE)
        .map(note_fault);
    let typed = posted.decision().typed;
    let action = format!("/inbox/{}", task.row.id);
    let enctype = encoding_of(&task.fields);
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
        <form class="hms-decision" method="post" action=action enctype=enctype novalidate>
            <div class="hms-choice">
                <button class="usa-button usa-button--outline" type="submit" name="act" value=take>{take_label}</button>
                <p class="usa-hint">{take_next}</p>
            </div>
            <FormFields fields=task.fields typed faults prefix=ANSWER_PREFIX/>
            <LongField
                legend=Legend {
                    name: NOTE,
                    label: "Note".to_owned(),
                    hint: match task.outcomes.iter().any(|one| one.outcome == "reject") {
                        true => "Kept in the record. Needed when you reject.",
                        false => "Kept in the record.",
                    },
                    fault,
                    optional: false,
                }
                value=posted.note
                rows=5
            />
            {task.outcomes.into_iter().map(|one| view! { <Choice one/> }).collect_view()}
            {task
                .after_deadline
                .map(|after| {
                    view! {
                        <p class="usa-hint hms-choice">"If the deadline passes first: " {told(&after)}</p>
                    }
                })}
        </form>
    }
}

/// The button of one outcome, with what happens next under it.
#[component]
fn Choice(one: NextStep) -> impl IntoView {
    let class = match one.outcome.as_str() {
        "reject" | "deny" => "usa-button usa-button--secondary",
        _ => "usa-button",
    };
    let next = told(&one);
    view! {
        <div class="hms-choice">
            <button class=class type="submit" name="outcome" value=one.outcome.clone()>
                {label(&one.outcome)}
            </button>
            <p class="usa-hint">"Next: " {next}</p>
        </div>
    }
}

fn told(next: &NextStep) -> String {
    next.title.clone().unwrap_or("the case ends".to_owned())
}

/// What was typed and could not be used.
#[component]
pub(super) fn KeptAnswers(posted: TaskPosted) -> impl IntoView {
    let answers: Vec<(String, String)> = posted
        .decision()
        .typed
        .into_iter()
        .map(|(id, texts)| (label(&id), typed_told(&texts)))
        .filter(|(_, text)| !text.trim_matches([',', ' ']).is_empty())
        .collect();
    let note = (!posted.note.is_empty()).then(|| {
        view! {
            <p class="hms-decided">"Your note was not sent:"</p>
            <blockquote class="hms-quote">{posted.note.clone()}</blockquote>
        }
    });
    let answers = (!answers.is_empty()).then(|| {
        let rows = answers.into_iter().map(|(question, answer)| {
            view! {
                <div class="hms-answers__row">
                    <dt>{question}</dt>
                    <dd><span class="hms-answer">{answer}</span></dd>
                </div>
            }
        });
        view! {
            <p class="hms-decided">"Your answers were not sent:"</p>
            <dl class="hms-answers">{rows.collect_view()}</dl>
        }
    });
    view! {
        {note}
        {answers}
        {unkept_told(&posted.unkept).map(|told| view! { <p class="hms-decided">{told}</p> })}
    }
}

/// What was typed into a field, with files by their names.
fn typed_told(texts: &[String]) -> String {
    let shown = texts.iter().filter_map(|text| match file_named(text) {
        None => Some(text.clone()),
        Some(_) => serde_json::from_str(text)
            .ok()
            .and_then(|value| FileAnswer::of(&value))
            .map(|file| files_told(&[file])),
    });
    shown.collect::<Vec<_>>().join(", ")
}

/// Which files have to be added again; none when all were kept.
fn unkept_told(names: &[String]) -> Option<String> {
    (!names.is_empty()).then(|| {
        let names = names.join(", ");
        format!("Files are taken only from who is signed in. Add these again: {names}")
    })
}

/// The field every task has.
const NOTE: &str = "note";

fn faults(posted: &TaskPosted) -> &[Fault] {
    match &posted.refused {
        Some(Refused::Form(faults)) => faults,
        _ => &[],
    }
}

fn note_fault(fault: &Fault) -> String {
    match fault.rule {
        Rule::TooLong(chars) => format!("Use {chars} characters or fewer"),
        _ => "Write down why you reject it".to_owned(),
    }
}

fn wrong(task: &TaskView, posted: &TaskPosted) -> Vec<Wrong> {
    let Some(refused) = &posted.refused else {
        return Vec::new();
    };
    let told = |text: String| vec![Wrong { field: None, text }];
    match refused {
        Refused::Form(faults) => {
            let mut wrong = wrong_fields(&task.fields, faults, ANSWER_PREFIX);
            let note = faults.iter().find(|fault| fault.field == NOTE);
            wrong.extend(note.map(|fault| Wrong {
                field: Some(NOTE.to_owned()),
                text: note_fault(fault),
            }));
            wrong
        }
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
        other => told(page_words().refusal.not_done(other).to_owned()),
    }
}

/// "Maria approved this at 10:42." "The deadline passed at 14:00; it is now with: A supervisor decides."
fn closed_words(closed: &Closed, task: &TaskView) -> String {
    let at = clock_time(closed.at);
    let by = closed.by.as_deref().unwrap_or("Somebody");
    match (closed.status.as_str(), closed.outcome.as_deref()) {
        ("DONE", Some("approve")) => format!("{by} approved this at {at}."),
        ("DONE", Some("reject")) => format!("{by} rejected this at {at}."),
        ("DONE", Some(outcome)) => format!("{by} decided “{}” at {at}.", label(outcome)),
        ("DONE", None) => format!("{by} finished this at {at}."),
        ("TIMEOUT", _) => {
            let after = task.after_deadline.as_ref();
            let taken_over = after.and_then(|next| next.title.as_deref());
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
    use crate::views::{ClockView, InboxRow, NextStep, SlaClock, Stands};
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
                    budget_ms: None,
                    percent: None,
                    breached: false,
                    stands: Stands::Runs,
                },
                held_by: None,
                status: "NEW".into(),
            },
            role: "investigator".into(),
            run_id: Uuid::nil(),
            payload: serde_json::Value::Null,
            masked: false,
            added: Vec::new(),
            label: None,
            closed: None,
            outcomes: vec![],
            after_deadline: Some(NextStep {
                outcome: "timeout".into(),
                title: Some("A supervisor decides".into()),
            }),
            fields: vec![],
            answered: vec![],
            may_decide: true,
            reported: vec![],
            timeline: vec![],
            sla_clock: None,
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
