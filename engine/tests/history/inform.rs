//! What the reporter adds while the case is open.

use hms_engine::{Order, Rejected, RunStatus};
use serde_json::json;

use crate::desk::{Desk, minutes};

const CLAIM: &str = r#"
id: Claim
start: Claimed
steps:
  - id: both
    type: parallel
    branches:
      one: [{ id: decide, actor: "HUMAN:clerk", sla: 4h }]
      other: [{ id: check, actor: "HUMAN:auditor", sla: 4h }]
"#;

fn inform(desk: &mut Desk, text: &str) -> Result<(), Rejected> {
    let text = text.to_owned();
    desk.order("reporter", Order::Inform { text })
}

fn ask(desk: &mut Desk, step: &str, waiting_for_reporter: bool) {
    let order = Order::Pause {
        task: desk.task(step).id,
        reason: "we need your statement".into(),
        waiting_for_reporter,
    };
    desk.order("ann", order).unwrap();
}

#[test]
fn an_answer_lets_the_clock_run_that_waits_for_it_and_no_other() {
    let mut desk = Desk::started(CLAIM, json!({}));
    inform(&mut desk, "By the way").unwrap();
    assert_eq!(desk.kinds(), ["information_added"]);
    desk.wait(minutes(60));
    ask(&mut desk, "decide", true);
    ask(&mut desk, "check", false);
    desk.wait(minutes(10 * 60));
    assert_eq!(desk.task("decide").expires, None);
    inform(&mut desk, "  Here it is \n").unwrap();
    assert_eq!(desk.kinds(), ["information_added", "clock_started"]);
    let three_hours = desk.now + minutes(180);
    assert_eq!(desk.task("decide").expires, Some(three_hours));
    assert_eq!(
        desk.task("check").expires,
        None,
        "it waits for somebody else"
    );
    let last = desk.task("decide").clock().ledger.last().cloned().unwrap();
    assert_eq!(last.by, "reporter");
    // Asked again, and the deadline holds as ever.
    ask(&mut desk, "decide", true);
    inform(&mut desk, "Once more").unwrap();
    desk.wait(minutes(180));
    assert!(desk.task("decide").breached_at.is_some());
}

#[test]
fn there_is_a_limit_to_what_is_added() {
    let mut desk = Desk::started(CLAIM, json!({}));
    for wrong in ["", " \n ", &"x".repeat(10_001)] {
        assert_eq!(
            inform(&mut desk, wrong),
            Err(Rejected::BadInformation(10_000))
        );
    }
    for n in 0..50 {
        assert!(desk.run.takes_information());
        inform(&mut desk, &"ñ".repeat(10_000 - n)).unwrap();
    }
    assert!(!desk.run.takes_information());
    assert_eq!(inform(&mut desk, "more"), Err(Rejected::MuchAdded(50)));
    let note = "over".to_owned();
    let mut desk = Desk::started(CLAIM, json!({}));
    desk.order("admin", Order::Cancel { note }).unwrap();
    let over = Rejected::RunEnded(RunStatus::Cancelled);
    assert_eq!(inform(&mut desk, "late"), Err(over));
}
