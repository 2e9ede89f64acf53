use hms_engine::Order;
use serde_json::{Value, json};

use super::{BRANCHES, ITEMS, begun, with};

#[test]
fn results_are_found_under_the_new_names() {
    let old =
        "  - { id: a, actor: AI:x }\n  - { id: b, actor: AI:x }\n  - { id: c, actor: AI:x }\n";
    let mut desk = begun(old);
    desk.complete("x", "a", json!(1)).unwrap();
    desk.complete("x", "b", json!(2)).unwrap();
    // `a` and `b` become one; what the step of that name came to itself counts first.
    let new = "  - { id: b, actor: AI:x }\n  - { id: d, actor: AI:x }\n  - { id: e, type: switch, expr: \"steps.b.result\", cases: { \"2\": f } }\n  - { id: f, actor: AI:x }\n";
    desk.migrate(&with(new), &[("a", "b"), ("c", "d")]).unwrap();
    assert_eq!(
        serde_json::to_value(&desk.run.results).unwrap(),
        json!({"b": 2})
    );
    assert_eq!(desk.run.last.as_deref(), Some("b"));
    desk.complete("x", "d", json!(3)).unwrap();
    assert_eq!(desk.stands(), "f");
    // Two that change their names with each other.
    let mut desk = begun(old);
    desk.complete("x", "a", json!(1)).unwrap();
    desk.complete("x", "b", json!(2)).unwrap();
    let swapped =
        "  - { id: b, actor: AI:x }\n  - { id: a, actor: AI:x }\n  - { id: c, actor: AI:x }\n";
    desk.migrate(&with(swapped), &[("a", "b"), ("b", "a")])
        .unwrap();
    assert_eq!(
        serde_json::to_value(&desk.run.results).unwrap(),
        json!({"b": 1, "a": 2})
    );
    assert_eq!(desk.run.last.as_deref(), Some("a"));
}

#[test]
fn items_go_on_under_their_new_name_and_as_many_at_a_time_as_it_says() {
    let mut desk = begun(ITEMS);
    desk.complete("x", "look", json!("a")).unwrap();
    let new = ITEMS
        .replace("item\n", "thing\n")
        .replace("one: item", "it: thing")
        .replace("at_once: 1", "at_once: 2")
        .replace("look", "see")
        .replace("id: each", "id: every");
    desk.migrate(&with(&new), &[("look", "see"), ("each", "every")])
        .unwrap();
    assert_eq!(desk.stands(), "every, judge");
    desk.complete("x", "judge", json!("b")).unwrap();
    assert_eq!(desk.stands(), "every, see, see");
    let inputs: Vec<Value> = desk
        .run
        .tasks
        .iter()
        .map(|task| task.input.clone())
        .collect();
    assert_eq!(inputs, [json!({"it": 2}), json!({"it": 3})]);
    // And back to one at a time: none begins until there is room.
    desk.migrate(&with(ITEMS), &[("see", "look"), ("every", "each")])
        .unwrap();
    desk.complete("x", "look", json!("a")).unwrap();
    desk.complete("x", "judge", json!("b")).unwrap();
    assert_eq!(desk.stands(), "each, look");
    assert_eq!(desk.task("look").input, json!({"one": 3}));
}

#[test]
fn branches_join_when_enough_have_finished_by_the_new_version() {
    let mut desk = begun(BRANCHES);
    desk.complete("ann", "law_check", json!({"approved": true}))
        .unwrap();
    let any = BRANCHES.replace("type: parallel", "type: parallel\n    join: any");
    desk.migrate(&with(&any), &[]).unwrap();
    assert_eq!(desk.stands(), "after");
    assert_eq!(desk.closed().len(), 2);
    let two = BRANCHES.replace("type: parallel", "type: parallel\n    join: 2");
    let mut desk = begun(BRANCHES);
    desk.migrate(&with(&two), &[]).unwrap();
    desk.complete("ann", "law_check", json!({"approved": true}))
        .unwrap();
    assert_eq!(desk.stands(), "both, money_check, press_check");
    desk.complete("ann", "press_check", json!({"approved": true}))
        .unwrap();
    assert_eq!(desk.stands(), "after");
}

#[test]
fn what_an_incident_stopped_may_become_anything_beside_it() {
    let old = "  - { id: label, actor: AI:x }\n  - { id: pick, type: switch, expr: result.level, cases: { High: review } }\n  - { id: review, actor: HUMAN:clerk }\n";
    let mut desk = begun(old);
    desk.complete("x", "label", json!({"level": "Huge"}))
        .unwrap();
    assert_eq!(desk.run.incidents.len(), 1);
    let new = "  - { id: label, actor: AI:x }\n  - { id: triage, actor: HUMAN:clerk }\n";
    desk.migrate(&with(new), &[("pick", "triage"), ("review", "triage")])
        .unwrap();
    assert_eq!(desk.run.incidents[0].step, "triage");
    desk.order(
        "ada",
        Order::Retry {
            incident: None,
            to: None,
            note: "go on".into(),
        },
    )
    .unwrap();
    assert_eq!(desk.task("triage").step_id, "triage");
}
