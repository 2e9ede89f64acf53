//! `cargo xtask bench`: figures, and no verdict: a busy machine is no defect.

use anyhow::{Context, Result, bail};

use crate::command::{cargo, run};
use crate::page_weight::{Weight, weigh};
use crate::stage::kilobytes;
use crate::test::install;
use crate::{build, folders};

/// The benchmarks that are programs of their own: title, package, example. The last takes what is asked.
const PROGRAMS: [(&str, &str, &str); 3] = [
    ("The bare engine", "hms-engine", "transitions"),
    ("The memory of a run at rest", "hms-engine", "at_rest"),
    (
        "Through the HTTP API, with durable commits",
        "hms-server",
        "bench",
    ),
];

/// Runs every benchmark and prints its figures; or, when something is asked for, that of the server alone
/// with it: `growth`, `timers`, `sockets`, `lists`, `nodes`, and what `server/examples/bench/main.rs` takes besides.
pub fn bench(asked: &[String]) -> Result<()> {
    build::build()?;
    install::postgresql()?;
    let programs = match asked {
        [] => &PROGRAMS[..],
        _ => &PROGRAMS[PROGRAMS.len() - 1..],
    };
    for &(title, package, example) in programs {
        println!("\n{title}\n");
        let source = folders::root()
            .join(package.trim_start_matches("hms-"))
            .join("examples")
            .join(example);
        if !source.with_extension("rs").is_file() && !source.join("main.rs").is_file() {
            bail!("there is no example `{example}` in {package} to measure with");
        }
        let mut program = cargo(["run", "--release", "--quiet", "-p", package]);
        program.args(["--target-dir", "target", "--example", example]);
        if package == "hms-server" {
            program.arg("--").args(asked);
        }
        run(program)?;
    }
    if !asked.is_empty() {
        return Ok(());
    }

    println!("\nPage weights\n");
    let weights = weigh().context("page weights")?;
    println!("{:<40} {:>12} {:>12}", "", "plain", "sent");
    for weight in weights.page.iter().chain(&weights.scripts) {
        row(weight);
    }
    Ok(())
}

fn row(weight: &Weight) {
    let plain = weight.plain.map(kilobytes).unwrap_or_default();
    println!(
        "{:<40} {plain:>12} {:>12}",
        weight.name,
        kilobytes(weight.sent)
    );
}
