//! Progress: a line when a stage begins, a line with its time when it is done.

use std::time::{Duration, Instant};

use anyhow::{Context, Result};

/// Runs one stage. `work` gives what to tell about the outcome, like sizes or "up to date".
pub fn stage(name: &str, work: impl FnOnce() -> Result<String>) -> Result<()> {
    eprintln!("▸ {name}");
    let begin = Instant::now();
    let outcome = work().with_context(|| name.to_owned())?;
    eprintln!("  {name}: {outcome} ({})", seconds(begin.elapsed()));
    Ok(())
}

/// A time for people: `0.4 s`, `75 s`, `3 min 20 s`.
pub fn seconds(time: Duration) -> String {
    let whole = time.as_secs();
    if whole >= 120 {
        format!("{} min {} s", whole / 60, whole % 60)
    } else if whole >= 10 {
        format!("{whole} s")
    } else {
        format!("{:.1} s", time.as_secs_f64())
    }
}

/// A size for people, in thousands of bytes.
pub fn kilobytes(bytes: usize) -> String {
    format!("{:.1} kB", bytes as f64 / 1000.0)
}
