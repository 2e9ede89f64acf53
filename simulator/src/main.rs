//! `hms-simulator`: lives through simulated worlds until one fails or there were enough.

#![allow(clippy::print_stdout, reason = "a command says what it did")]

use std::process::ExitCode;
use std::time::Instant;

use clap::Parser;
use hms_simulator::{Goal, live_through};

/// Lives through simulated worlds of the orchestrator and its store.
#[derive(Parser)]
struct Arguments {
    /// How many commands runs are to take in all.
    #[arg(long, default_value_t = 1_000_000)]
    transitions: u64,
    /// The seed of the first world; the others follow.
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

fn main() -> ExitCode {
    let Arguments { transitions, seed } = Arguments::parse();
    let goal = Goal {
        transitions,
        first: seed,
    };
    let began = Instant::now();
    match live_through(goal) {
        Ok(told) => {
            println!("{told} in {:.1} s", began.elapsed().as_secs_f64());
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}
