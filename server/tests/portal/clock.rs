//! A task's clock: stopped, let run again, given more time, and what everybody sees of it.

use hms_app::agency::{Agency, Refused};
use hms_app::views::{ClockAct, Conflict, Happened, InboxTab, LedgerView, Sent, Stands, ToldView};
use hms_server::orchestrator::NewEvent;

use crate::browser::{get, pages, post};
use crate::house::{eventually, house, refused};

fn pause(reason: &str) -> ClockAct {
    ClockAct::Pause {
        reason: reason.into(),
        waiting_for_reporter: true,
    }
}

fn extend(by: &str) -> ClockAct {
    ClockAct::Extend {
        by: by.into(),
        reason: "new papers came".into(),
    }
}

#[tokio::test]
async fn a_pause_is_seen_by_the_staff_and_by_the_reporter() {
    let house = house(1.0).await;
    let ivy = house.staff("Ivy", &["investigator"]).await;
    let filed = house.severe_report().await;
    let task = house.only_task(&ivy, InboxTab::Unassigned).await;
    let promised = house.status(&filed).await.current[0].promised.unwrap();

    let view = house
        .desk
        .set_clock(&ivy, task, pause("we wait for your bank"))
        .await
        .unwrap();
    assert_eq!(view.row.sla.due, None);
    assert_eq!(
        view.row.sla.stands,
        Stands::Paused("we wait for your bank".into())
    );
    let clock = view.sla_clock.unwrap();
    assert!(clock.may_stop && !clock.may_extend);
    let stopped = clock.stopped.unwrap();
    assert!(stopped.for_reporter);
    let lines: Vec<(&str, bool)> = clock
        .ledger
        .iter()
        .map(|line| (line.who.as_str(), line.what == LedgerView::Started))
        .collect();
    assert_eq!(lines, [("clock", true), ("Ivy", false)]);

    // In the inbox it says so, and the reporter reads the same reason.
    let inbox = house
        .desk
        .inbox(&ivy, InboxTab::Unassigned.into())
        .await
        .unwrap();
    assert_eq!(
        inbox.rows[0].sla.stands,
        Stands::Paused("we wait for your bank".into())
    );
    let status = house.status(&filed).await;
    let step = &status.current[0];
    assert_eq!((step.promised, step.late), (None, false));
    assert_eq!(
        step.paused.as_ref().unwrap().reason,
        "we wait for your bank"
    );
    assert!(matches!(
        &status.events.last().unwrap().what,
        Happened::Paused { reason, for_reporter: true, .. } if reason == "we wait for your bank"
    ));

    // Once more is as asked; then it goes on, later by the time it stood.
    house
        .desk
        .set_clock(&ivy, task, pause("again"))
        .await
        .unwrap();
    let view = house
        .desk
        .set_clock(&ivy, task, ClockAct::Resume)
        .await
        .unwrap();
    assert!(view.row.sla.due.unwrap() >= promised);
    assert_eq!(view.row.sla.stands, Stands::Runs);
    let status = house.status(&filed).await;
    assert_eq!(status.current[0].promised, view.row.sla.due);
    assert!(matches!(
        status.events.last().unwrap().what,
        Happened::Continued { .. }
    ));
}

