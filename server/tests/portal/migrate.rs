//! Moving open cases to another version by the page of their workflow, without scripts.

use hms_app::agency::{SESSION_COOKIE, Visitor};
use hms_server::orchestrator::NewEvent;
use serde_json::json;
use uuid::Uuid;

use crate::browser::{Page, get, pages, post};
use crate::house::house;

const OLD: &str = "id: Permit\nstart: Asked\nkey: payload.case\nsteps:\n  - { id: look, actor: HUMAN:clerk, sla: 4h }\n  - { id: rest, type: wait, for: 2d }\n";
const NEW: &str = "id: Permit\nstart: Asked\nkey: payload.case\nsteps:\n  - { id: check, actor: HUMAN:clerk, sla: 6h }\n  - { id: rest, type: wait, event: Came }\n";
const PATH: &str = "/admin/workflows/Permit";

fn cookie(visitor: &Visitor) -> String {
    let token = visitor.session.as_ref().unwrap();
    format!("{SESSION_COOKIE}={}", token.0)
}

/// The text of a page without its tags.
fn text(page: &Page) -> String {
    let mut text = String::new();
    let mut inside = false;
    for c in page.html.chars() {
        match c {
            '<' => inside = true,
            '>' => inside = false,
            c if !inside => text.push(c),
            _ => {}
        }
    }
    text
}

#[tokio::test]
async fn an_administrator_looks_first_and_then_moves_open_cases() {
    let house = house(1.0).await;
    let pages = pages(&house, OLD).await;
    let ada = cookie(&house.staff("Ada", &["administrator"]).await);
    let mut runs: Vec<Uuid> = Vec::new();
    for case in ["P-1", "P-2"] {
        let event = NewEvent {
            name: "Asked".into(),
            payload: json!({"case": case}),
            origin: None,
            report: None,
        };
        runs.push(house.orchestrator.emit(event).await.unwrap().runs[0].run_id);
    }
    let before = get(&pages, PATH, "en", &ada).await;
    assert!(
        !before.has("Open cases of older versions"),
        "nothing to move"
    );
    house.orchestrator.deploy(NEW, "test").await.unwrap();
    let page = get(&pages, PATH, "en", &ada).await;
    assert!(page.has("Open cases of older versions"), "{}", page.html);
    assert!(
        text(&page).contains("look: 2, no longer there"),
        "{}",
        text(&page)
    );
    let from = page.hidden("from");

    // Without a counterpart nobody can move, and each says why.
    let look = [("from", from.as_str()), ("act", "look")];
    let shown = post(&pages, PATH, &ada, &look).await;
    assert_eq!(shown.status, 200);
    assert!(
        text(&shown).contains("0 cases would move. 2 cases cannot."),
        "{}",
        text(&shown)
    );
    assert!(text(&shown).contains("look: the new version has no such step."));
    assert!(!shown.has("value=\"move\""), "there is nothing to confirm");

    let look = [
        ("from", from.as_str()),
        ("step.look", "check"),
        ("act", "look"),
    ];
    let shown = post(&pages, PATH, &ada, &look).await;
    let told = text(&shown);
    assert!(
        told.contains("2 cases would move. 0 cases cannot."),
        "{told}"
    );
    assert!(told.contains("look → check"), "{told}");
    assert_eq!(shown.hidden("step.look"), "check");
    for run in &runs {
        let run = house.orchestrator.shelf().run(*run).await.unwrap().unwrap();
        assert_eq!(run.run.version, from, "only looked at");
    }
    let go = |note| {
        [
            ("from", from.as_str()),
            ("step.look", "check"),
            ("note", note),
            ("act", "move"),
        ]
    };
    let refused = post(&pages, PATH, &ada, &go(" ")).await;
    assert_eq!(refused.status, 422);
    assert!(
        refused.has("Write down why the cases move") && text(&refused).contains("look → check")
    );
    let done = post(&pages, PATH, &ada, &go("new form")).await;
    assert_eq!(done.status, 200, "{}", done.html);
    assert!(
        text(&done).contains("2 cases moved. 0 cases could not."),
        "{}",
        text(&done)
    );
    for run in &runs {
        let row = house.orchestrator.shelf().run(*run).await.unwrap().unwrap();
        assert_eq!(row.run.lists[0].at, "check");
        let page = get(&pages, &format!("/admin/runs/{run}"), "en", &ada).await;
        assert!(
            page.has("Moved to another version of the workflow: “new form”"),
            "{}",
            page.html
        );
        assert!(page.has("takes the place of look in the new version"));
    }
    assert!(
        !get(&pages, PATH, "en", &ada)
            .await
            .has("Open cases of older versions")
    );
}

#[tokio::test]
async fn only_an_administrator_moves_cases() {
    let house = house(1.0).await;
    let pages = pages(&house, OLD).await;
    let from = house
        .orchestrator
        .registry()
        .in_force("Permit")
        .unwrap()
        .version
        .clone();
    house.orchestrator.deploy(NEW, "test").await.unwrap();
    let sam = cookie(&house.staff("Sam", &["supervisor"]).await);
    for act in ["look", "move"] {
        let form = [("from", from.as_str()), ("note", "x"), ("act", act)];
        let page = post(&pages, PATH, &sam, &form).await;
        assert_eq!(page.status, 403, "{}", page.html);
        assert!(!page.has("would move"));
    }
}
