//! The engine is a pure function: what it may not use is not there to be used.

use anyhow::{Result, bail, ensure};

use super::install;
use crate::build::TARGET;
use crate::command::{cargo, output, run};

/// Crates that bring I/O, threads of their own, a clock or chance.
const FORBIDDEN: [&str; 17] = [
    "async-std",
    "axum",
    "fastrand",
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

/// Chance, which nothing may ask for but hash maps: like those of the standard library, they take
/// their seeds from it, and what they are used for is put in order before anybody sees it.
const CHANCE: &str = "getrandom";
const SEEDED: [&str; 1] = ["ahash"];

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
    let asking = output(cargo([
        "tree",
        "-p",
        "hms-engine",
        "-e",
        "normal",
        "--prefix",
        "depth",
        "--format",
        " {p}",
    ]))?;
    let asking = asking_for_chance(&asking);
    if !asking.is_empty() {
        bail!(
            "hms-engine must stay free of chance, and {} asks for it",
            asking.join(", ")
        );
    }
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

/// Who asks for chance and is no hash map, in the output of cargo tree: the depth of each package in
/// the tree, and its name.
fn asking_for_chance(tree: &str) -> Vec<String> {
    let mut around: Vec<&str> = Vec::new();
    let mut found = Vec::new();
    for line in tree.lines() {
        let mut words = line.split(' ');
        let depth = words.next().and_then(|depth| depth.parse::<usize>().ok());
        let (Some(depth), Some(name)) = (depth, words.next()) else {
            continue;
        };
        around.truncate(depth);
        if name == CHANCE
            && let Some(asking) = around.last()
            && !SEEDED.contains(asking)
        {
            found.push((*asking).to_owned());
        }
        around.push(name);
    }
    found.sort();
    found.dedup();
    found
}

#[cfg(test)]
mod tests {
    use super::{asking_for_chance, faults};

    #[test]
    fn only_hash_maps_ask_for_chance() {
        let tree = "0 hms-engine v0.1.0\n1 jsonschema v0.61.2\n2 ahash v0.8.12\n3 getrandom v0.3.4\n1 serde v1.0.0\n";
        assert!(asking_for_chance(tree).is_empty());
        let tree = "0 hms-engine v0.1.0\n1 uuid v1.29.0\n2 getrandom v0.4.3\n1 ahash v0.8.12\n2 getrandom v0.3.4 (*)\n";
        assert_eq!(asking_for_chance(tree), ["uuid"]);
    }

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
