//! What an SLA, its ladder and its calendar may look like, and what is told otherwise.

use hms_engine::{Calendar, Calendars, Measure, Sla, StepKind, WayBy, Workflow};
use insta::assert_snapshot;

use super::told;

const FEDERAL: &str = include_str!("../../../workflows/calendars/us-federal.yml");

fn calendars() -> Calendars {
    let mut calendars = Calendars::default();
    calendars.put(Calendar::parse(FEDERAL).unwrap());
    calendars
}

fn mistakes(source: &str) -> String {
    match Workflow::parse_with(source, &calendars()) {
        Ok(parsed) => told(&parsed.warnings),
        Err(found) => told(&found),
    }
}

/// One task of a person with these keys.
fn task(keys: &str) -> String {
    mistakes(&format!(
        "id: W\nstart: E\nsteps:\n  - {{ id: a, actor: HUMAN:x, {keys} }}\n"
    ))
}

/// The same in a workflow with a calendar.
fn working(keys: &str) -> String {
    mistakes(&format!(
        "id: W\nstart: E\ncalendar: us-federal\nsteps:\n  - {{ id: a, actor: HUMAN:x, {keys} }}\n"
    ))
}

fn sla(source: &str) -> Sla {
    let parsed = Workflow::parse_with(source, &calendars())
        .unwrap_or_else(|found| panic!("{}", told(&found)));
    let StepKind::Task(task) = &parsed.workflow.steps.steps[0].kind else {
        panic!("a task");
    };
    task.sla.clone().unwrap()
}

