//! The draft of a report, kept in the browser's tab until it is sent. It ends with the tab: on a
//! shared computer nobody finds it later.

use leptos::prelude::window;
use web_sys::Storage;

use crate::journey::Journey;

const KEY: &str = "hms-report";

/// Keeps the form as it stands.
pub(crate) fn keep(journey: &Journey) {
    if let (Some(storage), Ok(text)) = (storage(), serde_json::to_string(journey)) {
        // A full or forbidden storage costs the safety net, not the form.
        let _ = storage.set_item(KEY, &text);
    }
}

/// The form kept in this tab.
pub(crate) fn kept() -> Option<Journey> {
    let text = storage()?.get_item(KEY).ok()??;
    serde_json::from_str(&text).ok()
}

/// Forgets it: the report is sent.
pub(crate) fn forget() {
    if let Some(storage) = storage() {
        let _ = storage.remove_item(KEY);
    }
}

fn storage() -> Option<Storage> {
    window().session_storage().ok()?
}
