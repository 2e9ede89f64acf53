//! Attempts that fail, leases that run out, and orders by the wrong hand.

use hms_engine::{Effect, EntryKind, IncidentKind, Order, Rejected, TaskStatus, TimerKind};
use serde_json::json;
use uuid::Uuid;

use crate::desk::{Desk, FTC, minutes};

fn complaint() -> Desk {
    Desk::started(FTC, json!({"complaintId": "C-42"}))
}

fn reviewed_by_nobody() -> Desk {
    let mut desk = complaint();
    desk.complete("labeler-1", "classify", json!({"severity": "High"}))
        .unwrap();
    desk
}

#[test]
fn a_failed_attempt_is_tried_again_later_and_the_last_stops_the_run() {
    let mut desk = complaint();
    let task = desk.task("classify").id;
    for (attempt, seconds) in [(1, 8..=12), (2, 16..=24)] {
        desk.fail("labeler-1", "classify", "model unavailable")
            .unwrap();
        assert_eq!(desk.kinds(), ["task_failed"]);
        let open = desk.task("classify");
        assert_eq!(
            (open.id, open.status, open.attempt),
            (task, TaskStatus::New, attempt + 1)
        );
        assert_eq!(open.error.as_deref(), Some("model unavailable"));
        let next = open.not_before.unwrap();
        assert!(
            seconds.contains(&(next - desk.now).num_seconds()),
            "{attempt}: {}",
            next - desk.now
        );
        // Nobody gets it before, and the same failure told twice counts once.
        assert_eq!(
            desk.claim("labeler-1", "classify", None),
            Err(Rejected::NotBefore(next))
        );
        assert_eq!(
            desk.fail("labeler-1", "classify", "again"),
            Err(Rejected::NotBefore(next))
        );
        desk.wait(next - desk.now);
        assert_eq!(desk.task("classify").not_before, None);
        assert!(desk.run.timers.is_empty());
    }
    desk.claim("labeler-1", "classify", None).unwrap();
    desk.fail("labeler-1", "classify", "model gone").unwrap();
    assert_eq!(desk.kinds(), ["task_failed", "incident_raised"]);
    assert_eq!(desk.closed()[0].status, TaskStatus::Failed);
    assert!(desk.run.tasks.is_empty() && desk.run.timers.is_empty());
    let incident = &desk.run.incidents[0];
    assert_eq!(incident.cause, IncidentKind::Exhausted);
    assert_eq!(
        incident.message,
        "classify: the task failed 3 times, the last time: model gone"
    );

    let retry = Order::Retry {
        incident: None,
        to: None,
        note: "Model is back".into(),
    };
    desk.order("admin", retry).unwrap();
    let again = desk.task("classify");
    assert_ne!(again.id, task);
    assert_eq!((again.attempt, &again.error), (1, &None));
}

#[test]
fn an_attempt_whose_time_has_come_needs_no_timer() {
    let mut desk = complaint();
    desk.fail("labeler-1", "classify", "busy").unwrap();
    let next = desk.task("classify").not_before.unwrap();
    desk.now = next;
    desk.claim("labeler-1", "classify", Some(60_000)).unwrap();
    assert_eq!(desk.task("classify").not_before, None);
    assert!(
        matches!(desk.run.timers[..], [ref only] if matches!(only.kind, TimerKind::Lease { .. }))
    );
}

#[test]
fn work_that_is_done_after_all_counts_even_while_the_next_attempt_waits() {
    let mut desk = complaint();
    desk.fail("labeler-1", "classify", "timed out, perhaps")
        .unwrap();
    desk.complete("labeler-1", "classify", json!({"severity": "Low"}))
        .unwrap();
    assert_eq!(desk.stands(), "notify_citizen");
    assert!(desk.run.timers.is_empty());
}

#[test]
fn a_person_has_one_attempt() {
    let mut desk = reviewed_by_nobody();
    desk.fail("maria", "human_review", "cannot open the evidence")
        .unwrap();
    assert_eq!(desk.kinds(), ["task_failed", "incident_raised"]);
    assert_eq!(
        desk.run.incidents[0].message,
        "human_review: the task failed: cannot open the evidence"
    );
}

#[test]
fn a_claim_keeps_others_off_until_it_is_given_back() {
    let mut desk = reviewed_by_nobody();
    let task = desk.task("human_review").id;
    let since = desk.now;
    desk.claim("maria", "human_review", None).unwrap();
    assert_eq!(desk.kinds(), ["task_claimed"]);
    desk.now += minutes(5);
    let held = Err(Rejected::HeldBy {
        by: "maria".into(),
        since,
    });
    assert_eq!(desk.claim("omar", "human_review", None), held);
    assert_eq!(
        desk.complete("omar", "human_review", json!({"approved": true})),
        held
    );
    assert_eq!(desk.fail("omar", "human_review", "no"), held);
    assert_eq!(desk.order("omar", Order::Release { task }), held);
    assert_eq!(
        desk.order(
            "omar",
            Order::Heartbeat {
                task,
                lease_ms: None
            }
        ),
        held
    );
    // Taken again by who has it: no news, and not a later claim.
    desk.claim("maria", "human_review", None).unwrap();
    assert_eq!(desk.kinds(), [""; 0]);
    assert_eq!(desk.task("human_review").claimed_at, Some(since));

    desk.order("maria", Order::Release { task }).unwrap();
    assert_eq!(desk.kinds(), ["task_released"]);
    assert_eq!(desk.task("human_review").status, TaskStatus::New);
    assert_eq!(
        desk.order("maria", Order::Release { task }),
        Err(Rejected::NotHeld)
    );
    assert_eq!(
        desk.order(
            "maria",
            Order::Heartbeat {
                task,
                lease_ms: None
            }
        ),
        Err(Rejected::NotHeld)
    );
    desk.complete("omar", "human_review", json!({"approved": true}))
        .unwrap();
}

