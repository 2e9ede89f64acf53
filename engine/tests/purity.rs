//! The engine is pure: nothing it is built of can wait, write, or look at a clock.

// Clippy's leave to unwrap in tests does not reach the helpers of tests.
#![allow(clippy::expect_used)]

use std::process::Command;

/// What `cargo tree` says the engine is built of: a line each with name, version and features.
fn built_of() -> Vec<String> {
    let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".into());
    let tree = Command::new(cargo)
        .args([
            "tree",
            "--locked",
            "--package",
            "hms-engine",
            "--edges",
            "normal",
        ])
        .args(["--prefix", "none", "--format", "{p} [{f}]"])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .expect("cargo runs");
    assert!(
        tree.status.success(),
        "{}",
        String::from_utf8_lossy(&tree.stderr)
    );
    let text = String::from_utf8(tree.stdout).expect("cargo writes UTF-8");
    text.lines().map(str::to_owned).collect()
}

#[test]
fn the_engine_is_built_of_nothing_that_waits_or_writes() {
    let built_of = built_of();
    let name = |line: &str| line.split(' ').next().unwrap_or_default().to_owned();
    // The tree is really there: what the engine does need is in it.
    for needed in [
        "hms-engine",
        "serde_json",
        "chrono",
        "uuid",
        "cel",
        "granit-parser",
    ] {
        assert!(
            built_of.iter().any(|line| name(line) == needed),
            "{needed} is gone"
        );
    }
    let outside = [
        "tokio",
        "sqlx",
        "async-std",
        "smol",
        "rand",
        "getrandom",
        "reqwest",
        "hyper",
        "socket2",
        "mio",
    ];
    for line in &built_of {
        let part = name(line);
        let forbidden = outside
            .iter()
            .any(|one| part == *one || part.starts_with(&format!("{one}-")));
        assert!(!forbidden, "the engine is built of {line}");
    }
}

#[test]
fn its_time_has_no_clock_and_its_ids_no_chance() {
    let features = |package: &str| {
        let lines = built_of();
        let line = lines
            .iter()
            .find(|line| line.starts_with(&format!("{package} v")));
        let line = line.unwrap_or_else(|| panic!("{package} is gone")).clone();
        let list = line
            .split('[')
            .nth(1)
            .unwrap_or_default()
            .trim_end_matches(']')
            .to_owned();
        list.split(',').map(str::to_owned).collect::<Vec<_>>()
    };
    let chrono = features("chrono");
    assert!(chrono.contains(&"serde".to_owned()), "{chrono:?}");
    for clock in ["clock", "now", "iana-time-zone", "wasmbind"] {
        assert!(!chrono.contains(&clock.to_owned()), "chrono has {clock}");
    }
    for chance in ["v1", "v4", "v7", "rng", "fast-rng"] {
        assert!(
            !features("uuid").contains(&chance.to_owned()),
            "uuid has {chance}"
        );
    }
}
