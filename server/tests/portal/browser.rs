//! A browser without scripts: asks for pages and sends forms.

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::http::{HeaderMap, Request};
use hms_server::portal::{self, Assets};
use http_body_util::BodyExt;
use tower::ServiceExt;

use crate::house::House;

/// The pages over a house with this definition in force.
pub(crate) async fn pages(house: &House, definition: &str) -> Router {
    house.orchestrator.deploy(definition, "test").await.unwrap();
    let desk = Arc::new(house.desk.clone());
    portal::site(desk.clone(), Assets::find()).merge(portal::files(desk))
}

/// A page as it came back: its status, its text, and the cookie it left.
pub(crate) struct Page {
    pub(crate) status: u16,
    pub(crate) html: String,
    pub(crate) cookie: String,
    /// All cookies it left.
    pub(crate) cookies: Vec<String>,
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
    let cookies = response.headers().get_all("set-cookie").iter();
    let cookies: Vec<String> = cookies
        .map(|cookie| cookie.to_str().unwrap().to_owned())
        .collect();
    let cookie = cookies.first().cloned().unwrap_or_default();
    let bytes = response.into_body().collect().await.unwrap().to_bytes();
    let html = String::from_utf8(bytes.to_vec()).unwrap();
    Page {
        status,
        html,
        cookie,
        cookies,
    }
}

/// A file chosen in a form: the control, and what the browser says about it.
pub(crate) struct Chosen<'c> {
    pub(crate) control: &'c str,
    pub(crate) name: &'c str,
    pub(crate) declared: &'c str,
    pub(crate) bytes: &'c [u8],
}

/// Sends a form as browsers send one that has files.
pub(crate) async fn post_files(
    pages: &Router,
    path: &str,
    cookie: &str,
    fields: &[(&str, &str)],
    files: &[Chosen<'_>],
) -> Page {
    let mut body = Vec::new();
    for (name, value) in fields {
        let part = format!(
            "--frontier\r\ncontent-disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n"
        );
        body.extend(part.as_bytes());
    }
    for file in files {
        // As the HTML standard says: quotes and line breaks of a name are encoded.
        let name = file.name.replace('"', "%22").replace('\n', "%0A");
        let head = format!(
            "--frontier\r\ncontent-disposition: form-data; name=\"{}\"; filename=\"{name}\"\r\n\
             content-type: {}\r\n\r\n",
            file.control, file.declared
        );
        body.extend(head.as_bytes());
        body.extend(file.bytes);
        body.extend(b"\r\n");
    }
    body.extend(b"--frontier--\r\n");
    let kind = "multipart/form-data; boundary=frontier";
    raw(pages, path, cookie, kind, Body::from(body)).await
}

/// Sends what no browser would.
pub(crate) async fn raw(pages: &Router, path: &str, cookie: &str, kind: &str, body: Body) -> Page {
    let request = Request::post(path)
        .header("sec-fetch-site", "same-origin")
        .header("content-type", kind)
        .header("accept-language", "en")
        .header("cookie", cookie);
    ask(pages, request.body(body).unwrap()).await
}

/// A file as it came back.
pub(crate) struct Download {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) bytes: Vec<u8>,
}

pub(crate) async fn download(pages: &Router, path: &str, cookie: &str) -> Download {
    let request = Request::get(path).header("cookie", cookie);
    let request = request.body(Body::empty()).unwrap();
    let response = pages.clone().oneshot(request).await.unwrap();
    let (parts, body) = response.into_parts();
    Download {
        status: parts.status.as_u16(),
        headers: parts.headers,
        bytes: body.collect().await.unwrap().to_bytes().to_vec(),
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
        .header("sec-fetch-site", "same-origin")
        .header("content-type", "application/x-www-form-urlencoded")
        .header("accept-language", "en")
        .header("cookie", cookie);
    ask(pages, request.body(Body::from(body.join("&"))).unwrap()).await
}
