//! A task's clock: stopped, let run again, given more time, and what everybody sees of it.

use hms_app::agency::{Agency, Refused};
use hms_app::views::{ClockAct, Conflict, Happened, InboxTab, LedgerView, Stands};

use crate::house::{house, refused};

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
    let inbox = house.desk.inbox(&ivy, InboxTab::Unassigned).await.unwrap();
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
