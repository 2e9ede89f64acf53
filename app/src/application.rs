//! The application: its routes inside its frame.

use leptos::prelude::*;
use leptos_meta::{Title, provide_meta_context};
use leptos_router::components::{Route, Router, Routes};
use leptos_router::{SsrMode, path};

use crate::pages::{
    Home, account, add, admin, find, inbox, not_found, password, report, sign_in, status, task,
};
use crate::parts::frame::Frame;
use crate::views::Language;
use crate::words::words;

/// The application. On the server the language is what the request asks for, in the browser what the
/// server wrote the page in.
///
/// Every page is rendered asynchronously: complete HTML in one piece, which needs no script to be put
/// in order.
#[component]
pub fn App() -> impl IntoView {
    provide_meta_context();
    let language = page_language();
    provide_context(language);
    let name = words(language).site.name;
    view! {
        <Title formatter=move |title: String| {
            if title.is_empty() { name.to_owned() } else { format!("{} – {name}", as_written(&title)) }
        }/>
        <Router>
            <Frame>
                <Routes fallback=|| view! { <not_found::NotFound/> }>
                    <Route path=path!("/") view=Home ssr=SsrMode::Async/>
                    <Route path=path!("/report") view=report::Report ssr=SsrMode::Async/>
                    <Route path=path!("/report/:slug") view=report::service::Service ssr=SsrMode::Async/>
                    <Route path=path!("/status") view=find::Find ssr=SsrMode::Async/>
                    <Route path=path!("/status/:number") view=status::Status ssr=SsrMode::Async/>
                    <Route path=path!("/status/:number/add") view=add::Add ssr=SsrMode::Async/>
                    <Route path=path!("/sign-in") view=sign_in::SignIn ssr=SsrMode::Async/>
                    <Route path=path!("/account") view=account::Account ssr=SsrMode::Async/>
                    <Route path=path!("/password") view=password::Forgot ssr=SsrMode::Async/>
                    <Route path=path!("/password/set") view=password::SetPassword ssr=SsrMode::Async/>
                    <Route path=path!("/password/set/:word") view=password::SetPassword ssr=SsrMode::Async/>
                    <Route path=path!("/inbox") view=inbox::Inbox ssr=SsrMode::Async/>
                    <Route path=path!("/inbox/:task") view=task::Task ssr=SsrMode::Async/>
                    <Route path=path!("/admin") view=admin::sla::Sla ssr=SsrMode::Async/>
                    <Route path=path!("/admin/runs") view=admin::runs::Runs ssr=SsrMode::Async/>
                    <Route path=path!("/admin/runs/:id") view=admin::run::Run ssr=SsrMode::Async/>
                    <Route path=path!("/admin/runs/:id/erase") view=admin::run::Erase ssr=SsrMode::Async/>
                    <Route path=path!("/admin/workers") view=admin::workers::Workers ssr=SsrMode::Async/>
                    <Route path=path!("/admin/workflows/:id") view=admin::workflow::Workflow ssr=SsrMode::Async/>
                    <Route path=path!("/admin/people") view=admin::people::People ssr=SsrMode::Async/>
                    <Route path=path!("/admin/people/:id") view=admin::account::Account ssr=SsrMode::Async/>
                    <Route path=path!("/admin/mails") view=admin::mails::Mails ssr=SsrMode::Async/>
                    <Route path=path!("/admin/audit") view=admin::audit::Audit ssr=SsrMode::Async/>
                </Routes>
            </Frame>
        </Router>
    }
}

/// A title as it goes into the page. On the server leptos writes it into the head as it is, and the keys of cases and
/// the names of services are in titles: without this whoever chooses one would write the page. In the browser
/// it is set as text.
fn as_written(title: &str) -> String {
    if cfg!(feature = "ssr") {
        let title = title.replace('&', "&amp;");
        title.replace('<', "&lt;").replace('>', "&gt;")
    } else {
        title.to_owned()
    }
}

/// Whether a path is one of the staff's pages that are in English only.
pub(crate) fn is_english_only(path: &str) -> bool {
    let below = |page: &&str| {
        path.strip_prefix(page)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    };
    let in_both = ["/admin/people", "/admin/audit"].iter().any(below)
        || (below(&"/admin/runs") && path.ends_with("/erase"));
    ["/inbox", "/admin", "/sign-in"].iter().any(below) && !in_both
}

/// The language the page is written in. Most of the staff's pages are in English only, and say so.
#[cfg(feature = "ssr")]
pub fn page_language() -> Language {
    let english_only = use_context::<axum::http::request::Parts>()
        .is_some_and(|parts| is_english_only(parts.uri.path()));
    if english_only {
        Language::En
    } else {
        crate::functions::asking().language
    }
}

/// The language the page is written in, as `<html lang>` says.
#[cfg(not(feature = "ssr"))]
pub fn page_language() -> Language {
    crate::browser::page_language()
}
