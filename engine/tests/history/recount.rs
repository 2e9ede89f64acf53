//! What another version of a calendar would move, said before anything is.

use hms_engine::{Calendar, Moment, Order, Rejected, Time, Workflow};
use serde_json::json;

use crate::desk::{Desk, FEDERAL, calendars};

/// A review with everything a calendar may move, and a wait after it.
const REVIEW: &str = "
id: Review
start: Filed
calendar: us-federal
steps:
  - id: review
    actor: HUMAN:clerk
    on_complete: rest
    sla:
      within: 2bd
      accept: 4bh
      ladder:
        - { at: 50%, remind: assignee }
        - { at: 150%, notify: HUMAN:boss }
  - { id: rest, type: wait, for: 1bd }
";

/// Filed on Friday, 17 May 2024, at noon in New York.
fn filed() -> Desk {
    let mut desk = Desk::new(REVIEW, json!({}));
    desk.now = "2024-05-17T16:00:00Z".parse().unwrap();
    desk.order("event", Order::Start).unwrap();
    desk
}

/// The federal calendar with another line.
fn with(line: &str) -> String {
    format!("{FEDERAL}{line}\n")
}

/// The federal calendar with other hours.
fn hours(hours: &str) -> String {
    FEDERAL.replace("09:00-17:00", hours)
}

/// What is foretold, a line for each move and each clock that stands still.
fn foretold(desk: &Desk, calendar: &str) -> String {
    let changed = calendars(calendar);
    let after = desk.workflow.bound_to(changed.get("us-federal").unwrap());
    let recount = desk
        .run
        .recount(&desk.workflow, &after, "us-federal", desk.now)
        .unwrap();
    let moment = |time: Time| time.format("%d %H:%M").to_string();
    let moves = recount.moves.iter().map(|one| {
        let what = match one.what {
            Moment::Deadline => "deadline".to_owned(),
            Moment::Accept => "accept".to_owned(),
            Moment::Rung(at) => format!("{at}%"),
            Moment::Wait => "wait".to_owned(),
        };
        let missed = if one.missed { " missed" } else { "" };
        let (from, to) = (moment(one.from), moment(one.to));
        format!("{} {what} {from} -> {to}{missed}", one.step)
    });
    let standing = recount.standing.iter().map(|one| {
        let hours = |ms: i64| ms / 3_600_000;
        let (from, to) = (hours(one.from), hours(one.to));
        format!("{} stands still, {from} h -> {to} h", one.step)
    });
    moves.chain(standing).collect::<Vec<_>>().join("\n")
}

#[test]
fn what_changes_nothing_here_moves_nothing() {
    let desk = filed();
    for calendar in [
        with("  - { name: Snow, on: 2030-05-20 }"),
        with("# A remark makes another version."),
        FEDERAL.replace("New Year's Day", "The first of January"),
        // Saturdays of which none lies before any moment of this case.
        with("  - { name: Open day, on: 2024-07-06 }"),
    ] {
        assert_eq!(foretold(&desk, &calendar), "", "{calendar}");
    }
}

#[test]
fn rungs_the_first_claim_and_waits_move_too() {
    let mut desk = filed();
    assert_eq!(
        foretold(&desk, &with("  - { name: Snow, on: 2024-05-20 }")),
        "review deadline 21 16:00 -> 22 16:00\n\
         review 50% 20 16:00 -> 21 16:00\n\
         review 150% 22 16:00 -> 23 16:00"
    );
    // On Fridays they go home at one.
    assert_eq!(
        foretold(&desk, &hours("09:00-17:00\n  friday: 09:00-13:00")),
        "review deadline 21 16:00 -> 21 19:00\n\
         review accept 17 20:00 -> 20 16:00\n\
         review 50% 20 16:00 -> 20 19:00\n\
         review 150% 22 16:00 -> 22 19:00"
    );
    desk.complete("ann", "review", json!({"approved": true}))
        .unwrap();
    assert_eq!(
        foretold(&desk, &with("  - { name: Snow, on: 2024-05-20 }")),
        "rest wait 20 16:00 -> 21 16:00"
    );
}

