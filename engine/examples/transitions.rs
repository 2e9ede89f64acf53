//! How many transitions the bare engine makes in a second, on one core: one line of JSON.
//!
//! `complete_and_switch`: a task is finished, a switch looks at its result, the next task opens.
//! `story`: the orders of whole FTC runs (start, label, claim, approve, notify), payload and all.

use std::io::Write as _;
use std::time::{Duration, Instant};

use hms_engine::{Command, Effect, Order, Rejected, Run, Time, Workflow, step};
use serde_json::{Value, json};
use uuid::Uuid;

const FTC: &str = include_str!("../../workflows/ftc-complaint.yml");
const LOOP: &str = r#"
id: Loop
start: Begun
steps:
  - { id: classify, actor: "AI:fraud-labeler" }
  - { id: severity_branch, type: switch, expr: result.severity, cases: { High: classify, Low: end } }
"#;

/// How long each figure is measured for.
const MEASURED: Duration = Duration::from_secs(1);

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let begin = Time::from_timestamp_millis(1_715_680_980_000).ok_or("no such moment")?;
    let figures = json!({
        "bench": "transitions",
        "complete_and_switch_per_s": complete_and_switch(begin)?,
        "story_orders_per_s": story(begin)?,
    });
    writeln!(std::io::stdout(), "{figures}")?;
    Ok(())
}

fn load(source: &str) -> Result<Workflow, String> {
    match Workflow::parse(source) {
        Ok(parsed) => Ok(parsed.workflow),
        Err(found) => Err(found
            .iter()
            .map(|one| one.render("bench", source))
            .collect()),
    }
}

fn complete_and_switch(now: Time) -> Result<u64, Box<dyn std::error::Error>> {
    let workflow = load(LOOP)?;
    let mut run = Run::new(Uuid::from_u128(7), &workflow, payload(0));
    let mut effects = step(
        &workflow,
        &mut run,
        &Command::new("event", Order::Start),
        now,
    )?;
    let begun = Instant::now();
    let mut done = 0;
    while begun.elapsed() < MEASURED {
        for _ in 0..1_000 {
            let order = Order::Complete {
                task: opened(&effects)?,
                result: json!({"severity": "High"}),
            };
            effects = step(&workflow, &mut run, &Command::new("labeler", order), now)?;
            done += 1;
        }
    }
    Ok(per_second(done, begun.elapsed()))
}

fn story(now: Time) -> Result<u64, Box<dyn std::error::Error>> {
    let workflow = load(FTC)?;
    let begun = Instant::now();
    let mut done = 0;
    let mut number = 0u128;
    while begun.elapsed() < MEASURED {
        number += 1;
        let mut run = Run::new(Uuid::from_u128(number), &workflow, payload(number));
        let mut give = |by: &str, order: Order| -> Result<Vec<Effect>, Rejected> {
            done += 1;
            step(&workflow, &mut run, &Command::new(by, order), now)
        };
        let task = opened(&give("event", Order::Start)?)?;
        let result =
            json!({"severity": "High", "confidence": 0.93, "reasons": ["asks for gift cards"]});
        let task = opened(&give("labeler-1", Order::Complete { task, result })?)?;
        give(
            "maria",
            Order::Claim {
                task,
                lease_ms: None,
            },
        )?;
        let result = json!({"outcome": "approve", "note": "Known number"});
        let task = opened(&give("maria", Order::Complete { task, result })?)?;
        give(
            "email-1",
            Order::Complete {
                task,
                result: Value::Null,
            },
        )?;
    }
    Ok(per_second(done, begun.elapsed()))
}

fn payload(number: u128) -> Value {
    json!({"complaintId": format!("C-{number}"), "text": "They called and asked me to pay with gift cards."})
}

fn opened(effects: &[Effect]) -> Result<Uuid, &'static str> {
    let task = effects.iter().find_map(|effect| match effect {
        Effect::OpenTask(task) => Some(task.id),
        _ => None,
    });
    task.ok_or("no task opened")
}

fn per_second(done: u64, elapsed: Duration) -> u64 {
    // A figure to read: whole transitions, and far below what an f64 holds exactly.
    (done as f64 / elapsed.as_secs_f64()) as u64
}
