//! `/report/{slug}`: the form of a public service, as its workflow's `portal` describes it. One plain
//! form that the server renders and checks; scripts add nothing to it.

use chrono::TimeDelta;
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_params_map;

use super::receipt::Saving;
use crate::agency::Refused;
use crate::functions::report::read_service_form;
use crate::parts::form_field::{FormFields, encoding_of, wrong_fields};
use crate::parts::loaded::loaded;
use crate::parts::page_words;
use crate::parts::problem::{Problem, Wrong};
use crate::views::{FieldView, ServiceForm};

/// The form of a service.
#[component]
pub(crate) fn Service() -> impl IntoView {
    let params = use_params_map();
    let slug = move || params.with(|params| params.get("slug").unwrap_or_default());
    let answer = Resource::new_blocking(slug, read_service_form);
    loaded(answer, |form: ServiceForm| match form.sent {
        Some(sent) => view! { <Saving sent next=false/> }.into_any(),
        None => view! { <Form form/> }.into_any(),
    })
}

#[component]
fn Form(form: ServiceForm) -> impl IntoView {
    let words = page_words();
    let wrong = wrong(&form);
    let title = match wrong.is_empty() {
        true => form.service.title.clone(),
        false => format!("{}{}", words.site.error_prefix, form.service.title),
    };
    let asked: Vec<&str> = form.fields().map(|one| one.field.id.as_str()).collect();
    let asked = asked.join(" ");
    let enctype = encoding_of(form.fields());
    let pages = form
        .pages
        .into_iter()
        .map(|page| {
            view! {
                <section class="hms-form-part">
                    <h2>{page.title}</h2>
                    <FormFields
                        fields=page.fields
                        typed=form.typed.clone()
                        faults=form.faults.clone()
                        prefix=""
                    />
                </section>
            }
        })
        .collect_view();
    view! {
        <Title text=title/>
        <div class="grid-container hms-form-page">
            <form
                class="usa-form usa-form--large hms-form"
                method="post"
                action=format!("/report/{}", form.service.slug)
                enctype=enctype
                novalidate
            >
                <Problem wrong/>
                <h1 id="page-title" tabindex="-1">{form.service.title}</h1>
                <p class="usa-intro hms-intro">
                    {form.service.description.unwrap_or_else(|| words.form.intro.to_owned())}
                </p>
                {pages}
                // No id has a dot in it, so none of these is taken for a field.
                <input type="hidden" name=".draft" value=form.draft.to_string()/>
                <input type="hidden" name=".asked" value=asked/>
                <div class="hms-buttons">
                    <button class="usa-button usa-button--big" type="submit" name=".go" value="send">
                        {words.form.send}
                    </button>
                </div>
            </form>
        </div>
    }
}

/// What is wrong with the answers, that there is more to answer, and why the form was not sent.
fn wrong(form: &ServiceForm) -> Vec<Wrong> {
    let words = page_words();
    let fields: Vec<FieldView> = form.fields().cloned().collect();
    let mut wrong = wrong_fields(&fields, &form.faults, "");
    let told = |text: String| Wrong { field: None, text };
    if form.more {
        wrong.push(told(words.form.more.to_owned()));
    }
    match &form.trouble {
        None => {}
        Some(Refused::TooMany(seconds)) => {
            let wait = words.when.duration(TimeDelta::seconds((*seconds).into()));
            let wait = (words.refusal.too_many)(&wait);
            wrong.push(told(format!("{}. {wait}", words.report.not_sent)));
        }
        Some(Refused::NotKnown) => wrong.push(told(words.refusal.report_not_known.to_owned())),
        Some(_) => wrong.push(told(format!(
            "{}. {}",
            words.report.not_sent, words.report.not_sent_more
        ))),
    }
    wrong
}