#[tokio::test]
async fn more_time_is_given_by_supervisors_only() {
    let house = house(1.0).await;
    let ivy = house.staff("Ivy", &["investigator"]).await;
    let sam = house.staff("Sam", &["supervisor"]).await;
    let none = house.staff("None", &[]).await;
    let filed = house.severe_report().await;
    let task = house.only_task(&ivy, InboxTab::Unassigned).await;
    let before = house.status(&filed).await.current[0].promised.unwrap();
    let answer = house.desk.set_clock(&ivy, task, extend("2h")).await;
    assert_eq!(refused(answer), Refused::NotAllowed);
    let answer = house.desk.set_clock(&none, task, extend("2h")).await;
    assert_eq!(refused(answer), Refused::NotFound);
    let answer = house
        .desk
        .set_clock(&Default::default(), task, extend("2h"))
        .await;
    assert_eq!(refused(answer), Refused::SignIn);
    for wrong in ["soon", "2bd", "0h"] {
        let answer = house.desk.set_clock(&sam, task, extend(wrong)).await;
        let Refused::Conflict(Conflict::Run(why)) = refused(answer) else {
            panic!("{wrong}");
        };
        assert!(!why.is_empty(), "{wrong}");
    }
    let view = house
        .desk
        .set_clock(&sam, task, extend("2h"))
        .await
        .unwrap();
    assert_eq!(view.row.sla.due, Some(before + chrono::TimeDelta::hours(2)));
    assert!(view.sla_clock.unwrap().may_extend);
    let status = house.status(&filed).await;
    assert_eq!(status.current[0].promised, view.row.sla.due);
    assert!(matches!(
        &status.events.last().unwrap().what,
        Happened::Extended { reason, .. } if reason == "new papers came"
    ));
}

fn cookie(who: &hms_app::agency::Visitor) -> String {
    format!("hms_session={}", who.session.as_ref().unwrap().0)
}

#[tokio::test]
async fn the_clocks_forms_work_without_scripts() {
    let house = house(1.0).await;
    let ftc = include_str!("../../../workflows/ftc-complaint.yml");
    let pages = pages(&house, ftc).await;
    let ivy = house.staff("Ivy", &["investigator"]).await;
    let sam = house.staff("Sam", &["supervisor"]).await;
    house.severe_report().await;
    let task = house.only_task(&ivy, InboxTab::Unassigned).await;
    let (page, path) = (format!("/inbox/{task}"), format!("/inbox/{task}/clock"));
    let (ivy, sam) = (cookie(&ivy), cookie(&sam));
    let attack = "</textarea><script>alert(1)</script>";

    // Without a reason: the task's own page again, with the box as it was ticked.
    let sent = post(
        &pages,
        &path,
        &ivy,
        &[
            ("act", "pause"),
            ("clock-reason", " "),
            ("clock-waiting", "yes"),
        ],
    )
    .await;
    assert_eq!(sent.status, 422);
    for wanted in [
        "<title>Error: ",
        "href=\"#clock-reason\"",
        "id=\"clock-reason-fault\"",
        "Write down why the clock is to stop",
        "checked",
    ] {
        assert!(sent.has(wanted), "{wanted}: {}", sent.html);
    }
    // Nobody, somebody of another role, and a button that is not there.
    let pause = [
        ("act", "pause"),
        ("clock-reason", attack),
        ("clock-waiting", "yes"),
    ];
    assert_eq!(post(&pages, &path, "", &pause).await.status, 401);
    let max = cookie(&house.staff("Max", &["clerk"]).await);
    assert_eq!(post(&pages, &path, &max, &pause).await.status, 404);
    assert_eq!(
        post(&pages, &path, &ivy, &[("act", "burn")]).await.status,
        404
    );
    assert!(!get(&pages, &page, "en", &ivy).await.has("Paused"));

    assert_eq!(post(&pages, &path, &ivy, &pause).await.status, 303);
    let shown = get(&pages, &page, "en", &ivy).await;
    assert!(
        shown.has("Paused, waiting for the person who sent the report: "),
        "{}",
        shown.html
    );
    assert!(shown.has("Resume the clock") && !shown.has("<script>alert"));
    // Twice is as asked.
    assert_eq!(post(&pages, &path, &ivy, &pause).await.status, 303);
    assert_eq!(
        post(&pages, &path, &ivy, &[("act", "resume")]).await.status,
        303
    );
    assert_eq!(
        post(&pages, &path, &ivy, &[("act", "resume")]).await.status,
        303
    );
    assert!(get(&pages, &page, "en", &ivy).await.has("Pause the clock"));

    // More time is the supervisor's to give.
    let more = |by: &'static str, why: &'static str| {
        [("act", "extend"), ("clock-by", by), ("clock-why", why)]
    };
    assert_eq!(
        post(&pages, &path, &ivy, &more("2h", "papers"))
            .await
            .status,
        403
    );
    for (by, why, status, told) in [
        ("", "papers", 422, "Enter how much time to add, like 4h"),
        ("2h", "", 422, "Write down why more time is needed"),
        ("soon", "papers", 409, "value=\"soon\""),
        ("2bd", "papers", 409, "time goes by the clock"),
    ] {
        let sent = post(&pages, &path, &sam, &more(by, why)).await;
        assert_eq!(sent.status, status, "{by} {why}");
        assert!(sent.has(told), "{told}: {}", sent.html);
        assert!(
            why.is_empty() || sent.has("value=\"papers\""),
            "what was typed is kept"
        );
    }
    assert_eq!(
        post(&pages, &path, &sam, &more("2h", "papers"))
            .await
            .status,
        303
    );
    assert!(
        get(&pages, &page, "en", &sam)
            .await
            .has("Given 2 h more: “papers”")
    );
    // Once it is decided its clock is nobody's to change.
    let done = [("outcome", "approve"), ("note", "")];
    assert_eq!(post(&pages, &page, &ivy, &done).await.status, 303);
    let late = post(&pages, &path, &sam, &more("2h", "papers")).await;
    assert_eq!(late.status, 409);
    assert!(
        late.has("The task is closed. Its clock was not changed"),
        "{}",
        late.html
    );
}

