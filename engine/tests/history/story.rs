//! The complaint's story: labelled, reviewed against the clock, escalated when missed, told.

use hms_engine::{Effect, EntryKind, Order, Rejected, RunStatus, TaskStatus};
use serde_json::json;

use crate::desk::{Desk, FTC, minutes};

fn complaint() -> Desk {
    Desk::started(FTC, json!({"complaintId": "C-42", "text": "Spam calls"}))
}

fn labelled(severity: &str) -> Desk {
    let mut desk = complaint();
    let label = json!({"severity": severity});
    desk.complete("labeler-1", "classify", label).unwrap();
    desk
}

#[test]
fn a_severe_complaint_is_reviewed_and_its_sender_told() {
    let mut desk = complaint();
    assert_eq!(desk.run.key.as_deref(), Some("C-42"));
    assert_eq!(desk.kinds(), ["run_started", "task_opened"]);
    let classify = desk.task("classify");
    assert_eq!(classify.actor.to_string(), "AI:fraud-labeler");
    assert_eq!(
        (classify.status, classify.attempt, classify.expires),
        (TaskStatus::New, 1, None)
    );

    desk.complete("labeler-1", "classify", json!({"severity": "High"}))
        .unwrap();
    assert_eq!(
        desk.kinds(),
        ["task_completed", "branch_taken", "task_opened"]
    );
    assert_eq!(desk.closed()[0].closed_by.as_deref(), Some("labeler-1"));
    let review = desk.task("human_review");
    assert_eq!(review.expires, Some(desk.now + minutes(240)));
    assert_eq!(desk.run.timers.len(), 1);

    desk.wait(minutes(239));
    desk.claim("maria", "human_review", None).unwrap();
    desk.complete(
        "maria",
        "human_review",
        json!({"outcome": "approve", "note": "Known number"}),
    )
    .unwrap();
    assert_eq!(
        desk.run.results["human_review"],
        json!({"outcome": "approve", "approved": true, "note": "Known number"})
    );
    assert!(desk.run.timers.is_empty());
    assert!(
        desk.effects
            .iter()
            .any(|effect| matches!(effect, Effect::ClearTimer(_)))
    );
    assert_eq!(desk.stands(), "notify_citizen");

    desk.complete("email-1", "notify_citizen", json!(null))
        .unwrap();
    assert_eq!(desk.kinds(), ["task_completed", "run_completed"]);
    assert_eq!(desk.run.status, RunStatus::Completed);
    assert_eq!(desk.run.ended, Some(desk.now));
    assert!(
        desk.effects
            .contains(&Effect::FinishRun(RunStatus::Completed))
    );
}

#[test]
fn a_harmless_complaint_needs_nobody() {
    let desk = labelled("Low");
    assert_eq!(desk.stands(), "notify_citizen");
}

#[test]
fn a_missed_deadline_goes_to_the_supervisor() {
    let mut desk = labelled("High");
    let deadline = desk.task("human_review").expires.unwrap();
    desk.wait(minutes(241));
    assert_eq!(desk.kinds(), ["task_timed_out", "escalated", "task_opened"]);
    let closed = desk.closed()[0];
    assert_eq!(
        (closed.status, closed.breached_at),
        (TaskStatus::Timeout, Some(deadline))
    );
    assert_eq!(
        desk.entries()[0].kind,
        EntryKind::TaskTimedOut {
            deadline,
            late_ms: 60_000,
            after_breach: false,
        }
    );
    let escalated = desk.task("escalate");
    assert!(escalated.escalated);
    assert_eq!(escalated.actor.to_string(), "HUMAN:supervisor");

    desk.complete("omar", "escalate", json!({"approved": false}))
        .unwrap();
    let notify = desk.task("notify_citizen");
    assert!(!notify.escalated);
    desk.complete("email-1", "notify_citizen", json!({"sent": true}))
        .unwrap();
    assert_eq!(desk.stands(), "COMPLETED");
}

#[test]
fn at_the_deadline_it_is_too_late_before_it_it_is_not() {
    let mut desk = labelled("High");
    let deadline = desk.task("human_review").expires.unwrap();
    let task = desk.task("human_review").id;
    desk.now = deadline;
    let approve = json!({"outcome": "approve"});
    for order in [
        Order::Complete {
            task,
            result: approve.clone(),
        },
        Order::Claim {
            task,
            lease_ms: None,
        },
        Order::Fail {
            task,
            error: "tired".into(),
        },
    ] {
        assert_eq!(
            desk.order("maria", order),
            Err(Rejected::Expired { deadline })
        );
    }
    desk.now = deadline - chrono::TimeDelta::milliseconds(1);
    desk.complete("maria", "human_review", approve.clone())
        .unwrap();
    assert_eq!(desk.stands(), "notify_citizen");

    let mut desk = labelled("High");
    desk.wait(minutes(240));
    assert_eq!(
        desk.order(
            "maria",
            Order::Complete {
                task,
                result: approve
            }
        ),
        Err(Rejected::NotOpen)
    );
}

#[test]
fn an_unknown_label_stops_the_run_and_nothing_is_lost() {
    let mut desk = labelled("Medium");
    assert_eq!(desk.kinds(), ["task_completed", "incident_raised"]);
    let incident = desk.run.incidents[0].clone();
    assert_eq!(
        incident.message,
        "severity_branch: no case for \"Medium\" – cases are High, Low"
    );
    let retry = |to: Option<&str>| Order::Retry {
        incident: Some(incident.number),
        to: to.map(str::to_owned),
        note: "Looks severe".into(),
    };
    assert_eq!(
        desk.order("admin", retry(Some("nowhere"))),
        Err(Rejected::NoStep("nowhere".into()))
    );
    desk.order("admin", retry(Some("human_review"))).unwrap();
    assert_eq!(desk.kinds(), ["incident_resolved", "task_opened"]);
    assert_eq!(desk.stands(), "human_review");
    assert!(desk.run.incidents.is_empty());
    assert_eq!(desk.order("admin", retry(None)), Err(Rejected::NoIncident));
}
