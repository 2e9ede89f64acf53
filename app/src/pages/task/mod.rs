//! `/inbox/{task}`: evidence on the left, decision on the right.

mod clock;
mod decision;
mod evidence;

pub(crate) use evidence::Payload;

use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_params_map;
use uuid::Uuid;

use crate::agency::Refused;
use crate::functions::inbox::read_task;
use crate::pages::sign_in::{Credentials, wrong};
use crate::parts::form_field::CarriedAnswers;
use crate::parts::loaded::loaded;
use crate::parts::problem::Problem;
use crate::parts::sla_timer::SlaTimer;
use crate::parts::ticking::Ticking;
use crate::posted::{ClockPosted, TaskPage, TaskPosted};
use crate::views::TaskView;

/// A task's page.
#[component]
pub(crate) fn Task() -> impl IntoView {
    let params = use_params_map();
    let id =
        move || params.with(|params| params.get("task").and_then(|id| id.parse::<Uuid>().ok()));
    let answer = Resource::new_blocking(id, |id| async move {
        match id {
            Some(id) => read_task(id).await,
            None => Err(Refused::NotFound),
        }
    });
    loaded(answer, |page: TaskPage| match page.task {
        Some(task) => view! { <Shown task posted=page.posted changed=page.clock/> }.into_any(),
        None => view! { <SignInAgain posted=page.posted.unwrap_or_default()/> }.into_any(),
    })
}

#[component]
fn Shown(
    task: TaskView,
    posted: Option<TaskPosted>,
    changed: Option<ClockPosted>,
) -> impl IntoView {
    let clock = Ticking::new(task.clock);
    let refused = posted
        .as_ref()
        .is_some_and(|posted| posted.refused.is_some())
        || changed.is_some();
    let title = format!("{}: {}", task.row.case, task.row.title);
    let title = if refused {
        format!("Error: {title}")
    } else {
        title
    };
    view! {
        <Title text=title/>
        <div class="grid-container hms-task">
            <p class="hms-back"><a href="/inbox">"Inbox"</a></p>
            <h1 id="page-title" tabindex="-1">
                <span class="hms-task__case">{task.row.case.clone()}</span>
                " "
                {task.row.title.clone()}
            </h1>
            <p><SlaTimer sla=task.row.sla.clone() clock/></p>
            <div class="hms-task__columns">
                <evidence::Evidence task=task.clone()/>
                <decision::Decision task=task.clone() posted=posted.unwrap_or_default()/>
            </div>
            <clock::ClockPart task posted=changed/>
        </div>
    }
}

/// The sign-in was lost while a decision was typed: sign in right here, and the note is kept.
#[component]
fn SignInAgain(posted: TaskPosted) -> impl IntoView {
    let failed: Vec<_> = posted
        .refused
        .iter()
        .filter(|refused| **refused != Refused::SignIn)
        .map(wrong)
        .collect();
    view! {
        <Title text="Sign in again"/>
        <div class="grid-container hms-form-page">
            <form class="usa-form usa-form--large hms-form" method="post" novalidate>
                <Problem wrong=failed/>
                <h1 id="page-title" tabindex="-1">"Sign in again"</h1>
                <p class="usa-intro">"Your sign-in has ended. Nothing was decided, and what you wrote is kept."</p>
                <Credentials email=""/>
                <input type="hidden" name="note" value=posted.note.clone()/>
                <CarriedAnswers answers=posted.answers.clone()/>
                <div class="hms-buttons">
                    <button class="usa-button usa-button--big" type="submit" name="act" value="sign_in">
                        "Sign in and go on"
                    </button>
                </div>
            </form>
            <decision::KeptAnswers posted/>
        </div>
    }
}
