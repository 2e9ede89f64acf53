//! Lists in lists: side by side, one for each item, joined and cancelled.

use hms_engine::{EntryKind, Order, RunStatus, TaskStatus};
use serde_json::json;

use crate::desk::{Desk, minutes};

fn offices(join: &str) -> String {
    format!(
        r#"
id: Search
start: Asked
steps:
  - id: search
    type: parallel
    join: {join}
    branches:
      north:
        - {{ id: ask_north, actor: "SVC:archive", retry: 1 }}
        - {{ id: look_north, type: switch, expr: result.found, cases: {{ true: read_north }}, default: end }}
        - {{ id: read_north, actor: "HUMAN:clerk", sla: 1h }}
      south:
        - {{ id: ask_south, actor: "SVC:archive" }}
      east:
        - {{ id: ask_east, actor: "SVC:archive" }}
  - {{ id: answer, actor: "SVC:email-svc", input: {{ all: result, south: steps.ask_south.result }} }}
"#
    )
}

#[test]
fn all_branches_finish_and_their_results_come_together() {
    let mut desk = Desk::started(&offices("all"), json!({}));
    assert_eq!(
        desk.kinds(),
        [
            "run_started",
            "lists_began",
            "task_opened",
            "task_opened",
            "task_opened"
        ]
    );
    assert_eq!(desk.stands(), "search, ask_north, ask_south, ask_east");
    desk.complete("s", "ask_south", json!({"pages": 2}))
        .unwrap();
    // What finished last elsewhere is not what finished last here.
    desk.complete("s", "ask_north", json!({"found": true}))
        .unwrap();
    desk.complete("s", "ask_east", json!(3)).unwrap();
    assert_eq!(desk.stands(), "search, read_north");
    desk.complete("omar", "read_north", json!({"approved": true}))
        .unwrap();
    let answer = desk.task("answer");
    let read = json!({"outcome": "approve", "approved": true, "note": ""});
    assert_eq!(
        answer.input,
        json!({
            "all": {"north": read, "south": {"pages": 2}, "east": 3},
            "south": {"pages": 2},
        })
    );
    assert_eq!(desk.stands(), "answer");
    desk.complete("mail", "answer", json!(null)).unwrap();
    assert_eq!(desk.run.status, RunStatus::Completed);
}

#[test]
fn when_enough_have_finished_the_rest_is_cancelled() {
    let mut desk = Desk::started(&offices("2"), json!({}));
    desk.claim("s", "ask_east", Some(60_000)).unwrap();
    desk.complete("s", "ask_north", json!({"found": false}))
        .unwrap();
    desk.complete("s", "ask_south", json!(1)).unwrap();
    assert_eq!(
        desk.kinds(),
        [
            "task_completed",
            "task_cancelled",
            "lists_joined",
            "task_opened"
        ]
    );
    assert_eq!(desk.closed()[1].status, TaskStatus::Cancelled);
    assert!(desk.run.timers.is_empty(), "its lease is over");
    assert_eq!(desk.stands(), "answer");
    assert_eq!(
        desk.task("answer").input["all"],
        json!({"north": {"found": false}, "south": 1})
    );
}

#[test]
fn an_incident_stops_its_branch_only_and_goes_with_it() {
    let mut desk = Desk::started(&offices("any"), json!({}));
    desk.fail("s", "ask_north", "down").unwrap();
    let incident = desk.run.incidents[0].clone();
    assert_eq!(desk.run.tasks.len(), 2);
    let to = |step: &str| Order::Retry {
        incident: Some(incident.number),
        to: Some(step.into()),
        note: String::new(),
    };
    // It can be sent on within its own list.
    assert!(desk.order("admin", to("ask_south")).is_err());
    assert!(desk.order("admin", to("answer")).is_err());
    desk.order("admin", to("read_north")).unwrap();
    assert_eq!(desk.task("read_north").list, incident.list);
    desk.fail("omar", "read_north", "illegible").unwrap();
    desk.complete("s", "ask_east", json!(1)).unwrap();
    assert_eq!(
        desk.kinds(),
        [
            "task_completed",
            "task_cancelled",
            "incident_dropped",
            "lists_joined",
            "incident_raised"
        ]
    );
    // What is asked for next was cancelled before it was answered.
    assert!(
        desk.run.incidents[0]
            .message
            .starts_with("answer: input.south: ")
    );
    assert_eq!(desk.run.incidents.len(), 1);
    assert_eq!(desk.stands(), "answer");
}

const DOCUMENTS: &str = r#"
id: Documents
start: Filed
steps:
  - id: each
    type: foreach
    items: payload.documents
    as: document
    at_once: 2
    steps:
      - { id: read, actor: "AI:reader", input: { name: document.name, pages: [document.pages] } }
      - { id: size, type: switch, when: [{ if: document.pages > 10, then: check }], default: end }
      - id: check
        type: parallel
        branches:
          one: [{ id: first, actor: "HUMAN:clerk", sla: 1h, on_timeout: end }]
          two: [{ id: second, actor: "HUMAN:clerk", sla: 1h }]
  - { id: done, type: end, outcome: read, result: { all: steps.each.result } }
"#;

fn filed(pages: &[u32]) -> Desk {
    let documents: Vec<_> = pages
        .iter()
        .enumerate()
        .map(|(at, pages)| json!({"name": format!("d{at}"), "pages": pages}))
        .collect();
    Desk::started(DOCUMENTS, json!({"documents": documents}))
}

