//! Erasing the personal data of a case by hand, and what the trail keeps of who saw it before.

use hms_app::agency::{Agency, Refused, Visitor};
use hms_app::views::{Draft, InboxTab, TaskAct};
use hms_server::trail;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::browser::{Page, get, pages, post};
use crate::house::{House, draft, house, refused, severe};

const DEFINITION: &str = include_str!("../../../workflows/ftc-complaint.yml");
const ADDRESS: &str = "maria.quispe@example.org";
const REASON: &str = "She asked us to </textarea><script>alert(1)</script>";

/// A severe report with an address; its run.
async fn reported(house: &House) -> Uuid {
    let with_address = Draft {
        email: ADDRESS.to_owned(),
        ..draft("They emptied my account.")
    };
    house.desk.file_report(with_address).await.unwrap();
    house.work("AI:fraud-labeler", severe()).await;
    let query = hms_server::store::RunQuery {
        limit: 1,
        ..Default::default()
    };
    house.store.shelf().runs(&query).await.unwrap()[0].run.id
}

fn cookie(who: &Visitor) -> String {
    format!("hms_session={}", who.session.as_ref().unwrap().0)
}

/// The house's rows about a run: who, and the command.
async fn notes(house: &House, run: Uuid, order: &str) -> Vec<(String, Value)> {
    let rows = house.store.trail().trail_of(None, 0, 1_000).await.unwrap();
    let about = rows.into_iter().filter(|row| row.about == Some(run));
    let read = about.map(|row| (row.who, serde_json::from_str(&row.command).unwrap()));
    let of_order = read.filter(|(_, command): &(_, Value)| command["order"] == order);
    of_order.collect()
}

async fn verified(house: &House) -> Vec<String> {
    let mut told = Vec::new();
    let mut tell = |fault: trail::Fault| told.push(fault.to_string());
    let trail = house.store.trail();
    trail::verify(trail.as_ref(), None, None, &mut tell)
        .await
        .unwrap();
    told
}

#[tokio::test]
async fn an_administrator_erases_after_saying_why_and_being_asked_again() {
    let house = house(1.0).await;
    let pages = pages(&house, DEFINITION).await;
    let run = reported(&house).await;
    let (at, form) = (
        format!("/admin/runs/{run}"),
        format!("/admin/runs/{run}/erase"),
    );
    let ada = house.staff("Ada", &["administrator"]).await;
    let me = cookie(&ada);
    let page = get(&pages, &at, "en", &me).await;
    assert!(page.has("1 value is kept apart from this case") && page.has(&form));

    let page = get(&pages, &form, "en", &me).await;
    assert_eq!(page.status, 200);
    for told in [
        "What goes",
        "What stays",
        "nobody can bring it back",
        "This case still goes on",
    ] {
        assert!(page.has(told), "{told}: {}", page.html);
    }
    let page = get(&pages, &form, "es", &me).await;
    assert!(page.has("<html lang=\"es\"") && page.has("Qué se borra"));

    // Without a reason, or with an endless one, nothing happens, and what was typed stays.
    for (reason, told) in [
        (" ".to_owned(), "Write down why you erase it"),
        ("x".repeat(501), "Use 500 characters or fewer"),
    ] {
        for act in ["look", "erase"] {
            let fields = [("act", act), ("reason", reason.as_str())];
            let page = post(&pages, &form, &me, &fields).await;
            assert_eq!(page.status, 422, "{act}");
            assert!(page.has("<title>Error: ") && page.has(told), "{act}");
            assert!(page.has("href=\"#reason\""));
        }
    }

    // It is asked once more, and nothing is gone yet.
    let page = post(&pages, &form, &me, &[("act", "look"), ("reason", REASON)]).await;
    assert_eq!(page.status, 200);
    assert!(page.has("Erase it now?") && page.has("This cannot be undone"));
    assert!(!page.has("<script>alert"), "{}", page.html);
    assert_eq!(house.desk.run(&ada, run).await.unwrap().personal.kept, 1);
    assert_eq!(notes(&house, run, "erase_personal").await, []);

    let sent = [("act", "erase"), ("reason", REASON)];
    let page = post(&pages, &form, &me, &sent).await;
    assert_eq!(page.status, 303, "{}", page.html);
    let page = get(&pages, &at, "en", &me).await;
    assert!(page.has("1 value was erased at ") && page.has("By Ada."));
    assert!(page.has("&lt;script&gt;alert(1)") && !page.has("<script>alert"));
    assert!(!page.has(&form), "there is nothing left to erase");
    let person = house.desk.person(&ada).await.unwrap().unwrap().id;
    let expect = (
        format!("person:{person}"),
        json!({"order": "erase_personal", "run": run, "reason": REASON}),
    );
    assert_eq!(notes(&house, run, "erase_personal").await, [expect]);

    // Sent twice it is done once.
    assert_eq!(post(&pages, &form, &me, &sent).await.status, 303);
    assert_eq!(notes(&house, run, "erase_personal").await.len(), 1);
    let page = get(&pages, &form, "es", &me).await;
    assert!(page.has("No hay nada que borrar") && page.has("Lo hizo Ada."));
    // The value is nowhere, and the trail is whole.
    let mut payload = house.desk.run(&ada, run).await.unwrap().payload;
    house
        .orchestrator
        .show_personal(run, &mut payload, hms_server::orchestrator::Sight::Clear)
        .await
        .unwrap();
    assert_eq!(payload["email"], Value::Null);
    assert_eq!(verified(&house).await, [""; 0]);
}

