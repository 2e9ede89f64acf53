//! A form's fields as typed.

use wasm_bindgen::JsCast;
use web_sys::{FormData, HtmlFormElement, SubmitEvent};

use crate::journey::Posted;

/// The report form's fields as they stand in the page, typed before or after the scripts came.
pub(crate) fn posted(form: &HtmlFormElement, go: String) -> Option<Posted> {
    let data = FormData::new_with_form(form).ok()?;
    let text = |name: &str| data.get(name).as_string().unwrap_or_default();
    Some(Posted {
        id: text("id").parse().unwrap_or_default(),
        text: text("text"),
        lost: text("lost"),
        contact: text("contact"),
        suspect: text("suspect"),
        email: text("email"),
        step: text("step"),
        checking: text("checking"),
        go,
    })
}

/// The form that is sent and the value of the button that sends it.
pub(crate) fn submitted(event: &SubmitEvent) -> Option<(HtmlFormElement, String)> {
    let form = event.target()?.dyn_into::<HtmlFormElement>().ok()?;
    let go = event
        .submitter()
        .and_then(|button| button.get_attribute("value"))
        .unwrap_or_default();
    Some((form, go))
}
