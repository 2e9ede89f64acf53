//! The way of a file, from a form to a case and to who works on it.

use hms_app::views::{FileAnswer, InboxTab};
use hms_server::clock::wall_ms;
use hms_server::files::Cabinet;
use hms_server::orchestrator::{NewEvent, Refusal};
use hms_server::store::OWNER_API;
use serde_json::json;

use super::{PDF, PERMIT, chosen, filed, payloads, plans, signed_in, ticked};
use crate::browser::{download, get, pages, post, post_files};
use crate::house::{house, two_nodes};

#[tokio::test]
async fn a_file_goes_from_the_form_to_the_case_and_to_who_works_on_it() {
    let house = house(1.0).await;
    let pages = pages(&house, PERMIT).await;
    let form = get(&pages, "/report/permit", "es", "").await;
    for told in [
        "enctype=\"multipart/form-data\"",
        "type=\"file\"",
        "Hasta 2 archivos",
        ".heic",
    ] {
        assert!(form.has(told), "{told}: {}", form.html);
    }
    let (sent, reporter) = filed(&pages, &[plans(PDF), chosen("plans", "", b"")]).await;
    let payload = payloads(&house).await.remove(0);
    let files = FileAnswer::list_of(&payload["plans"]).unwrap();
    let [file] = &files[..] else {
        panic!("{payload}")
    };
    assert_eq!(
        (file.name.as_str(), file.media.as_str(), file.size),
        ("plans.pdf", "application/pdf", PDF.len() as u64)
    );

    let number = sent.hidden("number");
    let status = get(&pages, &format!("/status/{number}"), "en", &reporter).await;
    let link = format!("/status/{number}/files/{}", file.file);
    assert!(
        status.has("Files you sent") && status.has(&link) && status.has("plans.pdf"),
        "{}",
        status.html
    );
    let clerk = house.staff("Cal", &["clerk"]).await;
    let task = house.only_task(&clerk, InboxTab::Unassigned).await;
    let page = get(&pages, &format!("/inbox/{task}"), "en", &signed_in(&clerk)).await;
    let of_task = format!("/inbox/{task}/files/{}", file.file);
    assert!(page.has(&of_task) && page.has("plans.pdf"), "{}", page.html);
    let run = house.open_tasks("HUMAN:clerk").await.remove(0).run_id;
    let boss = house.staff("Ada", &["administrator"]).await;
    let of_run = format!("/admin/runs/{run}/files/{}", file.file);
    let page = get(
        &pages,
        &format!("/admin/runs/{run}"),
        "en",
        &signed_in(&boss),
    )
    .await;
    assert!(page.has(&of_run), "{}", page.html);

    for (path, cookie) in [
        (&link, &reporter),
        (&of_task, &signed_in(&clerk)),
        (&of_task, &signed_in(&boss)),
        (&of_run, &signed_in(&boss)),
    ] {
        let got = download(&pages, path, cookie).await;
        assert_eq!((got.status, got.bytes.as_slice()), (200, PDF), "{path}");
        for (header, expected) in [
            ("content-type", "application/pdf"),
            (
                "content-disposition",
                "attachment; filename=\"plans.pdf\"; filename*=UTF-8''plans.pdf",
            ),
            ("x-content-type-options", "nosniff"),
            ("content-security-policy", "sandbox; default-src 'none'"),
            ("cache-control", "private, no-store"),
            ("x-frame-options", "DENY"),
        ] {
            assert_eq!(got.headers[header], expected, "{path}");
        }
    }
}

#[tokio::test]
async fn a_faulty_form_keeps_its_files_and_one_can_be_taken_out() {
    let house = house(1.0).await;
    let pages = pages(&house, PERMIT).await;
    let files = [
        plans(PDF),
        chosen("plans", "Photo one", b"\xff\xd8\xff\xe0photo"),
    ];
    let page = post_files(&pages, "/report/permit", "", &[("about", " ")], &files).await;
    assert_eq!(page.status, 422);
    assert!(
        page.has("plans.pdf (17 B)") && page.has("Photo one.jpg") && page.has("Untick a file"),
        "{}",
        page.html
    );
    assert!(!page.has("id=\"plans-fault\""), "{}", page.html);
    let kept = ticked(&page, "plans");
    assert_eq!(kept.len(), 2);
    assert!(payloads(&house).await.is_empty());

    // One is left ticked; the field takes no third.
    let draft = page.hidden(".draft");
    let fields = [
        (".draft", draft.as_str()),
        ("about", "A shed"),
        ("plans", &kept[0]),
        ("plans", &kept[1]),
    ];
    let page = post_files(&pages, "/report/permit", "", &fields, &[plans(PDF)]).await;
    assert_eq!(page.status, 422);
    assert!(page.has("Choose 2 or fewer"), "{}", page.html);
    assert_eq!(ticked(&page, "plans").len(), 3);
    let sent = post(&pages, "/report/permit", "", &fields[..3]).await;
    assert_eq!(sent.status, 200, "{}", sent.html);
    let payload = payloads(&house).await.remove(0);
    assert_eq!(payload["plans"][0]["file"], json!(kept[0]));
    assert_eq!(payload["plans"].as_array().unwrap().len(), 1);

    // Sent again it is the same report, with files or without.
    let again = post_files(&pages, "/report/permit", "", &fields[..3], &[plans(PDF)]).await;
    assert_eq!(
        (again.status, again.hidden("number")),
        (200, sent.hidden("number"))
    );
    let again = post(&pages, "/report/permit", "", &fields[..3]).await;
    assert_eq!(again.hidden("number"), sent.hidden("number"));
    assert_eq!(payloads(&house).await.len(), 1);
}

