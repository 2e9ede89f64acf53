//! What a run waits for, and when nothing in it moves by itself.

use hms_engine::{Order, WaitsFor};
use serde_json::json;

use crate::desk::{Desk, minutes};

const MANY: &str = r#"
id: Many
start: Asked
steps:
  - id: all
    type: parallel
    branches:
      person:
        - { id: decide, actor: "HUMAN:clerk" }
      program:
        - { id: label, actor: "AI:labeler", retry: { attempts: 2, first: 10m } }
      time:
        - { id: sleep, type: wait, for: 2d }
      event:
        - { id: papers, type: wait, event: Papers, match: event.n == payload.n, sla: 30d, on_timeout: end }
      run:
        - { id: other, type: call, workflow: Other }
"#;

fn waits(desk: &Desk) -> Vec<&'static str> {
    desk.run
        .waits_for()
        .into_iter()
        .map(WaitsFor::as_str)
        .collect()
}

#[test]
fn a_run_waits_for_what_each_of_its_lists_waits_for() {
    let mut desk = Desk::started(MANY, json!({"n": 1}));
    assert_eq!(waits(&desk), ["human", "worker", "timer", "event", "call"]);
    desk.wait(minutes(2 * 24 * 60));
    assert_eq!(waits(&desk), ["human", "worker", "event", "call"]);
    // A failed attempt waits for its next one, not for a worker.
    desk.fail("l", "label", "no model").unwrap();
    assert_eq!(waits(&desk), ["human", "timer", "event", "call"]);
    desk.wait(minutes(12));
    assert_eq!(waits(&desk), ["human", "worker", "event", "call"]);
    // The incident of one list does not make the run stuck: the others go on.
    desk.fail("l", "label", "no model").unwrap();
    assert_eq!(waits(&desk), ["human", "event", "call"]);
    assert!(!desk.run.incidents.is_empty() && !desk.run.is_stuck());
    desk.complete("ann", "decide", json!({"outcome": "approve"}))
        .unwrap();
    assert_eq!(waits(&desk), ["event", "call"]);
    let note = "over".to_owned();
    desk.order("admin", Order::Cancel { note }).unwrap();
    assert!(waits(&desk).is_empty() && !desk.run.is_stuck(), "it ended");
}

#[test]
fn a_run_is_stuck_when_all_that_is_left_of_it_has_stopped() {
    let source = r#"
id: Two
start: Asked
steps:
  - id: both
    type: parallel
    branches:
      one: [{ id: look, actor: "SVC:archive", retry: 1 }]
      other: [{ id: read, actor: "SVC:archive", retry: 1 }]
"#;
    let mut desk = Desk::started(source, json!({}));
    desk.fail("s", "look", "gone").unwrap();
    assert!(!desk.run.is_stuck());
    desk.fail("s", "read", "gone").unwrap();
    assert!(desk.run.is_stuck() && waits(&desk).is_empty());
    let retry = Order::Retry {
        incident: Some(desk.run.incidents[0].number),
        to: None,
        note: "mended".into(),
    };
    desk.order("admin", retry).unwrap();
    assert!(!desk.run.is_stuck());
    assert_eq!(waits(&desk), ["worker"]);
}

#[test]
fn a_state_kept_before_lists_were_told_apart_says_the_same() {
    let source = "id: W\nstart: E\nsteps:\n  - { id: a, actor: \"HUMAN:clerk\" }\n  - { id: b, type: switch, expr: result.note, cases: { x: end } }\n";
    let mut desk = Desk::started(source, json!({}));
    let outermost = std::mem::take(&mut desk.run.tasks[0].list);
    assert_eq!(waits(&desk), ["human"]);
    desk.run.tasks[0].list = outermost;
    desk.complete("ann", "a", json!({"outcome": "approve"}))
        .unwrap();
    desk.run.incidents[0].list = 0;
    assert!(desk.run.is_stuck());
}
