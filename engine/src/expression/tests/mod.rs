//! What expressions give, and how they fail.

mod agreement;

use proptest::prelude::*;
use serde_json::{Value, json};
use uuid::Uuid;

use super::{Expression, Roots};
use crate::{Run, Workflow};

fn run() -> Run {
    let workflow = Workflow::parse(
        "id: Test\nstart: E\nsteps:\n  - { id: first, actor: SVC:a }\n  - { id: second, actor: SVC:a }\n",
    )
    .unwrap()
    .workflow;
    let payload = json!({
        "complaintId": "C-42",
        "lost": 1200.5, "calls": 7, "zero": 0, "urgent": true, "nothing": null,
        "tags": ["spam", "robo", "ñandú"], "nested": {"b": {"c": [1, 2, 3]}, "a": 2},
        "empty": [], "big": 18_446_744_073_709_551_615u64,
    });
    let mut run = Run::new(Uuid::from_u128(7), &workflow, payload);
    run.started = Some("2024-05-14T10:03:00Z".parse().unwrap());
    run.key = Some("C-42".into());
    run.results
        .insert("first", json!({"severity": "High", "score": 0.92}));
    run.last = Some("first".into());
    run
}

fn evaluated(source: &str) -> Result<Value, String> {
    let expression = Expression::compile(source, Roots::ALL)
        .unwrap_or_else(|fault| panic!("{source}: {fault:?}"));
    expression.evaluate(&run())
}

#[test]
#[rustfmt::skip]
fn values() {
    for (source, value) in [
        ("result.severity", json!("High")),
        ("payload.complaintId", json!("C-42")),
        ("payload['complaintId']", json!("C-42")),
        ("steps.first.result.score > 0.9", json!(true)),
        ("steps['first'].result.score", json!(0.92)),
        ("has(steps.first.result)", json!(true)),
        ("has(steps.second.result)", json!(false)),
        (
            "has(result.reasons) ? result.reasons : 'none'",
            json!("none"),
        ),
        (
            "has(payload.nested.b) && !has(payload.nested.x)",
            json!(true),
        ),
        ("run.key", json!("C-42")),
        ("run.started", json!("2024-05-14T10:03:00Z")),
        ("run.id", json!("00000000-0000-0000-0000-000000000007")),
        ("has(run.key)", json!(true)),
        ("payload.lost > 1000 && payload.calls >= 7", json!(true)),
        ("payload.lost * 2", json!(2401.0)),
        ("payload.calls / 2", json!(3)),
        ("payload.calls / 2.0", json!(3.5)),
        ("7 % 4 - 1", json!(2)),
        ("-payload.calls", json!(-7)),
        ("'spam' in payload.tags", json!(true)),
        ("'a' in payload.nested", json!(true)),
        ("payload.calls in payload.nested", json!(false)),
        ("size(payload.tags[2])", json!(5)),
        ("payload.tags.size() + size(payload.nested)", json!(5)),
        ("payload.tags.exists(t, t.startsWith('ro'))", json!(true)),
        ("payload.tags.all(t, size(t) > 3)", json!(true)),
        ("payload.nested.b.c.exists_one(n, n > 2)", json!(true)),
        ("payload.nested.b.c.map(n, n * n)", json!([1, 4, 9])),
        ("payload.nested.b.c.map(n, n > 1, n + 10)", json!([12, 13])),
        ("payload.nested.b.c.filter(n, n != 2)", json!([1, 3])),
        ("payload.nested.map(k, k)", json!(["a", "b"])),
        (
            "payload.nested.b.c.map(a, payload.nested.b.c.map(b, a * b))",
            json!([[1, 2, 3], [2, 4, 6], [3, 6, 9]]),
        ),
        (
            "payload.empty.all(x, x) && !payload.empty.exists(x, x)",
            json!(true),
        ),
        (
            "payload.tags.exists(payload, payload == 'spam')",
            json!(true),
        ),
        (
            "{'b': 1, 'a': [true, null]}",
            json!({"a": [true, null], "b": 1}),
        ),
        ("[1] + [2.5, 'x']", json!([1, 2.5, "x"])),
        ("'a' + 'b' == 'ab'", json!(true)),
        (
            "1 == 1.0 && 1 != '1' && [1] == [1.0] && null == payload.nothing",
            json!(true),
        ),
        (
            "payload.nested == {'a': 2, 'b': {'c': [1, 2, 3]}}",
            json!(true),
        ),
        ("payload.zero == 0 || payload.missing", json!(true)),
        ("payload.missing || payload.zero == 0", json!(true)),
        ("payload.missing && false", json!(false)),
        ("[1, 0].exists(n, 1 / n == 1)", json!(true)),
        ("[0, 1].exists(n, 1 / n == 1)", json!(true)),
        (
            "string(payload.calls) + string(payload.lost) + string(true)",
            json!("71200.5true"),
        ),
        ("int('12') + int(3.9) + int(-3.9)", json!(12)),
        ("double('2.5') + double(1)", json!(3.5)),
        ("bool('true')", json!(true)),
        ("payload.big > 1.0", json!(true)),
        ("9007199254740993 > 9007199254740992.0", json!(true)),
    ] {
        assert_eq!(evaluated(source), Ok(value), "{source}");
    }
}

