//! Starting other programs, with one clear line when that goes wrong.

use std::ffi::OsStr;
use std::io::ErrorKind;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, anyhow, bail};

use crate::folders;

/// A command that runs in the repository's root and inherits the terminal.
pub fn command<A: AsRef<OsStr>>(program: &str, arguments: impl IntoIterator<Item = A>) -> Command {
    let mut command = Command::new(program);
    command
        .args(arguments)
        .current_dir(folders::root())
        .stdin(Stdio::null());
    command
}

/// The cargo that runs us, so that `cargo +nightly xtask` stays on that toolchain.
pub fn cargo<A: AsRef<OsStr>>(arguments: impl IntoIterator<Item = A>) -> Command {
    let program = std::env::var("CARGO").unwrap_or_else(|_| "cargo".into());
    let mut command = command(&program, arguments);
    // Set by `cargo run` for this crate; the child is for other crates.
    for (name, _) in std::env::vars()
        .filter(|(name, _)| name.starts_with("CARGO_PKG_") || name.starts_with("CARGO_MANIFEST_"))
    {
        command.env_remove(name);
    }
    command
}

/// Runs it to its end; anything but success is an error that names the command.
pub fn run(mut command: Command) -> Result<()> {
    let status = command
        .status()
        .map_err(|error| not_started(&command, error))?;
    if !status.success() {
        bail!("`{}` failed ({status})", shown(&command));
    }
    Ok(())
}

/// Runs it and gives what it wrote to stdout; its stderr is part of the error when it fails.
pub fn output(mut command: Command) -> Result<String> {
    let output = command
        .output()
        .map_err(|error| not_started(&command, error))?;
    if !output.status.success() {
        let told = String::from_utf8_lossy(&output.stderr);
        bail!(
            "`{}` failed ({}): {}",
            shown(&command),
            output.status,
            told.trim()
        );
    }
    String::from_utf8(output.stdout)
        .with_context(|| format!("`{}` wrote something that is not text", shown(&command)))
}

/// Whether a program can be started at all.
pub fn installed(program: &str) -> bool {
    Command::new(program)
        .arg("--version")
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}

/// A failure to start, told with what would help.
pub fn not_started(command: &Command, error: std::io::Error) -> anyhow::Error {
    let program = command.get_program().to_string_lossy();
    if error.kind() == ErrorKind::NotFound {
        anyhow!("`{program}` is not installed or not on PATH")
    } else {
        anyhow!("`{program}` did not start: {error}")
    }
}

/// The command line as a person would type it.
pub fn shown(command: &Command) -> String {
    let program = command.get_program().to_string_lossy();
    let name = program.rsplit('/').next().unwrap_or(&program).to_owned();
    std::iter::once(name)
        .chain(
            command
                .get_args()
                .map(|argument| argument.to_string_lossy().into_owned()),
        )
        .collect::<Vec<_>>()
        .join(" ")
}
