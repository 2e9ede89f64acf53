//! A clock is a budget: it is stopped, runs on, and is given more.

use hms_engine::{ClockState, EntryKind, LedgerWhat, Order, Rejected, TaskStatus};
use serde_json::json;

use crate::desk::{Desk, minutes};

const REVIEW: &str = "
id: W
start: E
steps:
  - { id: review, actor: HUMAN:clerk, sla: 4h, on_timeout: boss, on_complete: end }
  - { id: boss, actor: HUMAN:boss, sla: { within: 4h, accept: 1h }, on_complete: end }
";

fn review() -> Desk {
    Desk::started(REVIEW, json!({}))
}

fn hours(hours: i64) -> i64 {
    hours * 3_600_000
}

#[test]
fn a_stopped_clock_misses_nothing_and_goes_on_where_it_was() {
    let mut desk = review();
    let deadline = desk.task("review").expires.unwrap();
    desk.wait(minutes(60));
    desk.pause("ann", "review", " The file is at the court. ")
        .unwrap();
    assert_eq!(desk.kinds(), ["clock_stopped"]);
    let task = desk.task("review");
    assert_eq!((task.status, task.expires), (TaskStatus::New, None));
    assert!(desk.run.timers.is_empty());
    let reading = task.reading(desk.sla("review"), desk.now + minutes(90));
    assert_eq!(
        (reading.consumed, reading.budget, reading.percent()),
        (hours(1), hours(4), 25)
    );
    let ClockState::Paused(stop) = reading.state else {
        panic!("it stands still");
    };
    assert_eq!(stop.reason, "The file is at the court.");

    // Days later nothing has happened.
    desk.wait(minutes(5 * 24 * 60));
    assert_eq!(desk.stands(), "review");
    desk.resume("bob", "review").unwrap();
    let later = deadline + minutes(5 * 24 * 60);
    assert_eq!(desk.task("review").expires, Some(later));
    assert_eq!(
        desk.entries()[0].kind,
        EntryKind::ClockStarted {
            expires: Some(later)
        }
    );
    let clock = desk.task("review").clock();
    let lines: Vec<_> = clock
        .ledger
        .iter()
        .map(|line| (line.by.as_str(), matches!(line.what, LedgerWhat::Started)))
        .collect();
    assert_eq!(lines, [("clock", true), ("ann", false), ("bob", true)]);

    desk.wait(minutes(179));
    assert_eq!(desk.stands(), "review");
    desk.wait(minutes(1));
    assert_eq!(desk.stands(), "boss");
    assert!(desk.task("boss").escalated);
}

#[test]
fn a_task_can_be_taken_and_finished_while_its_clock_stands_still() {
    let mut desk = review();
    desk.pause("ann", "review", "strike").unwrap();
    desk.wait(minutes(1_000));
    desk.claim("ann", "review", None).unwrap();
    desk.complete("ann", "review", json!({"outcome": "approve"}))
        .unwrap();
    assert_eq!(desk.closed()[0].breached_at, None);
    assert_eq!(desk.stands(), "COMPLETED");
}

#[test]
fn what_cannot_be_is_refused_and_told() {
    let mut desk = review();
    assert_eq!(desk.resume("ann", "review"), Err(Rejected::NotPaused));
    for reason in ["", "  \n", &"x".repeat(501)] {
        let refused = desk.pause("ann", "review", reason);
        assert!(matches!(refused, Err(Rejected::BadPause(_))), "{refused:?}");
    }
    desk.pause("ann", "review", "strike").unwrap();
    assert_eq!(desk.pause("ann", "review", "strike"), Err(Rejected::Paused));
    for by_ms in [0, -1, i64::MAX, hours(24) * 3_651] {
        let refused = desk.extend("ann", "review", by_ms);
        assert!(matches!(refused, Err(Rejected::BadPause(_))), "{refused:?}");
    }
    desk.resume("ann", "review").unwrap();
    // At the deadline it is too late.
    let deadline = desk.task("review").expires.unwrap();
    desk.now = deadline;
    assert_eq!(
        desk.pause("ann", "review", "late"),
        Err(Rejected::Expired { deadline })
    );
    assert_eq!(
        desk.extend("ann", "review", hours(1)),
        Err(Rejected::Expired { deadline })
    );

    let plain = "id: W\nstart: E\nsteps: [{ id: a, actor: HUMAN:x }]\n";
    let mut desk = Desk::started(plain, json!({}));
    assert_eq!(desk.pause("ann", "a", "strike"), Err(Rejected::NoClock));
}

#[test]
fn a_ledger_has_a_limit_and_always_room_to_go_on() {
    let mut desk = review();
    let refused = loop {
        if let Err(refused) = desk.pause("ann", "review", "coffee") {
            break refused;
        }
        desk.resume("ann", "review").unwrap();
    };
    assert_eq!(refused, Rejected::LedgerFull(200));
    let task = desk.task("review");
    assert_eq!(task.clock().ledger.len(), 199);
    assert_eq!(task.expires, Some(task.created + minutes(240)));
}

