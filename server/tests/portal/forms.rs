//! A person's task with outcomes and a form of its own.

use hms_app::agency::{Agency, Refused, SESSION_COOKIE, Visitor};
use hms_app::views::{Conflict, Decision, InboxTab, Rule, TaskAct};
use hms_server::orchestrator::NewEvent;
use serde_json::json;
use uuid::Uuid;

use crate::house::{House, house, refused};
use crate::services::{get, pages, post};

const BENEFIT: &str = r#"id: Benefit
start: BenefitAsked
key: payload.case
steps:
  - id: assess
    title: Assess the request
    actor: HUMAN:assessor
    sla: 2d
    outcomes: { grant: pay, ask_again: assess, deny: end }
    form:
      - { id: amount, type: money, label: How much?, required: true, max: 5000, show_if: answers.outcome == 'grant' }
      - { id: why, type: textarea, label: Why?, hint: The person reads this, max: 200 }
      - { id: due, type: date, label: By when?, show_if: payload.urgent }
  - { id: pay, title: Pay the benefit, actor: SVC:bank }
"#;

async fn asked(house: &House) -> (Visitor, Uuid) {
    let event = NewEvent {
        name: "BenefitAsked".into(),
        payload: json!({"case": "B-7", "urgent": true}),
        origin: None,
        report: None,
    };
    house.orchestrator.emit(event).await.unwrap();
    let ann = house.staff("Ann", &["assessor"]).await;
    let task = house.only_task(&ann, InboxTab::Unassigned).await;
    (ann, task)
}

fn cookie(who: &Visitor) -> String {
    let token = who.session.as_ref().unwrap();
    format!("{SESSION_COOKIE}={}", token.0)
}

#[tokio::test]
async fn the_buttons_are_the_outcomes_and_say_what_comes_next() {
    let house = house(1.0).await;
    let pages = pages(&house, BENEFIT).await;
    let (ann, task) = asked(&house).await;
    let view = house.desk.task(&ann, task).await.unwrap();
    let told: Vec<(&str, Option<&str>)> = view
        .outcomes
        .iter()
        .map(|next| (next.outcome.as_str(), next.title.as_deref()))
        .collect();
    assert_eq!(
        told,
        [
            ("grant", Some("Pay the benefit")),
            ("ask_again", Some("Assess the request")),
            ("deny", None)
        ]
    );
    let page = get(&pages, &format!("/inbox/{task}"), "en", &cookie(&ann)).await;
    for told in [
        "value=\"grant\"",
        "Grant",
        "Next: Pay the benefit",
        "value=\"ask_again\"",
        "Ask again",
        "Deny",
        "Next: the case ends",
        "name=\"answer.why\"",
        "The person reads this",
        "name=\"answer.due.day\"",
    ] {
        let html = page.html.replace("<!>", "").replace("<!---->", "");
        assert!(html.contains(told), "{told}: {html}");
    }
    assert!(!page.has("answer.amount") && !page.has("Needed when you reject"));
}

