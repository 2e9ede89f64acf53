//! The engine is a pure function: what it may not use is not there to be used.

use anyhow::{Result, bail, ensure};

use super::install;
use crate::build::TARGET;
use crate::command::{cargo, output, run};

/// Crates that bring I/O, threads of their own, a clock or chance.
const FORBIDDEN: [&str; 18] = [
    "async-std",
    "axum",
    "fastrand",
    "getrandom",
    "hyper",
    "iana-time-zone",
    "lettre",
    "leptos",
    "mio",
    "rand",
    "rand_core",
    "reqwest",
    "rustls",
    "smol",
    "socket2",
    "sqlx",
    "tokio",
    "ureq",
];

/// Features that would bring them into crates the engine does use.
const FORBIDDEN_FEATURES: [(&str, &[&str]); 2] = [
    ("chrono", &["clock", "now"]),
    ("uuid", &["v4", "v7", "rng"]),
];

/// Looks at what the engine is linked with, and compiles it for wasm32.
pub fn purity() -> Result<String> {
    let tree = output(cargo([
        "tree",
        "-p",
        "hms-engine",
        "-e",
        "normal",
        "--prefix",
        "none",
        "--format",
        "{p}|{f}",
    ]))?;
    let faults = faults(&tree);
    if !faults.is_empty() {
        bail!(
            "hms-engine must stay free of clock, I/O and chance, but it is linked with {}",
            faults.join(", ")
        );
    }
    ensure!(
        tree.starts_with("hms-engine "),
        "cargo tree did not tell about hms-engine"
    );
    install::wasm_target()?;
    run(cargo([
        "build",
        "-p",
        "hms-engine",
        "--target",
        TARGET,
        "--target-dir",
        "target/wasm",
    ]))?;
    Ok("pure, and builds for wasm32".into())
}

/// What is wrong with the output of cargo tree, lines like `chrono v0.4.45|serde,std`.
fn faults(tree: &str) -> Vec<String> {
    let mut faults = Vec::new();
    for line in tree.lines() {
        let (package, features) = line.split_once('|').unwrap_or((line, ""));
        let name = package.split(' ').next().unwrap_or_default();
        if FORBIDDEN.contains(&name) {
            faults.push(name.to_owned());
        }
        let forbidden = FORBIDDEN_FEATURES
            .iter()
            .find(|(package, _)| *package == name)
            .map_or(&[][..], |(_, features)| features);
        // A repeated package is shown as `uuid v1.29.0|serde,std (*)`.
        let features = features.trim_end_matches(" (*)").split(',');
        faults.extend(
            features
                .filter(|feature| forbidden.contains(feature))
                .map(|feature| format!("{name} with `{feature}`")),
        );
    }
    faults.sort();
    faults.dedup();
    faults
}

#[cfg(test)]
mod tests {
    use super::faults;

    #[test]
    fn what_is_forbidden_is_found() {
        let tree = "hms-engine v0.1.0 (/x)|\nchrono v0.4.45|serde,std\nserde v1.0.0|std\nrandom-word v1.0.0|\n";
        assert!(faults(tree).is_empty());
        let tree = "hms-engine v0.1.0 (/x)|\nchrono v0.4.45|clock,std\ntokio v1.54.0|\nuuid v1.29.0|std,v7 (*)\n";
        assert_eq!(
            faults(tree),
            ["chrono with `clock`", "tokio", "uuid with `v7`"]
        );
    }
}
