//! What a run takes while it waits for a person: one line of JSON.
//!
//! `state_bytes` is what the store keeps of it, without the payload, which is kept beside; `memory_bytes` is what
//! it takes in memory, and `memory_with_payload_bytes` what both take.

use std::io::Write as _;

use hms_engine::{Command, Order, Run, Time, Workflow, step};
use peak_alloc::PeakAlloc;
use serde_json::{Value, json};
use uuid::Uuid;

#[global_allocator]
static MEMORY: PeakAlloc = PeakAlloc;

const FTC: &str = include_str!("../../workflows/ftc-complaint.yml");
const RUNS: usize = 1_000;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let workflow = Workflow::parse(FTC)
        .map_err(|_| "the shipped definition loads")?
        .workflow;
    let now = Time::from_timestamp_millis(1_715_680_980_000).ok_or("no such moment")?;
    let mut run = Run::new(
        Uuid::from_u128(7),
        &workflow,
        json!({
            "complaintId": "C-1001",
            "text": "They called, said they were my bank, and asked me to pay with gift cards. I read them the codes.",
            "lost": 2300,
        }),
    );
    let mut give =
        |by: &str, order: Order| step(&workflow, &mut run, &Command::new(by, order), now);
    give("event", Order::Start)?;
    let task = run.tasks.first().ok_or("no task opened")?.id;
    let mut give =
        |by: &str, order: Order| step(&workflow, &mut run, &Command::new(by, order), now);
    let result = json!({"severity": "High", "confidence": 0.93, "reasons": ["asks for gift cards", "money was lost"]});
    give("labeler-1", Order::Complete { task, result })?;
    let task = run.tasks.first().ok_or("no task opened")?.id;
    let order = Order::Claim {
        task,
        lease_ms: None,
    };
    step(&workflow, &mut run, &Command::new("maria", order), now)?;

    let with_payload = memory(&run);
    run.payload = Value::Null;
    let figures = json!({
        "bench": "at_rest",
        "state_bytes": serde_json::to_vec(&run)?.len(),
        "memory_bytes": memory(&run),
        "memory_with_payload_bytes": with_payload,
    });
    writeln!(std::io::stdout(), "{figures}")?;
    Ok(())
}

/// What one of many such runs takes.
fn memory(run: &Run) -> usize {
    let before = MEMORY.current_usage();
    let runs = vec![run.clone(); RUNS];
    (MEMORY.current_usage() - before) / runs.len()
}
