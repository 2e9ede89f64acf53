//! Tasks: who sees them, who decides them, and who was faster.

use hms_app::agency::{Agency, Refused};
use hms_app::views::{Conflict, Decision, InboxTab, NextStep, Rule, TaskAct};
use uuid::Uuid;

use crate::house::{house, refused};

fn approve(note: &str) -> TaskAct {
    TaskAct::Decide(Decision::of("approve", note))
}

fn reject(note: &str) -> TaskAct {
    TaskAct::Decide(Decision::of("reject", note))
}

#[tokio::test]
async fn a_task_shows_the_evidence_and_what_comes_next() {
    let house = house(1.0).await;
    let ivy = house.staff("Ivy", &["investigator"]).await;
    let filed = house.severe_report().await;
    let task = house.only_task(&ivy, InboxTab::Unassigned).await;
    let view = house.desk.task(&ivy, task).await.unwrap();
    assert_eq!(view.row.case, filed.number);
    assert_eq!(view.row.severity.as_deref(), Some("High"));
    assert_eq!(view.row.title, "An investigator reviews your report");
    assert_eq!(view.role, "investigator");
    assert_eq!(view.payload["text"], "They emptied my account.");
    let label = view.label.unwrap();
    assert_eq!(
        (label.by.as_str(), label.confidence),
        ("fraud-labeler", Some(0.92))
    );
    assert_eq!(
        label.reasons,
        ["money was lost", "the amount is over $5,000"]
    );
    let next = |outcome: &str, title: &str| NextStep {
        outcome: outcome.into(),
        title: Some(title.into()),
    };
    assert_eq!(
        view.outcomes,
        [
            next("approve", "We tell you the result"),
            next("reject", "We tell you the result"),
        ]
    );
    let late = next("timeout", "A supervisor takes over your report");
    assert_eq!((view.after_deadline, view.fields), (Some(late), vec![]));
    let kinds: Vec<&str> = view
        .timeline
        .iter()
        .map(|line| line.kind.as_str())
        .collect();
    assert_eq!(
        kinds,
        [
            "run_started",
            "task_opened",
            "task_completed",
            "branch_taken",
            "task_opened"
        ]
    );
    assert_eq!(view.timeline[2].who, "worker-1");
    assert_eq!(view.timeline[3].detail["to"], "human_review");
}

#[tokio::test]
async fn whoever_is_second_is_told_who_was_first() {
    let house = house(1.0).await;
    let ivy = house.staff("Ivy", &["investigator"]).await;
    let max = house.staff("Max", &["investigator"]).await;
    house.severe_report().await;
    let task = house.only_task(&ivy, InboxTab::Unassigned).await;

    let view = house
        .desk
        .act_on_task(&ivy, task, TaskAct::Accept)
        .await
        .unwrap();
    let held = view.row.held_by.unwrap();
    assert_eq!((held.name.as_str(), held.me), ("Ivy", true));
    for act in [TaskAct::Accept, TaskAct::Release, approve(""), reject("no")] {
        let answer = refused(house.desk.act_on_task(&max, task, act).await);
        let Refused::Conflict(Conflict::Held(held)) = answer else {
            panic!("{answer:?}");
        };
        assert_eq!((held.name.as_str(), held.me), ("Ivy", false));
    }
    // Given back, anybody may have it.
    house
        .desk
        .act_on_task(&ivy, task, TaskAct::Release)
        .await
        .unwrap();
    house
        .desk
        .act_on_task(&max, task, TaskAct::Accept)
        .await
        .unwrap();
    house
        .desk
        .act_on_task(&max, task, approve("Seen"))
        .await
        .unwrap();
    // The same click twice is one decision; the same decision by another is a conflict.
    let again = house
        .desk
        .act_on_task(&max, task, approve("Seen"))
        .await
        .unwrap();
    assert_eq!(again.closed.unwrap().by.as_deref(), Some("Max"));
    for act in [
        approve("Seen"),
        reject("no"),
        TaskAct::Accept,
        TaskAct::Release,
    ] {
        let answer = refused(house.desk.act_on_task(&ivy, task, act).await);
        let Refused::Conflict(Conflict::Closed(closed)) = answer else {
            panic!("{answer:?}");
        };
        assert_eq!(closed.by.as_deref(), Some("Max"));
        assert_eq!(closed.outcome.as_deref(), Some("approve"));
        assert_eq!(closed.note.as_deref(), Some("Seen"));
        assert_eq!(closed.status, "DONE");
    }
}

#[tokio::test]
async fn of_many_decisions_at_once_one_counts() {
    let house = house(1.0).await;
    let first = house.staff("Ivy", &["investigator"]).await;
    house.severe_report().await;
    let task = house.only_task(&first, InboxTab::Unassigned).await;
    let mut deciding = tokio::task::JoinSet::new();
    for n in 0..12 {
        let who = house.staff(&format!("P{n}"), &["investigator"]).await;
        let desk = house.desk.clone();
        deciding.spawn(async move { desk.act_on_task(&who, task, approve("")).await });
    }
    let answers = deciding.join_all().await;
    let won: Vec<_> = answers.iter().flatten().collect();
    assert_eq!(won.len(), 1);
    let winner = won[0].closed.as_ref().unwrap().by.clone();
    for answer in answers.iter().filter_map(|answer| answer.as_ref().err()) {
        let Refused::Conflict(Conflict::Closed(closed)) = answer else {
            panic!("{answer:?}");
        };
        assert_eq!(closed.by, winner);
    }
}

