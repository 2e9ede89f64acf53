//! A script in everything a person or a program can write, and every page that shows it again.

use axum::Router;
use hms_app::agency::{Agency, REPORTER_COOKIE, SESSION_COOKIE, Visitor};
use hms_app::views::{ClockAct, Decision, Draft, InboxTab, TaskAct};
use hms_server::orchestrator::TaskOrder;
use serde_json::json;
use uuid::Uuid;

use crate::browser::{Page, get, pages, post};
use crate::house::{House, house};

/// Leaves a title, a text area, an attribute and a script, whichever it stands in.
pub(crate) const ATTACK: &str = "=pwned'\"></title></textarea></script><script>pwned()</script>\
    <img src=x onerror=pwned()>\" onfocus=\"pwned()";

/// What must be in no answer: the attack as it was written, from where it could break out.
const RAW: [&str; 2] = ["<script>pwned", "<img src=x onerror"];

/// How often a page shows the attack. None of it may have come through.
pub(crate) fn shown(what: &str, page: &Page) -> usize {
    for raw in RAW {
        assert!(
            !page.has(raw),
            "{what} ({}) has {raw}: {}",
            page.status,
            page.html
        );
    }
    let handlers = handlers(&page.html);
    assert!(
        handlers.is_empty(),
        "{what} runs {handlers:?}: {}",
        page.html
    );
    // A script's data holds texts too; there a tag must not be ended.
    for script in page.html.split("<script").skip(1) {
        let script = script.split("</script>").next().unwrap();
        assert!(!script.contains("<img src"), "{what}: {script}");
    }
    page.html.matches("pwned").count()
}

/// The attributes of all tags that would run something.
fn handlers(html: &str) -> Vec<String> {
    let (mut found, mut name) = (Vec::new(), String::new());
    let (mut in_tag, mut quote) = (false, None);
    for (at, c) in html.char_indices() {
        let opens = html[at + c.len_utf8()..].starts_with(|next: char| next.is_ascii_alphabetic());
        match (in_tag, quote) {
            (false, _) => in_tag = c == '<' && opens,
            (true, Some(open)) if c == open => quote = None,
            (true, Some(_)) => {}
            (true, None) if c == '"' || c == '\'' => quote = Some(c),
            (true, None) if c == '>' => in_tag = false,
            (true, None) if c.is_ascii_alphabetic() => name.push(c),
            (true, None) => {
                if name.len() > 2 && name.starts_with("on") && c == '=' {
                    found.push(name.clone());
                }
                name.clear();
            }
        }
    }
    found
}

#[test]
fn a_handler_that_got_into_a_tag_is_found() {
    assert_eq!(handlers("<a b=\"1\" onfocus=\"x()\">"), ["onfocus"]);
    assert_eq!(handlers("<img src=x onerror=x()>"), ["onerror"]);
    assert!(handlers("<a title=\"' onfocus='\">\" onfocus=\" < onerror=x</a>").is_empty());
}

pub(crate) fn cookie(who: &Visitor) -> String {
    let session = who
        .session
        .as_ref()
        .map(|token| format!("{SESSION_COOKIE}={}", token.0));
    let reporter = who
        .reporter
        .as_ref()
        .map(|token| format!("{REPORTER_COOKIE}={}", token.0));
    session.or(reporter).unwrap()
}

fn run_of(history: &[hms_server::store::RunRow], number: &str) -> Uuid {
    let of = |row: &&hms_server::store::RunRow| row.report.as_deref() == Some(number);
    history.iter().find(of).unwrap().run.id
}

/// A report with the attack in each of its texts, and all that is written about it later.
pub(crate) async fn written(house: &House) -> (String, Visitor) {
    let filed = house
        .desk
        .file_report(Draft {
            id: Uuid::new_v4(),
            text: format!("They emptied my account. {ATTACK}"),
            lost: "18400".to_owned(),
            suspect: ATTACK.to_owned(),
            ..Draft::default()
        })
        .await
        .unwrap();
    let reporter = crate::house::reporter(&filed.token);
    let label = json!({
        "severity": "High", "confidence": 0.9, "reasons": [ATTACK, {"text": ATTACK}], "note": ATTACK,
    });
    house.work("AI:fraud-labeler", label).await;
    (filed.number, reporter)
}

async fn asked(pages: &Router, path: &str, who: &Visitor, expect: usize) {
    for language in ["en", "es"] {
        let page = get(pages, path, language, &cookie(who)).await;
        assert!(page.status < 500, "{path}: {}", page.status);
        let times = shown(path, &page);
        assert!(
            times >= expect,
            "{path} shows it {times} times: {}",
            page.html
        );
    }
}

