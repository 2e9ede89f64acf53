//! A run that stopped at two places: each is told, and sent on alone.

use axum::Router;
use hms_app::agency::Agency;
use hms_app::views::{Does, IncidentRow, RunView, RunsFilter, RunsQuery};
use hms_server::orchestrator::{NewEvent, TaskOrder};
use serde_json::json;

use crate::browser::{get, pages, post};
use crate::house::{House, house};

const SEARCH: &str = r#"
id: Search
start: Asked
steps:
  - id: both
    type: parallel
    branches:
      one:
        - { id: look, actor: "SVC:archive", title: We look in the archive, retry: 1 }
        - { id: read, actor: "HUMAN:clerk", sla: 4h }
      other:
        - { id: ask, actor: "SVC:register", retry: 1 }
  - { id: tell, actor: "SVC:email-svc" }
"#;

/// A run of which both branches have stopped.
async fn stopped(house: &House) -> uuid::Uuid {
    let event = NewEvent {
        name: "Asked".into(),
        payload: json!({"name": "</textarea><script>"}),
        origin: None,
        report: None,
    };
    let run = house.orchestrator.emit(event).await.unwrap().runs[0].run_id;
    for actor in ["SVC:archive", "SVC:register"] {
        let task = house.open_tasks(actor).await[0].task.id;
        let error = format!("{actor} is <b>gone</b>");
        let failed = TaskOrder::Fail { error };
        let done = house.orchestrator.task_order(task, "worker-1", failed);
        done.await.unwrap();
    }
    run
}

async fn opened() -> (House, Router) {
    let house = house(1.0).await;
    let pages = pages(&house, SEARCH).await;
    (house, pages)
}

fn cookie(visitor: &hms_app::agency::Visitor) -> String {
    format!("hms_session={}", visitor.session.as_ref().unwrap().0)
}

fn steps(incident: &IncidentRow) -> Vec<(&str, &Does)> {
    let ways = incident.ways.iter();
    ways.map(|way| (way.step.as_str(), &way.does)).collect()
}

#[tokio::test]
async fn each_incident_says_what_stopped_and_where_it_can_go_on() {
    let (house, pages) = opened().await;
    let run = stopped(&house).await;
    let view = view(&house, run).await;
    let service = |name: &str| Does::Task {
        actor: format!("SVC:{name}"),
        within: None,
    };
    let read = Does::Task {
        actor: "HUMAN:clerk".into(),
        within: Some("4h".into()),
    };
    let [one, other] = &view.incidents[..] else {
        panic!("{:?}", view.incidents);
    };
    assert_eq!(one.title, "We look in the archive");
    assert_eq!(one.cause, "exhausted");
    // The steps of its own list only, the one that stopped first.
    assert_eq!(
        steps(one),
        [
            ("look", &service("archive")),
            ("read", &read),
            ("end", &Does::EndPart)
        ]
    );
    assert_eq!(
        steps(other),
        [("ask", &service("register")), ("end", &Does::EndPart)]
    );
    let stuck = RunsQuery {
        filter: RunsFilter::Stuck,
        ..RunsQuery::default()
    };
    let ada = house.staff("Ada", &["administrator"]).await;
    let page = house.desk.runs(&ada, stuck).await.unwrap();
    let found: Vec<_> = page.rows.iter().map(|row| row.id).collect();
    assert_eq!(found, [run]);
    let page = get(&pages, &format!("/admin/runs/{run}"), "en", &cookie(&ada)).await;
    for wanted in [
        "Stopped at: ",
        "We look in the archive",
        "SVC:archive is &lt;b&gt;gone&lt;/b&gt;",
        "Again: We look in the archive (look): opens a new task for SVC:archive",
        "Read (read): opens a new task for HUMAN:clerk, to be done within 4h",
        "The end: finishes this part; the other parts go on",
        "This ends this run.",
    ] {
        assert!(page.has(wanted), "{wanted}: {}", page.html);
    }
    assert!(!page.has("<b>gone") && !page.has("</textarea><script>"));
    // Whoever may only read sees what stopped, and no form.
    let sam = house.staff("Sam", &["supervisor"]).await;
    let page = get(&pages, &format!("/admin/runs/{run}"), "en", &cookie(&sam)).await;
    assert!(page.has("We look in the archive") && !page.has("Send it on"));
    assert!(!page.has("Cancel the run"), "{}", page.html);
}

