//! The HTTP API asked everything its own OpenAPI document allows, and much that it does not, against a real
//! server with a token: no answer may be a failure of the server, nor anything the document does not say.

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::time::Duration;

use anyhow::{Context, Result, bail};

use super::python;
use crate::command::not_started;
use crate::folders;

/// Everybody's chance is the same, so that a failure is found again.
const SEED: &str = "20261125";
/// Random requests for each call; with it the stage takes two minutes on two cores.
const EXAMPLES: &str = "40";
/// One at a time: several threads trip over Python's own parser, and the server is not what is short of time.
const WORKERS: &str = "1";
/// What an answer is held against.
const CHECKS: &str = "not_a_server_error,status_code_conformance,content_type_conformance,\
    response_schema_conformance,ignored_auth";
/// As it would be in `HMS_API_TOKEN`; the server is gone afterwards.
const TOKEN: &str = "a-token-for-this-test-only";
/// How long the server may take to say where it is.
const START: Duration = Duration::from_secs(60);

/// Starts a server, asks it, and ends it.
pub fn run() -> Result<String> {
    let schemathesis = python::program("schemathesis")?;
    let server = Server::start()?;
    let mut fuzz = Command::new(&schemathesis);
    fuzz.args(["run", &format!("{}/act/openapi.json", server.api)])
        .args(["--header", &format!("Authorization: Bearer {TOKEN}")])
        .args([
            "--checks",
            CHECKS,
            "--seed",
            SEED,
            "--max-examples",
            EXAMPLES,
        ])
        .args([
            "--request-timeout",
            "30",
            "--workers",
            WORKERS,
            "--warnings",
            "off",
        ])
        .args(["--generation-database", "none", "--continue-on-failure"])
        .current_dir(folders::target())
        .stdin(Stdio::null());
    let status = fuzz.status().map_err(|error| not_started(&fuzz, error))?;
    if !status.success() {
        bail!("the API answered what it must not; the calls above repeat it");
    }
    Ok("no failure of the server, and no answer that the document does not know".into())
}

/// A server as in production, on free ports, in a folder that goes away with it.
struct Server {
    child: Child,
    data: PathBuf,
    api: String,
}

impl Server {
    fn start() -> Result<Server> {
        let data = folders::target().join(format!("xtask-fuzz-{}", std::process::id()));
        let mut command = Command::new(folders::hms());
        command
            .args([
                "serve",
                "--portal-addr",
                "127.0.0.1:0",
                "--api-addr",
                "127.0.0.1:0",
            ])
            .arg("--data-dir")
            .arg(&data)
            .env("HMS_API_TOKEN", TOKEN)
            .current_dir(folders::target())
            .stdin(Stdio::null())
            .stdout(Stdio::piped());
        let child = command.spawn();
        let child = child.map_err(|error| not_started(&command, error))?;
        let mut server = Server {
            child,
            data,
            api: String::new(),
        };
        let (sender, receiver) = mpsc::channel();
        if let Some(stdout) = server.child.stdout.take() {
            // Reads to the end, past the line we want: a full pipe would stop the server.
            std::thread::spawn(move || {
                for line in BufReader::new(stdout).lines().map_while(Result::ok) {
                    if let Some(address) = line.strip_prefix("api: ") {
                        let _ = sender.send(address.trim().to_owned());
                    }
                }
            });
        }
        server.api = receiver
            .recv_timeout(START)
            .context("`hms serve` did not say where its API is")?;
        Ok(server)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        let _ = fs::remove_dir_all(&self.data);
    }
}
