//! Waits: for a time, until a moment, for an event that comes early, late, twice or not at all.

use chrono::TimeDelta;
use hms_engine::{EntryKind, IncidentKind, Order, Rejected, RunStatus, Time, TimerKind};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::desk::{Desk, minutes};

const APPEAL: &str = r#"
id: Appeal
start: AppealFiled
key: payload.case
steps:
  - { id: ask, actor: "SVC:email-svc" }
  - { id: documents, type: wait, event: DocumentsReceived, sla: 30d, on_timeout: close }
  - { id: settle, type: wait, for: 2d }
  - { id: hearing, type: wait, until: payload.hearing }
  - { id: decide, actor: "HUMAN:judge", sla: 1w, on_complete: end }
  - { id: close, type: end, outcome: no documents }
"#;

fn appeal(hearing: &str) -> Desk {
    Desk::started(APPEAL, json!({"case": "A-1", "hearing": hearing}))
}

fn event(number: u128, name: &str, payload: Value) -> Order {
    Order::Signal {
        event: Uuid::from_u128(number),
        name: name.into(),
        payload,
    }
}

fn documents(number: u128, case: &str) -> Order {
    let payload = json!({"case": case, "pages": number as u64});
    event(number, "DocumentsReceived", payload)
}

#[test]
fn an_event_wakes_the_wait_and_time_the_others() {
    let mut desk = appeal("2024-06-01T09:00:00Z");
    desk.complete("mail", "ask", json!(null)).unwrap();
    assert_eq!(desk.kinds(), ["task_completed", "wait_began"]);
    assert_eq!(desk.stands(), "documents");
    // Not ours: another name, another case, no case at all.
    for order in [
        event(1, "Other", json!({"case": "A-1"})),
        documents(2, "A-2"),
        event(3, "DocumentsReceived", json!({})),
    ] {
        assert_eq!(desk.order("event", order), Err(Rejected::NotAwaited));
    }
    desk.order("event", documents(4, "A-1")).unwrap();
    assert_eq!(desk.kinds(), ["event_taken", "wait_began"]);
    assert_eq!(
        desk.run.results["documents"],
        json!({"case": "A-1", "pages": 4})
    );
    assert_eq!(desk.run.timers.len(), 1, "only that of the next wait");
    desk.wait(TimeDelta::days(2));
    assert_eq!(desk.kinds(), ["wait_ended", "wait_began"]);
    assert_eq!(desk.stands(), "hearing");
    let hearing: Time = "2024-06-01T09:00:00Z".parse().unwrap();
    assert_eq!(desk.run.timers[0].due, hearing);
    desk.wait(TimeDelta::days(30));
    assert_eq!(desk.stands(), "decide");
}

#[test]
fn an_event_that_comes_early_is_kept_for_its_wait() {
    let mut desk = appeal("2024-06-01T09:00:00Z");
    desk.order("event", documents(1, "A-1")).unwrap();
    assert_eq!(desk.kinds(), ["event_kept"]);
    let again = desk.order("event", documents(1, "A-1"));
    assert_eq!(again, Err(Rejected::EventKnown));
    for number in 2..33 {
        desk.order("event", documents(number, "A-1")).unwrap();
    }
    let one_more = desk.order("event", documents(99, "A-1"));
    assert_eq!(one_more, Err(Rejected::TooManyKept(32)));
    desk.complete("mail", "ask", json!(null)).unwrap();
    assert_eq!(
        desk.kinds(),
        ["task_completed", "event_taken", "wait_began"]
    );
    assert_eq!(desk.run.results["documents"]["pages"], json!(1));
    assert_eq!(desk.run.kept.len(), 31);
    assert_eq!(desk.stands(), "settle");
    // The wait is behind, and no way leads back to it.
    let too_late = desk.order("event", documents(99, "A-1"));
    assert_eq!(too_late, Err(Rejected::NotAwaited));
}

#[test]
fn a_wait_that_takes_too_long_goes_to_on_timeout() {
    let mut desk = appeal("2024-06-01T09:00:00Z");
    desk.complete("mail", "ask", json!(null)).unwrap();
    desk.now += TimeDelta::days(30);
    let deadline = desk.now;
    // At the deadline it is too late, also before the clock came round.
    let too_late = desk.order("event", documents(1, "A-1"));
    assert_eq!(too_late, Err(Rejected::NotAwaited));
    desk.wait(minutes(1));
    assert_eq!(
        desk.kinds(),
        ["wait_timed_out", "escalated", "run_completed"]
    );
    let late_ms = 60_000;
    let timed_out = EntryKind::WaitTimedOut { deadline, late_ms };
    assert_eq!(desk.entries()[0].kind, timed_out);
    assert_eq!(desk.run.outcome.as_deref(), Some("no documents"));
}

#[test]
fn a_match_says_which_events_are_for_the_run() {
    let definition = r#"
id: W
start: E
steps:
  - id: each
    type: foreach
    items: payload.offices
    as: office
    steps:
      - { id: answer, type: wait, event: Answered, match: event.payload.office == office && event.payload.pages > 0 }
  - { id: done, type: end, result: { all: steps.each.result } }
"#;
    let mut desk = Desk::started(definition, json!({"offices": ["north", "south"]}));
    let answer = |number, office: &str, pages: u32| {
        let payload = json!({"office": office, "pages": pages});
        event(number, "Answered", payload)
    };
    desk.order("event", answer(1, "south", 3)).unwrap();
    assert_eq!(desk.kinds(), ["event_taken"]);
    // A missing field stops nothing.
    let half = event(2, "Answered", json!({"office": "north"}));
    assert_eq!(desk.order("event", half), Err(Rejected::NotAwaited));
    assert!(desk.run.incidents.is_empty());
    desk.order("event", answer(3, "north", 1)).unwrap();
    assert_eq!(desk.run.status, RunStatus::Completed);
    let north = json!({"office": "north", "pages": 1});
    let south = json!({"office": "south", "pages": 3});
    assert_eq!(desk.run.result, Some(json!({"all": [north, south]})));
}