#[test]
fn what_fired_or_was_missed_stays_so_and_is_told_as_missed() {
    let mut desk = filed();
    desk.until("2024-05-21T17:00:00Z");
    // The reminder and the deadline are behind; the last rung is not.
    assert_eq!(
        foretold(&desk, &with("  - { name: Snow, on: 2024-05-22 }")),
        "review 150% 22 16:00 -> 23 16:00"
    );
    assert_eq!(
        foretold(&desk, &with("  - { name: Snow, on: 2024-05-20 }")),
        "review deadline 21 16:00 -> 22 16:00 missed\n\
         review 150% 22 16:00 -> 23 16:00"
    );
}

#[test]
fn a_clock_that_stands_still_has_no_deadline_to_move() {
    let mut desk = filed();
    desk.until("2024-05-20T16:00:00Z");
    desk.pause("ann", "review", "asked for the date").unwrap();
    // It has consumed one day; by the other calendar none of it on Monday.
    assert_eq!(
        foretold(&desk, &with("  - { name: Snow, on: 2024-05-20 }")),
        "review stands still, 24 h -> 15 h"
    );
    assert_eq!(
        foretold(&desk, &with("  - { name: Snow, on: 2024-05-21 }")),
        ""
    );
}

#[test]
fn nothing_is_counted_anew_twice_or_by_a_calendar_it_does_not_name() {
    let desk = filed();
    let recount = |calendar: &str, id: &str| {
        let changed = calendars(calendar);
        let found = changed.all().next().unwrap();
        let after = desk.workflow.bound_to(found);
        desk.run.recount(&desk.workflow, &after, id, desk.now)
    };
    assert_eq!(recount(FEDERAL, "us-federal"), Err(Rejected::SameCalendar));
    let other = FEDERAL.replace("id: us-federal", "id: court");
    let refused = Err(Rejected::WrongCalendar("court".into()));
    assert_eq!(recount(&other, "court"), refused);
}

#[test]
fn a_definition_bound_anew_is_what_reading_it_again_gives() {
    let texts = [
        REVIEW,
        "id: Deep\nstart: E\nkey: payload.n\ncalendar: us-federal\nsteps:\n  - id: fork\n    type: parallel\n    branches:\n      one:\n        - { id: a, actor: HUMAN:a, sla: { within: 2h, calendar: none } }\n        - id: each\n          type: foreach\n          items: payload.items\n          as: item\n          steps:\n            - { id: b, actor: HUMAN:b, sla: 2bd }\n            - { id: c, type: wait, for: 1bd }\n      two:\n        - { id: d, type: wait, event: Came, sla: 3bd, on_timeout: e }\n        - { id: e, actor: HUMAN:e, sla: 4bh }\n",
        "id: None\nstart: E\nsteps:\n  - { id: a, actor: HUMAN:a, sla: 4h }\n",
    ];
    let other = calendars(&with("  - { name: Snow, on: 2024-05-20 }"));
    for text in texts {
        let before = Workflow::parse_with(text, &calendars(FEDERAL)).unwrap();
        let again = Workflow::parse_with(text, &other).unwrap().workflow;
        let bound = before.workflow.bound_to(other.get("us-federal").unwrap());
        let shown = |workflow: &Workflow| format!("{:?}{:?}", workflow.steps, workflow.calendars);
        assert_eq!(shown(&bound), shown(&again), "{text}");
        assert_eq!(bound.version, before.workflow.version);
    }
}

#[test]
fn a_broken_calendar_is_told_apart_from_one_that_is_not_there() {
    let mut known = calendars(FEDERAL);
    known.put_broken("court".to_owned());
    for (named, code) in [("court", "HMS059"), ("cuort", "HMS057"), ("us-federal", "")] {
        let text = REVIEW.replace("calendar: us-federal", &format!("calendar: {named}"));
        let found = Workflow::parse_with(&text, &known)
            .err()
            .unwrap_or_default();
        let codes: Vec<&str> = found.iter().map(|one| one.code.as_str()).collect();
        assert_eq!(
            codes.first().copied().unwrap_or_default(),
            code,
            "{named}: {found:?}"
        );
    }
    // Mended, it is there; broken, it is not.
    known.put(Calendar::parse(&FEDERAL.replace("us-federal", "court")).unwrap());
    assert!(!known.is_broken("court") && known.get("court").is_some());
    known.put_broken("court".to_owned());
    assert!(known.is_broken("court") && known.get("court").is_none());
}
