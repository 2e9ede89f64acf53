//! What an answer must be: a step's `output`, and the fields of a person's form.

use hms_engine::{EntryKind, FieldFault, IncidentKind, Order, Rejected, RunStatus, TaskStatus};
use hms_forms::Rule;
use serde_json::{Value, json};

use crate::desk::Desk;

const LABELLED: &str = "
id: W
start: E
steps:
  - id: label
    actor: AI:labeller
    on_error: by_hand
    output:
      type: object
      required: [severity]
      properties:
        severity: { enum: [High, Low] }
        confidence: { type: number, maximum: 1 }
  - { id: after, actor: SVC:s, on_complete: end }
  - { id: by_hand, actor: HUMAN:clerk }
";

#[test]
fn a_result_that_breaks_the_output_is_kept_and_stops_the_run() {
    let mut desk = Desk::started(LABELLED, json!({}));
    let task = desk.task("label").id;
    let result = json!({"confidence": 7, "who": "Ana Secret"});
    desk.complete("w", "label", result.clone()).unwrap();
    assert_eq!(desk.kinds(), ["output_broken", "incident_raised"]);
    let closed = desk.closed()[0].clone();
    assert_eq!(closed.status, TaskStatus::Failed);
    assert_eq!(
        (closed.result.as_ref(), closed.closed_by.as_deref()),
        (Some(&result), Some("w"))
    );
    assert!(
        closed.was_answered(&result),
        "the same answer again is known"
    );
    let EntryKind::OutputBroken { faults, .. } = &desk.entries()[0].kind else {
        panic!("{:?}", desk.entries());
    };
    let pointers: Vec<&str> = faults.iter().map(|fault| fault.pointer.as_str()).collect();
    assert_eq!(pointers, ["/confidence", "/severity"]);
    let incident = desk.run.incidents[0].clone();
    assert_eq!(incident.cause, IncidentKind::Output);
    assert_eq!(
        incident.message,
        "label: the result breaks the step's output: /confidence: the value is greater than the \
         maximum of 1; /severity: \"severity\" is missing"
    );
    // Neither tried again by itself nor taken for a result.
    assert!(desk.run.tasks.is_empty() && desk.run.timers.is_empty() && desk.run.results.is_empty());
    assert_eq!(desk.run.status, RunStatus::Running);

    let retry = |to: Option<&str>| Order::Retry {
        incident: None,
        to: to.map(str::to_owned),
        note: "The labeller is mended".into(),
    };
    let stopped = desk.run.clone();
    desk.order("admin", retry(None)).unwrap();
    assert_ne!(desk.task("label").id, task);
    desk.complete("w", "label", json!({"severity": "High", "confidence": 1}))
        .unwrap();
    assert_eq!(desk.task("after").step_id, "after");
    desk.run = stopped;
    desk.order("admin", retry(Some("by_hand"))).unwrap();
    assert_eq!(desk.task("by_hand").step_id, "by_hand");
}

#[test]
fn a_person_is_told_at_once_and_the_task_stays_open() {
    let definition = "
id: W
start: E
steps:
  - id: weigh
    actor: HUMAN:clerk
    output: { required: [weight], properties: { weight: { type: integer } } }
";
    let mut desk = Desk::started(definition, json!({}));
    for (result, pointer) in [
        (json!({"outcome": "approve"}), "/weight"),
        (json!({"outcome": "approve", "weight": "much"}), "/weight"),
    ] {
        let Err(Rejected::BadOutput(faults)) = desk.complete("p", "weigh", result) else {
            panic!("it was taken");
        };
        assert_eq!(faults[0].pointer, pointer);
    }
    let good = json!({"outcome": "approve", "weight": 3});
    desk.complete("p", "weigh", good).unwrap();
    assert_eq!(desk.run.status, RunStatus::Completed);
}

const ASSESSED: &str = "
id: W
start: E
steps:
  - id: assess
    actor: HUMAN:assessor
    outcomes: { grant: end, deny: end }
    form:
      - { id: amount, type: money, label: How much?, required: true, max: 5000, show_if: answers.outcome == 'grant' }
      - { id: why, type: choices, label: Why?, options: [need, error, other] }
      - { id: other, type: textarea, label: What else?, show_if: \"has(answers.why) && 'other' in answers.why\" }
      - { id: by, type: date, label: By when?, show_if: payload.urgent && answers.amount > 100 }
";

#[test]
fn a_refusal_names_each_field() {
    let mut desk = Desk::started(ASSESSED, json!({}));
    let refused = desk.complete("p", "assess", json!({"outcome": "grant", "why": "need"}));
    assert_eq!(
        refused.unwrap_err().to_string(),
        "the answers break the rules of the form: amount: an answer is needed; why: this is none of the options"
    );
}

fn faults(desk: &mut Desk, result: Value) -> Vec<(String, Rule)> {
    let told = |fault: FieldFault| (fault.field, fault.rule);
    match desk.complete("p", "assess", result) {
        Err(Rejected::BadAnswers(faults)) => faults.into_iter().map(told).collect(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_form_is_checked_field_by_field() {
    let cases: &[(Value, &[(&str, Rule)])] = &[
        (json!({"outcome": "grant"}), &[("amount", Rule::Required)]),
        (
            json!({"outcome": "grant", "amount": 5000.01, "why": ["greed"]}),
            &[("amount", Rule::Above(5000)), ("why", Rule::Choice)],
        ),
        // What the other answers do not ask for is no answer.
        (
            json!({"outcome": "deny", "amount": 7}),
            &[("amount", Rule::NotAsked)],
        ),
        (
            json!({"outcome": "deny", "why": ["need"], "other": "Rain"}),
            &[("other", Rule::NotAsked)],
        ),
        (
            json!({"outcome": "grant", "amount": 200, "by": "tomorrow"}),
            &[("by", Rule::Date)],
        ),
        (
            json!({"outcome": "grant", "amount": 100, "by": "2024-05-20"}),
            &[("by", Rule::NotAsked)],
        ),
    ];
    for (result, expected) in cases {
        let mut desk = Desk::started(ASSESSED, json!({"urgent": true}));
        let told = faults(&mut desk, result.clone());
        let told: Vec<(&str, Rule)> = told
            .iter()
            .map(|(field, rule)| (field.as_str(), *rule))
            .collect();
        assert_eq!(told, *expected, "{result}");
    }
    for result in [
        json!({"outcome": "deny"}),
        json!({"outcome": "deny", "amount": null, "more": "of our own"}),
        json!({"outcome": "grant", "amount": 5000, "why": ["other"], "other": "Rain", "by": "2024-05-20"}),
    ] {
        let mut desk = Desk::started(ASSESSED, json!({"urgent": true}));
        desk.complete("p", "assess", result.clone()).unwrap();
        let kept = &desk.run.results["assess"];
        for (field, answer) in result.as_object().unwrap() {
            assert_eq!(kept[field], *answer);
        }
        assert_eq!(kept["approved"], false);
        assert!(desk.closed()[0].was_answered(&result));
    }
}
