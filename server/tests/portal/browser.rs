//! A browser without scripts: asks for pages and sends forms.

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::http::Request;
use hms_server::portal::{self, Assets};
use http_body_util::BodyExt;
use tower::ServiceExt;

use crate::house::House;

/// The pages over a house with this definition in force.
pub(crate) async fn pages(house: &House, definition: &str) -> Router {
    house.orchestrator.deploy(definition, "test").await.unwrap();
    portal::site(Arc::new(house.desk.clone()), Assets::find())
}

/// A page as it came back: its status, its text, and the cookie it left.
pub(crate) struct Page {
    pub(crate) status: u16,
    pub(crate) html: String,
    pub(crate) cookie: String,
}

impl Page {
    pub(crate) fn has(&self, text: &str) -> bool {
        self.html.contains(text)
    }

    /// The value of a hidden control.
    pub(crate) fn hidden(&self, name: &str) -> String {
        let at = format!("name=\"{name}\" value=\"");
        let rest = self
            .html
            .split(&at)
            .nth(1)
            .unwrap_or_else(|| panic!("no {name}: {}", self.html));
        rest.split('"').next().unwrap().to_owned()
    }
}

async fn ask(pages: &Router, request: Request<Body>) -> Page {
    let response = pages.clone().oneshot(request).await.unwrap();
    let status = response.status().as_u16();
    let cookie = response.headers().get("set-cookie");
    let cookie = cookie.map_or_else(String::new, |cookie| cookie.to_str().unwrap().to_owned());
    let bytes = response.into_body().collect().await.unwrap().to_bytes();
    let html = String::from_utf8(bytes.to_vec()).unwrap();
    Page {
        status,
        html,
        cookie,
    }
}

pub(crate) async fn get(pages: &Router, path: &str, language: &str, cookie: &str) -> Page {
    let request = Request::get(path)
        .header("accept-language", language)
        .header("cookie", cookie);
    ask(pages, request.body(Body::empty()).unwrap()).await
}

pub(crate) async fn post(
    pages: &Router,
    path: &str,
    cookie: &str,
    fields: &[(&str, &str)],
) -> Page {
    let encoded =
        |text: &str| -> String { text.bytes().map(|byte| format!("%{byte:02X}")).collect() };
    let body: Vec<String> = fields
        .iter()
        .map(|(name, value)| format!("{}={}", encoded(name), encoded(value)))
        .collect();
    let request = Request::post(path)
        .header("content-type", "application/x-www-form-urlencoded")
        .header("accept-language", "en")
        .header("cookie", cookie);
    ask(pages, request.body(Body::from(body.join("&"))).unwrap()).await
}
