//! The browser tests in `end2end/`.

use std::fs;

use anyhow::{Context, Result, bail, ensure};
use serde_json::Value;

use super::{Tally, install};
use crate::command::{self, command, not_started};
use crate::folders;

/// Where Playwright's reporter leaves its counts; the same as in `playwright.config.ts`.
const RESULTS: &str = "end2end/test-results/results.json";

/// The TypeScript compiles.
pub fn types() -> Result<String> {
    install::npm_packages()?;
    let mut tsc = command("npx", ["--no-install", "tsc", "--noEmit"]);
    tsc.current_dir(folders::root().join("end2end"));
    command::run(tsc)?;
    Ok("no errors".into())
}

/// Runs Playwright with the release server.
pub fn run(tally: &mut Tally) -> Result<String> {
    install::chromium()?;
    install::npm_packages()?;
    ensure!(
        folders::hms().is_file(),
        "there is no target/release/hms; run `cargo xtask build` first"
    );
    let results = folders::root().join(RESULTS);
    // An old file must not pass for the result of a run that never came to its end.
    let _ = fs::remove_file(&results);

    let mut playwright = command("npx", ["--no-install", "playwright", "test"]);
    playwright
        .current_dir(folders::root().join("end2end"))
        .env("HMS_BIN", folders::hms());
    let status = playwright
        .status()
        .map_err(|error| not_started(&playwright, error))?;

    let text = fs::read(&results)
        .with_context(|| format!("Playwright ended ({status}) without writing {RESULTS}"))?;
    let (passed, failed) = counts(&serde_json::from_slice(&text)?)?;
    tally.passed += passed;
    tally.failed += failed;
    let verdict = if failed == 0 && status.success() {
        "ok"
    } else {
        "FAILED"
    };
    tally.results.push(format!(
        "test result: {verdict}. {passed} passed; {failed} failed; in Chromium"
    ));
    if verdict != "ok" {
        bail!("Playwright: {passed} passed, {failed} failed ({status})");
    }
    ensure!(passed > 0, "Playwright ran no test at all");
    Ok(format!("{passed} passed"))
}

/// Passed and failed. A test that passed only when repeated counts as failed: it will fail somebody.
fn counts(report: &Value) -> Result<(usize, usize)> {
    let count = |name: &str| {
        report["stats"][name]
            .as_u64()
            .map(|count| count as usize)
            .with_context(|| format!("{RESULTS} has no stats.{name}"))
    };
    Ok((count("expected")?, count("unexpected")? + count("flaky")?))
}

#[cfg(test)]
mod tests {
    use super::counts;

    #[test]
    fn playwrights_report_is_counted() {
        let report = serde_json::json!({ "stats": { "expected": 7, "skipped": 1, "unexpected": 2, "flaky": 1 } });
        assert_eq!(counts(&report).unwrap(), (7, 3));
        assert!(counts(&serde_json::json!({ "stats": {} })).is_err());
    }
}
