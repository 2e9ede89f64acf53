//! The Rust tests.

use std::io::{BufRead, BufReader};
use std::process::Stdio;

use anyhow::{Context, Result, bail, ensure};

use super::Tally;
use crate::command::{cargo, not_started};

/// Plain `cargo test`, its output passed on while its results are counted.
pub fn run(tally: &mut Tally) -> Result<String> {
    // Every failure at once: the machine that runs this may be far away.
    let mut cargo = cargo(["test", "--no-fail-fast", "--target-dir", "target"]);
    let mut child = cargo
        .stdout(Stdio::piped())
        .spawn()
        .map_err(|error| not_started(&cargo, error))?;
    let stdout = child.stdout.take().context("cargo test has no stdout")?;
    let before = (tally.passed, tally.failed);
    for line in BufReader::new(stdout).split(b'\n') {
        let line = String::from_utf8_lossy(&line?).into_owned();
        println!("{line}");
        if let Some((passed, failed)) = counts(&line) {
            tally.passed += passed;
            tally.failed += failed;
            // Crates without tests of a kind say so with zeros; they need no line in the summary.
            if passed + failed > 0 {
                tally.results.push(line);
            }
        }
    }
    let status = child.wait()?;
    let (passed, failed) = (tally.passed - before.0, tally.failed - before.1);
    if !status.success() {
        bail!("cargo test failed: {passed} passed, {failed} failed");
    }
    ensure!(passed > 0, "cargo test ran no test at all");
    Ok(format!("{passed} passed"))
}

/// Passed and failed, from a line like `test result: ok. 12 passed; 0 failed; 1 ignored; …`.
fn counts(line: &str) -> Option<(usize, usize)> {
    let rest = line.strip_prefix("test result: ")?;
    let count = |what: &str| {
        let before = rest
            .split(what)
            .next()
            .filter(|before| before.len() < rest.len())?;
        before.trim().rsplit(' ').next()?.parse().ok()
    };
    Some((count(" passed")?, count(" failed")?))
}

#[cfg(test)]
mod tests {
    use super::counts;

    #[test]
    fn cargos_lines_are_counted() {
        let ok = "test result: ok. 12 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.01s";
        assert_eq!(counts(ok), Some((12, 0)));
        let bad = "test result: FAILED. 3 passed; 2 failed; 0 ignored; 0 measured; 0 filtered out; finished in 1.00s";
        assert_eq!(counts(bad), Some((3, 2)));
        assert_eq!(counts("running 3 tests"), None);
        assert_eq!(counts("test result: unreadable"), None);
    }
}