const LADDER: &str = "id: Claim\nstart: Claimed\nsteps:\n  - id: decide\n    actor: HUMAN:clerk\n    sla:\n      within: 4h\n      accept: 1m\n      ladder:\n        - { at: 50%, remind: assignee }\n        - { at: 75%, notify: HUMAN:director, priority: high }\n";

#[tokio::test]
async fn what_the_ladder_did_stands_with_the_clock() {
    // An hour passes in a tenth of a second.
    let house = house(36_000.0).await;
    house.orchestrator.deploy(LADDER, "test").await.unwrap();
    let ann = house.staff("Ann", &["clerk"]).await;
    let event = NewEvent {
        name: "Claimed".into(),
        payload: serde_json::json!({}),
        origin: None,
        report: None,
    };
    house.orchestrator.emit(event).await.unwrap();
    let task = house.only_task(&ann, InboxTab::Unassigned).await;
    let lines = eventually("the ladder", async || {
        let clock = house.desk.task(&ann, task).await.unwrap().sla_clock?;
        let lines: Vec<LedgerView> = clock.ledger.into_iter().map(|line| line.what).collect();
        (lines.len() >= 4).then_some(lines)
    })
    .await;
    let waits = Sent {
        people: 0,
        over: false,
    };
    assert_eq!(
        lines[..4],
        [
            LedgerView::Started,
            LedgerView::AcceptMissed,
            LedgerView::Reached {
                percent: 50,
                reminded: Some(waits),
                notified: None,
                priority: false,
            },
            LedgerView::Reached {
                percent: 75,
                reminded: None,
                notified: Some(ToldView {
                    role: "director".into(),
                    sent: waits,
                }),
                priority: true,
            },
        ]
    );
    // The notifier told one of them; of the directors there is none.
    let outbox = house.store.outbox();
    for notice in outbox.take(i64::MAX / 2, 0, 10).await.unwrap() {
        if notice.at_percent == 50 {
            outbox
                .sent(notice.id, uuid::Uuid::from_u128(1), 0)
                .await
                .unwrap();
        }
        outbox.close(notice.id, 0).await.unwrap();
    }
    let clock = house
        .desk
        .task(&ann, task)
        .await
        .unwrap()
        .sla_clock
        .unwrap();
    let told: Vec<_> = clock
        .ledger
        .iter()
        .filter_map(|line| match &line.what {
            LedgerView::Reached {
                reminded, notified, ..
            } => Some((
                reminded.map(|sent| sent.people),
                notified.as_ref().map(|told| told.sent),
            )),
            _ => None,
        })
        .take(2)
        .collect();
    let nobody = Sent {
        people: 0,
        over: true,
    };
    assert_eq!(told, [(Some(1), None), (None, Some(nobody))]);
}
