use hms_engine::{Order, RunStatus};
use serde_json::json;
use uuid::Uuid;

use super::{begun, with};
use crate::desk::{Desk, minutes};

#[test]
fn waits_go_on_from_when_they_began() {
    const DAY: i64 = 24 * 60;
    let wait = |what: &str| {
        format!(
            "  - {{ id: rest, type: wait, {what} }}\n  - {{ id: end_it, actor: HUMAN:clerk }}\n"
        )
    };
    for (old, passed, new, due) in [
        ("for: 2d", DAY, "for: 3d", "17 10:03"),
        ("for: 2d", DAY, "for: 48h", "16 10:03"),
        // It is over already.
        ("for: 5d", 2 * DAY, "for: 1d", "15 10:03"),
        (
            "event: Came, sla: 2d, on_timeout: end",
            DAY,
            "event: Went, sla: 3d, on_timeout: end",
            "17 10:03",
        ),
        // Nobody knows since when it waits: its patience begins now.
        (
            "event: Came",
            DAY,
            "event: Came, sla: 2d, on_timeout: end",
            "17 10:03",
        ),
        (
            "until: \"'2024-05-20T08:00:00Z'\"",
            DAY,
            "until: \"'2024-05-21T08:00:00Z'\"",
            "21 08:00",
        ),
    ] {
        let mut desk = begun(&wait(old));
        desk.wait(minutes(passed));
        desk.migrate(&with(&wait(new)), &[]).unwrap();
        assert_eq!(desk.due(), due, "{old} → {new}");
        let moved = desk.kinds().contains(&"deadline_moved".to_owned());
        assert_eq!(
            moved,
            new != "for: 48h" && !old.ends_with("Came"),
            "{old} → {new}"
        );
    }
    // Without a limit nothing is set.
    let mut desk = begun(&wait("event: Came, sla: 2d, on_timeout: end"));
    desk.migrate(&with(&wait("event: Came")), &[]).unwrap();
    assert!(desk.run.timers.is_empty());
}

#[test]
fn a_wait_in_working_days_remembers_when_it_began() {
    let days = |length: &str| {
        format!(
            "id: W\nstart: E\nkey: payload.n\ncalendar: us-federal\nsteps:\n  - {{ id: rest, type: wait, for: {length} }}\n"
        )
    };
    let mut desk = Desk::new(&days("1bd"), json!({"n": 1}));
    desk.now = "2024-05-17T16:00:00Z".parse().unwrap();
    desk.order("event", Order::Start).unwrap();
    assert_eq!(desk.due(), "20 16:00");
    desk.migrate(&days("2bd"), &[]).unwrap();
    assert_eq!(desk.due(), "21 16:00");
    let hours = "id: W\nstart: E\nkey: payload.n\nsteps:\n  - { id: rest, type: wait, for: 10h }\n";
    desk.migrate(hours, &[]).unwrap();
    assert_eq!(desk.due(), "18 02:00");
    desk.migrate(&days("1bd"), &[]).unwrap();
    assert_eq!(desk.due(), "20 16:00");
}

#[test]
fn an_event_that_was_kept_is_taken_where_the_new_version_waits_for_it() {
    let old =
        "  - { id: one, type: wait, event: First }\n  - { id: two, type: wait, event: Second }\n";
    let mut desk = begun(old);
    let event = Uuid::from_u128(7);
    let payload = json!({"n": 1, "word": "yes"});
    desk.order(
        "event",
        Order::Signal {
            event,
            name: "Second".into(),
            payload: payload.clone(),
        },
    )
    .unwrap();
    assert_eq!(desk.kinds(), ["event_kept"]);
    let new = "  - { id: one, type: wait, event: Second }\n  - { id: rest, actor: HUMAN:clerk }\n";
    desk.migrate(&with(new), &[("two", "one")]).unwrap();
    assert_eq!(desk.kinds(), ["migrated", "event_taken", "task_opened"]);
    assert_eq!(
        (desk.stands(), &desk.run.results["one"]),
        ("rest".into(), &payload)
    );
    assert!(desk.run.kept.is_empty());
}

#[test]
fn a_called_run_is_waited_for_on() {
    let old =
        "  - { id: ask, type: call, workflow: Other }\n  - { id: after, actor: HUMAN:clerk }\n";
    let mut desk = begun(old);
    let run = desk.run.calls[0].run;
    let new = old.replace("ask", "inquire");
    desk.migrate(&with(&new), &[("ask", "inquire")]).unwrap();
    desk.order(
        "call",
        Order::CallEnded {
            run,
            status: RunStatus::Completed,
            result: json!(4),
        },
    )
    .unwrap();
    assert_eq!(
        (desk.stands(), &desk.run.results["inquire"]),
        ("after".into(), &json!(4))
    );
}
