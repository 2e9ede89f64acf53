use insta::assert_snapshot;

use super::{loaded, steps, told};

fn warnings(list: &str) -> String {
    told(&loaded(&steps(list)).warnings)
}

#[test]
fn a_person_without_a_clock() {
    assert_snapshot!(warnings("  - { id: a, actor: HUMAN:x }\n"), @r#"
    4:21: warning[HMS101]: step "a" waits for a person, and no clock runs
        add "sla:" and how long, like sla: 4h
    "#);
    // A step only a missed deadline leads to needs none.
    assert_snapshot!(warnings("
  - { id: a, actor: HUMAN:x, sla: 1h, on_timeout: b, on_complete: end }
  - { id: b, actor: HUMAN:boss }
"), @"");
}

#[test]
fn a_branch_that_runs_on_into_another() {
    assert_snapshot!(warnings("
  - { id: s, type: switch, expr: payload.x, cases: { y: yes, n: no } }
  - { id: yes, actor: AI:x }
  - { id: no, actor: AI:x }
"), @r#"
    6:11: warning[HMS102]: step "yes" runs on into step "no", which is another branch of step "s"
        write "on_complete: no" if that is meant, else where to go on, or end
    "#);
    assert_snapshot!(warnings("
  - { id: a, actor: HUMAN:x, sla: 1h, on_timeout: b }
  - { id: b, actor: AI:boss }
"), @r#"
    5:11: warning[HMS102]: step "a" runs on into step "b", where a missed deadline leads too
        write "on_complete: b" if that is meant, else where to go on, or end
    "#);
    // Written out it is meant.
    assert_snapshot!(warnings("
  - { id: s, type: switch, expr: payload.x, cases: { y: yes, n: no } }
  - { id: yes, actor: AI:x, on_complete: no }
  - { id: no, actor: AI:x }
"), @"");
}

#[test]
fn a_result_asked_for_too_early() {
    assert_snapshot!(warnings("
  - { id: s, type: switch, expr: result.x, cases: { y: a }, default: t }
  - { id: t, type: switch, expr: result.x, cases: { y: a }, default: end }
  - { id: a, actor: SVC:x, on_complete: t }
"), @r#"
    5:34: warning[HMS103]: step "s" asks for "result" before any task has finished
        look at the payload, or put a task before the switch
    6:34: warning[HMS103]: step "t" asks for "result" before any task has finished
        look at the payload, or put a task before the switch
    "#);
}

#[test]
fn a_call_of_itself_or_of_nobody_known() {
    assert_snapshot!(warnings("
  - { id: a, type: call, workflow: W }
"), @r#"
    5:36: warning[HMS070]: step "a" calls the workflow it is in
        have a switch before it that ends this; 20 runs in each other are the most
    "#);
    let workflow = loaded(&steps(
        "
  - { id: a, type: call, workflow: Records }
  - { id: b, type: call, workflow: Record-check }
",
    ))
    .workflow;
    assert_snapshot!(told(&workflow.unknown_calls(["Records", "Records-check"])), @r#"
    6:36: warning[HMS071]: step "b" calls the workflow "Record-check", which is not known here
        did you mean "Records-check"?
    "#);
}
