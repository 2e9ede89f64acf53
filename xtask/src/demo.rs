//! `cargo xtask demo`: build, then become `hms serve --demo`.

use std::process::Stdio;

use anyhow::Result;

use crate::command::{command, not_started};
use crate::{build, folders};

/// Builds and serves. The server prints where to click and who to sign in as.
pub fn demo(arguments: &[String]) -> Result<()> {
    build::build()?;
    let mut server = command(&folders::hms().to_string_lossy(), ["serve", "--demo"]);
    server.args(arguments).stdin(Stdio::inherit());

    // In place of this process, so that Ctrl-C and SIGTERM reach the server itself.
    #[cfg(unix)]
    {
        use std::os::unix::process::CommandExt;
        let error = server.exec();
        Err(not_started(&server, error))
    }
    #[cfg(not(unix))]
    {
        let status = server
            .status()
            .map_err(|error| not_started(&server, error))?;
        std::process::exit(status.code().unwrap_or(1));
    }
}
