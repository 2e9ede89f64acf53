//! Definitions: what loads, and what is told about those that do not.

// Clippy's leave to unwrap in tests does not reach the helpers of tests.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod forms;
mod keys;
mod loads;
mod mistakes;
mod reference;
mod rendering;
mod robust;
mod schemas;
mod sla;
mod suspicions;

use hms_engine::{Diagnostic, Parsed, Workflow};

const FTC: &str = include_str!("../../../workflows/ftc-complaint.yml");

/// The definition of DESIGN.md 3.3, to the letter.
const CLASSIC: &str = r#"id: FTC-Complaint
start: ComplaintLogged            # the event that starts a run
steps:
  - id: classify
    actor: AI:fraud-labeler       # AI:, HUMAN: or SVC:
    on_complete: severity_branch
  - id: severity_branch
    type: switch
    expr: "result.severity"       # CEL
    cases: { High: human_review, Low: notify_citizen }
  - id: human_review
    actor: HUMAN:investigator
    sla: 4h
    on_timeout: escalate
    on_complete: notify_citizen
  - id: escalate
    actor: HUMAN:supervisor
  - id: notify_citizen
    actor: SVC:email-svc
"#;

fn loaded(source: &str) -> Parsed {
    Workflow::parse(source).unwrap_or_else(|found| panic!("{}", told(&found)))
}

/// What is told about a definition that does not load, a line each with its help.
fn mistakes(source: &str) -> String {
    match Workflow::parse(source) {
        Ok(_) => "it loads".into(),
        Err(found) => told(&found),
    }
}

/// Under a workflow's head: a list of steps.
fn steps(steps: &str) -> String {
    format!("id: W\nstart: E\nsteps:\n{steps}")
}

fn told(found: &[Diagnostic]) -> String {
    found
        .iter()
        .map(|one| {
            let help = one
                .help
                .as_deref()
                .map_or(String::new(), |help| format!("\n    {help}"));
            format!("{one}{help}\n")
        })
        .collect()
}