#[tokio::test]
async fn a_script_that_was_written_runs_nowhere() {
    let house = house(1.0).await;
    let pages = pages(&house, crate::services::ALL_KINDS).await;
    let (number, reporter) = written(&house).await;
    // Names of people are written by administrators, and are somebody's to choose all the same.
    let investigator = house
        .staff("Ines", &["investigator", "supervisor", "administrator"])
        .await;
    let task = house.only_task(&investigator, InboxTab::Unassigned).await;
    house
        .desk
        .act_on_task(&investigator, task, TaskAct::Accept)
        .await
        .unwrap();
    let pause = ClockAct::Pause {
        reason: ATTACK.to_owned(),
        waiting_for_reporter: true,
    };
    house
        .desk
        .set_clock(&investigator, task, pause)
        .await
        .unwrap();
    let added = house
        .desk
        .add_information(&reporter, &number, ATTACK.to_owned())
        .await;
    added.unwrap();

    let task_page = format!("/inbox/{task}");
    asked(&pages, &task_page, &investigator, 4).await;
    asked(&pages, &format!("/status/{number}"), &reporter, 1).await;
    asked(&pages, &format!("/status/{number}/add"), &reporter, 0).await;
    for tab in ["unassigned", "mine", "team", "escalated", "done"] {
        asked(&pages, &format!("/inbox?tab={tab}"), &investigator, 0).await;
    }

    // What is refused is shown again as it was typed.
    let staff = cookie(&investigator);
    let again = [("act", "decide"), ("outcome", "reject"), ("note", "")];
    shown(
        "a refused decision",
        &post(&pages, &task_page, &staff, &again).await,
    );
    for (path, fields) in [
        (
            "/sign-in",
            &[("email", ATTACK), ("password", ATTACK), ("next", ATTACK)][..],
        ),
        ("/status", &[("number", ATTACK), ("receipt", ATTACK)]),
        (
            "/report",
            &[
                ("text", ATTACK),
                ("suspect", ATTACK),
                ("lost", ATTACK),
                ("email", ATTACK),
                ("step", "2"),
            ],
        ),
        (
            "/report/pothole",
            &[
                ("what", ""),
                ("street", ATTACK),
                ("depth", ATTACK),
                ("mail", ATTACK),
                ("phone", ATTACK),
                ("home", ATTACK),
            ],
        ),
    ] {
        let page = post(&pages, path, "", fields).await;
        shown(path, &page);
    }
    let clock = [
        ("act", "extend"),
        ("clock-why", ATTACK),
        ("clock-by", ATTACK),
    ];
    let page = post(&pages, &format!("{task_page}/clock"), &staff, &clock).await;
    assert!(shown("a refused extension", &page) >= 1, "{}", page.html);

    let decide = Decision::of("approve", ATTACK);
    house
        .desk
        .act_on_task(&investigator, task, TaskAct::Decide(decide))
        .await
        .unwrap();
    // An attempt that failed, with what the program says of it.
    let mails = house.open_tasks("SVC:email-svc").await;
    let failed = TaskOrder::Fail {
        error: ATTACK.to_owned(),
    };
    house
        .orchestrator
        .task_order(mails[0].task.id, "worker-1", failed)
        .await
        .unwrap();

    let query = hms_server::store::RunQuery {
        limit: 10,
        ..Default::default()
    };
    let runs = house.orchestrator.shelf().runs(&query).await.unwrap();
    let run = run_of(&runs, &number);
    asked(&pages, &format!("/admin/runs/{run}"), &investigator, 5).await;
    asked(&pages, &task_page, &investigator, 4).await;
    asked(&pages, &format!("/status/{number}"), &reporter, 1).await;
    for path in [
        "/",
        "/report",
        "/admin",
        "/admin/runs",
        "/admin/workers",
        "/admin/mails",
        "/admin/workflows/FTC-Complaint",
    ] {
        asked(&pages, path, &investigator, 0).await;
    }
    let encoded: String = ATTACK.bytes().map(|byte| format!("%{byte:02X}")).collect();
    for path in [
        "/admin/runs?q=",
        "/admin?workflow=",
        "/inbox?tab=",
        "/sign-in?next=",
        "/status?number=",
        "/report?__path=/api/x&__err=",
        "/nowhere/",
        "/status/",
        "/report/",
        "/admin/workflows/",
    ] {
        asked(&pages, &format!("{path}{encoded}"), &investigator, 0).await;
    }
}
