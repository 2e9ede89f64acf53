use hms_engine::{Effect, EntryKind, Order, Priority, TaskStatus};
use serde_json::json;

use super::{REVIEW, begun, with};

#[test]
fn another_actor_takes_the_claim_and_is_handed_the_new_input() {
    let old = "  - { id: tell, actor: SVC:mail, input: { to: payload.n }, timeout: 5m }\n";
    let new = "  - { id: tell, actor: SVC:sms, input: { phone: payload.n }, timeout: 5m, priority: high }\n";
    let mut desk = begun(old);
    desk.claim("m1", "tell", Some(60_000)).unwrap();
    desk.migrate(&with(new), &[]).unwrap();
    let task = desk.task("tell");
    assert_eq!(
        (task.actor.to_string().as_str(), task.status),
        ("SVC:sms", TaskStatus::New)
    );
    assert_eq!((&task.claimed_by, &task.lease_until), (&None, &None));
    assert_eq!(
        (task.input.clone(), task.priority),
        (json!({"phone": 1}), Priority::HIGH)
    );
    assert!(desk.run.timers.is_empty());
    assert!(
        matches!(&desk.entries()[1].kind, EntryKind::TaskMigrated { released: Some(by), .. } if by == "m1")
    );
}

#[test]
fn who_has_a_task_keeps_what_it_was_handed_and_its_lease() {
    let old = "  - { id: tell, actor: SVC:mail, input: { to: payload.n }, timeout: 5m }\n";
    for (timeout, asked, until) in [
        // The limit made the lease, so the new limit does.
        ("10m", None, Some("10:13")),
        ("2m", None, Some("10:05")),
        // It was asked for a minute, and has it as far as the limit allows.
        ("10m", Some(60_000), Some("10:04")),
        ("30s", Some(60_000), Some("10:03")),
    ] {
        let mut desk = begun(old);
        desk.claim("m1", "tell", asked).unwrap();
        let new = format!(
            "  - {{ id: tell, actor: SVC:mail, input: {{ to: run.key }}, timeout: {timeout} }}\n"
        );
        desk.migrate(&with(&new), &[]).unwrap();
        let task = desk.task("tell");
        assert_eq!(task.input, json!({"to": 1}), "{timeout}");
        let lease = task.lease_until.map(|at| at.format("%H:%M").to_string());
        assert_eq!(lease.as_deref(), until, "{timeout} {asked:?}");
        assert_eq!(desk.run.timers.len(), 1);
        // Whoever gets it next is handed the new one, when it is moved while it is free.
        desk.order(
            "m1",
            Order::Release {
                task: desk.task("tell").id,
            },
        )
        .unwrap();
        let third = new.replace("run.key", "[run.key]");
        desk.migrate(&with(&third), &[]).unwrap();
        assert_eq!(desk.task("tell").input, json!({"to": ["1"]}));
    }
}

#[test]
fn the_business_key_is_what_the_new_version_computes() {
    let steps = "  - { id: a, actor: HUMAN:clerk }\n";
    let mut desk = begun(steps);
    let other = with(steps).replace("payload.n", "\"'W-' + string(payload.n)\"");
    desk.migrate(&other, &[]).unwrap();
    assert_eq!(desk.run.key.as_deref(), Some("W-1"));
    // People still find it by the key it had.
    desk.migrate(&with(steps).replace("key: payload.n\n", ""), &[])
        .unwrap();
    assert_eq!(desk.run.key.as_deref(), Some("W-1"));
    let none = with(steps).replace("payload.n", "payload.number");
    let told = desk.obstacles(&none, &[]);
    assert!(
        told.len() == 1 && told[0].contains("finds no business key"),
        "{told:?}"
    );
}

#[test]
fn a_move_that_changes_nothing_writes_no_task() {
    let mut desk = begun(REVIEW);
    let before = desk.run.clone();
    desk.migrate(&format!("{}# A word more.\n", with(REVIEW)), &[])
        .unwrap();
    assert!(
        desk.effects
            .iter()
            .all(|effect| matches!(effect, Effect::Record(_)))
    );
    assert_eq!(desk.run.tasks, before.tasks);
    assert_eq!(desk.run.timers, before.timers);
}