#[tokio::test]
async fn nobody_else_erases_anything() {
    let house = house(1.0).await;
    let pages = pages(&house, DEFINITION).await;
    let run = reported(&house).await;
    let form = format!("/admin/runs/{run}/erase");
    for roles in [
        &["auditor"][..],
        &["supervisor"],
        &["investigator"],
        &["administrator@FOIA-Request"],
    ] {
        let who = house
            .staff(roles[0].split('@').next().unwrap(), roles)
            .await;
        let me = cookie(&who);
        assert!(matches!(
            refused(house.desk.erase_personal(&who, run, "why").await),
            Refused::NotAllowed | Refused::NotFound
        ));
        for act in ["look", "erase"] {
            let page = post(&pages, &form, &me, &[("act", act), ("reason", "why")]).await;
            assert!(
                matches!(page.status, 403 | 404),
                "{roles:?} {}",
                page.status
            );
        }
        let page: Page = get(&pages, &format!("/admin/runs/{run}"), "en", &me).await;
        assert!(!page.has(&form), "{roles:?} is shown no way");
        house
            .tamper("UPDATE people SET email = hex(randomblob(8))")
            .await;
    }
    let ada = house.staff("Ada", &["administrator@FTC-Complaint"]).await;
    assert_eq!(
        house.desk.erasure(&ada, run).await.unwrap().personal.kept,
        1
    );
    let unknown = house.desk.erase_personal(&ada, Uuid::nil(), "why").await;
    assert_eq!(refused(unknown), Refused::NotFound);
}

#[tokio::test]
async fn that_somebody_saw_it_in_clear_is_noted() {
    let house = house(1.0).await;
    house.orchestrator.deploy(DEFINITION, "test").await.unwrap();
    let run = reported(&house).await;
    let ivy = house.staff("Ivy", &["investigator"]).await;
    let ada = house.staff("Ada", &["administrator"]).await;
    let task = house.only_task(&ivy, InboxTab::Unassigned).await;
    let seen = async |who: &Visitor| {
        let shown = house.desk.task(who, task).await.unwrap();
        let notes = notes(&house, run, "read").await;
        let what = notes.last().unwrap().1["what"].clone();
        (shown.payload["email"].clone(), what)
    };
    let masked = json!("m…@example.org");
    assert_eq!(seen(&ivy).await, (masked.clone(), json!("task")));
    house
        .desk
        .act_on_task(&ivy, task, TaskAct::Accept)
        .await
        .unwrap();
    // The same page, and another read: it says more than before.
    assert_eq!(seen(&ivy).await, (json!(ADDRESS), json!("task_clear")));
    assert_eq!(seen(&ada).await, (masked, json!("task")));
    let erased = house
        .desk
        .erase_personal(&ada, run, "She asked us to")
        .await;
    erased.unwrap();
    assert_eq!(seen(&ivy).await.0, Value::Null);
}
