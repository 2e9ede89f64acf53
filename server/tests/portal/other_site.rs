//! What pages of other sites try: forms, server functions, and loading what is here; and what every answer
//! says against it.

use axum::Router;
use axum::body::Body;
use axum::http::{HeaderMap, Request};
use hms_server::edge::{self, Hosts, Proxies};
use hms_server::portal::{self, Assets};
use std::sync::Arc;
use tower::ServiceExt;

use crate::house::{House, house};

fn pages(house: &House) -> Router {
    let desk = Arc::new(house.desk.clone());
    let pages = portal::site(desk.clone(), Assets::find())
        .merge(portal::files(desk.clone()))
        .merge(portal::csv(desk));
    edge::around(edge::only_as(pages, Hosts::local()), Proxies::default())
}

async fn ask(pages: &Router, method: &str, path: &str, lines: &[(&str, &str)]) -> (u16, HeaderMap) {
    let mut request = Request::builder().method(method).uri(path);
    if !lines.iter().any(|(name, _)| *name == "host") {
        request = request.header("host", "localhost:7000");
    }
    for (name, value) in lines {
        request = request.header(*name, *value);
    }
    let response = pages
        .clone()
        .oneshot(request.body(Body::empty()).unwrap())
        .await
        .unwrap();
    (response.status().as_u16(), response.headers().clone())
}

/// A form, or what a script sends in its place.
const FORM: (&str, &str) = ("content-type", "application/x-www-form-urlencoded");
/// A session that a browser would send along.
const COOKIE: (&str, &str) = ("cookie", "hms_session=whoever; hms_report=whoever");

/// Everything that changes something, and a server function.
const CHANGES: [&str; 14] = [
    "/report",
    "/report/fraud",
    "/report/receipt.txt",
    "/status",
    "/status/C-1/add",
    "/sign-in",
    "/sign-out",
    "/inbox/0192f3c0-0000-7000-8000-000000000000",
    "/inbox/0192f3c0-0000-7000-8000-000000000000/clock",
    "/admin/runs/0192f3c0-0000-7000-8000-000000000000",
    "/admin/workflows/FTC-Complaint",
    "/api/sign_in",
    "/api/anything",
    "/nowhere",
];

#[tokio::test]
async fn no_other_site_changes_anything() {
    let house = house(1.0).await;
    let pages = pages(&house);
    for path in CHANGES {
        for lie in [
            &[("sec-fetch-site", "cross-site")][..],
            &[
                ("sec-fetch-site", "same-site"),
                ("origin", "http://localhost:8100"),
            ],
            &[
                ("sec-fetch-site", "cross-site"),
                ("sec-fetch-mode", "navigate"),
                ("sec-fetch-dest", "document"),
            ],
            &[("origin", "http://evil.example")],
            &[("origin", "null")],
            &[("referer", "http://evil.example/localhost:7000")],
            // A browser that says nothing of where it is.
            &[],
        ] {
            let lines: Vec<_> = lie.iter().copied().chain([FORM, COOKIE]).collect();
            let (status, headers) = ask(&pages, "POST", path, &lines).await;
            assert_eq!(status, 403, "POST {path} {lie:?}");
            assert_eq!(headers.get("set-cookie"), None, "POST {path} {lie:?}");
        }
        let own = [("sec-fetch-site", "same-origin"), FORM, COOKIE];
        let (status, _) = ask(&pages, "POST", path, &own).await;
        assert_ne!(status, 403, "POST {path} from here");
    }
}

#[tokio::test]
async fn a_link_leads_here_and_a_frame_or_script_does_not() {
    let house = house(1.0).await;
    let pages = pages(&house);
    for (mode, dest, status) in [
        ("navigate", "document", 200),
        ("navigate", "iframe", 403),
        ("navigate", "object", 403),
        ("no-cors", "script", 403),
        ("no-cors", "image", 403),
        ("cors", "empty", 403),
    ] {
        let lines = [
            ("sec-fetch-site", "cross-site"),
            ("sec-fetch-mode", mode),
            ("sec-fetch-dest", dest),
        ];
        assert_eq!(
            ask(&pages, "GET", "/", &lines).await.0,
            status,
            "{mode} {dest}"
        );
    }
}

#[tokio::test]
async fn under_a_foreign_name_nothing_is_answered() {
    let house = house(1.0).await;
    let pages = pages(&house);
    for host in [
        "evil.example",
        "evil.example:7000",
        "localhost.evil.example",
    ] {
        let lines = [("host", host), ("sec-fetch-site", "same-origin"), FORM];
        assert_eq!(
            ask(&pages, "GET", "/", &[("host", host)]).await.0,
            421,
            "{host}"
        );
        assert_eq!(
            ask(&pages, "POST", "/sign-in", &lines).await.0,
            421,
            "{host}"
        );
    }
}

#[tokio::test]
async fn every_answer_says_what_a_browser_may_do_with_it() {
    let house = house(1.0).await;
    let pages = pages(&house);
    let mut nonces = Vec::new();
    for (method, path, page) in [
        ("GET", "/", true),
        ("GET", "/report", true),
        ("GET", "/sign-in", true),
        ("GET", "/nowhere", true),
        ("GET", "/inbox", true),
        ("GET", "/admin", true),
        ("POST", "/sign-in", false),
        ("POST", "/api/nowhere", false),
        ("DELETE", "/report", false),
        ("GET", "/admin/sla.csv", false),
        ("GET", "/pkg/nothing.js", false),
        ("GET", "/status/C-1/files/x", false),
    ] {
        let (status, headers) = ask(&pages, method, path, &[]).await;
        let said = format!("{method} {path} → {status}");
        let text = |name: &str| {
            headers
                .get(name)
                .and_then(|v| v.to_str().ok())
                .unwrap_or("")
                .to_owned()
        };
        let policy = text("content-security-policy");
        assert!(policy.contains("default-src 'none'"), "{said}: {policy}");
        assert!(
            !policy.contains("unsafe-inline") && !policy.contains("'unsafe-eval'"),
            "{said}: {policy}"
        );
        assert_eq!(text("x-content-type-options"), "nosniff", "{said}");
        assert_eq!(text("x-frame-options"), "DENY", "{said}");
        assert_eq!(text("cross-origin-opener-policy"), "same-origin", "{said}");
        assert_eq!(
            text("cross-origin-resource-policy"),
            "same-origin",
            "{said}"
        );
        assert!(text("permissions-policy").contains("camera=()"), "{said}");
        assert!(
            !text("referrer-policy").is_empty() && !text("x-request-id").is_empty(),
            "{said}"
        );
        if page && status != 303 {
            assert!(
                policy.contains("'strict-dynamic'") && policy.contains("frame-ancestors 'none'"),
                "{said}: {policy}"
            );
            let nonce = policy
                .split("'nonce-")
                .nth(1)
                .unwrap()
                .split('\'')
                .next()
                .unwrap();
            assert!(nonce.len() >= 22, "{said}: {nonce}");
            nonces.push(nonce.to_owned());
        }
    }
    let all = nonces.len();
    assert!(all >= 3, "{nonces:?}");
    nonces.sort();
    nonces.dedup();
    assert_eq!(nonces.len(), all, "a nonce is for one answer");
}