#[tokio::test]
async fn a_rejection_wants_its_reason_and_notes_have_a_limit() {
    let house = house(1.0).await;
    let ivy = house.staff("Ivy", &["investigator"]).await;
    house.severe_report().await;
    let task = house.only_task(&ivy, InboxTab::Unassigned).await;
    let long = "ñ".repeat(4_001);
    for (act, rule) in [
        (reject(" \r\n "), Rule::Required),
        (reject(&long), Rule::TooLong(4_000)),
        (approve(&long), Rule::TooLong(4_000)),
    ] {
        let Refused::Form(faults) = refused(house.desk.act_on_task(&ivy, task, act).await) else {
            panic!("a fault of the form");
        };
        assert_eq!((faults[0].field.as_str(), faults[0].rule), ("note", rule));
    }
    let limit = "ñ".repeat(4_000);
    let view = house
        .desk
        .act_on_task(&ivy, task, reject(&limit))
        .await
        .unwrap();
    let closed = view.closed.unwrap();
    assert_eq!(closed.outcome.as_deref(), Some("reject"));
    assert_eq!(closed.note, Some(limit));
}

#[tokio::test]
async fn the_tabs_count_and_list_the_tasks_of_my_roles() {
    let house = house(1.0).await;
    let ivy = house.staff("Ivy", &["investigator"]).await;
    let max = house.staff("Max", &["investigator"]).await;
    let sam = house.staff("Sam", &["supervisor"]).await;
    let ada = house.staff("Ada", &["administrator"]).await;
    house.severe_report().await;
    house.severe_report().await;
    let before = house
        .desk
        .inbox(&ivy, InboxTab::Unassigned.into())
        .await
        .unwrap();
    assert_eq!((before.counts.unassigned, before.rows.len()), (2, 2));
    let (first, second) = (before.rows[0].clone(), before.rows[1].clone());
    assert!(first.sla.due <= second.sla.due, "soonest deadline first");
    house
        .desk
        .act_on_task(&ivy, first.id, TaskAct::Accept)
        .await
        .unwrap();
    house
        .desk
        .act_on_task(&max, second.id, TaskAct::Accept)
        .await
        .unwrap();

    let mine = house.desk.inbox(&ivy, InboxTab::Mine.into()).await.unwrap();
    assert_eq!(
        mine.rows.iter().map(|row| row.id).collect::<Vec<_>>(),
        [first.id]
    );
    let counts = mine.counts;
    assert_eq!(
        (
            counts.unassigned,
            counts.mine,
            counts.team,
            counts.escalated
        ),
        (0, 1, 2, 0)
    );
    assert!(counts.seq > before.counts.seq);
    let team = house.desk.inbox(&ivy, InboxTab::Team.into()).await.unwrap();
    let holders: Vec<(String, bool)> = team
        .rows
        .iter()
        .filter_map(|row| row.held_by.clone())
        .map(|held| (held.name, held.me))
        .collect();
    assert_eq!(
        holders,
        [("Ivy".to_owned(), true), ("Max".to_owned(), false)]
    );

    house
        .desk
        .act_on_task(&max, second.id, approve(""))
        .await
        .unwrap();
    let done = house.desk.inbox(&ivy, InboxTab::Done.into()).await.unwrap();
    assert_eq!((done.rows.len(), done.rows[0].id), (1, second.id));

    // A supervisor has none of it; an administrator sees it all.
    let others = house.desk.inbox(&sam, InboxTab::Team.into()).await.unwrap();
    assert!(others.rows.is_empty() && others.counts.team == 0);
    let all = house.desk.inbox(&ada, InboxTab::Team.into()).await.unwrap();
    assert_eq!((all.rows.len(), all.counts.team), (1, 1));
}

#[tokio::test]
async fn what_is_of_another_role_is_not_there() {
    let house = house(1.0).await;
    let ivy = house.staff("Ivy", &["investigator"]).await;
    let sam = house.staff("Sam", &["supervisor"]).await;
    let ada = house.staff("Ada", &["administrator"]).await;
    let none = house.staff("None", &[]).await;
    let star = house.staff("Star", &["*", "inv*"]).await;
    house.severe_report().await;
    let task = house.only_task(&ivy, InboxTab::Unassigned).await;
    for who in [&none, &star] {
        assert_eq!(refused(house.desk.task(who, task).await), Refused::NotFound);
        let answer = house.desk.act_on_task(who, task, approve("")).await;
        assert_eq!(refused(answer), Refused::NotFound);
        let inbox = house
            .desk
            .inbox(who, InboxTab::Unassigned.into())
            .await
            .unwrap();
        assert!(inbox.rows.is_empty());
        assert_eq!(inbox.counts.unassigned, 0);
    }
    // A supervisor can give it more time, so sees it; it is not theirs to decide.
    let inbox = house
        .desk
        .inbox(&sam, InboxTab::Unassigned.into())
        .await
        .unwrap();
    assert!(inbox.rows.is_empty() && inbox.counts.unassigned == 0);
    // Seeing is not deciding.
    for who in [&ada, &sam] {
        assert!(house.desk.task(who, task).await.is_ok());
        let answer = house.desk.act_on_task(who, task, approve("")).await;
        assert_eq!(refused(answer), Refused::NotAllowed);
    }
    // A program's task is nobody's to see here, and an unknown one is told the same.
    house
        .desk
        .act_on_task(&ivy, task, approve(""))
        .await
        .unwrap();
    let mail = house.open_tasks("SVC:email-svc").await[0].task.id;
    for id in [mail, Uuid::nil()] {
        assert_eq!(refused(house.desk.task(&ada, id).await), Refused::NotFound);
    }
    let nobody = house.desk.task(&Default::default(), task).await;
    assert_eq!(refused(nobody), Refused::SignIn);
}
