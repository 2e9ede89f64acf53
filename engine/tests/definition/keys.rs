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
fn keys_of_lists() {
    let one = "[{ id: x, actor: AI:x }]";
    let parallel = |keys: &str| format!("  - {{ id: a, type: parallel, {keys} }}\n");
    let foreach = |keys: &str| format!("  - {{ id: a, type: foreach, {keys} }}\n");
    for (written, told) in [
        (
            parallel(&format!("branches: »{one}")),
            "HMS007]: \"branches\" is a mapping, and here is a list",
        ),
        (
            parallel("branches: »{}"),
            "HMS026]: step \"a\" has 0 branches",
        ),
        (
            parallel("branches: { b: »[] }"),
            "HMS007]: the list of steps is empty",
        ),
        (
            parallel(&format!("branches: {{ »1: {one} }}")),
            "HMS010]: \"1\" is no id",
        ),
        (
            parallel(&format!("branches: {{ b: {one} }}, join: »2")),
            "HMS035]: \"2\" is no join",
        ),
        (
            parallel(&format!("branches: {{ b: {one} }}, join: »some")),
            "HMS035]: \"some\" is no join",
        ),
        (
            parallel(&format!("branches: {{ b: {one} }}, »items: payload.x")),
            "HMS021]: \"items\" belongs to a foreach, and step \"a\" is a parallel",
        ),
        (
            parallel("branches: { b: [{ id: x, actor: AI:x, on_complete: »a }] }"),
            "HMS022]: step \"a\" is in another list",
        ),
        (
            parallel(&format!(
                "branches: {{ b: {one}, c: [{{ id: y, actor: AI:x, on_error: »x }}] }}"
            )),
            "HMS022]: step \"x\" is in another list",
        ),
        (
            parallel(&format!("branches: {{ b: {one} }}, on_complete: »x")),
            "HMS022]: step \"x\" is in another list",
        ),
        (
            parallel(&format!(
                "branches: {{ b: {one}, c: [{{ id: »x, actor: AI:x }}] }}"
            )),
            "HMS011]: a second step is called \"x\"",
        ),
        (
            foreach(&format!("items: payload, as: »result, steps: {one}")),
            "HMS036]: an item cannot be called \"result\"",
        ),
        (
            foreach(&format!("items: payload, as: »a-b, steps: {one}")),
            "HMS036]: an item cannot be called \"a-b\"",
        ),
        (
            foreach(&format!("items: payload, as: i, at_once: »0, steps: {one}")),
            "HMS035]: \"0\" is no number of items",
        ),
        (
            foreach(&format!("items: »j, as: j, steps: {one}")),
            "HMS041]: there is no variable \"j\"",
        ),
        (
            foreach(
                "items: payload, as: j, steps: [{ id: x, type: foreach, items: j, as: »j, steps: [{ id: y, actor: AI:x }] }]",
            ),
            "HMS036]: an item cannot be called \"j\"",
        ),
        (
            foreach(&format!(
                "items: payload, as: j, steps: {one} }}\n  - {{ id: b, actor: AI:y, input: {{ a: steps.»x.result }}"
            )),
            "HMS043]: step \"x\" has a result for each item of \"a\"",
        ),
    ] {
        check(&written, told);
    }
}

#[test]
fn keys_of_waits() {
    let wait =
        |keys: &str| format!("  - {{ id: a, type: wait, {keys} }}\n  - {{ id: b, actor: AI:x }}\n");
    for (written, told) in [
        (
            "  - »{ id: a, type: wait }\n".to_owned(),
            "HMS006]: step \"a\" waits for nothing",
        ),
        (
            wait("for: 1h, »event: E, match: 'true'"),
            "HMS027]: step \"a\" has \"event\" beside \"for\"",
        ),
        (wait("for: »2"), "HMS031]: \"2\" is no duration"),
        (
            wait("for: 1h, »match: 'true'"),
            "HMS027]: step \"a\" has \"match\" and no \"event\"",
        ),
        (
            wait("until: »event.payload.at"),
            "HMS041]: there is no variable \"event\"",
        ),
        (
            wait("event: »E"),
            "HMS037]: step \"a\" cannot tell which events are for its run",
        ),
        (
            wait("event: »'a b', match: 'true'"),
            "HMS013]: \"a b\" is no event's name",
        ),
        (
            wait("event: E, match: »evnt.payload.x == 1"),
            "HMS041]: there is no variable \"evnt\"",
        ),
        (
            wait("event: E, match: 'true', »sla: 1h"),
            "HMS025]: step \"a\" has \"sla\" and no \"on_timeout\"",
        ),
        (
            wait("event: E, match: 'true', »on_timeout: b"),
            "HMS025]: step \"a\" has \"on_timeout\" and no \"sla\"",
        ),
        (
            wait("for: 1h, »sla: 2h"),
            "HMS021]: step \"a\" has \"sla\", and only a wait for an event can be missed",
        ),
        (
            wait("event: E, match: 'true', sla: 1h, on_timeout: »c"),
            "HMS022]: there is no step \"c\"",
        ),
        (
            wait("for: 1h, on_complete: »c"),
            "HMS022]: there is no step \"c\"",
        ),
        (
            format!(
                "{}  - {{ id: c, actor: AI:x, input: {{ a: steps.»a.result }} }}\n",
                wait("for: 1h")
            ),
            "HMS043]: step \"a\" is a wait and has no result",
        ),
    ] {
        check(&written, told);
    }
}

/// Past a parallel whose branches need not wait, a list may come round without a wait.
#[test]
fn circles_lead_through_lists_too() {
    let definition = |branch: &str| {
        format!(
            "  - {{ id: a, actor: AI:x }}\n  - {{ id: »b, type: parallel, on_complete: b, branches: {{ one: [{branch}] }} }}\n"
        )
    };
    let free = "{ id: c, type: switch, expr: payload.n, cases: { x: end } }";
    check(
        &definition(free),
        "HMS024]: step \"b\" leads round in a circle: b → b",
    );
    let waits = definition("{ id: c, actor: AI:x }").replace('»', "");
    assert_eq!(mistakes(&steps(&waits)), "it loads");
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
