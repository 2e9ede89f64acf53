//! Ours gives what `cel` itself gives.

use cel::parser::PrattParser;
use cel::{Context, Value as CelValue};
use proptest::prelude::*;
use serde_json::{Value, json};

use super::run;
use crate::expression::{Expression, Roots};

/// The kinds of values that expressions are made of.
#[derive(Debug, Clone, Copy)]
enum Sort {
    Truth,
    Whole,
    Double,
    Text,
    Numbers,
    Any,
}

/// An expression over the payload of [`run`] and a variable `x`, mostly of kinds that fit.
#[rustfmt::skip]
fn of_sort(sort: Sort, depth: u32) -> BoxedStrategy<String> {
    use Sort::{Any, Double, Numbers, Text, Truth, Whole};
    let words: &[&str] = match sort {
        Truth => &["true", "false", "payload.urgent", "has(payload.calls)", "has(payload.nested.x)", "payload.missing"],
        Whole => &["0", "1", "-3", "payload.calls", "payload.zero", "payload.nested.a", "x"],
        Double => &["2.5", "0.0", "-1.5", "payload.lost", "x"],
        Text => &["'spam'", "''", "'ñ'", "payload.complaintId", "payload.tags[0]", "x"],
        Numbers => &["[1, 2]", "[]", "payload.nested.b.c", "payload.empty", "x"],
        Any => &["null", "payload.nothing", "payload.tags", "payload.nested", "{'a': 2}", "{'b': {'c': [1, 2, 3]}, 'a': 2.0}", "x"],
    };
    let leaf = prop::sample::select(words.to_vec()).prop_map(str::to_owned);
    if depth == 0 {
        return leaf.boxed();
    }
    let inner = move |sort| of_sort(sort, depth - 1);
    let sign = |signs: &[&'static str]| prop::sample::select(signs.to_vec());
    let either = move |sort| (inner(Truth), inner(sort), inner(sort)).prop_map(|(a, b, c)| format!("({a} ? {b} : {c})"));
    let infix = |left, sign, right| (left, sign, right).prop_map(|(a, sign, b): (String, &str, String)| format!("({a} {sign} {b})"));
    let arithmetic = sign(&["+", "-", "*", "/"]);
    let order = || sign(&["==", "!=", "<", "<=", ">", ">="]);
    match sort {
        Truth => prop_oneof![
            leaf, either(Truth),
            infix(inner(Truth), sign(&["&&", "||", "==", "!=", "<"]), inner(Truth)),
            infix(inner(Whole), order(), inner(Whole)),
            infix(inner(Whole), order(), inner(Double)),
            infix(inner(Double), order(), inner(Whole)),
            infix(inner(Text), order(), inner(Text)),
            infix(inner(Any), sign(&["==", "!=", "in"]), inner(Any)),
            infix(inner(Whole), sign(&["in", "=="]), inner(Numbers)),
            infix(inner(Numbers), sign(&["==", "!="]), inner(Numbers)),
            inner(Truth).prop_map(|a| format!("!{a}")),
            (inner(Numbers), sign(&["all", "exists", "exists_one"]), inner(Truth)).prop_map(|(a, each, b)| format!("{a}.{each}(x, {b})")),
            (inner(Text), sign(&["contains", "startsWith", "endsWith"]), inner(Text)).prop_map(|(a, function, b)| format!("{a}.{function}({b})")),
        ].boxed(),
        Whole => prop_oneof![
            leaf, either(Whole),
            infix(inner(Whole), sign(&["+", "-", "*", "/", "%"]), inner(Whole)),
            inner(Whole).prop_map(|a| format!("-({a})")),
            inner(Text).prop_map(|a| format!("size({a})")),
            inner(Numbers).prop_map(|a| format!("{a}.size()")),
            inner(Double).prop_map(|a| format!("int({a})")),
            (inner(Numbers), inner(Whole)).prop_map(|(a, b)| format!("{a}[{b}]")),
        ].boxed(),
        Double => prop_oneof![
            leaf, either(Double), infix(inner(Double), arithmetic, inner(Double)),
            inner(Whole).prop_map(|a| format!("double({a})")),
        ].boxed(),
        Text => prop_oneof![
            leaf, either(Text), infix(inner(Text), sign(&["+"]), inner(Text)),
            inner(Whole).prop_map(|a| format!("string({a})")),
            inner(Double).prop_map(|a| format!("string({a})")),
            inner(Truth).prop_map(|a| format!("string({a})")),
        ].boxed(),
        Numbers => prop_oneof![
            leaf, either(Numbers), infix(inner(Numbers), sign(&["+"]), inner(Numbers)),
            (inner(Numbers), inner(Whole)).prop_map(|(a, b)| format!("{a}.map(x, {b})")),
            (inner(Numbers), inner(Truth)).prop_map(|(a, b)| format!("{a}.filter(x, {b})")),
            (inner(Numbers), inner(Truth), inner(Double)).prop_map(|(a, b, c)| format!("{a}.map(x, {b}, {c})")),
            (inner(Whole), inner(Double)).prop_map(|(a, b)| format!("[{a}, {b}]")),
        ].boxed(),
        Any => prop_oneof![
            leaf, inner(Truth), inner(Whole), inner(Double), inner(Text), inner(Numbers),
            inner(Any).prop_map(|a| format!("{{'a': {a}}}")),
            inner(Any).prop_map(|a| format!("{{'a': {a}}}.a")),
            infix(inner(Any), sign(&["+", "<", "&&", "in", "%"]), inner(Any)),
        ].boxed(),
    }
}

fn expressions() -> impl Strategy<Value = String> {
    // Every free x is bound by this one.
    let x = prop::sample::select(vec!["1", "'spam'", "2.5", "[1]"]);
    (x, of_sort(Sort::Any, 3)).prop_map(|(x, inner)| format!("[{x}].map(x, {inner})"))
}

fn by_cel(source: &str, payload: &Value) -> Option<Value> {
    let mut context = Context::default();
    context.add_variable_from_value("payload", to_cel(payload));
    let tree = PrattParser::new().parse(source).ok()?;
    from_cel(&CelValue::resolve(&tree, &context).ok()?)
}

fn to_cel(value: &Value) -> CelValue {
    match value {
        Value::Null => CelValue::Null,
        Value::Bool(truth) => CelValue::Bool(*truth),
        Value::Number(number) => match number.as_i64() {
            Some(int) => CelValue::Int(int),
            None => CelValue::Float(number.as_f64().unwrap()),
        },
        Value::String(text) => CelValue::from(text.as_str()),
        Value::Array(items) => CelValue::from(items.iter().map(to_cel).collect::<Vec<_>>()),
        Value::Object(fields) => fields
            .iter()
            .map(|(key, value)| (key.clone(), to_cel(value)))
            .collect::<std::collections::HashMap<_, _>>()
            .into(),
    }
}

fn from_cel(value: &CelValue) -> Option<Value> {
    Some(match value {
        CelValue::Null => Value::Null,
        CelValue::Bool(truth) => json!(truth),
        CelValue::Int(int) => json!(int),
        CelValue::Float(float) => Value::Number(serde_json::Number::from_f64(*float)?),
        CelValue::String(text) => json!(text.as_str()),
        CelValue::List(items) => Value::Array(items.iter().map(from_cel).collect::<Option<_>>()?),
        CelValue::Map(map) => Value::Object(
            map.map
                .iter()
                .map(|(key, value)| Some((key.to_string(), from_cel(value)?)))
                .collect::<Option<_>>()?,
        ),
        _ => return None,
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 600, ..ProptestConfig::default() })]

    /// Whatever `cel` has an answer for, ours is the same. (Where `cel` has none, a whole number
    /// with a double or a longer evaluation, ours may have one.)
    #[test]
    fn ours_agrees_with_cel(source in expressions()) {
        let run = run();
        if let Some(theirs) = by_cel(&source, &run.payload) {
            let ours = Expression::compile(&source, Roots::ALL).map_err(|fault| fault.message);
            let ours = ours.and_then(|expression| expression.evaluate(&run));
            // The crate adds a mapping's keys to a list, which CEL does not know.
            let added = Err("cannot take a list + a mapping".to_owned());
            prop_assume!(ours != added);
            prop_assert_eq!(ours, Ok(theirs), "{}", source);
        }
    }
}

/// The comparison above compares: a good part of the expressions does have an answer.
#[test]
fn many_of_the_compared_expressions_have_an_answer() {
    use proptest::strategy::ValueTree;
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let answers = |_| {
        let source = expressions().new_tree(&mut runner).unwrap().current();
        by_cel(&source, &run().payload).is_some()
    };
    let answered = (0..400).map(answers).filter(|answered| *answered).count();
    assert!(answered > 150, "{answered} of 400");
}
