use hms_engine::{EntryKind, LedgerWhat, Order, Priority, RunStatus, TimerKind};
use serde_json::json;

use super::{REVIEW, begun, with};
use crate::desk::{Desk, minutes};

const LADDER: &str = "  - id: review
    actor: HUMAN:clerk
    sla: { within: 4h, ladder: [{ at: 25%, notify: HUMAN:boss, priority: high }, { at: 75%, remind: assignee }] }\n";

#[test]
fn a_task_keeps_its_id_its_holder_and_its_time() {
    let mut desk = begun(REVIEW);
    desk.claim("ann", "review", None).unwrap();
    let before = desk.task("review").clone();
    desk.wait(minutes(60));
    let longer = "  - { id: check, actor: HUMAN:clerk, sla: 6h, on_timeout: head }
  - { id: head, actor: HUMAN:boss }\n";
    desk.migrate(&with(longer), &[("review", "check"), ("boss", "head")])
        .unwrap();
    let after = desk.task("check");
    assert_eq!((after.id, after.created), (before.id, before.created));
    assert_eq!(after.claimed_by.as_deref(), Some("ann"));
    assert_eq!(desk.deadline("check"), "14 16:03");
    let ledger = &after.clock().ledger;
    assert!(
        matches!(&ledger[1].what, LedgerWhat::Migrated { version } if *version == desk.workflow.version)
    );
    assert_eq!(ledger[1].by, "ada");
    assert_eq!(desk.kinds(), ["migrated", "task_migrated"]);
    let EntryKind::TaskMigrated {
        from,
        actor,
        released,
        before,
        after,
    } = desk.entries()[1].kind.clone()
    else {
        panic!("{:?}", desk.entries());
    };
    let hours = |time: Option<hms_engine::Time>| time.unwrap().format("%H:%M").to_string();
    assert_eq!((from.as_str(), actor, released), ("review", None, None));
    assert_eq!(
        (hours(before), hours(after)),
        ("14:03".into(), "16:03".into())
    );
    // The old deadline means nothing any more, and the new one leads where the new version says.
    desk.wait(minutes(240));
    assert_eq!(desk.stands(), "check");
    desk.wait(minutes(60));
    assert_eq!(desk.stands(), "head");
}

#[test]
fn a_deadline_that_has_passed_by_the_new_version_is_missed_at_once() {
    let mut desk = begun(REVIEW);
    desk.wait(minutes(120));
    let short = REVIEW.replace("4h", "1h");
    desk.migrate(&with(&short), &[]).unwrap();
    assert_eq!(
        (desk.stands(), desk.deadline("review")),
        ("review".into(), "14 11:03".into())
    );
    // The orchestrator fires it with its next breath.
    desk.wait(minutes(0));
    assert_eq!(desk.stands(), "boss");
    assert_eq!(desk.kinds(), ["task_timed_out", "escalated", "task_opened"]);
    assert!(matches!(
        desk.entries()[0].kind,
        EntryKind::TaskTimedOut {
            late_ms: 3_600_000,
            after_breach: false,
            ..
        }
    ));
    assert!(desk.task("boss").escalated);
}

#[test]
fn time_that_stood_still_stays_out_and_time_that_was_given_stays() {
    let mut desk = begun(REVIEW);
    desk.pause("ann", "review", "asked for papers").unwrap();
    desk.wait(minutes(30));
    let longer = REVIEW.replace("4h", "5h");
    desk.migrate(&with(&longer), &[]).unwrap();
    // It stands still in the new version too.
    assert_eq!(desk.deadline("review"), "");
    assert!(desk.run.timers.is_empty());
    desk.wait(minutes(30));
    desk.resume("ann", "review").unwrap();
    assert_eq!(desk.deadline("review"), "14 16:03");
    desk.extend("ann", "review", 3_600_000).unwrap();
    let shorter = REVIEW.replace("4h", "2h");
    desk.migrate(&with(&shorter), &[]).unwrap();
    assert_eq!(desk.deadline("review"), "14 14:03");
}

