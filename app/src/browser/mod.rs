//! What only a browser can do. Called from effects and event handlers, which never run on the server.

pub(crate) mod clipboard;
pub(crate) mod form;
pub(crate) mod kept;
pub(crate) mod socket;

use leptos::prelude::{document, window};
use wasm_bindgen::JsCast;

#[cfg(not(feature = "ssr"))]
use crate::views::Language;

/// The language the server wrote the page in.
#[cfg(not(feature = "ssr"))]
pub(crate) fn page_language() -> Language {
    let code = document()
        .document_element()
        .and_then(|html| html.get_attribute("lang"));
    match code.as_deref() {
        Some("es") => Language::Es,
        _ => Language::En,
    }
}

/// Milliseconds on a clock that never jumps.
pub(crate) fn steady_ms() -> f64 {
    window()
        .performance()
        .map(|performance| performance.now())
        .unwrap_or_default()
}

/// Moves the keyboard's focus, so that a changed page is read from its start.
pub(crate) fn focus(id: &str) {
    let element = document()
        .get_element_by_id(id)
        .and_then(|element| element.dyn_into::<web_sys::HtmlElement>().ok());
    if let Some(element) = element {
        // An element that cannot take the focus leaves it where it is.
        let _ = element.focus();
    }
}
