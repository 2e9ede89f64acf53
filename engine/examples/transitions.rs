//! How many transitions the bare engine makes in a second, on one core, and how many of the longest
//! definitions it reads: one line of JSON. Each figure is the best of some short windows, so that on a busy
//! machine it tells of the engine and not of its neighbours.
//!
//! `complete_and_switch`: a task is finished, a switch looks at its result, the next task opens.
//! `parse_500_steps`: a definition of 500 steps is read and checked.
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

/// Each figure is the best of so many windows.
const WINDOWS: usize = 400;
const WINDOW: Duration = Duration::from_millis(4);

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let begin = Time::from_timestamp_millis(1_715_680_980_000).ok_or("no such moment")?;
    let figures = json!({
        "bench": "transitions",
        "complete_and_switch_per_s": complete_and_switch(begin)?,
        "story_orders_per_s": story(begin)?,
        "parse_500_steps_per_s": parse()?,
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
    best(|| {
        for _ in 0..100 {
            let order = Order::Complete {
                task: opened(&effects)?,
                result: json!({"severity": "High"}),
            };
            effects = step(&workflow, &mut run, &Command::new("labeler", order), now)?;
        }
        Ok(100)
    })
}

/// The longest definition: 100 times a label, a switch, a review, its escalation and a mail.
fn parse() -> Result<u64, Box<dyn std::error::Error>> {
    let mut source = String::from("id: Long\nstart: Begun\nkey: payload.number\nsteps:\n");
    for n in 0..100 {
        source += &format!(
            "  - {{ id: label{n}, actor: AI:labeler, input: {{ text: payload.text }} }}\n  \
             - {{ id: branch{n}, type: switch, expr: result.severity, cases: {{ High: review{n}, Low: tell{n} }} }}\n  \
             - {{ id: review{n}, actor: HUMAN:clerk, sla: 4h, on_timeout: escalate{n}, on_complete: tell{n} }}\n  \
             - {{ id: escalate{n}, actor: HUMAN:head }}\n  \
             - {{ id: tell{n}, actor: SVC:email-svc, title: {{ en: We tell you, es: Le informamos }} }}\n"
        );
    }
    load(&source)?;
    best(|| {
        load(&source)?;
        Ok(1)
    })
}

fn story(now: Time) -> Result<u64, Box<dyn std::error::Error>> {
    let workflow = load(FTC)?;
    let mut number = 0u128;
    best(|| {
        let mut done = 0;
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
        Ok(done)
    })
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

/// How often a second, in the best of the windows; the work says how often it was done.
fn best(
    mut work: impl FnMut() -> Result<u64, Box<dyn std::error::Error>>,
) -> Result<u64, Box<dyn std::error::Error>> {
    let mut best = 0.0f64;
    for _ in 0..WINDOWS {
        let begun = Instant::now();
        let mut done = 0;
        while begun.elapsed() < WINDOW {
            done += work()?;
        }
        best = best.max(done as f64 / begun.elapsed().as_secs_f64());
    }
    // A figure to read: whole ones, and far below what an f64 holds exactly.
    Ok(best as u64)
}
