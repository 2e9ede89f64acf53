//! The server that is measured: the real orchestrator, store and API in a process of their own.

use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use hms_server::api::{self, Api, ApiAuth};
use hms_server::node::{self, Place};
use hms_server::orchestrator::Workforce;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::Failure;

/// The argument that makes this program the server.
pub(crate) const VERB: &str = "serve-here";

/// A running server.
pub(crate) struct Served {
    child: Child,
    /// Where it listens.
    pub(crate) address: String,
}

impl Served {
    /// Starts a server on a new folder.
    pub(crate) fn start(folder: &Path) -> Result<Served, Failure> {
        let mut child = Command::new(std::env::current_exe()?)
            .arg(VERB)
            .arg(folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let mut lines = BufReader::new(child.stdout.take().ok_or("no output")?);
        let mut address = String::new();
        lines.read_line(&mut address)?;
        // It goes on printing a line for each event, as on a console.
        std::thread::spawn(move || std::io::copy(&mut lines, &mut std::io::sink()));
        Ok(Served {
            child,
            address: address.trim().to_owned(),
        })
    }

    /// The most memory it has had, in MB.
    pub(crate) fn peak_memory_mb(&self) -> Result<f64, Failure> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id()))?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let kilobytes = line.and_then(|line| line.trim().split(' ').next());
        Ok(kilobytes.ok_or("no VmHWM")?.parse::<f64>()? / 1024.0)
    }

    /// Ends it as a closed terminal does.
    pub(crate) fn stop(mut self) -> Result<(), Failure> {
        drop(self.child.stdin.take());
        if !self.child.wait()?.success() {
            return Err("the server ended badly".into());
        }
        Ok(())
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        // It has ended already unless a measurement failed.
        let _ = self.child.kill();
    }
}

/// Serves until standard input ends.
pub(crate) fn serve(folder: &Path) -> Result<(), Failure> {
    tokio::runtime::Runtime::new()?.block_on(async {
        let place = Place {
            data_dir: folder.to_owned(),
            database_url: None,
            workflows: None,
            clock_rate: 1.0,
        };
        let (orchestrator, store, _lock) = node::open(&place).await?.start();
        let stop = CancellationToken::new();
        let workforce = Workforce::open(store.workforce(), &stop);
        let api = Api::new(
            orchestrator.clone(),
            workforce.clone(),
            ApiAuth::open(),
            stop.clone(),
        );
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        println!("{}", listener.local_addr()?);
        let told = stop.clone();
        std::thread::spawn(move || {
            // Ends when the other side closes; what it says does not matter.
            let _ = std::io::stdin().read_to_end(&mut Vec::new());
            told.cancel();
        });
        axum::serve(listener, api::router(api))
            .with_graceful_shutdown(stop.cancelled_owned())
            .await?;
        workforce.close().await;
        orchestrator.stop().await;
        store.close().await;
        Ok(())
    })
}
