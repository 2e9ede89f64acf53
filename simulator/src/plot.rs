//! How a world is to be, and what it came to.

use std::collections::BTreeMap;

use crate::faults::Fault;

/// What a world came to.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Told {
    /// Commands that runs took.
    pub transitions: u64,
    /// Transactions that were tried.
    pub beats: u64,
    /// Runs that began.
    pub runs: u64,
    /// How often everything in memory was thrown away.
    pub crashes: u64,
    /// All of it in one number: the same seed gives the same.
    pub digest: u64,
    /// How often what happened, when it was counted.
    pub census: BTreeMap<String, u64>,
}

impl Told {
    /// Adds up what several worlds came to.
    pub fn add(&mut self, other: &Told) {
        self.transitions += other.transitions;
        self.beats += other.beats;
        self.runs += other.runs;
        self.crashes += other.crashes;
        self.digest ^= other.digest;
        for (kind, count) in &other.census {
            *self.census.entry(kind.clone()).or_default() += count;
        }
    }
}

impl std::fmt::Display for Told {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "{} transitions of {} runs in {} transactions with {} crashes",
            self.transitions, self.runs, self.beats, self.crashes
        )
    }
}

/// How a world is to be.
#[derive(Debug, Clone, Copy)]
pub struct Plot {
    /// What everything comes from.
    pub seed: u64,
    /// How often something is asked.
    pub rounds: usize,
    /// What goes wrong whenever something does; anything when left out.
    pub fault: Option<Fault>,
    /// Whether to count what happens.
    pub census: bool,
}

impl Plot {
    /// A world in which anything may go wrong.
    pub fn new(seed: u64, rounds: usize) -> Plot {
        Plot {
            seed,
            rounds,
            fault: None,
            census: false,
        }
    }
}