#[test]
fn a_lease_runs_out_unless_its_holder_says_it_goes_on() {
    let mut desk = complaint();
    let task = desk.task("classify").id;
    desk.claim("labeler-1", "classify", Some(60_000)).unwrap();
    let first = desk.run.timers[0].number;
    desk.wait(chrono::TimeDelta::seconds(50));
    desk.order(
        "labeler-1",
        Order::Heartbeat {
            task,
            lease_ms: Some(60_000),
        },
    )
    .unwrap();
    assert!(desk.effects.contains(&Effect::ClearTimer(first)));
    desk.wait(chrono::TimeDelta::seconds(50));
    assert_eq!(desk.task("classify").status, TaskStatus::Claimed);
    assert_eq!(
        desk.order("clock", Order::TimerFired { timer: first }),
        Err(Rejected::StaleTimer)
    );
    let second = desk.run.timers[0].clone();
    assert_eq!(
        desk.order(
            "clock",
            Order::TimerFired {
                timer: second.number
            }
        ),
        Err(Rejected::TooEarly(second.due))
    );
    desk.wait(chrono::TimeDelta::seconds(10));
    assert_eq!(
        desk.entries()[0].kind,
        EntryKind::LeaseExpired {
            held_by: "labeler-1".into()
        }
    );
    let open = desk.task("classify");
    assert_eq!(
        (open.status, &open.claimed_by, open.lease_until),
        (TaskStatus::New, &None, None)
    );
    // A lease that ran out is no failed attempt.
    assert_eq!(open.attempt, 1);
    desk.claim("labeler-2", "classify", None).unwrap();
    assert!(desk.run.timers.is_empty());
}

#[test]
fn without_on_timeout_a_missed_deadline_is_marked_and_the_task_stays() {
    let definition = "id: W\nstart: E\nsteps:\n  - { id: answer, actor: HUMAN:clerk, sla: 1h }\n";
    let mut desk = Desk::started(definition, json!({}));
    let deadline = desk.task("answer").expires.unwrap();
    desk.wait(minutes(61));
    assert_eq!(desk.kinds(), ["sla_breached"]);
    assert_eq!(desk.task("answer").breached_at, Some(deadline));
    desk.complete("ann", "answer", json!({"approved": true}))
        .unwrap();
    assert_eq!(desk.kinds(), ["task_completed", "run_completed"]);

    // Finished late before the clock came round: the breach is kept all the same.
    let mut desk = Desk::started(definition, json!({}));
    desk.now = deadline + minutes(2);
    desk.complete("ann", "answer", json!({"approved": true}))
        .unwrap();
    assert_eq!(
        desk.kinds(),
        ["sla_breached", "task_completed", "run_completed"]
    );
    assert_eq!(
        desk.entries()[0].kind,
        EntryKind::SlaBreached {
            deadline,
            late_ms: 120_000
        }
    );
    assert_eq!(desk.closed()[0].breached_at, Some(deadline));
}

#[test]
fn a_result_that_does_not_fit_is_refused_with_what_would() {
    let mut desk = reviewed_by_nobody();
    let Err(Rejected::BadResult(told)) =
        desk.complete("maria", "human_review", json!({"outcome": "yes"}))
    else {
        panic!("it was taken");
    };
    assert!(
        told.contains("answer with {\"outcome\": \"approve\"}"),
        "{told}"
    );
    let large = json!({"approved": true, "note": "x".repeat(300_000)});
    let Err(Rejected::BadResult(told)) = desk.complete("maria", "human_review", large) else {
        panic!("it was taken");
    };
    assert!(told.contains("the limit is 256 KB"), "{told}");
}

#[test]
fn a_task_that_is_not_there_is_not_open() {
    let mut desk = complaint();
    let task = Uuid::from_u128(1);
    for order in [
        Order::Claim {
            task,
            lease_ms: None,
        },
        Order::Release { task },
        Order::Heartbeat {
            task,
            lease_ms: None,
        },
        Order::Complete {
            task,
            result: json!(1),
        },
        Order::Fail {
            task,
            error: String::new(),
        },
    ] {
        assert_eq!(desk.order("x", order), Err(Rejected::NotOpen));
    }
}
