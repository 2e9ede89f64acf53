//! The keys of each type of step: what is wrong with them, one mistake a case.

use super::{mistakes, steps};

/// Definitions of these steps are told this one mistake, at the place marked by `»`.
#[track_caller]
pub(super) fn check(written: &str, told: &str) {
    let marked = steps(written);
    let (before, _) = marked.split_once('»').expect("the place is marked");
    let line = before.lines().count();
    let column = before.lines().last().unwrap_or_default().chars().count() + 1;
    let found = mistakes(&marked.replacen('»', "", 1));
    let lines: Vec<&str> = found
        .lines()
        .filter(|line| !line.starts_with(' '))
        .collect();
    let told = format!("{line}:{column}: error[{told}");
    assert_eq!(lines, [told], "{written}\n{found}");
}

#[test]
fn keys_of_tasks() {
    let task = |keys: &str| format!("  - {{ id: a, actor: AI:x, {keys} }}\n");
    let person = |keys: &str| format!("  - {{ id: a, actor: HUMAN:x, sla: 1h, {keys} }}\n");
    for (written, told) in [
        (
            task("input: »payload.text"),
            "HMS007]: \"input\" is a mapping, and here is a text",
        ),
        (
            task("input: { text: »textt }"),
            "HMS041]: there is no variable \"textt\"",
        ),
        (
            task("input: { a: { b: [payload.c, '1 »+'] } }"),
            "HMS040]: the expression does not compile: it ends too early",
        ),
        (
            task("input: { a: steps.»b.result }"),
            "HMS043]: there is no step \"b\" to ask for a result",
        ),
        (
            task("priority: »urgent"),
            "HMS034]: \"urgent\" is no priority",
        ),
        (task("priority: »101"), "HMS034]: \"101\" is no priority"),
        (task("timeout: »5"), "HMS031]: \"5\" is no duration"),
        (task("on_error: »b"), "HMS022]: there is no step \"b\""),
        (
            task("»outcomes: { approve: end }"),
            "HMS021]: \"outcomes\" is for HUMAN: tasks, and step \"a\" is for AI:x",
        ),
        (
            person("»timeout: 5m"),
            "HMS021]: \"timeout\" is for AI: and SVC: tasks, and step \"a\" is for HUMAN:x",
        ),
        (
            person("outcomes: »[approve]"),
            "HMS007]: \"outcomes\" is a mapping, and here is a list",
        ),
        (
            person("outcomes: »{}"),
            "HMS026]: step \"a\" has 0 outcomes",
        ),
        (
            person("outcomes: { »'a b': end }"),
            "HMS010]: \"a b\" is no id",
        ),
        (
            person("outcomes: { yes: »b }"),
            "HMS022]: there is no step \"b\"",
        ),
        (
            person("outcomes: { yes: end }, »on_complete: end"),
            "HMS027]: step \"a\" has \"on_complete\" beside \"outcomes\", which say where each answer leads",
        ),
        (
            person("»outcome: granted"),
            "HMS021]: \"outcome\" belongs to an end, and step \"a\" is a task",
        ),
    ] {
        check(&written, told);
    }
}

#[test]
fn keys_of_switches_and_ends() {
    let switch = |keys: &str| {
        format!("  - {{ id: a, actor: AI:x }}\n  - {{ id: b, type: switch, {keys} }}\n")
    };
    for (written, told) in [
        (
            switch("when: »{ if: 'true', then: end }"),
            "HMS007]: \"when\" is a list, and here is a mapping",
        ),
        (switch("when: »[]"), "HMS026]: step \"b\" has no conditions"),
        (
            switch("when: [»{ if: result.ok }]"),
            "HMS006]: a condition has no \"then\"",
        ),
        (
            switch("when: [{ if: result»., then: end }]"),
            "HMS040]: the expression does not compile: expected identifier after '.'",
        ),
        (
            switch("when: [{ if: result.ok, then: »c }]"),
            "HMS022]: there is no step \"c\"",
        ),
        (
            switch("when: [{ if: result.ok, then: a, »else: end }]"),
            "HMS005]: a condition has no key \"else\"",
        ),
        (
            switch("when: [{ if: result.ok, then: a }], »expr: result"),
            "HMS027]: step \"b\" has \"expr\" beside \"when\"",
        ),
    ] {
        check(&written, told);
    }
    let end =
        |keys: &str| format!("  - {{ id: a, actor: AI:x }}\n  - {{ id: b, type: end, {keys} }}\n");
    for (written, told) in [
        (
            end("result: »payload"),
            "HMS007]: \"result\" is a mapping, and here is a text",
        ),
        (
            end("outcome: »[a]"),
            "HMS007]: \"outcome\" is one text, and here is a list",
        ),
        (
            end("»on_complete: a"),
            "HMS021]: \"on_complete\" belongs to a task, and step \"b\" is an end",
        ),
        (
            end("result: { a: steps.»b.result }"),
            "HMS043]: step \"b\" is an end and has no result",
        ),
    ] {
        check(&written, told);
    }
}
