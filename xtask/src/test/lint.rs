//! rustfmt and clippy.

use anyhow::Result;

use super::install;
use crate::build::TARGET;
use crate::command::{cargo, run};

/// All crates are formatted.
pub fn fmt() -> Result<String> {
    install::rust_component("rustfmt")?;
    run(cargo(["fmt", "--all", "--check"]))?;
    Ok("formatted".into())
}

/// Everything that runs on the server, its tests, benchmarks and this program.
pub fn clippy() -> Result<String> {
    install::rust_component("clippy")?;
    run(cargo([
        "clippy",
        "--all-targets",
        "--target-dir",
        "target",
        "--",
        "-D",
        "warnings",
    ]))?;
    Ok("no warnings".into())
}

/// The pages once more, as they are compiled for the browser.
pub fn clippy_wasm() -> Result<String> {
    install::rust_component("clippy")?;
    install::wasm_target()?;
    run(cargo([
        "clippy",
        "-p",
        "hms-frontend",
        "-p",
        "hms-app",
        "--features",
        "hms-app/hydrate",
        "--target",
        TARGET,
        "--target-dir",
        "target/wasm",
        "--",
        "-D",
        "warnings",
    ]))?;
    Ok("no warnings".into())
}
