//! Compiles the frontend for the browser.

use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::command::{cargo, command, installed, output, run};
use crate::folders;

/// What the browser's code is compiled for.
pub const TARGET: &str = "wasm32-unknown-unknown";

/// How the browser's code is compiled.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Wasm {
    /// Small and slow to build: what people download.
    Release,
    /// Big and quick to build: for `cargo xtask dev`.
    Dev,
}

impl Wasm {
    fn profile(self) -> &'static str {
        match self {
            Wasm::Release => "wasm-release",
            Wasm::Dev => "dev",
        }
    }

    /// What cargo makes.
    pub fn artifact(self) -> PathBuf {
        let folder = match self {
            Wasm::Release => "wasm-release",
            Wasm::Dev => "debug",
        };
        folders::target()
            .join("wasm")
            .join(TARGET)
            .join(folder)
            .join("hms_frontend.wasm")
    }
}

/// Compiles `hms-frontend`. In a target folder of its own: the browser's features (`hydrate`) and the
/// server's (`ssr`) must never meet in one cargo call, and so neither invalidates the other's work.
pub fn compile(wasm: Wasm) -> Result<()> {
    add_target()?;
    run(cargo([
        "build",
        "-p",
        "hms-frontend",
        "--target",
        TARGET,
        "--profile",
        wasm.profile(),
        "--target-dir",
        "target/wasm",
    ]))
}

/// Adds the wasm target to the toolchain when it is missing.
pub fn add_target() -> Result<()> {
    let rustc = std::env::var("RUSTC").unwrap_or_else(|_| "rustc".into());
    let mut question = Command::new(rustc);
    question
        .args(["--print", "target-libdir", "--target", TARGET])
        .current_dir(folders::root());
    let libraries = output(question).context("asking rustc for its wasm32 library")?;
    if PathBuf::from(libraries.trim()).is_dir() {
        return Ok(());
    }
    if !installed("rustup") {
        bail!(
            "this toolchain has no {TARGET} library and `rustup` is not on PATH to add it; install Rust from https://rustup.rs"
        );
    }
    run(command("rustup", ["target", "add", TARGET]))
}