#[tokio::test]
async fn a_decision_is_checked_field_by_field_and_all_that_was_typed_is_kept() {
    let house = house(1.0).await;
    let pages = pages(&house, BENEFIT).await;
    let (ann, task) = asked(&house).await;
    let (address, cookie) = (format!("/inbox/{task}"), cookie(&ann));
    let typed = [
        ("answer.why", "</textarea><script>alert(1)</script>"),
        ("answer.due.month", "13"),
        ("answer.due.day", "1"),
        ("answer.due.year", "2024"),
        ("note", "Mine"),
        ("outcome", "grant"),
    ];
    let page = post(&pages, &address, &cookie, &typed).await;
    assert_eq!(page.status, 422);
    // Granting asks for the amount.
    for told in [
        "<title>Error: B-7",
        "href=\"#answer.amount\"",
        "href=\"#answer.due.month\"",
        "id=\"answer.due-fault\"",
        "id=\"answer.amount\"",
        "value=\"13\"",
        "&lt;/textarea&gt;&lt;script&gt;alert(1)",
        ">Mine<",
    ] {
        assert!(page.has(told), "{told}: {}", page.html);
    }
    assert!(!page.has("<script>alert(1)"));
    // Taking the task says nothing about what was begun.
    let page = post(
        &pages,
        &address,
        &cookie,
        &[("act", "accept"), ("answer.why", "Half a sentence")],
    )
    .await;
    assert_eq!(page.status, 200);
    assert!(
        page.has("Half a sentence") && page.has("Give back"),
        "{}",
        page.html
    );
    let done = [
        ("answer.amount", "1,200.50"),
        ("answer.why", "In need"),
        ("answer.due.month", "5"),
        ("answer.due.day", "1"),
        ("answer.due.year", "2024"),
        ("note", "Clear"),
        ("outcome", "grant"),
    ];
    assert_eq!(post(&pages, &address, &cookie, &done).await.status, 303);
    let kept = house
        .orchestrator
        .shelf()
        .task(task)
        .await
        .unwrap()
        .unwrap()
        .task
        .result;
    let expected = json!({
        "outcome": "grant", "approved": false, "note": "Clear", "amount": 1200.5, "why": "In need", "due": "2024-05-01",
    });
    assert_eq!(kept, Some(expected));
    assert_eq!(house.open_tasks("SVC:bank").await.len(), 1);

    // What was decided is told in the words of the form.
    let page = get(&pages, &address, "en", &cookie).await;
    for told in ["How much?", "$1,200.50", "In need", "2024-05-01"] {
        assert!(page.has(told), "{told}: {}", page.html);
    }

    // Whoever comes second sees what they typed and who was first.
    let max = house.staff("Max", &["assessor"]).await;
    let late = post(&pages, &address, &self::cookie(&max), &done).await;
    assert_eq!(late.status, 409);
    for told in ["Ann decided “Grant” at", "1,200.50", "In need", "Clear"] {
        assert!(late.has(told), "{told}: {}", late.html);
    }
}

#[tokio::test]
async fn a_lost_sign_in_keeps_every_answer() {
    let house = house(1.0).await;
    let pages = pages(&house, BENEFIT).await;
    let (_, task) = asked(&house).await;
    let typed = [
        ("answer.why", "Long \"thoughts\""),
        ("note", "Mine"),
        ("outcome", "deny"),
    ];
    let page = post(&pages, &format!("/inbox/{task}"), "", &typed).await;
    assert_eq!(page.status, 401);
    for told in [
        "Sign in again",
        "name=\"answer.why\" value=\"Long &quot;thoughts&quot;\"",
        "name=\"note\" value=\"Mine\"",
    ] {
        assert!(page.has(told), "{told}: {}", page.html);
    }
}

#[tokio::test]
async fn an_outcome_that_is_none_here_decides_nothing() {
    let house = house(1.0).await;
    house.orchestrator.deploy(BENEFIT, "test").await.unwrap();
    let (ann, task) = asked(&house).await;
    for outcome in ["approve", "", "timeout"] {
        let act = TaskAct::Decide(Decision::of(outcome, ""));
        assert_eq!(
            refused(house.desk.act_on_task(&ann, task, act).await),
            Refused::NotFound,
            "{outcome}"
        );
    }
    let grant = TaskAct::Decide(Decision::of("grant", ""));
    let Refused::Form(faults) = refused(house.desk.act_on_task(&ann, task, grant).await) else {
        panic!("the amount is needed");
    };
    assert_eq!(
        (faults[0].field.as_str(), faults[0].rule),
        ("amount", Rule::Required)
    );
    let deny = TaskAct::Decide(Decision::of("deny", ""));
    house
        .desk
        .act_on_task(&ann, task, deny.clone())
        .await
        .unwrap();
    let late = house.staff("Max", &["assessor"]).await;
    let answer = refused(house.desk.act_on_task(&late, task, deny).await);
    assert!(
        matches!(answer, Refused::Conflict(Conflict::Closed(_))),
        "{answer:?}"
    );
}