#[test]
fn all_of_it_loads() {
    let sla = sla("
id: W
start: E
steps:
  - id: a
    actor: HUMAN:x
    sla:
      within: 2bd
      accept: 4bh
      calendar: us-federal
      ladder:
        - { at: 150%, notify: HUMAN:director }
        - { at: 200 %, go: b }
        - { at: 50%, remind: assignee }
        - { at: 80%, priority: high, notify: HUMAN:supervisor }
  - { id: b, actor: HUMAN:y, sla: 1h }
");
    assert_eq!(
        (sla.within.amount, sla.within.measure, sla.written.as_str()),
        (2 * 86_400_000, Measure::Days, "2bd")
    );
    let accept = sla.accept.unwrap();
    assert_eq!(
        (accept.amount, accept.measure),
        (4 * 3_600_000, Measure::Hours)
    );
    assert_eq!(sla.calendar.unwrap().id, "us-federal");
    let rungs: Vec<(u32, bool)> = sla.ladder.iter().map(|rung| (rung.at, rung.go)).collect();
    assert_eq!(rungs, [(50, false), (80, false), (150, false), (200, true)]);
}

#[test]
fn a_workflows_calendar_counts_for_its_slas_unless_they_say_otherwise() {
    let of = |keys: &str| {
        sla(&format!(
            "id: W\nstart: E\ncalendar: us-federal\nsteps:\n  - {{ id: a, actor: HUMAN:x, {keys} }}\n"
        ))
    };
    assert_eq!(of("sla: 4h").within.measure, Measure::Hours);
    assert_eq!(of("sla: 4bh").within.measure, Measure::Hours);
    let clock = of("sla: { within: 72h, calendar: none }");
    assert_eq!(
        (clock.within.measure, clock.calendar),
        (Measure::Clock, None)
    );
}

#[test]
fn a_rung_that_goes_is_a_way_out_by_timeout() {
    let parsed = Workflow::parse(
        "id: W\nstart: E\nsteps:\n  - { id: a, actor: HUMAN:x, sla: { within: 1h, ladder: [{ at: 100%, go: b }] }, on_complete: end }\n  - { id: b, actor: HUMAN:y }\n",
    )
    .unwrap();
    // What only a missed deadline leads to needs no clock of its own.
    assert_eq!(parsed.warnings, []);
    let ways = parsed.workflow.steps.steps[0].ways();
    assert!(
        ways.iter()
            .any(|way| way.by == WayBy::Timeout && way.to.as_str() == "b")
    );
}

#[test]
fn an_sla() {
    assert_snapshot!(task("sla: { accept: 1h }"), @r#"
    4:35: error[HMS006]: the sla of step "a" has no "within"
        add "within:" and how long, like within: 4h
    "#);
    assert_snapshot!(task("sla: { within: 4 hours, acept: 1h }"), @r#"
    4:45: error[HMS031]: "4 hours" is no duration
        write a number and a unit, like 90s, 15m, 4h, 2d, 1w or 1h30m, or ISO 8601 like PT4H
    4:54: error[HMS005]: the sla of step "a" has no key "acept"
        did you mean "accept"?
    "#);
    assert_snapshot!(task("sla: { within: 1h, accept: 2h }"), @r#"
    4:57: error[HMS056]: step "a" has 2h to be accepted and 1h to be finished
        make "accept" shorter than "within"
    "#);
    assert_snapshot!(task("sla: 1h, on_timeout: b"), @r#"
    4:51: error[HMS022]: there is no step "b"
        write the id of a step, or end
    "#);
    assert_snapshot!(task("sla: { within: 1h, ladder: [{ at: 100%, go: b }] }"), @r#"
    4:74: error[HMS022]: there is no step "b"
        write the id of a step, or end
    "#);
    assert_snapshot!(task("sla: { within: 1h, ladder: [{ at: 100%, go: end }] }, on_timeout: end"), @r#"
    4:84: error[HMS027]: step "a" has "on_timeout" beside a rung that says "go"
        take "on_timeout" out: it stands for the rung { at: 100%, go: … }
    "#);
}

#[test]
fn calendars_of_slas() {
    assert_snapshot!(task("sla: 2bd"), @r#"
    4:35: error[HMS032]: "2bd" is business time, which needs a calendar
        add "calendar:" to the workflow or the sla, like calendar: us-federal, or write hours or days by the clock, like 4h or 2d
    "#);
    assert_snapshot!(task("sla: { within: 4h, accept: 1bh }"), @r#"
    4:57: error[HMS032]: "1bh" is business time, which needs a calendar
        add "calendar:" to the workflow or the sla, like calendar: us-federal, or write hours or days by the clock, like 4h or 2d
    "#);
    assert_snapshot!(task("sla: { within: 2bd, calendar: none }"), @r#"
    4:45: error[HMS032]: "2bd" is business time, which needs a calendar
        add "calendar:" to the workflow or the sla, like calendar: us-federal, or write hours or days by the clock, like 4h or 2d
    "#);
    assert_snapshot!(task("sla: { within: 2bd, calendar: us-fedral }"), @r#"
    4:60: error[HMS057]: there is no calendar "us-fedral"
        did you mean "us-federal"?
    "#);
    assert_snapshot!(task("sla: { within: 2bd, calendar: [us-federal] }"), @r#"
    4:60: error[HMS007]: "calendar" is one text, and here is a list
        write the id of a calendar, like us-federal, or none for the clock
    "#);
    assert_snapshot!(working("sla: 2d"), @r#"
    5:35: warning[HMS105]: step "a" has "2d" of working time: a day counts 24 hours of it, a week 168
        write business days, like 2bd, or calendar: none for the clock
    "#);
    assert_snapshot!(working("sla: { within: P1W, accept: 4h }"), @r#"
    5:45: warning[HMS105]: step "a" has "P1W" of working time: a day counts 24 hours of it, a week 168
        write business days, like 2bd, or calendar: none for the clock
    "#);
    assert_snapshot!(working("sla: { within: 72h, calendar: none }"), @"");
    assert_snapshot!(mistakes("id: W\nstart: E\ncalendar: madrid\nsteps:\n  - { id: a, actor: HUMAN:x, sla: 2bd }\n"), @r#"
    3:11: error[HMS057]: there is no calendar "madrid"
        the calendars are us-federal
    "#);
    let none = Workflow::parse(
        "id: W\nstart: E\ncalendar: us-federal\nsteps: [{ id: a, actor: HUMAN:x, sla: 2bd }]\n",
    );
    assert_snapshot!(told(&none.unwrap_err()), @r#"
    3:11: error[HMS057]: there is no calendar "us-federal"
        calendars are files in the folder "calendars" beside the definition; none is there
    "#);
}

#[test]
fn ladders() {
    let ladder = |rungs: &str| task(&format!("sla: {{ within: 1h, ladder: {rungs} }}"));
    assert_snapshot!(ladder("50%"), @r#"
    4:57: error[HMS007]: "ladder" is a list, and here is a text
        write what happens when, like ladder: [{ at: 50%, remind: assignee }, { at: 100%, go: end }]
    "#);
    assert_snapshot!(ladder("[]"), @r"
    4:57: error[HMS058]: a ladder has 1 to 16 rungs, and here are 0
        write what happens when, like ladder: [{ at: 50%, remind: assignee }, { at: 100%, go: end }]
    ");
    assert_snapshot!(ladder("[{ at: 50% }]"), @r"
    4:58: error[HMS058]: nothing happens at this rung
        add remind, notify, priority or go
    ");
    assert_snapshot!(ladder("[{ at: 50, remind: assignee }, { at: 0%, remind: assignee }, { at: 10001%, remind: assignee }, { remind: assignee }]"), @r#"
    4:64: error[HMS058]: "50" is no share of the time
        write a share of the time, from 1% to 10000%, like at: 50%
    4:94: error[HMS058]: "0%" is no share of the time
        write a share of the time, from 1% to 10000%, like at: 50%
    4:124: error[HMS058]: "10001%" is no share of the time
        write a share of the time, from 1% to 10000%, like at: 50%
    4:152: error[HMS006]: this rung has no "at"
        write a share of the time, from 1% to 10000%, like at: 50%
    "#);
    assert_snapshot!(ladder("[{ at: 50%, remind: boss }, { at: 60%, notify: AI:x }, { at: 70%, notify: HUMNA:x }, { at: 80%, priority: urgent }]"), @r#"
    4:77: error[HMS058]: "boss" cannot be reminded
        write remind: assignee, which is who has the task, or all who may take it; others are told by notify
    4:104: error[HMS058]: AI:x reads no messages
        write HUMAN: and the name of a role, like notify: HUMAN:supervisor
    4:131: error[HMS030]: Unknown actor type "HUMNA:" – use AI:, HUMAN: or SVC:
        did you mean "HUMAN:x"?
    4:163: error[HMS034]: "urgent" is no priority
        write low, normal or high, or a whole number from 0 to 100
    "#);
    assert_snapshot!(ladder("[{ at: 80%, go: end }]"), @r#"
    4:69: error[HMS058]: "go" before the time has passed
        a task can be closed at 100% at the earliest
    "#);
    assert_snapshot!(ladder("[{ at: 100%, go: end }, { at: 120%, go: end }, { at: 150%, remind: assignee }]"), @r#"
    4:93: error[HMS052]: a second rung says "go", and the first has closed the task
        keep one of the two
    4:104: error[HMS052]: 150% is never reached, for the task is closed at 100%
        let the task be closed later, or take this rung out
    "#);
    assert_snapshot!(ladder("[{ at: 50%, mail: HUMAN:x }]"), @r#"
    4:69: error[HMS005]: a rung has no key "mail"
        the keys here are at, remind, notify, priority, go
    "#);
}

#[test]
fn waits_have_less() {
    let wait = |keys: &str| {
        mistakes(&format!(
            "id: W\nstart: E\nkey: payload.n\ncalendar: us-federal\nsteps:\n  - {{ id: a, type: wait, {keys} }}\n  - {{ id: b, actor: HUMAN:x, sla: 1h }}\n"
        ))
    };
    assert_snapshot!(wait("event: E2, sla: { within: 20bd }, on_timeout: b"), @r#"
    6:11: warning[HMS102]: step "a" runs on into step "b", where a missed deadline leads too
        write "on_complete: b" if that is meant, else where to go on, or end
    "#);
    assert_snapshot!(wait("event: E2, sla: { within: 20bd, accept: 1bd, ladder: [], calender: none }, on_timeout: b"), @r#"
    6:58: error[HMS021]: "accept" is for tasks, and the sla of step "a" is a wait's
        take it out: nobody takes a wait or can be reminded of it
    6:71: error[HMS021]: "ladder" is for tasks, and the sla of step "a" is a wait's
        take it out: nobody takes a wait or can be reminded of it
    6:83: error[HMS005]: the sla of step "a" has no key "calender"
        did you mean "calendar"?
    "#);
    assert_snapshot!(wait("for: 2bd"), @"");
    assert_snapshot!(mistakes("id: W\nstart: E\nsteps: [{ id: a, type: wait, for: 2bd }]\n"), @r#"
    3:35: error[HMS032]: "2bd" is business time, which needs a calendar
        add "calendar:" to the workflow or the sla, like calendar: us-federal, or write hours or days by the clock, like 4h or 2d
    "#);
}
