//! Any text as the expression of a switch, compiled and, if it compiles, evaluated over a payload.

#![no_main]

use hms_engine::{Command, Order, Run, Time, Workflow, step};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|expression: &str| {
    // JSON is YAML, so any text can be quoted.
    let quoted = serde_json::to_string(expression).expect("a text is JSON");
    let source = format!(
        "id: W\nstart: E\nsteps:\n  - {{ id: s, type: switch, expr: {quoted}, cases: {{ x: end }}, default: end }}\n"
    );
    let Ok(parsed) = Workflow::parse(&source) else {
        return;
    };
    let payload = serde_json::json!({"a": 1, "b": [1, 2.5, "x", null, {"c": true}], "text": "ñandú"});
    let mut run = Run::new(uuid::Uuid::from_u128(7), &parsed.workflow, payload);
    let now = Time::from_timestamp_millis(1_715_680_980_000).expect("a moment");
    let command = Command::new("fuzz", Order::Start);
    step(&parsed.workflow, &mut run, &command, now).expect("a run starts");
});