#[test]
fn each_item_has_its_list_and_the_results_keep_their_order() {
    let mut desk = filed(&[1, 20, 3]);
    let names = |desk: &Desk| -> Vec<String> {
        let tasks = desk.run.tasks.iter();
        tasks.map(|task| task.input["name"].to_string()).collect()
    };
    assert_eq!(names(&desk), ["\"d0\"", "\"d1\""]);
    // The second first: its branches see their own document and their own results.
    let second = desk.run.tasks[1].id;
    let result = json!({"words": 900});
    desk.order(
        "reader",
        Order::Complete {
            task: second,
            result,
        },
    )
    .unwrap();
    assert_eq!(desk.run.tasks.len(), 3);
    let first = desk.run.tasks[0].id;
    let result = json!({"words": 10});
    desk.order(
        "reader",
        Order::Complete {
            task: first,
            result,
        },
    )
    .unwrap();
    assert_eq!(desk.task("read").input["name"], json!("d2"));
    let result = json!({"words": 30});
    let third = desk.task("read").id;
    desk.order(
        "reader",
        Order::Complete {
            task: third,
            result,
        },
    )
    .unwrap();
    desk.complete("omar", "second", json!({"approved": false}))
        .unwrap();
    assert_eq!(desk.run.status, RunStatus::Running);
    desk.wait(minutes(60));
    assert_eq!(desk.run.status, RunStatus::Completed);
    let refused = json!({"outcome": "reject", "approved": false, "note": ""});
    assert_eq!(
        desk.run.result,
        Some(json!({"all": [{"words": 10}, {"one": null, "two": refused}, {"words": 30}]}))
    );
    // What was answered for one item is nobody else's.
    assert_eq!(desk.run.results.keys().collect::<Vec<_>>(), ["each"]);
}

#[test]
fn nothing_to_go_through_is_done_at_once() {
    let desk = filed(&[]);
    assert_eq!(
        desk.kinds(),
        [
            "run_started",
            "lists_began",
            "lists_joined",
            "run_completed"
        ]
    );
    assert_eq!(desk.run.result, Some(json!({"all": []})));
}

#[test]
fn what_cannot_be_gone_through_is_an_incident() {
    for (documents, told) in [
        (json!(3), "each: payload.documents is no list"),
        (
            json!(vec![1; 1001]),
            "each: payload.documents gives 1001 items, the limit is 1000",
        ),
    ] {
        let desk = Desk::started(DOCUMENTS, json!({"documents": documents}));
        assert_eq!(desk.run.incidents[0].message, told);
    }
}

#[test]
fn an_end_inside_ends_the_run_and_cancel_closes_all() {
    let definition = r#"
id: W
start: E
steps:
  - id: both
    type: parallel
    branches:
      a: [{ id: ask, actor: "SVC:a" }, { id: stop, type: end, outcome: stopped }]
      b: [{ id: work, actor: "SVC:b" }]
"#;
    let mut desk = Desk::started(definition, json!({}));
    desk.complete("a", "ask", json!(1)).unwrap();
    assert_eq!(
        desk.kinds(),
        ["task_completed", "task_cancelled", "run_completed"]
    );
    assert_eq!(
        desk.entries()[2].kind,
        EntryKind::RunCompleted {
            outcome: Some("stopped".into())
        }
    );

    let mut desk = filed(&[20, 30]);
    let note = "withdrawn".to_owned();
    desk.order("admin", Order::Cancel { note }).unwrap();
    assert_eq!(
        desk.kinds(),
        ["task_cancelled", "task_cancelled", "run_cancelled"]
    );
    assert!(desk.run.lists.is_empty() && desk.run.tasks.is_empty());
}

/// A foreach over nothing does not wait, and only the run can tell.
#[test]
fn a_circle_over_nothing_becomes_an_incident() {
    let definition = r#"
id: W
start: E
steps:
  - id: each
    type: foreach
    items: payload.none
    as: one
    steps: [{ id: work, actor: "SVC:a" }]
    on_complete: again
  - { id: again, type: switch, expr: "'x'", cases: { x: each } }
"#;
    let desk = Desk::started(definition, json!({"none": []}));
    assert!(desk.run.incidents[0].message.contains("round in a circle"));
}

/// A state kept before lists had numbers.
#[test]
fn a_run_of_the_first_version_goes_on() {
    let mut desk = Desk::started(crate::desk::FTC, json!({"complaintId": "C-42"}));
    let mut state = serde_json::to_value(&desk.run).unwrap();
    state["tasks"][0].as_object_mut().unwrap().remove("list");
    desk.run = serde_json::from_value(state).unwrap();
    assert_eq!(desk.run.tasks[0].list, 0);
    desk.complete("l", "classify", json!({"severity": "Medium"}))
        .unwrap();
    let mut state = serde_json::to_value(&desk.run).unwrap();
    state["incidents"][0]
        .as_object_mut()
        .unwrap()
        .remove("list");
    desk.run = serde_json::from_value(state).unwrap();
    let retry = Order::Retry {
        incident: None,
        to: Some("notify_citizen".into()),
        note: String::new(),
    };
    desk.order("admin", retry).unwrap();
    desk.complete("mail", "notify_citizen", json!(null))
        .unwrap();
    assert_eq!(desk.run.status, RunStatus::Completed);
    assert_eq!(desk.run.last.as_deref(), Some("notify_citizen"));
}
