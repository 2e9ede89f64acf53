//! One mistake after the other, and several at once.

use insta::assert_snapshot;

use super::{mistakes, steps};

#[test]
fn several_mistakes_are_told_in_one_pass() {
    assert_snapshot!(mistakes(r#"
id: FTC Complaint
titel: Fraud
start: ComplaintLogged
steps:
  - id: classify
    actor: BOT:fraud-labeler
    on_complete: severity_brnach
  - id: severity_branch
    type: switch
    expr: "result.severity =="
    cases: { High: human_review, Low: notify_citizen }
  - id: human_review
    actor: HUMAN:investigator
    sla: 4 hours
    on_timout: escalate
  - id: escalate
    actor: HUMAN:supervisor
  - id: escalate
    actor: SVC:email-svc
"#), @r#"
    2:5: error[HMS010]: "FTC Complaint" is no id
        an id begins with a letter, then come letters, digits, "_" or "-", at most 64 in all
    3:1: error[HMS005]: a workflow has no key "titel"
        did you mean "title"?
    7:12: error[HMS030]: Unknown actor type "BOT:" – use AI:, HUMAN: or SVC:
    8:18: error[HMS022]: there is no step "severity_brnach"
        did you mean "severity_branch"?
    11:29: error[HMS040]: the expression does not compile: it ends too early
        expressions are CEL, like result.severity or payload.lost > 1000 && !result.sure
    12:39: error[HMS022]: there is no step "notify_citizen"
        write the id of a step, or end
    15:10: error[HMS031]: "4 hours" is no duration
        write a number and a unit, like 90s, 15m, 4h, 2d, 1w or 1h30m, or ISO 8601 like PT4H
    16:5: error[HMS005]: step "human_review" has no key "on_timout"
        did you mean "on_timeout"?
    19:9: error[HMS011]: a second step is called "escalate"
        the first stands in line 17: give one of them another id
    "#);
}

#[test]
fn the_file() {
    assert_snapshot!(mistakes(""), @r#"
    1:1: error[HMS003]: there is no workflow in this file
        begin with "id:", "start:" and "steps:"
    "#);
    assert_snapshot!(mistakes("# nothing but a comment\n"), @r#"
    1:1: error[HMS003]: there is no workflow in this file
        begin with "id:", "start:" and "steps:"
    "#);
    assert_snapshot!(mistakes("just a text"), @r#"
    1:1: error[HMS007]: a workflow is a mapping, and here is a text
        write "key: value", one in a line
    "#);
    assert_snapshot!(mistakes("- a\n- b\n"), @r#"
    1:1: error[HMS007]: a workflow is a mapping, and here is a list
        write "key: value", one in a line
    "#);
    assert_snapshot!(mistakes("id: W\nstart: E\n"), @r#"
    1:1: error[HMS006]: the workflow has no "steps"
        add "steps:" and under it a list, each step beginning with "- id:"
    "#);
    assert_snapshot!(mistakes("id: A\n---\nid: B\n"), @r"
    2:1: error[HMS003]: a second document begins here
        one file is one workflow: put this one into a file of its own
    ");
    assert_snapshot!(mistakes("id: [A\nstart: E\n"), @r"
    2:6: error[HMS002]: this is not YAML: illegal placement of ':' indicator
        check the indentation, the brackets and the quotes here and in the line before
    ");
    assert_snapshot!(mistakes("id: A\n\tstart: E\n"), @r"
    1:5: error[HMS002]: this is not YAML: while scanning a plain scalar, found a tab
        indent with spaces, not with tabs
    ");
    assert_snapshot!(mistakes(&"#".repeat(300_000)), @r"
    1:1: error[HMS001]: the definition is 293 KB long, the limit is 256 KB
        split it into several workflows
    ");
    assert_snapshot!(mistakes(&format!("id: {}{}", "[".repeat(40), "]".repeat(40))), @r"
    1:37: error[HMS009]: lists and mappings are nested deeper than 32
        make it flatter
    ");
}

#[test]
fn the_head() {
    let with = |head: &str| mistakes(&format!("{head}\nsteps: [{{id: a, actor: AI:x}}]\n"));
    assert_snapshot!(with("id: 9-lives\nstart: E"), @r#"
    1:5: error[HMS010]: "9-lives" is no id
        an id begins with a letter, then come letters, digits, "_" or "-", at most 64 in all
    "#);
    assert_snapshot!(with("id: W\nid: V\nstart: E"), @r#"
    2:1: error[HMS004]: the key "id" is written twice
        it stands in line 1 already: keep one of the two
    "#);
    assert_snapshot!(with("id: [W]\nstart: E"), @r#"
    1:5: error[HMS007]: "id" is one text, and here is a list
        an id begins with a letter, then come letters, digits, "_" or "-", at most 64 in all
    "#);
    assert_snapshot!(with("id:\nstart: E"), @r#"
    1:3: error[HMS007]: "id" is one text, and here is nothing
        an id begins with a letter, then come letters, digits, "_" or "-", at most 64 in all
    "#);
    assert_snapshot!(with("id: W\nstart: a complaint"), @r#"
    2:8: error[HMS013]: "a complaint" is no event's name
        an event's name is 1 to 128 characters without spaces, like ComplaintLogged
    "#);
    assert_snapshot!(with("id: W\nstart: E\ntitle: { english: Hi }"), @r#"
    3:10: error[HMS014]: "english" is no language
        write its code: en, es, fr, pt-BR
    "#);
    assert_snapshot!(with("id: W\nstart: E\ntitle: [Hi]"), @r#"
    3:8: error[HMS007]: "title" is one text, and here is a list
        write one text, or one in each language: title: { en: …, es: … }
    "#);
    assert_snapshot!(with(&format!("id: W\nstart: E\ntitle: {}", "x".repeat(201))), @r"
    3:8: error[HMS014]: this title is longer than 200 characters
        say it in fewer words
    ");
    assert_snapshot!(with("id: W\nstart: E\nkey: result.complaintId"), @r#"
    3:6: error[HMS041]: there is no variable "result"
        an expression here is over payload; a text stands in quotes
    "#);
    assert_snapshot!(with("id: W\nstart: E\nStart: E\nchapters: 1"), @r#"
    3:1: error[HMS005]: a workflow has no key "Start"
        did you mean "start"?
    4:1: error[HMS005]: a workflow has no key "chapters"
        the keys here are id, title, description, start, input, key, calendar, portal, personal, retention, steps
    "#);
    assert_snapshot!(with("id: !name W\nstart: E"), @r#"
    1:11: error[HMS008]: the tag "!name" has no meaning in a definition
        write the value without the tag
    "#);
    assert_snapshot!(with("id: *name\nstart: E"), @r#"
    1:5: error[HMS008]: there is no anchor "&name" before this alias
        write the value out, or put "name" in quotes with its star
    "#);
    assert_snapshot!(mistakes("id: W\nstart: E\nsteps: []"), @r#"
    3:8: error[HMS007]: the list of steps is empty
        begin each step with "- id:"
    "#);
    assert_snapshot!(mistakes("id: W\nstart: E\nsteps: { a: b }"), @r#"
    3:8: error[HMS007]: "steps" is a list, and here is a mapping
        begin each step with "- id:"
    "#);
    assert_snapshot!(mistakes("id: W\nstart: E\nsteps: [a, {id: b, actor: AI:x}]"), @r#"
    3:9: error[HMS007]: a step is a mapping, and here is a text
        write "key: value", one in a line
    "#);
}

#[test]
fn ids_and_types() {
    assert_snapshot!(mistakes(&steps("  - actor: AI:x\n")), @r#"
    4:5: error[HMS006]: this step has no "id"
        begin the step with "- id:" and a name for it
    "#);
    assert_snapshot!(mistakes(&steps("  - { id: end, actor: AI:x }\n")), @r#"
    4:11: error[HMS012]: a step cannot be called "end"
        "on_complete: end" ends the run, so give the step another id
    "#);
    assert_snapshot!(mistakes(&steps("  - { id: a b, actor: AI:x }\n")), @r#"
    4:11: error[HMS010]: "a b" is no id
        an id begins with a letter, then come letters, digits, "_" or "-", at most 64 in all
    "#);
    assert_snapshot!(mistakes(&steps("  - { id: a, actor: AI:x }\n  - { id: a, actor: AI:x }\n")), @r#"
    5:11: error[HMS011]: a second step is called "a"
        the first stands in line 4: give one of them another id
    "#);
    assert_snapshot!(mistakes(&steps("  - { id: a, type: swich }\n")), @r#"
    4:20: error[HMS020]: there is no step type "swich"
        did you mean "switch"?
    "#);
    assert_snapshot!(mistakes(&steps("  - { id: a, type: dance }\n")), @r#"
    4:20: error[HMS020]: there is no step type "dance"
        the types are task, switch, parallel, foreach, wait, call, end
    "#);
    assert_snapshot!(mistakes(&steps("  - { id: a, actor: AI:x, expr: result, colour: red }\n")), @r#"
    4:27: error[HMS021]: "expr" belongs to a switch, and step "a" is a task
        add "type: switch" if this step is to branch
    4:41: error[HMS005]: step "a" has no key "colour"
        the keys here are id, title, type, actor, input, output, form, priority, sla, on_timeout, timeout, retry, on_error, outcomes, on_complete
    "#);
    assert_snapshot!(mistakes(&steps("  - { id: a, type: switch, expr: payload.x, cases: { b: end }, sla: 4h, on_complete: end }\n")), @r#"
    4:64: error[HMS021]: "sla" belongs to a task, and step "a" is a switch
        a switch goes where its cases and its default say, and leaves work to tasks
    4:73: error[HMS021]: "on_complete" belongs to a task, and step "a" is a switch
        a switch goes where its cases and its default say, and leaves work to tasks
    "#);
}

#[test]
fn tasks() {
    let task = |keys: &str| mistakes(&steps(&format!("  - {{ id: a, {keys} }}\n")));
    assert_snapshot!(task("sla: 4h"), @r#"
    4:5: error[HMS006]: step "a" has no "actor"
        add "actor:": write AI:, HUMAN: or SVC: and a name, like AI:fraud-labeler or HUMAN:investigator
    "#);
    assert_snapshot!(task("actor: BOT:x"), @r#"4:21: error[HMS030]: Unknown actor type "BOT:" – use AI:, HUMAN: or SVC:"#);
    assert_snapshot!(task("actor: human:x"), @r#"
    4:21: error[HMS030]: Unknown actor type "human:" – use AI:, HUMAN: or SVC:
        did you mean "HUMAN:x"?
    "#);
    assert_snapshot!(task("actor: HUMN:x"), @r#"
    4:21: error[HMS030]: Unknown actor type "HUMN:" – use AI:, HUMAN: or SVC:
        did you mean "HUMAN:x"?
    "#);
    assert_snapshot!(task("actor: fraud-labeler"), @r#"4:21: error[HMS030]: "fraud-labeler" names no actor type – write AI:, HUMAN: or SVC: before the name, like AI:fraud-labeler"#);
    assert_snapshot!(task("actor: 'AI:'"), @r#"4:21: error[HMS030]: "AI:" is no actor name – use 1 to 64 letters, digits, "-", "_" or "." after the colon, like AI:fraud-labeler"#);
    assert_snapshot!(task("actor: AI:x, sla: 4 hours"), @r#"
    4:32: error[HMS031]: "4 hours" is no duration
        write a number and a unit, like 90s, 15m, 4h, 2d, 1w or 1h30m, or ISO 8601 like PT4H
    "#);
    assert_snapshot!(task("actor: AI:x, sla: 4bh"), @r#"
    4:32: error[HMS032]: "4bh" is business time, which needs a calendar
        add "calendar:" to the workflow or the sla, like calendar: us-federal, or write hours or days by the clock, like 4h or 2d
    "#);
    assert_snapshot!(task("actor: AI:x, sla: 20000d"), @r#"
    4:32: error[HMS031]: "20000d" is out of bounds
        a duration is at least 1s and at most 3650d
    "#);
    assert_snapshot!(task("actor: AI:x, sla: [4h]"), @r#"
    4:32: error[HMS007]: "sla" is one text, and here is a list
        write how long, like sla: 4h
    "#);
    assert_snapshot!(task("actor: AI:x, timeout: 4bh"), @r#"
    4:36: error[HMS032]: "4bh" is business time, and "timeout" goes by the clock
        write hours or days by the clock, like 4h or 2d
    "#);
    assert_snapshot!(task("actor: AI:x, sla: , on_timeout: end"), @r#"
    4:30: error[HMS007]: "sla" is one text, and here is nothing
        write how long, like sla: 4h
    "#);
    assert_snapshot!(task("actor: AI:x, on_timeout: end"), @r#"
    4:27: error[HMS025]: step "a" has "on_timeout" and no "sla", so no time can run out
        add "sla:" and how long, like sla: 4h
    "#);
    assert_snapshot!(task("actor: AI:x, on_complete: nowhere"), @r#"
    4:40: error[HMS022]: there is no step "nowhere"
        write the id of a step, or end
    "#);
    assert_snapshot!(task("actor: AI:x, sla: 4h, on_timeout: edn"), @r#"
    4:48: error[HMS022]: there is no step "edn"
        did you mean "end"?
    "#);
    assert_snapshot!(task("actor: HUMAN:x, retry: 3"), @r#"
    4:30: error[HMS021]: "retry" is for AI: and SVC: tasks, and step "a" is for HUMAN:x
        leave "retry" out: a person's task stays open until it is done
    "#);
    assert_snapshot!(task("actor: AI:x, retry: many"), @r#"
    4:34: error[HMS033]: "many" is no number of attempts
        write a whole number from 1 to 100, the first attempt included
    "#);
    assert_snapshot!(task("actor: AI:x, retry: 0"), @r#"
    4:34: error[HMS033]: "0" is no number of attempts
        write a whole number from 1 to 100, the first attempt included
    "#);
    assert_snapshot!(task("actor: AI:x, retry: { atempts: 3, first: 1h, factor: 0.5, max: 1m }"), @r#"
    4:36: error[HMS005]: "retry" has no key "atempts"
        did you mean "attempts"?
    4:67: error[HMS033]: "0.5" is no factor
        write a number from 1 to 100: each wait is this many times the one before
    4:77: error[HMS033]: the longest wait, "max", is shorter than the first
        make "max" at least as long as "first"
    "#);
}

#[test]
fn switches() {
    let switch = |keys: &str| {
        mistakes(&steps(&format!(
            "  - {{ id: a, type: switch, {keys} }}\n  - {{ id: b, actor: AI:x }}\n"
        )))
    };
    assert_snapshot!(switch("cases: { x: b }"), @r#"
    4:5: error[HMS006]: step "a" has no "expr"
        add "expr:" and what to look at, like expr: "result.severity"
    "#);
    assert_snapshot!(switch("expr: payload.x"), @r#"
    4:5: error[HMS006]: step "a" has no "cases"
        add "cases:": write each value and where it leads, like cases: { High: human_review, Low: notify_citizen }
    "#);
    assert_snapshot!(switch("expr: payload.x, cases: {}"), @r#"
    4:52: error[HMS026]: step "a" has no cases
        write each value and where it leads, like cases: { High: human_review, Low: notify_citizen }
    "#);
    assert_snapshot!(switch("expr: payload.x, cases: [x, b]"), @r#"
    4:52: error[HMS007]: "cases" is a mapping, and here is a list
        write each value and where it leads, like cases: { High: human_review, Low: notify_citizen }
    "#);
    assert_snapshot!(switch("expr: payload.x, cases: { x: b, x: end }"), @r#"
    4:60: error[HMS004]: the key "x" is written twice
        it stands in line 4 already: keep one of the two
    "#);
    assert_snapshot!(switch("expr: payload.x, cases: { x: B }, default: c"), @r#"
    4:57: error[HMS022]: there is no step "B"
        did you mean "b"?
    4:71: error[HMS022]: there is no step "c"
        write the id of a step, or end
    "#);
    assert_snapshot!(switch("expr: [payload.x], cases: { x: b }"), @r#"
    4:34: error[HMS007]: "expr" is one text, and here is a list
        write an expression, like result.severity
    "#);
}

#[test]
fn expressions() {
    let switch = |expr: &str| {
        mistakes(&steps(&format!(
            "  - id: a\n    actor: AI:x\n  - id: s\n    type: switch\n    expr: {expr}\n    cases: {{ x: end }}\n"
        )))
    };
    assert_snapshot!(switch("result.severity =="), @r"
    8:28: error[HMS040]: the expression does not compile: it ends too early
        expressions are CEL, like result.severity or payload.lost > 1000 && !result.sure
    ");
    assert_snapshot!(switch("\"result.severity ==\""), @r"
    8:29: error[HMS040]: the expression does not compile: it ends too early
        expressions are CEL, like result.severity or payload.lost > 1000 && !result.sure
    ");
    assert_snapshot!(switch("severity"), @r#"
    8:11: error[HMS041]: there is no variable "severity"
        an expression here is over payload, result, steps, run; a text stands in quotes
    "#);
    assert_snapshot!(switch("\"payload.a > 1 && reslt.b\""), @r#"
    8:29: error[HMS041]: there is no variable "reslt"
        did you mean "result"?
    "#);
    assert_snapshot!(switch("steps.s.result.x"), @r#"
    8:17: error[HMS043]: step "s" is a switch and has no result
        name the id of a task
    "#);
    assert_snapshot!(switch("steps.b.result.x"), @r#"
    8:17: error[HMS043]: there is no step "b" to ask for a result
        name the id of a task
    "#);
    assert_snapshot!(switch("steps.a.severity"), @r"
    8:11: error[HMS043]: of a step, an expression can only ask for the result
        write steps.ID.result, or has(steps.ID.result) to ask whether there is one
    ");
    assert_snapshot!(switch("lower(result.x)"), @r#"
    8:11: error[HMS044]: there is no function "lower"
        the functions are size, contains, startsWith, endsWith, int, double, string, bool, all, exists, exists_one, filter, has, map
    "#);
    assert_snapshot!(switch("run.name"), @r#"
    8:15: error[HMS041]: a run has no field "name"
        write run.id, run.key or run.started
    "#);
    assert_snapshot!(switch(&format!("payload{}", ".a".repeat(80))), @r"
    8:11: error[HMS042]: the expression is nested deeper than 64
        let a task decide what is this complicated
    ");
    assert_snapshot!(switch("|\n      result.x ==\n      lower(payload.y)"), @r#"
    9:7: error[HMS044]: there is no function "lower"
        the functions are size, contains, startsWith, endsWith, int, double, string, bool, all, exists, exists_one, filter, has, map
    "#);
}

#[test]
fn the_way_through() {
    assert_snapshot!(mistakes(&steps("
  - { id: a, actor: AI:x, on_complete: end }
  - { id: b, actor: AI:x, on_complete: c }
  - { id: c, actor: AI:x, on_complete: b }
")), @r#"
    6:11: error[HMS023]: step "b" can never be reached
        lead to it by on_complete, on_timeout or a case, or take it out
    7:11: error[HMS023]: step "c" can never be reached
        lead to it by on_complete, on_timeout or a case, or take it out
    "#);
    assert_snapshot!(mistakes(&steps("
  - { id: a, type: switch, expr: payload.a, cases: { x: b }, default: end }
  - { id: b, type: switch, expr: payload.a, cases: { x: c, y: b } }
  - { id: c, type: switch, expr: payload.a, cases: { x: a } }
")), @r#"
    5:11: error[HMS024]: step "a" leads round in a circle: a → b → c → a
        put a task on the way round, for nothing can change without one
    6:11: error[HMS024]: step "b" leads round in a circle: b → b
        put a task on the way round, for nothing can change without one
    "#);
    // A circle with a task on it is a loop people may want.
    assert_snapshot!(mistakes(&steps("
  - { id: a, actor: AI:x }
  - { id: b, type: switch, expr: result.a, cases: { x: a }, default: end }
")), @"it loads");
}

#[test]
fn calls_that_cannot_be_made() {
    assert_snapshot!(mistakes(&steps("  - { id: a, type: call }\n")), @r#"
    4:5: error[HMS006]: step "a" has no "workflow"
        add "workflow:" and the id of the workflow to run, like workflow: Background-check
    "#);
    assert_snapshot!(mistakes(&steps("  - { id: a, type: call, workflow: the other, payload: payload.x, actor: AI:x }\n")), @r#"
    4:36: error[HMS010]: "the other" is no id
        an id begins with a letter, then come letters, digits, "_" or "-", at most 64 in all
    4:56: error[HMS007]: "payload" is a mapping, and here is a text
        write names and expressions, like payload: { text: payload.text, urgent: "true" }; a text stands in quotes of its own
    4:67: error[HMS021]: "actor" belongs to a task, and step "a" is a call
        the keys of a call are workflow, payload, on_complete
    "#);
    // What is called may end at once, so it is no wait.
    assert_snapshot!(mistakes(&steps("
  - { id: a, type: call, workflow: V }
  - { id: b, type: switch, expr: result.again, cases: { true: a }, default: end }
")), @r#"
    5:11: error[HMS024]: step "a" leads round in a circle: a → b → a
        put a task on the way round, for nothing can change without one
    "#);
}
