//! A case that was moved out into the archive, on the pages.

use chrono::{Datelike, TimeDelta};
use hms_app::agency::{Agency, Refused};
use hms_app::views::{Filed, Happened, MovedOut};
use hms_server::archive::{Archivist, Folder, KeepRules, Swept};
use hms_server::identity::{ReceiptSecret, ReportNumber, ServerKey};
use hms_server::trail;
use serde_json::json;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::browser::{get, pages, post};
use crate::house::{House, draft, house, reporter};

const FTC: &str = include_str!("../../../workflows/ftc-complaint.yml");

/// A report that was worked on to its end.
pub(crate) async fn finished(house: &House) -> Filed {
    let filed = house.desk.file_report(draft("Spam calls")).await.unwrap();
    let label = json!({"severity": "Low", "confidence": 0.9, "reasons": ["no loss"]});
    house.work("AI:fraud-labeler", label).await;
    house.work("SVC:email-svc", json!({"sent": false})).await;
    let status = house.status(&filed).await;
    let last = status.events.last().map(|event| &event.what);
    assert_eq!(last, Some(&Happened::Finished));
    filed
}

/// Moves out what has ended, as if this were two months later.
pub(crate) async fn move_out(house: &House, folder: &std::path::Path) {
    let now = house.orchestrator.now();
    let trail = house.store.trail();
    trail::seal(trail.as_ref(), &house.key.seal(), now, None)
        .await
        .unwrap();
    let rules = KeepRules::of(&["30d".parse().unwrap()]).unwrap();
    let folder = Folder::open(folder).unwrap();
    let swept = Archivist::new(&house.store, folder, rules)
        .sweep(now + TimeDelta::days(70), &CancellationToken::new())
        .await
        .unwrap();
    let moved = Swept {
        runs: 1,
        files: 1,
        left: 0,
    };
    assert_eq!(swept, moved);
}

#[tokio::test]
async fn who_has_the_receipt_of_a_case_in_the_archive_is_told_so() {
    let house = house(1.0).await;
    let pages = pages(&house, FTC).await;
    let folder = tempfile::tempdir().unwrap();
    let filed = finished(&house).await;
    let closed = house.orchestrator.now().date_naive();
    move_out(&house, folder.path()).await;

    // Number and receipt open it as ever.
    let form = [("number", &*filed.number), ("receipt", &*filed.receipt.0)];
    let page = post(&pages, "/status", "", &form).await;
    assert_eq!(page.status, 303, "{}", page.html);
    let cookie = page.cookie.split(';').next().unwrap().to_owned();
    let status = format!("/status/{}", filed.number);
    for (language, told, again) in [
        ("en", "Your report was closed on", "Send a new report"),
        ("es", "Su denuncia se cerró el", "Enviar una denuncia nueva"),
    ] {
        for path in [&status, &format!("{status}/add")] {
            let page = get(&pages, path, language, &cookie).await;
            assert_eq!(page.status, 410, "{}", page.html);
            assert!(page.has(told) && page.has(again), "{}", page.html);
            assert!(page.has(&closed.year().to_string()) && page.has(&filed.number));
            assert!(page.has(&format!("datetime=\"{closed}\"")), "{}", page.html);
            // Where it is kept is the agency's business.
            assert!(!page.has(".jsonl"), "{}", page.html);
        }
    }
    // What is typed there is not lost without a word.
    let text = [("information", "One more thing")];
    let page = post(&pages, &format!("{status}/add"), &cookie, &text).await;
    assert_eq!(page.status, 410);
    assert!(page.has("Your report was closed on"), "{}", page.html);

    // Nobody else learns anything of it.
    let other = house.desk.file_report(draft("Another")).await.unwrap();
    let answer = house
        .desk
        .status(&reporter(&other.token), &filed.number)
        .await;
    assert_eq!(answer, Err(Refused::NotFound));
    let page = get(&pages, &status, "en", "").await;
    assert!(
        page.has("name=\"receipt\"") && !page.has("was closed"),
        "{}",
        page.html
    );
    assert!(!page.has("http-equiv=\"refresh\""), "what is typed stays");
    let mine = reporter(&filed.token);
    let expected = MovedOut {
        closed: Some(closed),
        archived: None,
    };
    let answer = house.desk.status(&mine, &filed.number).await;
    assert_eq!(answer, Err(Refused::MovedOut(expected)));
}

#[tokio::test]
async fn a_wrong_receipt_tells_nothing_of_a_case_in_the_archive() {
    let house = house(1.0).await;
    let pages = pages(&house, FTC).await;
    let folder = tempfile::tempdir().unwrap();
    let filed = finished(&house).await;
    move_out(&house, folder.path()).await;
    let strange = ServerKey::fresh();
    let wrong = ReceiptSecret::of_draft(&strange, Uuid::new_v4(), 0).written();
    let unknown = ReportNumber::of_draft(&strange, Uuid::new_v4(), 0).to_string();
    let open = house.desk.file_report(draft("Open")).await.unwrap();
    let mut told = Vec::new();
    for number in [&filed.number, &unknown, &open.number] {
        let answer = house.desk.open_report(number, &wrong).await;
        assert_eq!(answer, Err(Refused::WrongSecret));
        let form = [("number", number.as_str()), ("receipt", wrong.as_str())];
        let page = post(&pages, "/status", "", &form).await;
        assert_eq!((page.status, &*page.cookie), (422, ""));
        // The two lines as they were typed are in it, and so is what each answer has of its own.
        told.push(alike(&page.html.replace(number.as_str(), "NUMBER")));
    }
    assert_eq!(told[0], told[1]);
    assert_eq!(told[0], told[2]);
}

/// A page without its nonces and the time on its clock.
fn alike(html: &str) -> String {
    let without = |html: &str, before: &str| {
        let mut parts = html.split(before);
        let first = parts.next().unwrap_or_default().to_owned();
        parts.fold(first, |all, part| {
            all + part.split_once('"').map_or(part, |(_, rest)| rest)
        })
    };
    without(&without(html, "nonce=\""), r#"\"now\":\""#)
}

#[tokio::test]
async fn a_wrong_receipt_of_a_case_in_the_archive_takes_as_long_as_an_unknown_number() {
    let house = house(1.0).await;
    let folder = tempfile::tempdir().unwrap();
    let strange = ServerKey::fresh();
    let wrong = ReceiptSecret::of_draft(&strange, Uuid::new_v4(), 0).written();
    let mut took: [Vec<std::time::Duration>; 2] = Default::default();
    for _ in 0..12 {
        let filed = finished(&house).await;
        move_out(&house, folder.path()).await;
        let unknown = ReportNumber::of_draft(&strange, Uuid::new_v4(), 0).to_string();
        // Turn by turn, so that whatever else the machine does falls on both.
        for _ in 0..4 {
            for (took, number) in took.iter_mut().zip([&filed.number, &unknown]) {
                let begun = std::time::Instant::now();
                let answer = house.desk.open_report(number, &wrong).await;
                took.push(begun.elapsed());
                assert_eq!(answer, Err(Refused::WrongSecret));
            }
        }
    }
    let [known, unknown] = took.map(|mut took| {
        took.sort();
        took[took.len() / 2].as_secs_f64()
    });
    assert!(
        (known / unknown - 1.0).abs() < 0.35,
        "half of the tries took {known} s where there is a report, and {unknown} s where there is none"
    );
}
