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

use crate::browser::{download, get, pages, post};
use crate::guesses::Guesses;
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
    let mut guesses = Guesses::none();
    for _ in 0..12 {
        let filed = finished(&house).await;
        move_out(&house, folder.path()).await;
        guesses.at(&house, &filed.number).await;
    }
    guesses.took_the_same();
}

#[tokio::test]
async fn the_staff_are_told_in_which_file_a_case_is_and_can_have_it_where_it_is_at_hand() {
    let mut house = house(1.0).await;
    let folder = tempfile::tempdir().unwrap();
    let filed = finished(&house).await;
    let who = reporter(&filed.token);
    let status = house.desk.status(&who, &filed.number).await.unwrap();
    let closed = status.events.last().unwrap().at.date_naive();
    let run = house.orchestrator.shelf().report(&filed.number).await;
    let run = run.unwrap().unwrap().run_id;
    move_out(&house, folder.path()).await;
    let pages = pages(&house, FTC).await;
    let ann = house.staff("Ann", &["administrator"]).await;
    let far = house.staff("Far", &["administrator@FOIA-Request"]).await;
    let session =
        |who: &hms_app::agency::Visitor| format!("hms_session={}", who.session.as_ref().unwrap().0);
    let file = format!("FTC-Complaint/{}-000001.jsonl", closed.format("%Y-%m"));
    let path = format!("/admin/runs/{run}");
    // A run's page is in English, the one that erases in both languages: the notice stands in the place of either.
    for (language, below, title) in [
        ("en", "", "This case is in the archive"),
        ("es", "/erase", "Este caso está en el archivo"),
    ] {
        let page = get(&pages, &format!("{path}{below}"), language, &session(&ann)).await;
        assert_eq!(page.status, 410);
        assert!(page.has(title) && page.has(&file), "{}", page.html);
        let command = format!("hms audit export {run} --archive DIR");
        assert!(page.has(&command) && page.has("hms audit verify --archive DIR"));
        assert!(
            !page.has("case.html\""),
            "it cannot be had here: {}",
            page.html
        );
        assert!(!page.has(folder.path().to_str().unwrap()), "{}", page.html);
    }
    // The number that a reporter names leads to it; so does the run's id.
    for search in [
        filed.number.clone(),
        filed.number.replace('-', ""),
        run.to_string(),
    ] {
        let list = format!("/admin/runs?search={search}");
        let page = get(&pages, &list, "en", &session(&ann)).await;
        assert_eq!(page.status, 200);
        assert!(page.has(&format!("href=\"{path}\"")), "{}", page.html);
        let page = get(&pages, &list, "en", &session(&far)).await;
        assert!(page.has("No run fits") && !page.has(&path), "{}", page.html);
    }
    // Who may not read runs of this workflow is told nothing.
    let page = get(&pages, &path, "en", &session(&far)).await;
    assert_eq!(page.status, 404, "{}", page.html);
    assert!(!page.has("jsonl"));
    let ivy = house.staff("Ivy", &["investigator"]).await;
    let page = get(&pages, &path, "en", &session(&ivy)).await;
    assert!(page.status == 403 || page.status == 404, "{}", page.status);
    assert!(!page.has("jsonl"));
    for ending in ["json", "html"] {
        let had = download(&pages, &format!("{path}/case.{ending}"), &session(&ann)).await;
        assert_eq!(had.status, 410);
    }

    // With the folder at hand the case itself can be had.
    let archive = Folder::existing(folder.path()).unwrap();
    house.desk = house.desk.clone().with_archive(Some(archive));
    let pages = crate::browser::pages(&house, FTC).await;
    let page = get(&pages, &path, "en", &session(&ann)).await;
    assert!(page.has(&format!("{path}/case.html\"")), "{}", page.html);
    let had = download(&pages, &format!("{path}/case.json"), &session(&ann)).await;
    assert_eq!(had.status, 200);
    let text = String::from_utf8(had.bytes).unwrap();
    let case = trail::CaseFile::read(&text).unwrap();
    let key = house.key.seal().public_key();
    assert_eq!((case.run_id, case.look(Some(key)).faults), (run, vec![]));
    let had = download(&pages, &format!("{path}/case.html"), &session(&ann)).await;
    assert!(
        String::from_utf8(had.bytes)
            .unwrap()
            .contains(&filed.number)
    );
    let had = download(&pages, &format!("{path}/case.json"), &session(&far)).await;
    assert_eq!(had.status, 404);
    // That it was taken is in the trail.
    let read = crate::noted::noted(&house, "read").await;
    let of_case = |(_, command, about): &(String, serde_json::Value, Option<Uuid>)| {
        command["what"] == "case" && *about == Some(run)
    };
    assert_eq!(read.iter().filter(|row| of_case(row)).count(), 1);

    // What is not as it was written is not given away as if it were.
    let path_of = folder.path().join(&file);
    let text = std::fs::read_to_string(&path_of).unwrap();
    let bent = text.replacen("\"hash\":\"", "\"hash\":\"00", 40);
    assert_ne!(bent, text);
    std::fs::write(&path_of, bent).unwrap();
    for gone in [false, true] {
        if gone {
            std::fs::remove_file(&path_of).unwrap();
        }
        let had = download(&pages, &format!("{path}/case.json"), &session(&ann)).await;
        assert_eq!(had.status, 503, "{gone}");
    }
}