#[test]
#[rustfmt::skip]
fn troubles() {
    for (source, told) in [
        ("result.sevrity", "there is no field \"sevrity\" in result"),
        (
            "payload.nested.b.x",
            "there is no field \"x\" in payload.nested.b",
        ),
        (
            "payload.calls.x",
            "there is no field \"x\" in payload.calls, which is a number",
        ),
        (
            "payload.nothing.x",
            "there is no field \"x\" in payload.nothing, which is null",
        ),
        ("payload['x']", "there is no field \"x\" in payload"),
        ("has(payload.x.y)", "there is no field \"x\" in payload"),
        (
            "steps.second.result.x",
            "there is no steps.second.result: the step has not finished",
        ),
        (
            "payload.tags[3]",
            "payload.tags has 3 items, counted from 0, and not that one",
        ),
        (
            "payload.tags[-1]",
            "payload.tags has 3 items, counted from 0, and not that one",
        ),
        (
            "payload.urgent[0]",
            "payload.urgent is true or false, and has no item a number",
        ),
        ("payload.calls > 'x'", "cannot compare a number > a text"),
        (
            "payload.tags < payload.tags",
            "cannot compare a list < a list",
        ),
        ("payload.calls + 'x'", "cannot take a number + a text"),
        ("payload.tags + payload.nested", "cannot take a list + a mapping"),
        ("payload.calls / payload.zero", "cannot divide by zero"),
        (
            "9223372036854775807 + payload.calls",
            "the number is too large",
        ),
        (
            "payload.calls && true",
            "payload.calls is a number, and true or false is needed",
        ),
        (
            "payload.missing || false",
            "there is no field \"missing\" in payload",
        ),
        (
            "payload.calls.map(x, x)",
            "payload.calls is a number, and a list or a mapping is needed",
        ),
        ("size(payload.calls)", "size() is not for a number"),
        (
            "payload.tags.contains('spam')",
            "contains() is not for a list",
        ),
        ("int('x')", "int() is for a text that is a whole number"),
        (
            "1.0 / payload.zero",
            "\"1.0 / payload.zero\" gives a number without an end",
        ),
        ("{'a': 1, 'a': 2}", "the key \"a\" is written twice"),
        ("'x' in payload.calls", "nothing is \"in\" a number"),
    ] {
        assert_eq!(evaluated(source), Err(told.to_owned()), "{source}");
    }
}

#[test]
fn without_a_finished_task_there_is_no_result() {
    let mut run = run();
    run.last = None;
    let expression = Expression::compile("result.severity", Roots::ALL).unwrap();
    let told = "there is no field \"severity\" in result: no task has finished yet";
    assert_eq!(expression.evaluate(&run), Err(told.to_owned()));
    let expression = Expression::compile("result == null", Roots::ALL).unwrap();
    assert_eq!(expression.evaluate(&run), Ok(json!(true)));
}

