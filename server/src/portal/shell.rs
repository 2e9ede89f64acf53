//! The HTML document around the application: head, style, fonts, the script that hydrates.

use axum::http::header::CONTENT_SECURITY_POLICY;
use axum::http::{HeaderValue, Method, request::Parts};
use hms_app::App;
use hms_app::application::page_language;
use hms_app::functions::visitor_of;
use leptos::nonce::use_nonce;
use leptos::prelude::*;
use leptos_axum::ResponseOptions;
use leptos_meta::MetaTags;

use super::assets::Assets;

/// How often a page that is followed loads again when scripts are off, in seconds.
const RELOAD_SECONDS: u32 = 30;

/// The document. Without the wasm module, or with scripts off, the pages work all the same.
pub(super) fn shell(assets: &Assets) -> impl IntoView + use<> {
    protect();
    let sheet = assets.address("style/main.css");
    let fonts = [
        "fonts/sourcesanspro-regular-webfont.woff2",
        "fonts/sourcesanspro-bold-webfont.woff2",
    ]
    .into_iter()
    .filter_map(|font| assets.plain(font))
    .map(|href| {
        view! { <link rel="preload" href=href r#as="font" r#type="font/woff2" crossorigin=""/> }
    })
    .collect_view();
    let icon = assets.plain("img/icon.svg");
    let scripts = scripts(assets);
    view! {
        <!DOCTYPE html>
        <html lang=page_language().code()>
            <head>
                <meta charset="utf-8"/>
                <meta name="viewport" content="width=device-width, initial-scale=1"/>
                {fonts}
                {sheet.map(|href| view! { <link rel="stylesheet" href=href/> })}
                {icon.map(|href| view! { <link rel="icon" href=href r#type="image/svg+xml"/> })}
                {reload()}
                {scripts}
                <MetaTags/>
            </head>
            <body>
                <App/>
            </body>
        </html>
    }
}

/// Loads the wasm module and lets it take over the page.
fn scripts(assets: &Assets) -> Option<impl IntoView + use<>> {
    let script = assets.address("pkg/hms.js")?;
    let wasm = assets.address("pkg/hms_bg.wasm")?;
    let nonce = use_nonce();
    // Both are fetched side by side, and only where scripts run: a preload would cost those without.
    // The names come from our own manifest; as JSON strings they are right in a script too.
    let run = format!(
        "const wasm=fetch({wasm:?});import({script:?}).then(hms=>hms.default({{module_or_path:wasm}})\
         .then(()=>hms.hydrate()));"
    );
    Some(view! {
        <script r#type="module" nonce=nonce inner_html=run></script>
    })
}

/// With scripts off, the pages that are followed load again by themselves, unless that was stopped.
/// Not the task's page: a note may be being typed there.
fn reload() -> Option<impl IntoView> {
    let parts = use_context::<Parts>()?;
    let followed = parts.uri.path() == "/inbox"
        || parts
            .uri
            .path()
            .strip_prefix("/status/")
            // Not the page where something is added: it is being typed there.
            .is_some_and(|number| !number.is_empty() && !number.contains('/'))
            // Who has not shown the receipt yet types it here.
            && visitor_of(&parts.headers).reporter.is_some();
    let stopped = parts
        .uri
        .query()
        .is_some_and(|query| query.split('&').any(|pair| pair == "reload=off"));
    (parts.method == Method::GET && followed && !stopped).then(|| {
        view! {
            <noscript inner_html=format!(
                "<meta http-equiv=\"refresh\" content=\"{RELOAD_SECONDS}\">",
            )></noscript>
        }
    })
}

/// What the page may load and run: only ours, and of inline scripts only those of this answer.
fn protect() {
    let (Some(answer), Some(nonce)) = (use_context::<ResponseOptions>(), use_nonce()) else {
        return;
    };
    let policy = format!(
        // What a script with the nonce loads may run too; `'self'` is for browsers that do not know that.
        "default-src 'none'; script-src 'self' 'nonce-{nonce}' 'strict-dynamic' 'wasm-unsafe-eval'; \
         style-src 'self'; img-src 'self'; font-src 'self'; connect-src 'self'; base-uri 'none'; \
         form-action 'self'; frame-ancestors 'none'"
    );
    if let Ok(policy) = HeaderValue::from_str(&policy) {
        answer.insert_header(CONTENT_SECURITY_POLICY, policy);
    }
}
