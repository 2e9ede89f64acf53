//! Any text as the script of a simulation, read and, if it can be, played.

#![no_main]

use hms_engine::Workflow;
use hms_engine::simulation::{Script, simulate};
use libfuzzer_sys::fuzz_target;

const FTC: &str = include_str!("../../../workflows/ftc-complaint.yml");

fuzz_target!(|source: &str| {
    let workflow = Workflow::parse(FTC).expect("it loads").workflow;
    if let Ok(script) = Script::parse(source, &[&workflow]) {
        simulate(&[&workflow], &script);
    }
});