#[tokio::test]
async fn a_decision_has_files_too_and_the_reporter_does_not() {
    let house = house(1.0).await;
    let pages = pages(&house, PERMIT).await;
    let (sent, reporter) = filed(&pages, &[plans(PDF)]).await;
    let clerk = house.staff("Cal", &["clerk"]).await;
    let other = signed_in(&house.staff("Bo", &["clerk"]).await);
    let cookie = signed_in(&clerk);
    let task = house.only_task(&clerk, InboxTab::Unassigned).await;
    let path = format!("/inbox/{task}");
    let report = chosen("answer.report", "report.pdf", b"%PDF-1.7\nMine\n");
    // A rejection needs a note: the file stays.
    let fields = [("outcome", "reject"), ("note", "")];
    let page = post_files(&pages, &path, &cookie, &fields, &[report]).await;
    assert_eq!(page.status, 422, "{}", page.html);
    assert!(page.has("Write down why you reject it"), "{}", page.html);
    let kept = ticked(&page, "answer.report").remove(0);
    // Another clerk cannot decide with it.
    let fields = [
        ("outcome", "reject"),
        ("note", "Too high"),
        ("answer.report", kept.as_str()),
    ];
    let page = post(&pages, &path, &other, &fields).await;
    assert!(page.has("Add the file again"), "{}", page.html);
    // Taking the task keeps it as well.
    let taking = [("act", "accept"), ("answer.report", kept.as_str())];
    let page = post(&pages, &path, &cookie, &taking).await;
    assert_eq!(ticked(&page, "answer.report"), [kept.as_str()]);
    let done = post(&pages, &path, &cookie, &fields).await;
    assert_eq!(done.status, 303, "{}", done.html);
    let page = get(&pages, &path, "en", &cookie).await;
    assert!(
        page.has(&format!("{path}/files/{kept}")) && page.has("report.pdf"),
        "{}",
        page.html
    );
    let got = download(&pages, &format!("{path}/files/{kept}"), &cookie).await;
    assert_eq!(
        (got.status, got.bytes.as_slice()),
        (200, &b"%PDF-1.7\nMine\n"[..])
    );
    let number = sent.hidden("number");
    let got = download(&pages, &format!("/status/{number}/files/{kept}"), &reporter).await;
    assert_eq!(got.status, 404);
}

#[tokio::test]
async fn a_lost_sign_in_says_which_files_to_add_again() {
    let house = house(1.0).await;
    let pages = pages(&house, PERMIT).await;
    filed(&pages, &[plans(PDF)]).await;
    let task = house.open_tasks("HUMAN:clerk").await.remove(0).task.id;
    let fields = [("outcome", "approve"), ("note", "It fits")];
    let files = [chosen("answer.report", "<b>report.pdf", PDF)];
    let page = post_files(&pages, &format!("/inbox/{task}"), "", &fields, &files).await;
    assert_eq!(page.status, 401);
    assert!(
        page.has("It fits") && page.has("Add these again: &lt;b&gt;report.pdf"),
        "{}",
        page.html
    );
}

#[tokio::test]
async fn a_file_taken_in_at_one_node_is_there_at_the_other() {
    let [one, other] = two_nodes().await;
    let (here, there) = (pages(&one, PERMIT).await, pages(&other, PERMIT).await);
    let page = post_files(&here, "/report/permit", "", &[("about", "")], &[plans(PDF)]).await;
    let (draft, kept) = (page.hidden(".draft"), ticked(&page, "plans").remove(0));
    let fields = [
        (".draft", draft.as_str()),
        ("about", "A shed"),
        ("plans", &kept),
    ];
    let sent = post(&there, "/report/permit", "", &fields).await;
    assert_eq!(sent.status, 200, "{}", sent.html);
    let path = format!("/status/{}/files/{kept}", sent.hidden("number"));
    let cookie = sent.cookie.split(';').next().unwrap();
    for pages in [&here, &there] {
        let got = download(pages, &path, cookie).await;
        assert_eq!((got.status, got.bytes.as_slice()), (200, PDF));
    }
}

