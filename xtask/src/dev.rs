//! `cargo xtask dev`: rebuild and restart on change.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};
use std::time::{Duration, SystemTime};

use anyhow::{Context, Result};

use crate::build::{self, Wasm};
use crate::command::{cargo, command, not_started, run};
use crate::folders;

/// What is compiled or served; a change below one of these is a reason to build.
const WATCHED: [&str; 8] = [
    "Cargo.toml",
    "engine",
    "app",
    "server",
    "frontend",
    "style",
    "workflows",
    "migrations",
];

const LOOK_EVERY_MS: u64 = 500;

/// A server that does not end by itself within this time is killed.
const END_WITHIN_MS: u64 = 6_000;

/// Serves until stopped. A build that fails leaves the last good server running.
pub fn dev(arguments: &[String]) -> Result<()> {
    let mut server: Option<Child> = None;
    loop {
        let seen = look()?;
        match rebuild() {
            Ok(()) => {
                if let Some(running) = server.take() {
                    end(running)?;
                }
                server = Some(start(arguments)?);
            }
            Err(error) => eprintln!("error: {error:#}\n  waiting for a change"),
        }
        while look()? == seen {
            std::thread::sleep(Duration::from_millis(LOOK_EVERY_MS));
        }
    }
}

fn rebuild() -> Result<()> {
    build::assets(Wasm::Dev)?;
    run(cargo([
        "build",
        "-p",
        "hms-server",
        "--target-dir",
        "target",
    ]))
}

fn start(arguments: &[String]) -> Result<Child> {
    let hms = folders::target().join("debug").join("hms");
    let mut server = command(&hms.to_string_lossy(), ["serve", "--demo"]);
    server.args(arguments).stdin(Stdio::null());
    server.spawn().map_err(|error| not_started(&server, error))
}

/// Asks the server to end, as a service manager would, so that draining is exercised too.
fn end(mut server: Child) -> Result<()> {
    run(command("kill", ["-TERM", &server.id().to_string()]))
        .or_else(|_| server.kill())
        .context("ending the old server")?;
    for _ in 0..END_WITHIN_MS / 100 {
        if server.try_wait()?.is_some() {
            return Ok(());
        }
        std::thread::sleep(Duration::from_millis(100));
    }
    eprintln!("  the old server did not end within {END_WITHIN_MS} ms and is killed");
    server.kill()?;
    server.wait()?;
    Ok(())
}

/// The time of last change of every watched file.
fn look() -> Result<BTreeMap<PathBuf, SystemTime>> {
    let mut seen = BTreeMap::new();
    for name in WATCHED {
        let path = folders::root().join(name);
        if path.exists() {
            gather(&path, &mut seen)?;
        }
    }
    Ok(seen)
}

fn gather(path: &Path, seen: &mut BTreeMap<PathBuf, SystemTime>) -> Result<()> {
    // A file may go between being listed and being looked at: editors write that way.
    let Ok(metadata) = fs::metadata(path) else {
        return Ok(());
    };
    if metadata.is_dir() {
        for entry in fs::read_dir(path)
            .with_context(|| format!("cannot read the folder {}", path.display()))?
        {
            gather(&entry?.path(), seen)?;
        }
    } else if let Ok(changed) = metadata.modified() {
        seen.insert(path.to_owned(), changed);
    }
    Ok(())
}
