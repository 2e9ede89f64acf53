//! `cargo xtask test`: everything CI checks, in stages; the first that fails ends it.

use std::time::{Duration, Instant};

use anyhow::{Result, bail};

use crate::stage::seconds;
use crate::{build, page_weight};

mod api_fuzz;
mod browser;
mod deny;
pub mod install;
mod lint;
mod pooler;
mod purity;
mod python;
mod rust_tests;
mod simulator;
mod tidy;

/// Tests counted so far, and the lines that tell of them.
#[derive(Default)]
pub struct Tally {
    /// Tests that passed.
    pub passed: usize,
    /// Tests that failed.
    pub failed: usize,
    /// `test result:` lines, as the test programs wrote them.
    pub results: Vec<String>,
}

/// One thing that is checked.
struct Stage {
    name: &'static str,
    about: &'static str,
    work: fn(&mut Tally) -> Result<String>,
}

/// Cheap ones first, so that a slip is told in seconds.
const STAGES: [Stage; 14] = [
    Stage {
        name: "tools",
        about: "what the other stages need is installed",
        work: |_| install::everything(),
    },
    Stage {
        name: "fmt",
        about: "cargo fmt --check",
        work: |_| lint::fmt(),
    },
    Stage {
        name: "tidy",
        about: "the house rules a program can check",
        work: |_| tidy::tidy(),
    },
    Stage {
        name: "purity",
        about: "the engine knows no clock, I/O, chance; it builds for the browser",
        work: |_| purity::purity(),
    },
    Stage {
        name: "deny",
        about: "licences, sources and known faults of all that is built in",
        work: |_| deny::run(),
    },
    Stage {
        name: "clippy",
        about: "clippy without warnings, all targets",
        work: |_| lint::clippy(),
    },
    Stage {
        name: "clippy-wasm",
        about: "clippy without warnings, what runs in the browser",
        work: |_| lint::clippy_wasm(),
    },
    Stage {
        name: "rust",
        about: "unit and integration tests",
        work: rust_tests::run,
    },
    Stage {
        name: "build",
        about: "browser code, assets and server, as released",
        work: |_| build::build().map(|()| "built".into()),
    },
    Stage {
        name: "simulator",
        about: "a million transitions in simulated worlds, with crashes",
        work: |_| simulator::run(),
    },
    Stage {
        name: "api-fuzz",
        about: "the API asked everything its own document allows, and more",
        work: |_| api_fuzz::run(),
    },
    Stage {
        name: "weight",
        about: "first pages are at most 100 kB",
        work: |_| page_weight::check(),
    },
    Stage {
        name: "typescript",
        about: "the browser tests' types",
        work: |_| browser::types(),
    },
    Stage {
        name: "browser",
        about: "Playwright in Chromium against a real server",
        work: browser::run,
    },
];

/// A stage that ran.
struct Done {
    name: &'static str,
    time: Duration,
    passed: bool,
}

/// Runs all stages, or those named by `--only`. Gives whether all passed; the summary has been printed.
pub fn test(arguments: &[String]) -> Result<bool> {
    let Some(chosen) = chosen(arguments)? else {
        for stage in &STAGES {
            println!("{:<12} {}", stage.name, stage.about);
        }
        return Ok(true);
    };

    let begin = Instant::now();
    let mut tally = Tally::default();
    let mut done = Vec::new();
    for (index, stage) in chosen.iter().enumerate() {
        eprintln!(
            "\n━━ {} ({} of {}): {}",
            stage.name,
            index + 1,
            chosen.len(),
            stage.about
        );
        let stage_begin = Instant::now();
        let outcome = (stage.work)(&mut tally);
        let time = stage_begin.elapsed();
        match &outcome {
            Ok(told) => eprintln!("━━ {}: {told} ({})", stage.name, seconds(time)),
            Err(error) => eprintln!("━━ {} FAILED: {error:#} ({})", stage.name, seconds(time)),
        }
        done.push(Done {
            name: stage.name,
            time,
            passed: outcome.is_ok(),
        });
        if outcome.is_err() {
            break;
        }
    }
    Ok(conclude(&chosen, &done, tally, begin.elapsed()))
}

/// The summary. Whatever failed, the last line counts at least one failure.
fn conclude(chosen: &[&Stage], done: &[Done], mut tally: Tally, time: Duration) -> bool {
    println!("\nStages, {} in all", seconds(time));
    for (index, stage) in chosen.iter().enumerate() {
        match done.get(index) {
            Some(done) => println!(
                "  {:<12} {:<7} {}",
                done.name,
                if done.passed { "passed" } else { "FAILED" },
                seconds(done.time)
            ),
            None => println!("  {:<12} not run", stage.name),
        }
    }
    let failed = done.iter().find(|done| !done.passed);
    if failed.is_some() && tally.failed == 0 {
        tally.failed = 1;
    }
    if !tally.results.is_empty() {
        println!("\n{}", tally.results.join("\n"));
    }
    if let Some(Done { name, .. }) = failed {
        println!("\nStage \"{name}\" failed; run it alone with `cargo xtask test --only {name}`");
    }
    // The last line of all, in this shape, so that whoever runs this can read the count from it.
    println!("\n{} passed, {} failed", tally.passed, tally.failed);
    failed.is_none()
}

/// The stages to run; `None` means they are to be listed.
fn chosen(arguments: &[String]) -> Result<Option<Vec<&'static Stage>>> {
    let mut names = Vec::new();
    let mut rest = arguments.iter();
    while let Some(argument) = rest.next() {
        match argument.as_str() {
            "--list" => return Ok(None),
            "--only" => match rest.next() {
                Some(name) => names.push(name.as_str()),
                None => {
                    bail!("--only wants the name of a stage; `cargo xtask test --list` tells them")
                }
            },
            other => bail!(
                "`cargo xtask test` does not know \"{other}\"; it takes --list and --only STAGE"
            ),
        }
    }
    if let Some(unknown) = names
        .iter()
        .find(|name| !STAGES.iter().any(|stage| stage.name == **name))
    {
        bail!("there is no stage \"{unknown}\"; `cargo xtask test --list` tells them");
    }
    Ok(Some(
        STAGES
            .iter()
            .filter(|stage| names.is_empty() || names.contains(&stage.name))
            .collect(),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(arguments: &[&str]) -> Result<Option<Vec<&'static str>>> {
        let arguments: Vec<String> = arguments
            .iter()
            .map(|argument| argument.to_string())
            .collect();
        Ok(chosen(&arguments)?.map(|stages| stages.iter().map(|stage| stage.name).collect()))
    }

    #[test]
    fn stages_are_chosen_by_name_and_keep_their_order() {
        assert_eq!(names(&[]).unwrap().unwrap().len(), STAGES.len());
        assert_eq!(
            names(&["--only", "rust", "--only", "fmt"])
                .unwrap()
                .unwrap(),
            ["fmt", "rust"]
        );
        assert!(names(&["--list"]).unwrap().is_none());
    }

    #[test]
    fn a_slip_of_the_hand_runs_nothing() {
        for slip in [&["--only"][..], &["--only", "rst"], &["rust"]] {
            assert!(names(slip).is_err(), "{slip:?}");
        }
    }

    #[test]
    fn a_failed_stage_without_tests_is_counted() {
        let stages: Vec<&Stage> = STAGES.iter().take(2).collect();
        let done = [Done {
            name: "tools",
            time: Duration::ZERO,
            passed: false,
        }];
        assert!(!conclude(&stages, &done, Tally::default(), Duration::ZERO));
    }
}
