//! Workflows played through: the shipped definitions with their scripts and what comes of them, and what
//! scripts can say.

// Clippy's leave to unwrap in tests does not reach the helpers of tests.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod scripts;
mod shipped;

use hms_engine::simulation::{Script, Timeline, simulate};
use hms_engine::{Calendar, Calendars, Diagnostic, Workflow};

const FEDERAL: &str = include_str!("../../../workflows/calendars/us-federal.yml");

fn calendars() -> Calendars {
    let mut calendars = Calendars::default();
    calendars.put(Calendar::parse(FEDERAL).unwrap());
    calendars
}

fn load(source: &str) -> Workflow {
    let parsed = Workflow::parse_with(source, &calendars());
    parsed
        .unwrap_or_else(|found| panic!("{}", told(&found)))
        .workflow
}

fn told(found: &[Diagnostic]) -> String {
    let each = found.iter().map(|one| {
        let help = one
            .help
            .as_deref()
            .map_or(String::new(), |help| format!("\n    {help}"));
        format!("{one}{help}\n")
    });
    each.collect()
}

/// Plays a script with definitions, twice: it gives the same each time.
fn play(definitions: &[&str], script: &str) -> Timeline {
    let workflows: Vec<Workflow> = definitions.iter().map(|source| load(source)).collect();
    let workflows: Vec<&Workflow> = workflows.iter().collect();
    let script =
        Script::parse(script, &workflows).unwrap_or_else(|found| panic!("{}", told(&found)));
    let timeline = simulate(&workflows, &script);
    assert_eq!(simulate(&workflows, &script), timeline);
    timeline
}
