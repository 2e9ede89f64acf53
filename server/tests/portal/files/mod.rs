//! Files in forms: kept through faults, given to who may have them, and never a page.

mod attacks;
mod way;

use axum::Router;
use hms_app::agency::{SESSION_COOKIE, Visitor};
use hms_server::store::RunQuery;
use serde_json::Value;

use crate::browser::{Chosen, Page, post_files};
use crate::house::House;

pub(super) const PERMIT: &str = r#"id: Permit
start: PermitAsked
portal:
  slug: permit
  title: Ask for a permit
  pages:
    - title: The building
      fields:
        - { id: about, type: textarea, label: What will you build?, required: true }
        - { id: plans, type: file, label: Your plans, required: true, max: 2 }
        - { id: deed, type: file, label: The deed, show_if: has(answers.plans), max: 1 }
steps:
  - id: look
    actor: HUMAN:clerk
    sla: 2d
    form: [{ id: report, type: file, label: Your report, max: 2 }]
  - id: answer
    actor: SVC:email-svc
"#;

pub(super) const PDF: &[u8] = b"%PDF-1.7\n1 0 obj\n";

pub(super) fn chosen<'c>(control: &'c str, name: &'c str, bytes: &'c [u8]) -> Chosen<'c> {
    Chosen {
        control,
        name,
        declared: "application/octet-stream",
        bytes,
    }
}

pub(super) fn plans(bytes: &[u8]) -> Chosen<'_> {
    chosen("plans", "plans.pdf", bytes)
}

/// The values of ticked boxes.
pub(super) fn ticked(page: &Page, control: &str) -> Vec<String> {
    let inputs = page.html.split("<input").skip(1);
    let own = inputs.filter(|input| {
        let input = input.split('>').next().unwrap();
        input.contains("type=\"checkbox\"") && input.contains(&format!("name=\"{control}\""))
    });
    own.map(|input| {
        let value = input.split("value=\"").nth(1).unwrap();
        value.split('"').next().unwrap().to_owned()
    })
    .collect()
}

pub(super) async fn payloads(house: &House) -> Vec<Value> {
    let query = RunQuery {
        limit: 10,
        ..RunQuery::default()
    };
    let runs = house.orchestrator.shelf().runs(&query).await.unwrap();
    runs.into_iter().map(|row| row.run.payload).collect()
}

pub(super) fn signed_in(who: &Visitor) -> String {
    format!("{SESSION_COOKIE}={}", who.session.as_ref().unwrap().0)
}

/// Sends a whole form with its plans; the page, and the cookie of its reporter.
pub(super) async fn filed(pages: &Router, files: &[Chosen<'_>]) -> (Page, String) {
    let sent = post_files(pages, "/report/permit", "", &[("about", "A shed")], files).await;
    assert_eq!(sent.status, 200, "{}", sent.html);
    let cookie = sent.cookie.split(';').next().unwrap().to_owned();
    (sent, cookie)
}