#[test]
fn a_moment_that_is_none_is_an_incident_and_one_that_passed_is_no_wait() {
    let reach = |hearing: &str| {
        let mut desk = appeal(hearing);
        desk.order("event", documents(1, "A-1")).unwrap();
        desk.complete("mail", "ask", json!(null)).unwrap();
        desk.wait(TimeDelta::days(2));
        desk
    };
    let desk = reach("next week");
    let incident = &desk.run.incidents[0];
    assert_eq!(incident.cause, IncidentKind::Expression);
    assert_eq!(
        incident.message,
        "hearing: payload.hearing is no moment: a text like 2024-05-14T10:03:00Z is needed"
    );
    assert_eq!(reach("2024-01-01T09:00:00+02:00").stands(), "decide");
}

#[test]
fn a_wait_in_a_cancelled_branch_is_over() {
    let definition = r#"
id: W
start: E
key: payload.k
steps:
  - id: first
    type: parallel
    join: any
    branches:
      sleep: [{ id: night, type: wait, for: 1d }]
      event: [{ id: call, type: wait, event: Called, sla: 2d, on_timeout: end }]
  - { id: work, actor: "SVC:a" }
"#;
    let mut desk = Desk::started(definition, json!({"k": 1}));
    let kinds: Vec<_> = desk.run.timers.iter().map(|timer| &timer.kind).collect();
    let both = matches!(
        kinds[..],
        [TimerKind::Wake { .. }, TimerKind::WaitDeadline { .. }]
    );
    assert!(both, "{kinds:?}");
    desk.order("event", event(1, "Called", json!({"k": 1})))
        .unwrap();
    assert!(desk.run.timers.is_empty());
    assert_eq!(desk.stands(), "work");
    let awaited: Vec<_> = desk.workflow.awaited_events().into_iter().collect();
    assert_eq!(awaited, ["Called"]);
    let key = desk.workflow.key_of(&json!({"k": 1}));
    assert_eq!(key.as_deref(), Some("1"));
    assert_eq!(desk.workflow.key_of(&json!({})), None);
}

const LETTERS: &str = r#"
id: W
start: E
steps:
  - { id: send, actor: "SVC:post" }
  - { id: sent, type: wait, event: Replied, match: event.payload.letter == steps.send.result.letter && event.payload.pages > 0 }
  - { id: hall, type: wait, event: Seen, match: "payload.place == event.payload.place" }
  - { id: any, type: wait, event: Seen, match: "event.payload.tags.exists(t, t == payload.place)", on_complete: send }
"#;

/// A store finds a run by what its waits compare, and an event by what it carries.
#[test]
fn what_a_match_compares_is_an_address() {
    let mut desk = Desk::started(LETTERS, json!({"place": 7}));
    let waits = |desk: &Desk| -> Vec<String> {
        let waits = desk.run.awaits(&desk.workflow).into_iter();
        waits
            .map(|(event, address)| format!("{event}: {address}"))
            .collect()
    };
    // Ahead, and compared with what is known from the beginning.
    assert_eq!(waits(&desk), ["Seen: event.payload.place = 7"]);
    desk.complete("post", "send", json!({"letter": "L-1"}))
        .unwrap();
    let both = [
        "Replied: event.payload.letter = \"L-1\"",
        "Seen: event.payload.place = 7",
    ];
    assert_eq!(waits(&desk), both);
    let workflow = desk.workflow.clone();
    let carried = |event: &str, payload: Value| -> Vec<String> {
        workflow.addresses(event, &payload).into_iter().collect()
    };
    let letter = json!({"letter": "L-1", "pages": 2});
    assert_eq!(
        carried("Replied", letter.clone()),
        ["", "event.payload.letter = \"L-1\""]
    );
    assert_eq!(
        carried("Seen", json!({"place": 7.0})),
        ["", "event.payload.place = 7"]
    );
    assert_eq!(carried("Seen", json!({"place": [7]})), [""]);
    let none: Vec<String> = Vec::new();
    assert_eq!(carried("Other", json!({})), none);
    // Early, for the wait ahead whose match holds already; another place is nobody's.
    desk.order("event", event(1, "Seen", json!({"place": 7})))
        .unwrap();
    assert_eq!(desk.kinds(), ["event_kept"]);
    let elsewhere = desk.order("event", event(2, "Seen", json!({"place": 8})));
    assert_eq!(elsewhere, Err(Rejected::NotAwaited));
    desk.order("event", event(3, "Replied", letter)).unwrap();
    assert_eq!(desk.kinds(), ["event_taken", "event_taken", "wait_began"]);
    assert_eq!(desk.stands(), "any");
    // One that compares no field of the event is asked about every event of its name.
    assert!(
        waits(&desk).contains(&"Seen: ".to_owned()),
        "{:?}",
        waits(&desk)
    );
    let long = "x".repeat(300);
    let hashed = carried("Seen", json!({"place": long})).remove(1);
    assert_eq!(hashed.len(), 64);
}
