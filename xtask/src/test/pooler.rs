//! The connection pooler of the tests: PgBouncer, built from its source, because the one of the stable
//! Debian this is tested on is too old to keep prepared statements apart (1.21 was the first to).

use std::fs;

use anyhow::{Context, Result};

use super::install::debian_package;
use crate::command::{command, installed, output, run};
use crate::folders;

const VERSION: &str = "1.24.1";
const SHA256: &str = "da72a3aba13072876d055a3e58dd4aba4a5de4ed6148e73033185245598fd3e0";
/// What downloads for `apt-get`, through the proxies it is set up for, and checks the sum.
const HELPER: &str = "/usr/lib/apt/apt-helper";

/// Builds it, unless that was done before: `target/xtask-cache/pgbouncer` is the program.
pub fn pooler() -> Result<()> {
    let program = folders::cache().join("pgbouncer");
    if program.is_file() {
        return Ok(());
    }
    for tool in ["make", "pkg-config"] {
        if !installed(tool) {
            debian_package(tool)?;
        }
    }
    if output(command("pkg-config", ["--exists", "libevent"])).is_err() {
        debian_package("libevent-dev")?;
    }
    let folder = folders::cache().join("pgbouncer-source");
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).context("cannot write into target/xtask-cache")?;
    let archive = folder.join("source.tar.gz");
    let source = format!(
        "http://deb.debian.org/debian/pool/main/p/pgbouncer/pgbouncer_{VERSION}.orig.tar.gz"
    );
    let sum = format!("SHA256:{SHA256}");
    let to = archive.to_string_lossy();
    run(command(HELPER, ["download-file", &source, &to, &sum]))?;
    for (name, arguments) in [
        ("tar", &["xzf", "source.tar.gz", "--strip-components=1"][..]),
        (
            "./configure",
            &["--quiet", "--without-openssl", "--without-cares"],
        ),
        ("make", &["--silent", "-j2", "pgbouncer"]),
    ] {
        let mut step = command(name, arguments);
        step.current_dir(&folder);
        run(step)?;
    }
    fs::rename(folder.join("pgbouncer"), &program).context("cannot keep pgbouncer")?;
    let _ = fs::remove_dir_all(&folder);
    Ok(())
}
