//! What a step hands on, how it is answered, and where that leads.

use hms_engine::{IncidentKind, Order, Priority, Rejected, RunStatus, TaskStatus};
use serde_json::json;

use crate::desk::{Desk, minutes};

const APPEAL: &str = r#"
id: Appeal
start: AppealFiled
steps:
  - id: summarize
    actor: AI:reader
    input: { text: payload.text, words: "100 + 20", from: { office: "'north'", tags: [payload.n, "true"] } }
    priority: high
    timeout: 5m
    retry: 2
    on_error: decide
  - id: route
    type: switch
    when:
      - { if: "result.score > 0.8", then: decide }
      - { if: has(result.spam) && result.spam, then: spam }
  - id: decide
    actor: HUMAN:judge
    sla: 1d
    outcomes: { grant: granted, deny: spam, more: summarize }
  - { id: granted, type: end, outcome: granted, result: { by: steps.decide.result.outcome } }
  - { id: spam, type: end, outcome: refused }
"#;

fn appeal() -> Desk {
    Desk::started(APPEAL, json!({"text": "Please", "n": 7}))
}

#[test]
fn a_task_is_handed_its_input_and_priority() {
    let desk = appeal();
    let task = desk.task("summarize");
    assert_eq!(
        task.input,
        json!({"text": "Please", "words": 120, "from": {"office": "north", "tags": [7, true]}})
    );
    assert_eq!(task.priority, Priority::HIGH);
}

#[test]
fn an_input_that_cannot_be_made_stops_the_run_and_says_which_part() {
    let mut desk = Desk::new(APPEAL, json!({"n": 7}));
    desk.order("event", Order::Start).unwrap();
    assert_eq!(desk.kinds(), ["run_started", "incident_raised"]);
    let incident = &desk.run.incidents[0];
    assert_eq!(incident.cause, IncidentKind::Expression);
    assert_eq!(
        incident.message,
        "summarize: input.text: there is no field \"text\" in payload"
    );
}

#[test]
fn the_first_condition_that_holds_leads_on() {
    for (result, stands) in [
        (json!({"score": 0.9}), "decide"),
        (json!({"score": 0.9, "spam": true}), "decide"),
        (json!({"score": 0.1, "spam": true}), "COMPLETED"),
    ] {
        let mut desk = appeal();
        desk.complete("reader-1", "summarize", result).unwrap();
        assert_eq!(desk.stands(), stands);
    }
    let mut desk = appeal();
    desk.complete("reader-1", "summarize", json!({"score": 0.1}))
        .unwrap();
    let incident = &desk.run.incidents[0];
    assert_eq!(incident.cause, IncidentKind::NoCase);
    assert_eq!(incident.message, "route: none of the conditions holds");
}

#[test]
fn a_person_answers_with_an_outcome_of_the_step_and_it_leads_on() {
    let mut desk = appeal();
    desk.complete("reader-1", "summarize", json!({"score": 0.9}))
        .unwrap();
    let told = desk.complete("ines", "decide", json!({"outcome": "gran"}));
    assert_eq!(
        told,
        Err(Rejected::BadResult(
            "that is no outcome here, did you mean \"grant\"?: answer with {\"outcome\": \"grant\"} or \
             {\"outcome\": \"deny\"} or {\"outcome\": \"more\"}, and a \"note\" if there is one"
                .into()
        ))
    );
    assert!(
        desk.complete("ines", "decide", json!({"approved": true}))
            .is_err()
    );
    desk.complete("ines", "decide", json!({"outcome": "more"}))
        .unwrap();
    assert_eq!(desk.stands(), "summarize");
    desk.complete("reader-1", "summarize", json!({"score": 0.9}))
        .unwrap();
    let answer = json!({"outcome": "grant", "note": "clear"});
    desk.complete("ines", "decide", answer.clone()).unwrap();
    assert!(desk.closed()[0].was_answered(&answer));
    assert!(!desk.closed()[0].was_answered(&json!({"outcome": "deny", "note": "clear"})));
    assert_eq!(desk.run.status, RunStatus::Completed);
    assert_eq!(desk.run.outcome.as_deref(), Some("granted"));
    assert_eq!(desk.run.result, Some(json!({"by": "grant"})));
}

#[test]
fn an_attempt_that_takes_too_long_has_failed() {
    let mut desk = appeal();
    desk.claim("reader-1", "summarize", None).unwrap();
    let end = desk.now + minutes(5);
    assert_eq!(desk.task("summarize").lease_until, Some(end));
    // A heartbeat does not stretch the attempt.
    desk.now += minutes(4);
    let task = desk.task("summarize").id;
    let lease_ms = Some(600_000);
    desk.order("reader-1", Order::Heartbeat { task, lease_ms })
        .unwrap();
    assert_eq!(desk.task("summarize").lease_until, Some(end));
    desk.wait(minutes(1));
    assert_eq!(desk.kinds(), ["task_failed"]);
    let open = desk.task("summarize");
    assert_eq!((open.attempt, open.status), (2, TaskStatus::New));
    assert_eq!(
        open.error.as_deref(),
        Some("the attempt took longer than 5m")
    );

    // A shorter lease that runs out is a worker that went away: the attempt is given to another.
    desk.now = open.not_before.unwrap();
    desk.claim("reader-1", "summarize", Some(60_000)).unwrap();
    desk.wait(minutes(1));
    assert_eq!(desk.kinds(), ["lease_expired"]);
    assert_eq!(desk.task("summarize").attempt, 2);

    // After the last attempt the run goes where `on_error` says.
    desk.claim("reader-2", "summarize", Some(900_000)).unwrap();
    desk.wait(minutes(5));
    assert_eq!(
        desk.kinds(),
        ["task_failed", "error_handled", "task_opened"]
    );
    assert_eq!(desk.closed()[0].status, TaskStatus::Failed);
    assert_eq!(desk.stands(), "decide");
    assert!(desk.run.incidents.is_empty());
}

#[test]
fn what_a_missed_deadline_led_to_stays_escalated_when_it_is_tried_again() {
    let mut desk = Desk::started(
        "id: W\nstart: E\nsteps:\n  - { id: a, actor: HUMAN:x, sla: 1h, on_timeout: b, on_complete: b }\n  - { id: b, actor: HUMAN:y, sla: 1h }\n",
        json!({}),
    );
    desk.wait(minutes(60));
    assert!(desk.task("b").escalated);
    desk.fail("omar", "b", "cannot").unwrap();
    let retry = Order::Retry {
        incident: None,
        to: None,
        note: "again".into(),
    };
    desk.order("admin", retry).unwrap();
    assert!(desk.task("b").escalated);
}
