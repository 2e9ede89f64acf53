//! Calls: another run is begun, its end is the step's, and a cancelled list cancels what it called.

use hms_engine::{Effect, IncidentKind, Order, Rejected, Run, RunStatus};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::desk::Desk;

const CASE: &str = r#"
id: Case
start: CaseOpened
key: payload.id
steps:
  - id: checks
    type: parallel
    join: any
    branches:
      records: [{ id: records, type: call, workflow: Records, payload: { who: payload.name, case: run.key } }]
      person: [{ id: ask, actor: "HUMAN:clerk", sla: 1d }]
  - { id: decide, actor: "SVC:judge", input: { found: steps.records.result.found } }
"#;

fn case() -> Desk {
    Desk::started(CASE, json!({"id": 7, "name": "Ann"}))
}

fn called(desk: &Desk) -> Uuid {
    desk.run.calls[0].run
}

fn ended(desk: &Desk, status: RunStatus, result: Value) -> Order {
    let run = called(desk);
    Order::CallEnded {
        run,
        status,
        result,
    }
}

#[test]
fn a_called_run_is_begun_and_its_result_is_the_steps() {
    let mut desk = case();
    let run = called(&desk);
    let start = Effect::StartRun {
        run,
        workflow: "Records".into(),
        payload: json!({"who": "Ann", "case": "7"}),
    };
    assert!(desk.effects.contains(&start), "{:?}", desk.effects);
    assert_eq!(run.get_version_num(), 7);
    let other = Run::called(run, &desk.workflow, json!({}), &desk.run);
    assert_eq!((other.parent, other.depth), (Some(desk.run.id), 1));
    let stranger = Order::CallEnded {
        run: Uuid::nil(),
        status: RunStatus::Completed,
        result: json!(1),
    };
    assert_eq!(desk.order("call", stranger), Err(Rejected::NoCall));
    let end = ended(&desk, RunStatus::Completed, json!({"found": 3}));
    desk.order("call", end.clone()).unwrap();
    assert_eq!(desk.run.results["records"], json!({"found": 3}));
    assert_eq!(desk.task("decide").input, json!({"found": 3}));
    assert_eq!(desk.order("call", end), Err(Rejected::NoCall));
}

#[test]
fn cancelling_a_list_cancels_what_it_called() {
    let mut desk = case();
    let run = called(&desk);
    desk.complete("clerk", "ask", json!({"approved": true}))
        .unwrap();
    assert!(desk.effects.contains(&Effect::CancelRun(run)));
    assert!(desk.kinds().contains(&"call_cancelled".to_owned()));
    let mut desk = case();
    let (run, note) = (called(&desk), "over".to_owned());
    desk.order("admin", Order::Cancel { note }).unwrap();
    assert!(desk.effects.contains(&Effect::CancelRun(run)));
    assert!(desk.run.calls.is_empty());
}

#[test]
fn a_call_that_comes_to_nothing_stops_its_list_and_can_be_made_again() {
    let desk = case();
    let refused = Order::CallRefused {
        run: called(&desk),
        why: "there is no workflow \"Records\"".into(),
    };
    let cancelled = ended(&desk, RunStatus::Cancelled, json!(null));
    for (order, message) in [
        (refused, "records: there is no workflow \"Records\""),
        (cancelled, "records: the run it called was cancelled"),
    ] {
        let mut desk = case();
        let first = called(&desk);
        desk.order("call", order).unwrap();
        let incident = desk.run.incidents[0].clone();
        assert_eq!(incident.cause, IncidentKind::Call);
        assert_eq!(incident.message, message);
        // The other branch goes on meanwhile.
        desk.claim("clerk", "ask", None).unwrap();
        let retry = Order::Retry {
            incident: Some(incident.number),
            to: None,
            note: "deployed".into(),
        };
        desk.order("admin", retry).unwrap();
        assert_ne!(called(&desk), first, "another run");
    }
}

#[test]
fn calls_are_nested_only_so_deep() {
    let source = "id: Deep\nstart: E\nsteps:\n  - { id: again, type: call, workflow: Deep }\n";
    let mut desk = Desk::new(source, json!({}));
    desk.run.depth = 20;
    desk.order("call", Order::Start).unwrap();
    assert!(desk.run.calls.is_empty());
    assert_eq!(desk.run.incidents[0].cause, IncidentKind::Call);
    assert!(desk.run.incidents[0].message.starts_with("again: 20 runs"));
    desk = Desk::new(source, json!({}));
    desk.run.depth = 19;
    desk.order("call", Order::Start).unwrap();
    assert_eq!(desk.run.calls.len(), 1);
}

#[test]
fn a_payload_that_cannot_be_computed_is_an_incident_that_says_which() {
    let source = "id: W\nstart: E\nsteps:\n  - { id: on, type: call, workflow: V, payload: { a: { b: payload.none } } }\n";
    let desk = Desk::started(source, json!({}));
    let incident = &desk.run.incidents[0];
    assert_eq!(incident.cause, IncidentKind::Expression);
    assert!(
        incident.message.starts_with("on: payload.a: b: "),
        "{}",
        incident.message
    );
}