#[tokio::test]
async fn a_file_that_nobody_sent_goes_after_a_day_and_a_case_keeps_its_own() {
    let house = house(1.0).await;
    let pages = pages(&house, PERMIT).await;
    let page = post_files(
        &pages,
        "/report/permit",
        "",
        &[("about", "")],
        &[plans(PDF)],
    )
    .await;
    let draft = page.hidden(".draft");
    let kept = ticked(&page, "plans").remove(0);
    filed(&pages, &[plans(PDF)]).await;
    let cabinet = Cabinet::new(house.store.files());
    let hour = 3_600_000;
    assert_eq!(cabinet.sweep_once(wall_ms() + 23 * hour).await.unwrap(), 0);
    assert_eq!(cabinet.sweep_once(wall_ms() + 25 * hour).await.unwrap(), 1);
    let fields = [
        (".draft", draft.as_str()),
        ("about", "A shed"),
        ("plans", &kept),
    ];
    let page = post(&pages, "/report/permit", "", &fields).await;
    assert_eq!(page.status, 422);
    assert!(page.has("Add the file again"), "{}", page.html);
    let payload = payloads(&house).await.remove(0);
    let filed = FileAnswer::list_of(&payload["plans"]).unwrap().remove(0);
    assert_eq!(cabinet.bytes(&filed).await.unwrap(), PDF);
    // What came back is what came in, or nothing.
    let other = FileAnswer {
        sha256: "0".repeat(64),
        ..filed
    };
    assert!(cabinet.bytes(&other).await.is_err());
}

#[tokio::test]
async fn a_file_that_leads_to_a_question_is_kept_while_it_is_asked() {
    let house = house(1.0).await;
    let pages = pages(&house, PERMIT).await;
    let form = get(&pages, "/report/permit", "en", "").await;
    let (draft, asked) = (form.hidden(".draft"), form.hidden(".asked"));
    assert!(!form.has("name=\"deed\""), "{}", form.html);
    let fields = [
        (".draft", draft.as_str()),
        (".asked", &asked),
        ("about", "A shed"),
    ];
    let page = post_files(&pages, "/report/permit", "", &fields, &[plans(PDF)]).await;
    assert_eq!(page.status, 422);
    assert!(
        page.has("Your answers lead to another question") && page.has("name=\"deed\""),
        "{}",
        page.html
    );
    let kept = ticked(&page, "plans").remove(0);
    let (draft, asked) = (page.hidden(".draft"), page.hidden(".asked"));
    let fields = [
        (".draft", draft.as_str()),
        (".asked", &asked),
        ("about", "A shed"),
        ("plans", &kept),
    ];
    let deed = [chosen("deed", "deed.png", b"\x89PNG\r\n\x1a\n\0")];
    let sent = post_files(&pages, "/report/permit", "", &fields, &deed).await;
    assert_eq!(sent.status, 200, "{}", sent.html);
    let payload = payloads(&house).await.remove(0);
    assert_eq!(payload["plans"][0]["file"], json!(kept));
    assert_eq!(payload["deed"][0]["type"], "image/png");
}

#[tokio::test]
async fn a_file_that_two_nodes_want_at_once_has_one_case() {
    let houses = two_nodes().await;
    for house in &houses {
        house.orchestrator.deploy(PERMIT, "test").await.unwrap();
    }
    let cabinet = Cabinet::new(houses[0].store.files());
    for _ in 0..10 {
        let file = cabinet
            .keep(OWNER_API, "s", "plans.pdf", PDF)
            .await
            .unwrap();
        let event = NewEvent {
            name: "PermitAsked".to_owned(),
            payload: json!({"about": "A shed", "plans": [file.to_value()]}),
            origin: None,
            report: None,
        };
        let [one, other] = &houses;
        let (one, other) = tokio::join!(
            one.orchestrator.emit(event.clone()),
            other.orchestrator.emit(event)
        );
        let (won, lost) = match (one, other) {
            (Ok(won), Err(lost)) | (Err(lost), Ok(won)) => (won, lost),
            both => panic!("{both:?}"),
        };
        assert!(matches!(lost, Refusal::BadPayload { .. }), "{lost:?}");
        let kept = cabinet.filed(file.file).await.unwrap().unwrap();
        assert_eq!(kept.run_id, Some(won.runs[0].run_id));
    }
}
