//! What nobody should send, and who should not have what.

use axum::body::Body;
use hms_app::agency::SESSION_COOKIE;
use hms_app::views::FileAnswer;
use hms_engine::Rejected;
use hms_server::orchestrator::{NewEvent, Refusal, TaskOrder};
use serde_json::json;
use uuid::Uuid;

use super::{PDF, PERMIT, chosen, filed, payloads, plans, signed_in, ticked};
use crate::browser::{Chosen, download, pages, post, post_files, raw};
use crate::house::house;

#[tokio::test]
async fn for_everybody_else_a_file_is_not_there() {
    let house = house(1.0).await;
    let pages = pages(&house, PERMIT).await;
    let (sent, reporter) = filed(&pages, &[plans(PDF)]).await;
    let (other, others) = filed(&pages, &[plans(b"%PDF-1.7\nOther\n")]).await;
    let files: Vec<Uuid> = payloads(&house)
        .await
        .iter()
        .map(|payload| FileAnswer::list_of(&payload["plans"]).unwrap()[0].file)
        .collect();
    // The newest run stands first.
    let (mine, theirs) = (files[1], files[0]);
    let (number, number_other) = (sent.hidden("number"), other.hidden("number"));
    let tasks = house.open_tasks("HUMAN:clerk").await;
    let of = |file: Uuid| {
        let named =
            |row: &&hms_server::store::TaskRow| row.payload.get().contains(&file.to_string());
        tasks.iter().find(named).unwrap()
    };
    let (task, run) = (of(mine).task.id, of(mine).run_id);
    let clerk = signed_in(&house.staff("Cal", &["clerk"]).await);
    let investigator = signed_in(&house.staff("Ivy", &["investigator"]).await);
    let supervisor = signed_in(&house.staff("Sue", &["supervisor"]).await);
    let (nobody, forged) = (String::new(), format!("{SESSION_COOKIE}=forged"));
    for (path, cookie, status) in [
        (format!("/status/{number}/files/{mine}"), &reporter, 200),
        (format!("/status/{number}/files/{mine}"), &nobody, 404),
        (format!("/status/{number}/files/{mine}"), &others, 404),
        (format!("/status/{number}/files/{mine}"), &clerk, 404),
        (format!("/status/{number}/files/{theirs}"), &reporter, 404),
        (format!("/status/{number_other}/files/{mine}"), &others, 404),
        (format!("/status/{number}/files/x"), &reporter, 404),
        (format!("/inbox/{task}/files/{mine}"), &clerk, 200),
        (format!("/inbox/{task}/files/{theirs}"), &clerk, 404),
        (format!("/inbox/{task}/files/{mine}"), &investigator, 404),
        (format!("/inbox/{task}/files/{mine}"), &forged, 404),
        (format!("/inbox/{task}/files/{mine}"), &reporter, 404),
        (format!("/inbox/{run}/files/{mine}"), &clerk, 404),
        (format!("/inbox/{task}/files/{}", Uuid::nil()), &clerk, 404),
        (format!("/admin/runs/{run}/files/{mine}"), &supervisor, 200),
        (
            format!("/admin/runs/{run}/files/{theirs}"),
            &supervisor,
            404,
        ),
        (format!("/admin/runs/{run}/files/{mine}"), &clerk, 404),
        (format!("/admin/runs/{run}/files/{mine}"), &nobody, 404),
    ] {
        let got = download(&pages, &path, cookie).await;
        assert_eq!(got.status, status, "{path}");
        assert_eq!(got.headers["x-content-type-options"], "nosniff");
        assert_eq!(status == 200, got.bytes == PDF, "{path}");
    }
}

