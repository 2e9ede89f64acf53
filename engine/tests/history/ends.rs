//! How runs begin and end, and what their state is like.

use hms_engine::{
    Command, Effect, EntryKind, IncidentKind, Order, Rejected, Run, RunStatus, TaskStatus,
    Workflow, step,
};
use serde_json::{Value, json};

use crate::desk::{Desk, FTC, RUN, minutes};

#[test]
fn a_cancelled_run_has_nothing_open() {
    let mut desk = Desk::started(FTC, json!({"complaintId": "C-42"}));
    desk.complete("labeler-1", "classify", json!({"severity": "High"}))
        .unwrap();
    desk.claim("maria", "human_review", Some(60_000)).unwrap();
    desk.order(
        "admin",
        Order::Cancel {
            note: "Filed twice".into(),
        },
    )
    .unwrap();
    assert_eq!(desk.kinds(), ["task_cancelled", "run_cancelled"]);
    let closed = desk.closed()[0];
    assert_eq!(
        (closed.status, &closed.closed_by),
        (TaskStatus::Cancelled, &None)
    );
    let cleared = desk
        .effects
        .iter()
        .filter(|effect| matches!(effect, Effect::ClearTimer(_)));
    assert_eq!(cleared.count(), 2);
    let run = &desk.run;
    assert!(run.tasks.is_empty() && run.timers.is_empty() && run.lists.is_empty());
    assert_eq!(
        (run.status, run.ended),
        (RunStatus::Cancelled, Some(desk.now))
    );

    let ended = Err(Rejected::RunEnded(RunStatus::Cancelled));
    assert_eq!(
        desk.order(
            "admin",
            Order::Cancel {
                note: String::new()
            }
        ),
        ended
    );
    assert_eq!(desk.order("event", Order::Start), ended);
}

#[test]
fn a_run_that_stands_at_an_incident_can_be_cancelled_or_sent_to_its_end() {
    let stopped = || {
        let mut desk = Desk::started(FTC, json!({"complaintId": "C-42"}));
        desk.complete("labeler-1", "classify", json!({})).unwrap();
        assert_eq!(desk.run.incidents[0].cause, IncidentKind::Expression);
        assert_eq!(
            desk.run.incidents[0].message,
            "severity_branch: there is no field \"severity\" in result"
        );
        desk
    };
    let mut desk = stopped();
    desk.order(
        "admin",
        Order::Cancel {
            note: "Spam".into(),
        },
    )
    .unwrap();
    assert!(desk.run.incidents.is_empty());
    let mut desk = stopped();
    let number = desk.run.incidents[0].number;
    let retry = |incident, to: &str| Order::Retry {
        incident,
        to: Some(to.into()),
        note: "Done by phone".into(),
    };
    assert_eq!(
        desk.order("admin", retry(Some(number + 1), "end")),
        Err(Rejected::NoIncident)
    );
    desk.order("admin", retry(Some(number), "end")).unwrap();
    assert_eq!(desk.kinds(), ["incident_resolved", "run_completed"]);
    // The same trouble again is a new incident.
    let mut desk = stopped();
    desk.order(
        "admin",
        Order::Retry {
            incident: None,
            to: None,
            note: String::new(),
        },
    )
    .unwrap();
    assert_eq!(desk.kinds(), ["incident_resolved", "incident_raised"]);
    assert_eq!(desk.run.incidents.len(), 1);
}

#[test]
fn orders_come_after_the_start_and_the_start_comes_once() {
    let mut desk = Desk::new(FTC, json!({}));
    assert_eq!(
        desk.order(
            "x",
            Order::Cancel {
                note: String::new()
            }
        ),
        Err(Rejected::NotBegun)
    );
    assert_eq!(
        desk.order("x", Order::TimerFired { timer: 1 }),
        Err(Rejected::NotBegun)
    );
    desk.order("event", Order::Start).unwrap();
    assert_eq!(desk.order("event", Order::Start), Err(Rejected::Begun));
}

#[test]
fn another_version_does_not_touch_a_run() {
    let mut desk = Desk::started(FTC, json!({}));
    let other = Workflow::parse(&format!("{FTC}# changed\n"))
        .unwrap()
        .workflow;
    let before = desk.run.clone();
    let cancel = Command::new(
        "admin",
        Order::Cancel {
            note: String::new(),
        },
    );
    assert_eq!(
        step(&other, &mut desk.run, &cancel, desk.now),
        Err(Rejected::WrongVersion)
    );
    assert_eq!(desk.run, before);
}

#[test]
fn a_key_is_text_and_its_absence_is_told() {
    let keyed = |payload: Value| {
        let desk = Desk::started(
            "id: W\nstart: E\nkey: payload.n\nsteps: [{id: a, actor: AI:x}]",
            payload,
        );
        let missing = desk.entries().iter().find_map(|entry| match &entry.kind {
            EntryKind::KeyMissing { message } => Some(message.clone()),
            _ => None,
        });
        // Whatever the key, the run has begun.
        assert_eq!(desk.stands(), "a");
        (desk.run.key, missing)
    };
    for (payload, key) in [
        (json!({"n": "C-42"}), "C-42"),
        (json!({"n": 42}), "42"),
        (json!({"n": 42.0}), "42"),
    ] {
        assert_eq!(keyed(payload), (Some(key.to_owned()), None));
    }
    for (payload, told) in [
        (json!({}), "there is no field \"n\" in payload"),
        (
            json!(null),
            "there is no field \"n\" in payload, which is null",
        ),
        (json!({"n": null}), "the key is neither a text nor a number"),
        (json!({"n": [1]}), "the key is neither a text nor a number"),
        (json!({"n": ""}), "the key is empty"),
        (
            json!({"n": "x".repeat(201)}),
            "the key is longer than 200 characters",
        ),
    ] {
        assert_eq!(keyed(payload), (None, Some(told.to_owned())));
    }
}

