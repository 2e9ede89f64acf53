//! Copying and printing.

use leptos::prelude::window;
use leptos::task::spawn_local;
use wasm_bindgen_futures::JsFuture;

/// Copies a text, then says whether it worked.
pub(crate) fn copy(text: String, then: impl FnOnce(bool) + 'static) {
    spawn_local(async move {
        // Pages that are not served over TLS have no clipboard at all: `navigator.clipboard` is undefined.
        let navigator = window().navigator();
        let there = js_sys::Reflect::get(&navigator, &"clipboard".into())
            .is_ok_and(|clipboard| clipboard.is_object());
        let done = there
            && JsFuture::from(navigator.clipboard().write_text(&text))
                .await
                .is_ok();
        then(done);
    });
}

/// Opens the browser's print dialog.
pub(crate) fn print() {
    // Where printing is not possible there is nothing to do about it.
    let _ = window().print();
}
