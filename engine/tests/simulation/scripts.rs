use hms_engine::Workflow;
use hms_engine::simulation::Script;
use insta::assert_snapshot;

use super::{load, play, told};

const CASE: &str = r#"
id: Case
start: CaseOpened
key: payload.number
steps:
  - { id: read, actor: AI:reader, retry: { attempts: 3, first: 1m }, timeout: 5m }
  - { id: papers, type: wait, event: PapersSent, sla: 3d, on_timeout: remind }
  - id: decide
    actor: HUMAN:judge
    sla: 2d
    outcomes: { grant: granted, deny: end }
  - { id: granted, type: end, outcome: granted, result: { pages: steps.papers.result.pages } }
  - { id: remind, actor: SVC:mail, retry: 1, on_complete: papers }
"#;

#[test]
fn failures_leases_and_waits() {
    let timeline = play(
        &[CASE],
        r#"
begin: 2026-03-02T09:00:00Z
events:
  - { event: CaseOpened, payload: { number: 7 } }
  - { at: 4d, event: PapersSent, payload: { number: 7, pages: 3 } }
  - { at: 4d, event: PapersSent, payload: { number: 8, pages: 1 } }
answers:
  - { actor: "AI:*", times: 1, after: 10s, fail: Cannot read it }
  - { actor: "AI:*", times: 1, claim: 1s, lease: 1m }
  - { step: read, by: reader-2, claim: 1s, after: 3s, result: ok }
  - { step: remind, after: 1s, result: { sent: true } }
  - { step: decide, by: maria, claim: 1h, after: 2h, result: { outcome: grant } }
"#,
    );
    assert_snapshot!(timeline, @r#"
    2026-03-02 09:00:00        +0s              event CaseOpened
    2026-03-02 09:00:00        +0s  1           the run begins
    2026-03-02 09:00:00        +0s  1  read     for AI:reader
    2026-03-02 09:00:10       +10s  1  read     attempt 1 failed: Cannot read it; again at 2026-03-02 09:01:08
    2026-03-02 09:01:09      +1m9s  1  read     reader takes it, until 2026-03-02 09:02:09
    2026-03-02 09:02:09      +2m9s  1  read     reader has not answered, it is free again
    2026-03-02 09:02:10     +2m10s  1  read     reader-2 takes it, until 2026-03-02 09:07:10
    2026-03-02 09:02:12     +2m12s  1  read     reader-2 answers "ok"
    2026-03-02 09:02:12     +2m12s  1  papers   waits for PapersSent until 2026-03-05 09:02:12
    2026-03-05 09:02:12        +3d  1  papers   nothing has come in time
    2026-03-05 09:02:12        +3d  1  papers   goes on at remind
    2026-03-05 09:02:12        +3d  1  remind   for SVC:mail
    2026-03-05 09:02:13        +3d  1  remind   mail answers {"sent":true}
    2026-03-05 09:02:13        +3d  1  papers   waits for PapersSent until 2026-03-08 09:02:13
    2026-03-06 09:00:00        +4d              event PapersSent
    2026-03-06 09:00:00        +4d  1  papers   PapersSent is what it waits for
    2026-03-06 09:00:00        +4d  1  decide   for HUMAN:judge, until 2026-03-08 09:00:00
    2026-03-06 09:00:00        +4d              event PapersSent
    2026-03-06 10:00:00      +4d1h  1  decide   maria takes it
    2026-03-06 11:00:00      +4d2h  1  decide   maria answers {"approved":false,"note":"","outcome":"grant"}
    2026-03-06 11:00:00      +4d2h  1  granted  the run is complete: granted

    run 1 of Case, 7: was complete after 4d2h, granted, {"pages":3}
    "#);
}

#[test]
fn administrators_and_those_who_come_too_late() {
    let timeline = play(
        &[CASE],
        r#"
begin: 2026-03-02T09:00:00Z
advance: 8d
events:
  - { event: CaseOpened, payload: { number: 7 } }
  - { at: 1h, event: CaseOpened, payload: { number: 8 } }
answers:
  - { step: read, after: 3s, result: ok }
  - { step: remind, if: payload.number == 7, after: 1s, fail: No address }
  - { step: decide, claim: 50h, after: 51h, result: { outcome: maybe } }
orders:
  - { at: 4d, retry: remind, to: decide, note: They called }
  - { at: 5d, cancel: Filed twice, key: "8" }
  - { at: 5d, cancel: Filed twice, key: "9" }
"#,
    );
    assert_snapshot!(timeline, @r#"
    2026-03-02 09:00:00        +0s             event CaseOpened
    2026-03-02 09:00:00        +0s  1          the run begins
    2026-03-02 09:00:00        +0s  1  read    for AI:reader
    2026-03-02 09:00:03        +3s  1  read    reader answers "ok"
    2026-03-02 09:00:03        +3s  1  papers  waits for PapersSent until 2026-03-05 09:00:03
    2026-03-02 10:00:00        +1h             event CaseOpened
    2026-03-02 10:00:00        +1h  2          the run begins
    2026-03-02 10:00:00        +1h  2  read    for AI:reader
    2026-03-02 10:00:03        +1h  2  read    reader answers "ok"
    2026-03-02 10:00:03        +1h  2  papers  waits for PapersSent until 2026-03-05 10:00:03
    2026-03-05 09:00:03        +3d  1  papers  nothing has come in time
    2026-03-05 09:00:03        +3d  1  papers  goes on at remind
    2026-03-05 09:00:03        +3d  1  remind  for SVC:mail
    2026-03-05 09:00:04        +3d  1  remind  attempt 1 failed: No address; it was the last
    2026-03-05 09:00:04        +3d  1  remind  stops: remind: the task failed: No address
    2026-03-05 10:00:03      +3d1h  2  papers  nothing has come in time
    2026-03-05 10:00:03      +3d1h  2  papers  goes on at remind
    2026-03-05 10:00:03      +3d1h  2  remind  for SVC:mail
    2026-03-06 09:00:00        +4d  1  remind  administrator sends it on to decide: They called
    2026-03-06 09:00:00        +4d  1  decide  for HUMAN:judge, until 2026-03-08 09:00:00
    2026-03-07 09:00:00        +5d  2  remind  task cancelled
    2026-03-07 09:00:00        +5d  2          administrator cancels the run: Filed twice
    2026-03-07 09:00:00        +5d             nothing happens: there is no run to cancel
    2026-03-08 09:00:00        +6d  1  decide  the deadline has passed, it stays open
    2026-03-08 11:00:00      +6d2h  1  decide  judge takes it
    2026-03-08 12:00:00      +6d3h  1  decide  judge cannot complete: that is no outcome here: answer with {"outcome": "grant"} or {"outcome": "deny"}, and a "note" if there is one

    run 1 of Case, 7: is open after 8d
        decide waits for HUMAN:judge until 2026-03-08 09:00:00
    run 2 of Case, 8: was cancelled after 4d23h
    "#);
}

#[test]
fn what_is_wrong_with_a_script_is_told() {
    let workflow: Workflow = load(CASE);
    let mistakes = |script: &str| match Script::parse(script, &[&workflow]) {
        Ok(_) => "it is right".to_owned(),
        Err(found) => told(&found),
    };
    assert_snapshot!(mistakes(r#"
begin: monday
evnts: []
"#), @r#"
    2:1: error[HMS006]: the script has no "events"
        add "events:" and a list, like events: [{ event: ComplaintLogged }]
    2:8: error[HMS080]: "monday" is no moment
        write a moment, like 2026-01-05T09:00:00Z
    3:1: error[HMS005]: a script has no key "evnts"
        did you mean "events"?
    "#);
    assert_snapshot!(mistakes(r#"
events:
  - { at: 2 days, event: CaseOpend, payload: [] }
  - { when: 2d }
answers:
  - { step: dcide, after: soon, result: {} }
  - { actor: HUMAN:clerk, step: read, times: often, if: paylod.x, result: 1, fail: x }
  - { after: 1h, result: 1 }
  - { actor: judge, result: { outcome: grant } }
orders:
  - { at: 1d, retry: papers, cancel: both }
  - { at: 1d, retry: papers, to: nowhere }
"#), @r#"
    3:11: error[HMS080]: "2 days" is no moment
        write a moment, like 2026-01-05T09:00:00Z, or how long after the beginning, like 2d
    3:26: error[HMS081]: no workflow starts on or waits for "CaseOpend"
        did you mean "CaseOpened"?
    3:46: error[HMS007]: a payload is a mapping, and here is a list
        write "key: value", one in a line
    4:5: error[HMS006]: this event has no "event"
        add "event:" and its name, like event: ComplaintLogged
    4:7: error[HMS005]: an event has no key "when"
        the keys here are at, event, payload
    6:13: error[HMS081]: there is no task "dcide"
        did you mean "decide"?
    6:27: error[HMS031]: "soon" is no duration
        write a number and a unit, like 90s, 15m, 4h, 2d, 1w or 1h30m, or ISO 8601 like PT4H
    7:7: error[HMS027]: this answer has "actor" beside "step"
        keep one of the two
    7:46: error[HMS007]: "often" is no number
        write a whole number, like times: 2
    7:57: error[HMS041]: there is no variable "paylod"
        did you mean "payload"?
    7:78: error[HMS027]: this answer has "fail" beside "result"
        keep one of the two
    8:5: error[HMS006]: this answer says neither "step" nor "actor"
        write step: and a task's id, or actor: like AI:fraud-labeler or HUMAN:*
    9:14: error[HMS030]: "judge" names no actor type – write AI:, HUMAN: or SVC: before the name, like AI:fraud-labeler
        write step: and a task's id, or actor: like AI:fraud-labeler or HUMAN:*
    11:5: error[HMS006]: an order is one of retry, cancel, pause, resume, extend
        write retry:, pause:, resume: or extend: and the step, or cancel: and why
    12:34: error[HMS081]: there is no step "nowhere"
    "#);
    assert_snapshot!(mistakes(""), @r#"
    1:1: error[HMS003]: there is no script in this file
        write "events:" and under it a list, each beginning with "- event:"
    "#);
}

#[test]
fn runs_call_each_other() {
    let caller = "id: Caller\nstart: Asked\nsteps:\n  - { id: ask, type: call, workflow: Called, payload: { n: payload.n } }\n  - { id: gone, type: call, workflow: Nowhere }\n";
    let called = "id: Called\nstart: Never\nsteps:\n  - { id: work, actor: SVC:x }\n  - { id: done, type: end, result: { twice: payload.n * 2 } }\n";
    let timeline = play(
        &[caller, called],
        "begin: 2026-03-02T09:00:00Z\nevents: [{ event: Asked, payload: { n: 21 } }]\nanswers: [{ step: work, after: 1h, result: ok }]\n",
    );
    let text = timeline.to_string();
    assert_eq!(timeline.runs.len(), 2, "{text}");
    assert_eq!(
        timeline.runs[1].result,
        Some(serde_json::json!({"twice": 42}))
    );
    assert!(
        text.contains("there is no workflow Nowhere in play"),
        "{text}"
    );
}