#[test]
fn a_switch_compares_as_text() {
    let definition = r#"
id: W
start: E
steps:
  - id: s
    type: switch
    expr: payload.v
    cases: { 3: three, true: yes, "false": no, null: nothing, 2.5: half, High: high }
    default: other
  - { id: three, actor: SVC:x, on_complete: end }
  - { id: yes, actor: SVC:x, on_complete: end }
  - { id: no, actor: SVC:x, on_complete: end }
  - { id: nothing, actor: SVC:x, on_complete: end }
  - { id: half, actor: SVC:x, on_complete: end }
  - { id: high, actor: SVC:x, on_complete: end }
  - { id: other, actor: SVC:x, on_complete: end }
"#;
    for (value, stands) in [
        (json!(3), "three"),
        (json!(3.0), "three"),
        (json!("3"), "three"),
        (json!(true), "yes"),
        (json!("true"), "yes"),
        (json!(false), "no"),
        (json!(null), "nothing"),
        (json!(2.5), "half"),
        (json!("High"), "high"),
        (json!("high"), "other"),
        (json!([3]), "other"),
        (json!({}), "other"),
    ] {
        assert_eq!(
            Desk::started(definition, json!({"v": value})).stands(),
            stands,
            "{value}"
        );
    }
    let bare = definition
        .replace("    default: other\n", "")
        .replace("  - { id: other, actor: SVC:x, on_complete: end }\n", "");
    let told = |value: Value| {
        Desk::started(&bare, json!({"v": value})).run.incidents[0]
            .message
            .clone()
    };
    assert_eq!(
        told(json!("low")),
        "s: no case for \"low\" – cases are 3, true, false, null, 2.5, High"
    );
    assert!(told(json!([1])).starts_with("s: no case for a list – "));
    let long = told(json!("x".repeat(500)));
    assert!(long.chars().count() < 200, "{long}");
}

#[test]
fn after_a_timeout_the_result_is_still_the_last_finished_one() {
    let definition = "
id: W
start: E
steps:
  - { id: a, actor: AI:x }
  - { id: b, actor: AI:x, sla: 1h, on_timeout: s, on_complete: end }
  - { id: s, type: switch, expr: \"result.from + (has(steps.b.result) ? '!' : '?')\", cases: { a?: c } }
  - { id: c, actor: AI:x }
";
    let mut desk = Desk::started(definition, json!({}));
    desk.complete("x", "a", json!({"from": "a"})).unwrap();
    desk.wait(minutes(60));
    assert_eq!(
        desk.kinds(),
        ["task_timed_out", "escalated", "branch_taken", "task_opened"]
    );
    // Escalated through the switch.
    assert!(desk.task("c").escalated);
}

#[test]
fn a_loop_opens_a_fresh_task_each_time_and_keeps_the_latest_result() {
    let definition = "
id: W
start: E
steps:
  - { id: ask, actor: SVC:x }
  - { id: s, type: switch, expr: result.done, cases: { false: ask, true: end } }
";
    let mut desk = Desk::started(definition, json!({}));
    let mut seen = std::collections::HashSet::new();
    for turn in 0..5 {
        assert!(seen.insert(desk.task("ask").id));
        desk.complete("x", "ask", json!({"done": false, "turn": turn}))
            .unwrap();
    }
    assert_eq!(desk.run.results["ask"], json!({"done": false, "turn": 4}));
    desk.complete("x", "ask", json!({"done": true})).unwrap();
    assert_eq!(desk.stands(), "COMPLETED");
}

#[test]
fn the_state_is_small_json_and_reads_back() {
    let mut desk = Desk::started(
        FTC,
        json!({"complaintId": "C-42", "text": "x".repeat(10_000)}),
    );
    desk.complete("labeler-1", "classify", json!({"severity": "High"}))
        .unwrap();
    desk.claim("maria", "human_review", None).unwrap();
    let text = serde_json::to_string(&desk.run).unwrap();
    assert!(text.len() < 1_400, "{} bytes: {text}", text.len());
    let mut back: Run = serde_json::from_str(&text).unwrap();
    back.payload = desk.run.payload.clone();
    assert_eq!(back, desk.run);
    // And goes on from there as the other does.
    let task = desk.task("human_review").id;
    let done = Command::new(
        "maria",
        Order::Complete {
            task,
            result: json!({"approved": true}),
        },
    );
    let effects = step(&desk.workflow, &mut back, &done, desk.now);
    assert_eq!(
        effects,
        step(&desk.workflow, &mut desk.run, &done, desk.now)
    );
    assert_eq!(back, desk.run);
    assert_eq!(back.id, RUN);
}
