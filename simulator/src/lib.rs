//! The orchestrator and its store in simulated worlds. One seed is one world: random definitions,
//! workers that stall, answer twice, late or wrong, people who race the clock, and a crash at any
//! commit. What must be so is kept by hand beside it, and compared.
//!
//! `world` lives through one, `asks` is whoever wants something, `faults` what goes wrong, `ledger`
//! what must be so (with `clocks`, `office` and `calls`), `judge` whether each answer is right, `inspect` whether the
//! whole store is.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a world that cannot be made or read ends by panicking, which is told like any fault"
)]

mod answers;
mod asks;
mod calls;
mod clocks;
mod definitions;
mod dice;
mod edits;
mod entries;
mod faults;
mod inspect;
mod judge;
mod ledger;
mod moves;
mod node;
mod office;
mod plot;
mod refusals;
mod tables;
mod world;
mod worlds;

pub use faults::Fault;
pub use plot::{Plot, Told};
pub use world::live;
pub use worlds::{Goal, ROUNDS, live_through};

/// What must be so; else what is wrong comes back.
macro_rules! ensure {
    ($holds:expr, $($told:tt)*) => {
        if !$holds {
            return Err(format!($($told)*));
        }
    };
}
pub(crate) use ensure;