#[test]
fn a_task_is_counted_by_the_calendars_of_the_new_version() {
    let mut desk = Desk::new(&with(REVIEW), json!({"n": 1}));
    // Friday, 17 May 2024, noon in New York.
    desk.now = "2024-05-17T16:00:00Z".parse().unwrap();
    desk.order("event", Order::Start).unwrap();
    desk.wait(minutes(60));
    let days = "id: W\nstart: E\nkey: payload.n\ncalendar: us-federal\nsteps:
  - { id: review, actor: HUMAN:clerk, sla: 1bd }\n";
    desk.migrate(days, &[("boss", "review")]).unwrap();
    assert_eq!(desk.deadline("review"), "20 16:00");
    assert_eq!(
        desk.run.calendars.keys().collect::<Vec<_>>(),
        ["us-federal"]
    );
    // And back: by the clock no calendar counts.
    desk.migrate(&with(REVIEW), &[]).unwrap();
    assert_eq!(desk.deadline("review"), "17 20:00");
    assert!(desk.run.calendars.is_empty());
}

#[test]
fn a_rung_that_fired_does_not_fire_again_and_a_new_one_does() {
    let mut desk = begun(LADDER);
    desk.wait(minutes(60));
    assert_eq!(desk.told(), ["HUMAN:boss review 25%"]);
    let half = LADDER.replace(
        "{ at: 25%, notify: HUMAN:boss, priority: high }",
        "{ at: 10%, notify: HUMAN:chief }, { at: 25%, notify: HUMAN:boss }",
    );
    desk.migrate(&with(&half), &[]).unwrap();
    // What the rung made of it stays.
    assert_eq!(desk.task("review").priority, Priority::HIGH);
    desk.wait(minutes(0));
    assert_eq!(desk.told(), ["HUMAN:chief review 10%"]);
    // Also not on the way back, or over a version without a ladder.
    let plain = "  - { id: review, actor: HUMAN:clerk, sla: 4h }\n";
    desk.migrate(&with(plain), &[]).unwrap();
    desk.migrate(&with(LADDER), &[]).unwrap();
    let due: Vec<_> = desk
        .run
        .timers
        .iter()
        .map(|timer| timer.due.format("%H:%M").to_string())
        .collect();
    assert_eq!(due, ["13:03", "14:03"]);
}

#[test]
fn a_task_left_open_past_its_deadline_goes_where_the_new_version_says() {
    let open = "  - { id: review, actor: HUMAN:clerk, sla: 4h }\n";
    for (budget, moves) in [("3h", 0), ("6h", 60)] {
        let mut desk = begun(open);
        desk.wait(minutes(300));
        assert_eq!(desk.kinds(), ["sla_breached"]);
        let closes = REVIEW.replace("4h", budget);
        desk.migrate(&with(&closes), &[]).unwrap();
        desk.wait(minutes(moves));
        assert_eq!(desk.stands(), "boss", "{budget}");
        // The breach was counted when it was.
        assert!(matches!(
            desk.entries()[0].kind,
            EntryKind::TaskTimedOut {
                after_breach: true,
                ..
            }
        ));
    }
}

#[test]
fn a_clock_begins_or_ends_with_the_step_that_has_one() {
    let plain = "  - { id: review, actor: HUMAN:clerk }\n";
    let mut desk = begun(plain);
    desk.wait(minutes(60));
    let accept = "  - { id: review, actor: HUMAN:clerk, sla: { within: 4h, accept: 30m } }\n";
    desk.migrate(&with(accept), &[]).unwrap();
    // A task's time counts from its opening.
    assert_eq!(desk.deadline("review"), "14 14:03");
    desk.wait(minutes(0));
    assert_eq!(desk.kinds(), ["accept_breached"]);
    desk.migrate(&with(plain), &[]).unwrap();
    assert_eq!(
        (desk.deadline("review"), desk.run.timers.len()),
        (String::new(), 0)
    );
    // What had happened is known to a version that has an SLA again.
    assert!(desk.task("review").clock().dormant);
    desk.migrate(&with(accept), &[]).unwrap();
    assert_eq!(desk.deadline("review"), "14 14:03");
    let timers: Vec<_> = desk.run.timers.iter().map(|timer| &timer.kind).collect();
    assert!(
        matches!(timers[..], [TimerKind::Deadline { .. }]),
        "{timers:?}"
    );
    desk.migrate(&with(plain), &[]).unwrap();
    desk.complete("ann", "review", json!({"approved": true}))
        .unwrap();
    assert_eq!(desk.run.status, RunStatus::Completed);
}
