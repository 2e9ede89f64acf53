//! A task's clock: how it stands, everything that happened to it, and the forms that stop it, let it
//! run again, or give it more time.

use leptos::prelude::*;

use crate::agency::Refused;
use crate::pages::sign_in::wrong;
use crate::parts::field::{Legend, TextField};
use crate::parts::moment::Moment;
use crate::parts::page_words;
use crate::parts::problem::{Problem, Wrong};
use crate::posted::ClockPosted;
use crate::views::{Conflict, LedgerRow, TaskClock, TaskView};
use crate::words::clock::ClockWords;

/// A task's clock, with what a refused change of it left.
#[component]
pub(super) fn ClockPart(task: TaskView, posted: Option<ClockPosted>) -> impl IntoView {
    let Some(clock) = task.sla_clock else {
        return ().into_any();
    };
    let words = &page_words().clock;
    let posted = posted.unwrap_or_default();
    let problem = posted
        .refused
        .as_ref()
        .map(|refused| told(refused, &posted, words));
    let lines = clock
        .ledger
        .iter()
        .map(|row| line(row, words))
        .collect_view();
    let outside = clock
        .opens
        .map(|opens| (words.outside)(&page_words().when.moment(opens)));
    let action = format!("/inbox/{}/clock", task.row.id);
    view! {
        <section class="hms-clock" aria-labelledby="clock">
            <h2 id="clock">{words.title}</h2>
            {problem.map(|wrong| view! { <Problem wrong=vec![wrong]/> })}
            {outside.map(|outside| view! { <p>{outside}</p> })}
            <ol class="hms-timeline hms-clock__ledger">{lines}</ol>
            {clock.may_stop.then(|| view! { <StopOrGoOn action=action.clone() clock=clock.clone() posted=posted.clone()/> })}
            {clock.may_extend.then(|| view! { <More action posted/> })}
        </section>
    }
    .into_any()
}

fn line(row: &LedgerRow, words: &ClockWords) -> impl IntoView + use<> {
    view! {
        <li class="hms-timeline__item hms-timeline__item--plain">
            <p class="hms-timeline__what">{(words.ledger)(&row.what)}</p>
            <p class="hms-timeline__when"><Moment at=row.at/> ", " {row.who.clone()}</p>
        </li>
    }
}

/// Stops a clock that runs, with a reason, or lets one run again that stands still.
#[component]
fn StopOrGoOn(action: String, clock: TaskClock, posted: ClockPosted) -> impl IntoView {
    let words = &page_words().clock;
    if clock.stopped.is_some() {
        return view! {
            <form class="hms-choice" method="post" action=action>
                <button class="usa-button usa-button--outline" type="submit" name="act" value="resume">
                    {words.resume}
                </button>
                <p class="usa-hint">{words.resume_hint}</p>
            </form>
        }
        .into_any();
    }
    let fault =
        (posted.act == "pause" && posted.lacks("clock-reason")).then(|| words.no_reason.to_owned());
    let legend = Legend {
        name: "clock-reason",
        label: words.reason.to_owned(),
        hint: words.reason_hint,
        fault,
        optional: false,
    };
    let reason = match posted.act.as_str() {
        "pause" => posted.reason,
        _ => String::new(),
    };
    view! {
        <form class="hms-choice" method="post" action=action novalidate>
            <TextField legend value=reason/>
            <div class="usa-checkbox">
                <input
                    class="usa-checkbox__input"
                    type="checkbox"
                    id="clock-waiting"
                    name="clock-waiting"
                    value="yes"
                    checked=posted.waiting_for_reporter
                />
                <label class="usa-checkbox__label" for="clock-waiting">
                    {words.waiting}
                </label>
            </div>
            <button class="usa-button usa-button--outline" type="submit" name="act" value="pause">
                {words.pause}
            </button>
        </form>
    }
    .into_any()
}

/// Gives a task more time.
#[component]
fn More(action: String, posted: ClockPosted) -> impl IntoView {
    let words = &page_words().clock;
    let extending = posted.act == "extend";
    let lacks =
        |field: &str, text: &str| (extending && posted.lacks(field)).then(|| text.to_owned());
    let by = Legend {
        name: "clock-by",
        label: words.by.to_owned(),
        hint: words.by_hint,
        fault: lacks("clock-by", words.no_by),
        optional: false,
    };
    let why = Legend {
        name: "clock-why",
        label: words.why.to_owned(),
        hint: words.reason_hint,
        fault: lacks("clock-why", words.no_why),
        optional: false,
    };
    let (length, reason) = match extending {
        true => (posted.by.clone(), posted.reason.clone()),
        false => Default::default(),
    };
    view! {
        <form class="hms-choice" method="post" action=action novalidate>
            <TextField legend=by value=length narrow=true/>
            <TextField legend=why value=reason/>
            <button class="usa-button usa-button--outline" type="submit" name="act" value="extend">
                {words.extend}
            </button>
        </form>
    }
}

/// Why a clock was not changed, in words.
fn told(refused: &Refused, posted: &ClockPosted, words: &ClockWords) -> Wrong {
    let text = match refused {
        Refused::Form(_) if posted.act == "pause" => {
            return Wrong {
                field: Some("clock-reason".to_owned()),
                text: words.no_reason.to_owned(),
            };
        }
        Refused::Form(_) if posted.lacks("clock-by") => {
            return Wrong {
                field: Some("clock-by".to_owned()),
                text: words.no_by.to_owned(),
            };
        }
        Refused::Form(_) => {
            return Wrong {
                field: Some("clock-why".to_owned()),
                text: words.no_why.to_owned(),
            };
        }
        Refused::Conflict(Conflict::Run(why)) => why.clone(),
        Refused::Conflict(_) => words.closed.to_owned(),
        Refused::NotAllowed => words.not_allowed.to_owned(),
        other => return wrong(other),
    };
    Wrong { field: None, text }
}
