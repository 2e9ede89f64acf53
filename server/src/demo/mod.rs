//! What `--demo` adds: a history to look at, made by the real engine on a simulated clock.

mod history;
mod samples;

pub use history::{Cast, make};
