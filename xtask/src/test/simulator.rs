//! The simulator: many worlds in which everything goes wrong that can.

use anyhow::{Result, bail};

use crate::command::{cargo, not_started};

/// Commands that runs take in all. Two cores take two minutes for them on a bad day.
const TRANSITIONS: &str = "1000000";

/// Built as the stage `build` builds the server, so that the server is not built again.
pub fn run() -> Result<String> {
    let mut cargo = cargo([
        "run",
        "--release",
        "-p",
        "hms-simulator",
        "--features",
        "embed",
        "--target-dir",
        "target",
        "--",
        "--transitions",
        TRANSITIONS,
    ]);
    let output = cargo
        .stderr(std::process::Stdio::inherit())
        .output()
        .map_err(|error| not_started(&cargo, error))?;
    if !output.status.success() {
        bail!("a world failed");
    }
    Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}
