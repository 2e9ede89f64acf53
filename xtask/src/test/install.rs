//! What the tests need on a fresh Debian machine.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::build;
use crate::command::{cargo, command, installed, output, run};
use crate::folders;

/// The browser of the browser tests.
pub const CHROMIUM: &str = "/usr/bin/chromium";

/// Asks for everything at once, so that a machine where something cannot be had says so at the start.
pub fn everything() -> Result<String> {
    rust_component("rustfmt")?;
    rust_component("clippy")?;
    wasm_target()?;
    chromium()?;
    postgresql()?;
    super::pooler::pooler()?;
    python()?;
    npm_packages()?;
    Ok("all there".into())
}

/// A part of the Rust toolchain, like `clippy`.
pub fn rust_component(name: &str) -> Result<()> {
    let subcommand = name.trim_start_matches("rust");
    if output(cargo([subcommand, "--version"])).is_ok() {
        return Ok(());
    }
    if !installed("rustup") {
        bail!(
            "`cargo {subcommand}` is missing and `rustup` is not on PATH to add it; install Rust from https://rustup.rs"
        );
    }
    run(command("rustup", ["component", "add", name]))
}

/// The library for the browser's code.
pub fn wasm_target() -> Result<()> {
    build::add_target()
}

/// Debian's Chromium: Playwright's own browsers cannot be downloaded everywhere.
pub fn chromium() -> Result<()> {
    if Path::new(CHROMIUM).exists() {
        return Ok(());
    }
    debian_package("chromium")
}

/// The server's programs; the tests start servers of their own, in folders of their own.
pub fn postgresql() -> Result<()> {
    let there = fs::read_dir("/usr/lib/postgresql").is_ok_and(|versions| {
        versions
            .flatten()
            .any(|version| version.path().join("bin/initdb").exists())
    });
    if there {
        return Ok(());
    }
    debian_package("postgresql")
}

/// Python with what makes a folder of its own for each program from PyPI.
pub fn python() -> Result<()> {
    if output(command("python3", ["-c", "import ensurepip, venv"])).is_ok() {
        return Ok(());
    }
    debian_package("python3-venv")
}

/// The packages that `end2end/package-lock.json` names, when they are not there in these versions.
pub fn npm_packages() -> Result<()> {
    let folder = folders::root().join("end2end");
    let lock = fs::read(folder.join("package-lock.json"))
        .context("cannot read end2end/package-lock.json")?;
    let stamp = folder.join("node_modules").join(".installed-for");
    if fs::read(&stamp).is_ok_and(|installed_for| installed_for == lock) {
        return Ok(());
    }
    if !installed("npm") {
        bail!(
            "`npm` is not on PATH; the browser tests need Node with npm (https://nodejs.org or Debian's nodejs and npm)"
        );
    }
    let mut npm = command("npm", ["ci", "--no-audit", "--no-fund"]);
    npm.current_dir(&folder)
        .env("PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD", "1");
    run(npm)?;
    fs::write(&stamp, lock).context("cannot write into end2end/node_modules")
}

/// One package, as root.
pub(super) fn debian_package(name: &str) -> Result<()> {
    if !installed("apt-get") {
        bail!("{name} is not installed and this is no Debian: install it by hand");
    }
    run(as_root(&["apt-get", "update"])?)?;
    run(as_root(&[
        "apt-get",
        "install",
        "--yes",
        "--no-install-recommends",
        name,
    ])?)
}

fn as_root(line: &[&str]) -> Result<Command> {
    let root = output(command("id", ["-u"]))?.trim() == "0";
    let quiet = ["env", "DEBIAN_FRONTEND=noninteractive"];
    if root {
        return Ok(command(quiet[0], quiet[1..].iter().chain(line)));
    }
    if !installed("sudo") {
        bail!(
            "`{}` needs root, and there is no sudo: run it as root",
            line.join(" ")
        );
    }
    Ok(command("sudo", quiet.iter().chain(line)))
}
