//! Adding to a report that was sent.

use hms_app::agency::{Agency, Visitor};
use hms_app::views::{ClockAct, Filed, Happened, InboxTab, Stands};

use crate::browser::{get, pages, post};
use crate::house::{house, reporter};

const FTC: &str = include_str!("../../../workflows/ftc-complaint.yml");

fn cookie(filed: &Filed) -> String {
    format!("hms_reporter={}", filed.token.0)
}

fn added(text: &str) -> [(&'static str, &str); 1] {
    [("information", text)]
}

#[tokio::test]
async fn what_is_added_reaches_who_works_on_it_and_starts_the_clock_that_waits() {
    let house = house(1.0).await;
    let pages = pages(&house, FTC).await;
    let ivy = house.staff("Ivy", &["investigator"]).await;
    let filed = house.severe_report().await;
    let task = house.only_task(&ivy, InboxTab::Unassigned).await;
    let ask = ClockAct::Pause {
        reason: "which bank was it?".into(),
        waiting_for_reporter: true,
    };
    house.desk.set_clock(&ivy, task, ask).await.unwrap();
    let (path, cookie) = (format!("/status/{}/add", filed.number), cookie(&filed));
    let page = get(&pages, &format!("/status/{}", filed.number), "en", &cookie).await;
    assert!(page.has(&format!("href=\"{path}\"")), "{}", page.html);
    let page = get(&pages, &path, "en", &cookie).await;
    assert_eq!(page.status, 200);
    assert!(
        page.has("We asked you: which bank was it?"),
        "{}",
        page.html
    );
    assert!(!page.has("http-equiv"), "what is typed must not be lost");
    let page = get(&pages, &path, "es", &cookie).await;
    assert!(
        page.has("Le hemos preguntado: which bank was it?"),
        "{}",
        page.html
    );

    let attack = "</textarea><script>alert(1)</script> First Example Bank";
    let page = post(&pages, &path, &cookie, &added(attack)).await;
    assert_eq!(page.status, 303, "{}", page.html);
    let view = house.desk.task(&ivy, task).await.unwrap();
    assert_eq!(view.added.len(), 1);
    assert_eq!(view.added[0].text, attack);
    assert_eq!(view.row.sla.stands, Stands::Runs, "the clock runs again");
    let status = house.status(&filed).await;
    let told: Vec<bool> = status
        .events
        .iter()
        .map(|event| matches!(&event.what, Happened::Added { text } if text == attack))
        .collect();
    assert_eq!(told.iter().filter(|added| **added).count(), 1);
    let page = get(
        &pages,
        &format!("/status/{}?added=yes", filed.number),
        "en",
        &cookie,
    )
    .await;
    assert!(page.has("We received what you added.") && page.has("You added information"));
    assert!(!page.has("<script>alert"), "{}", page.html);
    let session = format!("hms_session={}", ivy.session.as_ref().unwrap().0);
    let page = get(&pages, &format!("/inbox/{task}"), "en", &session).await;
    assert!(page.has("Added later by the person who sent it") && page.has("First Example Bank"));
    assert!(!page.has("<script>alert"), "{}", page.html);
}

#[tokio::test]
async fn only_its_reporter_adds_to_a_report_and_not_without_end() {
    let house = house(1.0).await;
    let pages = pages(&house, FTC).await;
    let ada = house.staff("Ada", &["administrator"]).await;
    let (one, other) = (house.severe_report().await, house.severe_report().await);
    let path = format!("/status/{}/add", one.number);
    let mine = cookie(&one);
    // Without the receipt, with another report's, and as one of the staff: the form that asks for it.
    let session = format!("hms_session={}", ada.session.as_ref().unwrap().0);
    for (cookie, status) in [("", 401), (cookie(&other).as_str(), 404), (&session, 401)] {
        let page = post(&pages, &path, cookie, &added("mine")).await;
        assert_eq!(page.status, status);
        assert!(page.has("name=\"receipt\""), "{}", page.html);
        assert!(
            get(&pages, &path, "en", cookie)
                .await
                .has("name=\"receipt\"")
        );
    }
    let long = "ñ".repeat(10_001);
    for (text, told) in [
        (" \r\n ", "Write what you want to add"),
        (long.as_str(), "Use 10000 characters or fewer"),
    ] {
        let page = post(&pages, &path, &mine, &added(text)).await;
        assert_eq!(page.status, 422);
        assert!(
            page.has(told) && page.has("<title>Error: "),
            "{}",
            page.html
        );
        assert!(page.has("href=\"#information\"") && page.has(text.trim()));
    }
    for n in 0..5 {
        let page = post(&pages, &path, &mine, &added(&format!("Line {n}"))).await;
        assert_eq!(page.status, 303, "{n}");
    }
    let page = post(&pages, &path, &mine, &added("Line six")).await;
    assert_eq!(page.status, 429);
    assert!(
        page.has("Line six"),
        "what was typed is kept: {}",
        page.html
    );
    // The other report has its own count. Once it is over nothing is added, and what was typed is kept.
    let who: Visitor = reporter(&other.token);
    let number = house
        .desk
        .add_information(&who, &other.number, "Last".into())
        .await;
    assert_eq!(number.unwrap(), other.number);
    let run = house
        .store
        .shelf()
        .report(&other.number)
        .await
        .unwrap()
        .unwrap()
        .run_id;
    house
        .desk
        .cancel_run(&ada, run, "A test".into())
        .await
        .unwrap();
    let (path, mine) = (format!("/status/{}/add", other.number), cookie(&other));
    let page = post(&pages, &path, &mine, &added("Too late")).await;
    assert_eq!(page.status, 409);
    assert!(
        page.has("You can no longer add to this report") && page.has("Too late"),
        "{}",
        page.html
    );
    let page = get(&pages, &format!("/status/{}", other.number), "en", &mine).await;
    assert!(!page.has("Add information"));
}
