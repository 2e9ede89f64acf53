//! Programs that come from PyPI: each in a folder of its own below `target/tools`, in the versions that a file
//! in `xtask/tools` names.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};

use super::install;
use crate::command::{command, run};
use crate::folders;

/// The path of a program; it is installed when it is not there in these versions.
pub fn program(name: &str) -> Result<PathBuf> {
    let wanted = folders::root().join(format!("xtask/tools/{name}.txt"));
    let folder = folders::target().join("tools").join(name);
    let program = folder.join("bin").join(name);
    let stamp = folder.join(".installed-for");
    let names = fs::read(&wanted).with_context(|| format!("cannot read xtask/tools/{name}.txt"))?;
    if program.exists() && fs::read(&stamp).is_ok_and(|installed_for| installed_for == names) {
        return Ok(program);
    }
    install::python()?;
    let venv = [
        Path::new("-m"),
        Path::new("venv"),
        Path::new("--clear"),
        &folder,
    ];
    run(command("python3", venv))?;
    let mut pip = Command::new(folder.join("bin/pip"));
    pip.args(["install", "--quiet", "--disable-pip-version-check", "-r"])
        .arg(&wanted);
    run(pip)?;
    fs::write(&stamp, names).context("cannot write into target/tools")?;
    Ok(program)
}
