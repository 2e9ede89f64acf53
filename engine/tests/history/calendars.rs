//! Clocks that run in working time, and a calendar that changes under them.

use hms_engine::{EntryKind, LedgerWhat, Order, Rejected, Workflow};
use serde_json::json;

use crate::desk::{Desk, FEDERAL, calendars};

const RECORDS: &str = "
id: Records
start: Requested
key: payload.n
calendar: us-federal
steps:
  - { id: search, actor: HUMAN:clerk, sla: 2bd, on_timeout: boss }
  - { id: boss, actor: HUMAN:boss, sla: { within: 4h, calendar: none } }
  - { id: rest, type: wait, for: 1bd }
  - { id: answer, type: wait, event: Answered, sla: 20bd, on_timeout: end }
";

/// Friday, 17 May 2024, noon in New York.
fn asked() -> Desk {
    let mut desk = Desk::new(RECORDS, json!({"n": 1}));
    desk.now = "2024-05-17T16:00:00Z".parse().unwrap();
    desk.order("event", Order::Start).unwrap();
    desk
}

#[test]
fn the_weekend_does_not_count() {
    let mut desk = asked();
    let expires = |desk: &Desk, step: &str| desk.task(step).expires.unwrap().to_rfc3339();
    assert_eq!(expires(&desk, "search"), "2024-05-21T16:00:00+00:00");
    desk.until("2024-05-21T15:59:59Z");
    assert_eq!(desk.stands(), "search");
    desk.until("2024-05-21T16:00:00Z");
    // This one goes by the clock.
    assert_eq!(expires(&desk, "boss"), "2024-05-21T20:00:00+00:00");
    desk.complete("omar", "boss", json!({"approved": true}))
        .unwrap();
    assert_eq!(desk.stands(), "rest");
    desk.until("2024-05-22T16:00:00Z");
    assert_eq!(desk.stands(), "answer");
    let due = desk.run.timers[0].due.to_rfc3339();
    // Memorial Day and Juneteenth lie between.
    assert_eq!(due, "2024-06-21T16:00:00+00:00");
}

#[test]
fn a_stop_over_the_weekend_costs_nothing() {
    let mut desk = asked();
    desk.until("2024-05-17T20:00:00Z");
    desk.pause("ann", "search", "asked for the date").unwrap();
    desk.until("2024-05-20T12:00:00Z");
    desk.resume("ann", "search").unwrap();
    // An hour of Friday was lost: seven eighths are left of the first day.
    let expires = desk.task("search").expires.unwrap();
    assert_eq!(expires.to_rfc3339(), "2024-05-21T17:00:00+00:00");
}

/// The same calendar with one more day on which nobody works.
fn snowed_in(date: &str) -> String {
    format!("{FEDERAL}  - {{ name: Snow, on: {date} }}\n")
}

#[test]
fn a_changed_calendar_moves_the_deadlines_and_says_how_far() {
    let mut desk = asked();
    let changed = calendars(&snowed_in("2024-05-20"));
    let version = changed.get("us-federal").unwrap().version.clone();
    let order = Order::Recalendar {
        calendar: "us-federal".into(),
        version: version.clone(),
    };
    // The workflow must be bound to the version that is to count.
    let wrong = Err(Rejected::WrongCalendar("us-federal".into()));
    assert_eq!(desk.order("admin", order.clone()), wrong);
    desk.workflow = Workflow::parse_with(RECORDS, &changed).unwrap().workflow;
    // Until the run counts by it nothing else is done with it.
    assert_eq!(desk.claim("ann", "search", None), wrong);
    desk.order("admin", order.clone()).unwrap();
    assert_eq!(desk.kinds(), ["calendar_changed", "deadline_moved"]);
    let (from, to) = ("2024-05-21T16:00:00Z", "2024-05-22T16:00:00Z");
    assert_eq!(
        desk.entries()[1].kind,
        EntryKind::DeadlineMoved {
            from: from.parse().unwrap(),
            to: to.parse().unwrap()
        }
    );
    let clock = desk.task("search").clock();
    assert!(
        matches!(&clock.ledger[1].what, LedgerWhat::Recalendared { version: now } if *now == version)
    );
    assert_eq!(desk.order("admin", order), Err(Rejected::SameCalendar));
    desk.until("2024-05-22T15:59:00Z");
    assert_eq!(desk.stands(), "search");
    desk.until("2024-05-22T16:00:00Z");
    assert_eq!(desk.stands(), "boss");
}

#[test]
fn a_changed_calendar_moves_waits_too() {
    let mut desk = asked();
    desk.complete("ann", "search", json!({"approved": true}))
        .unwrap();
    desk.complete("omar", "boss", json!({"approved": true}))
        .unwrap();
    assert_eq!(
        desk.run.timers[0].due.to_rfc3339(),
        "2024-05-20T16:00:00+00:00"
    );
    let changed = calendars(&snowed_in("2024-05-20"));
    let version = changed.get("us-federal").unwrap().version.clone();
    desk.workflow = Workflow::parse_with(RECORDS, &changed).unwrap().workflow;
    let calendar = "us-federal".to_owned();
    desk.order("admin", Order::Recalendar { calendar, version })
        .unwrap();
    assert_eq!(desk.run.timers.len(), 1);
    assert_eq!(
        desk.run.timers[0].due.to_rfc3339(),
        "2024-05-21T16:00:00+00:00"
    );
    desk.until("2024-05-21T16:00:00Z");
    assert_eq!(desk.stands(), "answer");
}

#[test]
fn a_calendar_that_changes_nothing_here_moves_nothing() {
    let mut desk = asked();
    let changed = calendars(&snowed_in("2030-05-20"));
    let version = changed.get("us-federal").unwrap().version.clone();
    desk.workflow = Workflow::parse_with(RECORDS, &changed).unwrap().workflow;
    let calendar = "us-federal".to_owned();
    desk.order("admin", Order::Recalendar { calendar, version })
        .unwrap();
    assert_eq!(desk.kinds(), ["calendar_changed"]);
    assert_eq!(desk.task("search").clock, None);
}