#[test]
fn more_time_moves_the_deadline_also_while_it_stands_still() {
    let mut desk = review();
    let deadline = desk.task("review").expires.unwrap();
    desk.extend("omar", "review", hours(2)).unwrap();
    let later = deadline + minutes(120);
    assert_eq!(desk.task("review").expires, Some(later));
    assert_eq!(
        desk.entries()[0].kind,
        EntryKind::SlaExtended {
            by_ms: hours(2),
            reason: "more papers came".into(),
            expires: Some(later)
        }
    );
    desk.pause("omar", "review", "strike").unwrap();
    desk.extend("omar", "review", hours(1)).unwrap();
    assert_eq!(desk.task("review").expires, None);
    desk.resume("omar", "review").unwrap();
    assert_eq!(desk.task("review").expires, Some(later + minutes(60)));
    desk.wait(minutes(419));
    assert_eq!(desk.stands(), "review");
    desk.wait(minutes(1));
    assert_eq!(desk.stands(), "boss");
}

#[test]
fn a_missed_deadline_stays_missed_when_more_time_is_given() {
    let mut desk = review();
    desk.wait(minutes(240));
    let deadline = desk.task("boss").expires.unwrap();
    desk.wait(minutes(241));
    assert_eq!(desk.kinds(), ["sla_breached"]);
    desk.extend("admin", "boss", hours(2)).unwrap();
    let task = desk.task("boss");
    assert_eq!(
        (task.breached_at, task.expires),
        (Some(deadline), Some(deadline + minutes(120)))
    );
    desk.wait(minutes(600));
    assert_eq!(desk.task("boss").breached_at, Some(deadline));
    assert!(desk.run.timers.is_empty());
}

#[test]
fn the_first_claim_has_a_clock_of_its_own() {
    let mut desk = review();
    desk.wait(minutes(240));
    let opened = desk.now;
    let accept = |desk: &Desk| desk.task("boss").clock().accept.unwrap();
    assert_eq!(accept(&desk).expires, Some(opened + minutes(60)));
    // It stands still with the other.
    desk.wait(minutes(30));
    desk.pause("omar", "boss", "strike").unwrap();
    assert_eq!(accept(&desk).expires, None);
    desk.wait(minutes(100));
    desk.resume("omar", "boss").unwrap();
    assert_eq!(accept(&desk).expires, Some(opened + minutes(160)));
    desk.claim("omar", "boss", None).unwrap();
    let claimed = desk.now;
    assert_eq!(
        (accept(&desk).ended, accept(&desk).expires),
        (Some(claimed), None)
    );
    // Given back, it does not run again: the task was accepted.
    let task = desk.task("boss").id;
    desk.order("omar", Order::Release { task }).unwrap();
    desk.wait(minutes(100));
    assert_eq!(accept(&desk).breached_at, None);

    let mut late = review();
    late.wait(minutes(240));
    let due = late.now + minutes(60);
    late.wait(minutes(61));
    assert_eq!(
        late.entries()[0].kind,
        EntryKind::AcceptBreached {
            deadline: due,
            late_ms: 60_000
        }
    );
    let task = late.task("boss");
    assert_eq!((task.status, task.breached_at), (TaskStatus::New, None));
    late.claim("omar", "boss", None).unwrap();
    let ended = accept(&late);
    assert_eq!(
        (ended.breached_at, ended.ended),
        (Some(due), Some(late.now))
    );
    late.complete("omar", "boss", json!({"approved": true}))
        .unwrap();
    assert_eq!(late.closed()[0].breached_at, None);
}

#[test]
fn a_late_claim_is_told_also_when_the_clock_has_not_come_round() {
    let mut desk = review();
    desk.wait(minutes(240));
    let due = desk.now + minutes(60);
    desk.now = due;
    desk.claim("omar", "boss", None).unwrap();
    assert_eq!(
        desk.kinds(),
        ["accept_breached", "accepted", "task_claimed"]
    );
    // Finished without a claim, it was accepted then.
    let mut desk = review();
    desk.wait(minutes(240));
    desk.complete("omar", "boss", json!({"approved": true}))
        .unwrap();
    let accept = desk.closed()[0].clock().accept.unwrap();
    assert_eq!((accept.ended, accept.breached_at), (Some(desk.now), None));
}

/// A task opened by a version that knew a deadline and no clock: the same run goes on.
#[test]
fn a_state_kept_before_there_were_clocks_goes_on() {
    let mut desk = review();
    let mut state = serde_json::to_value(&desk.run).unwrap();
    assert!(
        state["tasks"][0].get("clock").is_none(),
        "a clock that only ran is not kept"
    );
    state["tasks"][0].as_object_mut().unwrap().remove("clock");
    desk.run = serde_json::from_value(state).unwrap();
    desk.wait(minutes(60));
    desk.pause("ann", "review", "strike").unwrap();
    desk.wait(minutes(60));
    desk.resume("ann", "review").unwrap();
    desk.wait(minutes(179));
    assert_eq!(desk.stands(), "review");
    desk.wait(minutes(1));
    assert_eq!(desk.stands(), "boss");
}
