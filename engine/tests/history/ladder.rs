//! What happens on the way to a deadline and past it.

use hms_engine::{EntryKind, Order, Priority, RunStatus, TaskStatus};
use serde_json::json;

use crate::desk::{Desk, minutes};

const LADDER: &str = "
id: W
start: E
steps:
  - id: review
    actor: HUMAN:clerk
    sla:
      within: 100m
      ladder:
        - { at: 80%, priority: high, notify: HUMAN:supervisor }
        - { at: 50%, remind: assignee }
        - { at: 100%, notify: HUMAN:supervisor }
        - { at: 150%, notify: HUMAN:director, remind: assignee }
        - { at: 200%, go: boss, notify: HUMAN:director }
    on_complete: end
  - { id: boss, actor: HUMAN:boss, sla: 1h }
";

fn ladder() -> Desk {
    Desk::started(LADDER, json!({}))
}

#[test]
fn each_rung_does_what_it_says_when_its_share_is_consumed() {
    let mut desk = ladder();
    let opened = desk.now;
    let at = |minutes_on: i64| opened + minutes(minutes_on);
    desk.wait(minutes(49));
    assert!(desk.told().is_empty());
    desk.wait(minutes(2));
    assert_eq!(desk.told(), ["HUMAN:clerk review 50%"]);
    assert_eq!(
        desk.entries()[0].kind,
        EntryKind::RungReached {
            at: 50,
            due: at(50),
            late_ms: 60_000,
            remind: true,
            notify: None,
            priority: None
        }
    );
    desk.claim("ann", "review", None).unwrap();
    desk.wait(minutes(29));
    assert_eq!(desk.told(), ["HUMAN:supervisor review 80%"]);
    assert_eq!(desk.task("review").priority, Priority::HIGH);

    // At the deadline the rung comes first, then the breach; the task stays open.
    desk.now = at(100);
    let due = desk.run.due(desk.now);
    let mut kinds = Vec::new();
    for timer in due {
        desk.order("clock", Order::TimerFired { timer }).unwrap();
        kinds.extend(desk.kinds());
    }
    assert_eq!(kinds, ["rung_reached", "sla_breached"]);
    assert_eq!(desk.task("review").breached_at, Some(at(100)));

    desk.wait(minutes(50));
    assert_eq!(
        desk.told(),
        ["ann review 150%", "HUMAN:director review 150%"]
    );
    assert!(desk.run.task(desk.task("review").id).is_some());

    desk.wait(minutes(51));
    assert_eq!(
        desk.kinds(),
        ["rung_reached", "task_timed_out", "escalated", "task_opened"]
    );
    assert_eq!(desk.told(), ["HUMAN:director review 200%"]);
    let closed = desk.closed()[0];
    assert_eq!(
        (closed.status, closed.breached_at),
        (TaskStatus::Timeout, Some(at(100)))
    );
    assert!(matches!(
        desk.entries()[1].kind,
        EntryKind::TaskTimedOut { deadline, late_ms: 60_000, after_breach: true } if deadline == at(200)
    ));
    assert!(desk.task("boss").escalated);
}

#[test]
fn after_a_long_silence_all_rungs_fire_once_and_say_how_late() {
    let mut desk = ladder();
    let opened = desk.now;
    desk.now = opened + minutes(170);
    let mut late = Vec::new();
    for timer in desk.run.due(desk.now) {
        desk.order("clock", Order::TimerFired { timer }).unwrap();
        for entry in desk.entries() {
            if let EntryKind::RungReached { at, late_ms, .. } = entry.kind {
                late.push((at, late_ms / 60_000));
            }
        }
    }
    assert_eq!(late, [(50, 120), (80, 90), (100, 70), (150, 20)]);
    assert!(desk.run.due(desk.now).is_empty());
}

#[test]
fn no_rung_fires_while_the_clock_stands_still_and_none_twice() {
    let mut desk = ladder();
    desk.wait(minutes(60));
    assert_eq!(desk.told(), ["HUMAN:clerk review 50%"]);
    desk.pause("ann", "review", "strike").unwrap();
    desk.wait(minutes(10_000));
    assert!(desk.told().is_empty());
    desk.resume("ann", "review").unwrap();
    assert_eq!(desk.run.timers.len(), 5, "four rungs and the deadline");
    desk.wait(minutes(20));
    assert_eq!(desk.told(), ["HUMAN:supervisor review 80%"]);
    // With more time the shares come later; what has fired does not fire again.
    desk.extend("omar", "review", 100 * 60_000).unwrap();
    assert_eq!(desk.run.timers.len(), 4);
    desk.wait(minutes(100));
    assert!(!desk.told().iter().any(|told| told.ends_with("80%")));
    desk.wait(minutes(20));
    assert_eq!(desk.task("review").breached_at, Some(desk.now));
}

#[test]
fn until_the_rung_that_closes_it_a_late_task_can_be_finished() {
    let mut desk = ladder();
    desk.wait(minutes(199));
    desk.complete("ann", "review", json!({"outcome": "approve"}))
        .unwrap();
    assert_eq!(desk.run.status, RunStatus::Completed);
    assert!(desk.closed()[0].breached_at.is_some());

    let mut desk = ladder();
    desk.now += minutes(200);
    let refused = desk.complete("ann", "review", json!({"outcome": "approve"}));
    assert!(refused.is_err(), "{refused:?}");
}

#[test]
fn a_rung_at_the_deadline_is_what_on_timeout_says() {
    let written = "
id: W
start: E
steps:
  - { id: a, actor: HUMAN:x, sla: 1h, on_timeout: b, on_complete: end }
  - { id: b, actor: HUMAN:y, sla: 1h }
";
    let rung = written.replace(
        "sla: 1h, on_timeout: b",
        "sla: { within: 1h, ladder: [{ at: 100%, go: b }] }",
    );
    let histories = [written, &rung].map(|definition| {
        let mut desk = Desk::started(definition, json!({}));
        desk.wait(minutes(61));
        (
            desk.effects,
            serde_json::to_string(&desk.run.tasks).unwrap(),
        )
    });
    assert_eq!(histories[0], histories[1]);
}

#[test]
fn a_machine_is_reminded_of_nothing() {
    let mut desk = Desk::started(
        "id: W\nstart: E\nsteps: [{ id: a, actor: AI:x, sla: { within: 1h, ladder: [{ at: 50%, remind: assignee, priority: 90 }] } }]\n",
        json!({}),
    );
    desk.wait(minutes(30));
    assert!(desk.told().is_empty());
    assert_eq!(desk.task("a").priority, Priority(90));
}