#[test]
#[rustfmt::skip]
fn what_does_not_compile_is_told_with_its_place() {
    for (source, code, at, told) in [
        ("result.severity ==", "HMS040", Some((17, 1)), "the expression does not compile: it ends too early"),
        ("result severity", "HMS040", Some((7, 1)), "does not compile: mismatched input 'severity'"),
        ("'ñ' == 'ñ' result", "HMS040", Some((11, 1)), "does not compile: mismatched input 'result'"),
        ("severity", "HMS041", Some((0, 8)), "there is no variable \"severity\""),
        ("payload.a && 'paylod' == paylod.b", "HMS041", Some((25, 6)), "there is no variable \"paylod\""),
        ("run.name", "HMS041", Some((4, 4)), "a run has no field \"name\""),
        ("run == 1", "HMS041", Some((0, 3)), "a run has no value of its own"),
        ("steps.first.severity", "HMS043", Some((0, 5)), "can only ask for the result"),
        ("size(steps)", "HMS043", Some((5, 5)), "can only ask for the result"),
        ("lower(result.a)", "HMS044", Some((0, 5)), "there is no function \"lower\""),
        ("payload.tags.exist(t, t)", "HMS044", Some((13, 5)), "there is no function \"exist\""),
        ("contains('a')", "HMS044", Some((0, 8)), "\"contains\" is not called like this"),
        ("payload.a.int()", "HMS044", Some((10, 3)), "\"int\" is not called like this"),
        ("payload.tags.all(t)", "HMS044", Some((13, 3)), "\"all\" is not called like this"),
        ("result.a ==\nlower(1)", "HMS044", None, "there is no function \"lower\""),
        ("b'x'", "HMS040", None, "a text of bytes has no meaning"),
        ("1u", "HMS040", None, "an unsigned number"),
        ("Message{a: 1}", "HMS040", None, "a message has no meaning"),
        ("payload.?a", "HMS040", Some((7, 1)), "does not compile"),
        ("", "HMS040", Some((0, 1)), "it ends too early"),
    ] {
        let Err(fault) = Expression::compile(source, Roots::ALL) else {
            panic!("{source} compiled");
        };
        assert!(fault.message.contains(told), "{source}: {}", fault.message);
        assert_eq!((fault.code, fault.at), (code, at), "{source}");
    }
    let near = Expression::compile("payload.tags.exist(t, t)", Roots::ALL).unwrap_err();
    assert_eq!(near.help, "did you mean \"exists\"?");
    let fault = Expression::compile("result.a", Roots::PAYLOAD).unwrap_err();
    assert_eq!(fault.code, "HMS041");
}

#[test]
fn length_depth_and_cost_are_bounded() {
    let code = |source: &str| Expression::compile(source, Roots::ALL).unwrap_err().code;
    assert_eq!(code(&format!("payload.{}", "a".repeat(2_000))), "HMS042");
    assert_eq!(code(&format!("1{}", " + 1".repeat(70))), "HMS042");
    assert_eq!(code(&format!("payload{}", ".a".repeat(70))), "HMS042");
    assert_eq!(
        code(&format!("{}1{}", "[".repeat(200), "]".repeat(200))),
        "HMS042"
    );
    assert_eq!(code(&format!("{}1", "true ? 1 : ".repeat(100))), "HMS042");
    assert_eq!(code(&"!(".repeat(900)), "HMS042");
    assert_eq!(code(&"a.map(x,".repeat(200)), "HMS042");

    let mut run = run();
    run.payload = json!({"n": (0..1_000).collect::<Vec<_>>(), "t": "x".repeat(200_000)});
    for source in [
        "payload.n.all(a, payload.n.all(b, payload.n.all(c, a + b + c >= 0)))",
        "payload.n.all(a, payload.n.exists(b, payload.n == payload.n && b < 0) || true)",
        "payload.n.map(a, payload.t + payload.t).size() > 0",
        "payload.n.exists(a, !(a in payload.n) || payload.t.contains('y'))",
    ] {
        let expression = Expression::compile(source, Roots::ALL).unwrap();
        assert_eq!(
            expression.evaluate(&run),
            Err("the expression takes more than 100000 steps".to_owned()),
            "{source}"
        );
    }
}

#[test]
fn the_deepest_expression_fits_a_small_stack() {
    let deepest = [
        format!("1{}", " + 1".repeat(62)),
        format!("{}1{}", "[".repeat(46), "]".repeat(46)),
        format!("{}1{}", "[1].map(x, ".repeat(30), ")".repeat(30)),
        format!("{}1", "true ? 1 : ".repeat(46)),
        format!("payload{}", ".a".repeat(62)),
    ];
    // A browser's stack is 1 MB, a server's thread has 2; in a release build frames are smaller.
    let small = std::thread::Builder::new().stack_size(512 * 1024);
    let work = move || {
        for source in deepest {
            let expression = Expression::compile(&source, Roots::ALL).unwrap();
            let _ = expression.evaluate(&run());
        }
    };
    small.spawn(work).unwrap().join().unwrap();
}

proptest! {
    /// No text makes the compiler panic or take long.
    #[test]
    fn any_text_compiles_or_is_told(source in "[a-z0-9.()\\[\\]{}'\"&|!?:<>=+*/%, \\\\ñ–\n-]{0,60}") {
        if let Ok(expression) = Expression::compile(&source, Roots::ALL) {
            let _ = expression.evaluate(&run());
        }
    }
}