#[tokio::test]
async fn what_is_wrong_with_a_file_is_told_at_its_field_and_the_rest_is_kept() {
    let house = house(1.0).await;
    let pages = pages(&house, PERMIT).await;
    let mut large = PDF.to_vec();
    large.resize(10 * 1024 * 1024 + 1, b'x');
    let mut most = large.clone();
    most.truncate(10 * 1024 * 1024);
    let html = b"<html><script>alert(1)</script></html>";
    let docm = b"PK\x03\x04 word/vbaProject.bin";
    let cases: [(&[Chosen<'_>], &str, usize); 8] = [
        (&[], "Fill in this answer", 0),
        (
            &[chosen("plans", "plans.pdf", b"")],
            "Choose a file that is not empty",
            0,
        ),
        (
            &[chosen("plans", "page.pdf", html)],
            "Choose a PDF, a photo",
            0,
        ),
        (
            &[chosen("plans", "pic.svg", b"<svg onload='alert(1)'/>")],
            "Choose a PDF",
            0,
        ),
        (&[chosen("plans", "letter.docx", docm)], "Choose a PDF", 0),
        (&[plans(&large)], "Choose a file of 10 MB or less", 0),
        (
            &[plans(PDF), plans(&large)],
            "Choose a file of 10 MB or less",
            1,
        ),
        // 30 MB in one request.
        (
            &[plans(&most), plans(&most), plans(&most)],
            "Add files of 25 MB or less at a time",
            2,
        ),
    ];
    for (files, told, kept) in cases {
        let page = post_files(&pages, "/report/permit", "", &[("about", "Años")], files).await;
        assert_eq!(page.status, 422, "{told}");
        assert!(
            page.has(&format!(
                "<a rel=\"external\" href=\"#plans\">Your plans: {told}"
            )),
            "{told}: {}",
            page.html
        );
        assert!(
            page.has("id=\"plans-fault\"") && page.has(">Años</textarea>"),
            "{told}"
        );
        assert_eq!(ticked(&page, "plans").len(), kept, "{told}");
    }
    assert!(payloads(&house).await.is_empty());
}

#[tokio::test]
async fn a_name_is_only_a_name() {
    let house = house(1.0).await;
    let pages = pages(&house, PERMIT).await;
    let names = [
        ("../../etc/passwd", "passwd.pdf", PDF),
        (
            "</textarea><script>alert(1)</script>.pdf",
            "script&gt;.pdf",
            PDF,
        ),
        (
            "\"><img src=x onerror=alert(1)>.txt",
            "\"&gt;&lt;img src=x onerror=alert(1)&gt;.txt",
            b"a" as &[u8],
        ),
        ("=cmd|'calc'!A0.csv", "=cmd|'calc'!A0.csv", b"a,b"),
        ("evil\u{202e}fdp.exe", "evilfdp.exe.pdf", PDF),
        ("C:\\fake\\año.PDF", "año.pdf", PDF),
    ];
    for (name, shown, bytes) in names {
        let files = [chosen("plans", name, bytes)];
        let page = post_files(&pages, "/report/permit", "", &[("about", "")], &files).await;
        assert_eq!(page.status, 422);
        assert_eq!(ticked(&page, "plans").len(), 1, "{name}: {}", page.html);
        assert!(page.has(&format!("{shown} (")), "{name}: {}", page.html);
        for markup in ["<script>alert", "<img src=x", "\u{202e}", "etc/", "fake"] {
            assert!(!page.has(markup), "{name} {markup}: {}", page.html);
        }
    }
}

#[tokio::test]
async fn a_page_that_was_handed_in_is_saved_and_never_shown() {
    let house = house(1.0).await;
    let pages = pages(&house, PERMIT).await;
    let html = b"<html><script>alert(document.cookie)</script></html>";
    let files = [Chosen {
        control: "plans",
        name: "page.txt",
        declared: "text/html",
        bytes: html,
    }];
    let (sent, cookie) = filed(&pages, &files).await;
    let payload = payloads(&house).await.remove(0);
    let file = payload["plans"][0]["file"].as_str().unwrap();
    let path = format!("/status/{}/files/{file}", sent.hidden("number"));
    let got = download(&pages, &path, &cookie).await;
    assert_eq!(got.headers["content-type"], "text/plain");
    assert_eq!(got.headers["x-content-type-options"], "nosniff");
    assert!(
        got.headers["content-disposition"]
            .to_str()
            .unwrap()
            .starts_with("attachment;")
    );
    assert!(
        got.headers["content-security-policy"]
            .to_str()
            .unwrap()
            .starts_with("sandbox;")
    );
}

#[tokio::test]
async fn only_who_handed_a_file_in_can_name_it() {
    let house = house(1.0).await;
    let pages = pages(&house, PERMIT).await;
    let page = post_files(&pages, "/report/permit", "", &[], &[plans(PDF)]).await;
    let theirs = ticked(&page, "plans").remove(0);
    let filed_by_them = {
        let (_, _) = filed(&pages, &[plans(PDF)]).await;
        payloads(&house).await.remove(0)["plans"][0].clone()
    };
    let forged = json!({
        "file": theirs, "name": "plans.pdf", "type": "application/pdf", "size": PDF.len(),
        "sha256": "0".repeat(64),
    });
    for value in [
        theirs.as_str(),
        filed_by_them["file"].as_str().unwrap(),
        &filed_by_them.to_string(),
        &forged.to_string(),
        &Uuid::nil().to_string(),
        "plans.pdf",
    ] {
        let fields = [("about", "A shed"), ("plans", value)];
        let page = post(&pages, "/report/permit", "", &fields).await;
        assert_eq!(page.status, 422, "{value}");
        assert!(page.has("Add the file again"), "{value}: {}", page.html);
        assert!(!page.has("type=\"checkbox\""), "{value}");
    }
    assert_eq!(payloads(&house).await.len(), 1);
}

#[tokio::test]
async fn what_no_browser_sends_is_refused_and_nothing_breaks() {
    let house = house(1.0).await;
    let pages = pages(&house, PERMIT).await;
    let kind = "multipart/form-data; boundary=frontier";
    let part = "--frontier\r\ncontent-disposition: form-data; name=\"about\"\r\n\r\nx\r\n";
    let many = format!("{}--frontier--\r\n", part.repeat(1_001));
    let long = format!(
        "--frontier\r\ncontent-disposition: form-data; name=\"{}\"\r\n\r\nx\r\n--frontier--\r\n",
        "n".repeat(1_001)
    );
    let text = format!(
        "--frontier\r\ncontent-disposition: form-data; name=\"about\"\r\n\r\n{}\r\n--frontier--\r\n",
        "x".repeat(2 * 1024 * 1024)
    );
    for (body, status) in [
        (many, 413),
        (long, 413),
        (text, 413),
        (part.to_owned(), 400),
        ("--frontier".to_owned(), 400),
        (String::new(), 400),
        ("no multipart at all".to_owned(), 400),
    ] {
        let told = body.chars().take(80).collect::<String>();
        let page = raw(&pages, "/report/permit", "", kind, Body::from(body)).await;
        assert_eq!(page.status, status, "{told}: {}", page.html);
    }
    // Files of controls that no field of the form has are not kept.
    let stray = [
        chosen("about", "a.pdf", PDF),
        chosen(".draft", "b.pdf", PDF),
        chosen("x", "c.pdf", PDF),
    ];
    let page = post_files(&pages, "/report/permit", "", &[], &stray).await;
    assert_eq!(page.status, 422);
    assert!(!page.has("a.pdf"), "{}", page.html);
    let all = house.store.files().waiting("").await.unwrap()[1];
    assert_eq!(all.files, 0);
}

/// The pages look whose a file is before anything is sent; the turn that keeps the case looks again.
#[tokio::test]
async fn what_came_with_a_form_is_for_that_form_alone() {
    let house = house(1.0).await;
    let pages = pages(&house, PERMIT).await;
    let page = post_files(&pages, "/report/permit", "", &[], &[plans(PDF)]).await;
    let draft: Uuid = ticked(&page, "plans")[0].parse().unwrap();
    filed(&pages, &[plans(PDF)]).await;
    let task = house.open_tasks("HUMAN:clerk").await.remove(0).task.id;
    let clerk = signed_in(&house.staff("Cal", &["clerk"]).await);
    let path = format!("/inbox/{task}");
    let report = chosen("answer.report", "report.pdf", PDF);
    let fields = [("outcome", "reject"), ("note", "")];
    let page = post_files(&pages, &path, &clerk, &fields, &[report]).await;
    let added: Uuid = ticked(&page, "answer.report")[0].parse().unwrap();
    let rows = house.store.files().files(&[draft, added]).await.unwrap();
    let named = |id: Uuid| {
        let row = rows.iter().find(|row| row.file.file == id).unwrap();
        row.file.to_value()
    };
    for id in [draft, added] {
        let event = NewEvent {
            name: "PermitAsked".to_owned(),
            payload: json!({"about": "A shed", "plans": [named(id)]}),
            origin: None,
            report: None,
        };
        let refused = house.orchestrator.emit(event).await.unwrap_err();
        let Refusal::BadPayload { faults, .. } = refused else {
            panic!("{refused:?}")
        };
        assert_eq!(faults[0].pointer, "/plans/0/file");
        assert!(faults[0].detail.contains("no such file"), "{faults:?}");
        let result = json!({"outcome": "approve", "report": [named(id)]});
        let order = TaskOrder::Complete { result };
        let refused = house.orchestrator.task_order(task, "person:other", order);
        let refused = refused.await.unwrap_err();
        assert!(
            matches!(refused, Refusal::Rejected(Rejected::BadAnswers(_))),
            "{refused:?}"
        );
    }
    let unclaimed = house.store.files().waiting("").await.unwrap()[1];
    assert_eq!(unclaimed.files, 2);
    assert_eq!(payloads(&house).await.len(), 1);
}