#[tokio::test]
async fn an_incident_is_sent_on_alone_and_with_a_note() {
    let (house, pages) = opened().await;
    let run = stopped(&house).await;
    let before = view(&house, run).await;
    let (one, other) = (before.incidents[0].number, before.incidents[1].number);
    let ada = cookie(&house.staff("Ada", &["administrator"]).await);
    let path = format!("/admin/runs/{run}");
    let send = |number: u32, to: &str, note: &str| {
        vec![
            ("act".to_owned(), "retry".to_owned()),
            ("incident".to_owned(), number.to_string()),
            ("to".to_owned(), to.to_owned()),
            (format!("note-{number}"), note.to_owned()),
        ]
    };
    let sent = async |cookie: &str, fields: Vec<(String, String)>| {
        let fields: Vec<(&str, &str)> = fields
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
            .collect();
        post(&pages, &path, cookie, &fields).await
    };
    // Without a note nothing is done, and what was chosen is kept.
    let page = sent(&ada, send(other, "end", "  ")).await;
    assert_eq!(page.status, 422);
    assert!(page.has("<title>Error: "), "{}", page.html);
    assert!(page.has(&format!("href=\"#note-{other}\"")));
    assert!(page.has(&format!("id=\"note-{other}-fault\"")));
    assert!(!page.has(&format!("id=\"note-{one}-fault\"")));
    assert!(page.has("value=\"end\" selected"), "{}", page.html);
    // To a step of its own list, and only what was named goes on.
    let page = sent(&ada, send(one, "read", "The archive is closed")).await;
    assert_eq!(page.status, 303);
    let now = view(&house, run).await;
    let left: Vec<u32> = now.incidents.iter().map(|one| one.number).collect();
    assert_eq!(left, [other]);
    let last = now
        .timeline
        .iter()
        .rev()
        .find(|row| row.kind == "incident_resolved");
    let last = last.unwrap();
    assert_eq!(
        (last.who.as_str(), &last.detail["note"]),
        ("Ada", &json!("The archive is closed"))
    );
    // The same form once more: it is no longer there to be sent on.
    let page = sent(&ada, send(one, "read", "The archive is closed")).await;
    assert_eq!(page.status, 409);
    // A step of another list is none to go on at.
    let page = sent(&ada, send(other, "read", "Elsewhere")).await;
    assert_eq!(page.status, 409, "{}", page.html);
    assert!(page.has("value=\"Elsewhere\""), "what was typed is kept");
    // None named: a form that is not this page's.
    let page = post(&pages, &path, &ada, &[("act", "retry"), ("note", "All")]).await;
    assert_eq!(page.status, 404);
    let sam = cookie(&house.staff("Sam", &["supervisor"]).await);
    let page = sent(&sam, send(other, "", "Again")).await;
    assert_eq!(page.status, 403);
    let page = sent(&ada, send(other, "", "The register is back")).await;
    assert_eq!(page.status, 303);
    assert_eq!(house.open_tasks("SVC:register").await.len(), 1);
    let now = view(&house, run).await;
    assert!(now.incidents.is_empty() && !now.row.stopped);
}

async fn view(house: &House, run: uuid::Uuid) -> RunView {
    let name = format!("Y{}", uuid::Uuid::now_v7().simple());
    let ada = house.staff(&name, &["administrator"]).await;
    house.desk.run(&ada, run).await.unwrap()
}
